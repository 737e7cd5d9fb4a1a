"""Draws lanes over one time axis: milestones above, hairlines through all lanes, one row of ticks for UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incident_timeline.model.instants import duration
from incident_timeline.model.pictures import Lane, Moment, Picture, Plot, Span, TimeBody
from incident_timeline.report.svg.axis import TimeScale, make_scale
from incident_timeline.report.svg.bars import plan_bars
from incident_timeline.report.svg.canvas import Canvas
from incident_timeline.report.svg.flags import draw_flag
from incident_timeline.report.svg.frame import LEFT, Frame, draw_heading
from incident_timeline.report.svg.gutter import Ground, Plan
from incident_timeline.report.svg.levels import Flag, Placed, fit
from incident_timeline.report.svg.people import plan_people
from incident_timeline.report.svg.plots import plan_plot
from incident_timeline.report.svg.ruler import draw_axis, draw_breaks, draw_grid, foot_height

_GUTTER, _MARGIN, _HEIGHT = 132.0, 20.0, 600.0
_LABEL, _LEVEL = 13.0, 16.0
_HEAD_LEVELS = 7  # names of milestones take more only where they would have to be named together


@dataclass(frozen=True, slots=True)
class _Head:
    """The names of milestones and unconfirmed spans above the lanes, levelled."""

    placed: tuple[Placed, ...]
    owners: tuple[Moment | Span | None, ...]  # None: a stretch left out

    @property
    def height(self) -> float:
        """What they take above the first lane."""
        return 12 + _LEVEL * max((p.level + 1 for p in self.placed), default=0)


def draw_lanes(canvas: Canvas, picture: Picture, body: TimeBody, width: float) -> float:
    """Draws the whole picture; returns its height, 600 px or more where the lanes need it."""
    frame = Frame(width, _GUTTER, width - _MARGIN)
    scale = make_scale(body.start, body.end, body.breaks, frame.left, frame.right)
    lines = tuple(sorted({*(scale.x(at) for at in _lines(body)), *scale.break_lines}))
    ground = Ground(canvas, frame, scale, lines)
    y = draw_heading(canvas, frame, picture.titles, picture.subtitles)
    head = _head(canvas, body, scale, width)
    top = y + head.height
    plans = [_plan(ground, lane) for lane in body.lanes]
    foot = foot_height(scale, body.zone)
    heights = _share(plans, _HEIGHT - top - foot)
    tops = [top + sum(heights[:i]) for i in range(len(plans))]
    axis = top + sum(heights)
    places = {plan.key: (at, at + height) for plan, at, height in zip(plans, tops, heights, strict=True)}
    _draw_ground(ground, body, places, top, axis)
    draw_breaks(ground, top, axis)
    _draw_head(ground, head, top, axis)
    for plan, at, height in zip(plans, tops, heights, strict=True):
        if plan is not plans[-1]:
            canvas.line(LEFT, at + height, frame.right, at + height, canvas.theme.grid)
        with canvas.group(f"lane {plan.key}"):
            plan.draw(at, height)
    draw_axis(ground, body.zone, axis)
    return axis + foot


def _lines(body: TimeBody) -> list[datetime]:
    """Every instant at which a line runs through the lanes."""
    dashed = [at for span in body.spans if span.kind == "proposed" for at in (span.start, span.end, *span.ticks)]
    return [*(moment.at for moment in body.moments), *dashed, *body.change_ends.at]


def _plan(ground: Ground, lane: Lane | Plot) -> Plan:
    if isinstance(lane, Plot):
        return plan_plot(ground, lane)
    return plan_people(ground, lane) if lane.key == "people" else plan_bars(ground, lane)


def _share(plans: Sequence[Plan], room: float) -> list[float]:
    """The height of every lane: at least what it needs, the rest to those that can use it."""
    heights = [plan.least for plan in plans]
    left = room - sum(heights)
    while left > 0.5:
        open_ones = [i for i, plan in enumerate(plans) if plan.most - heights[i] > 0.5]
        if not open_ones:
            break
        part = left / len(open_ones)
        for i in open_ones:
            more = min(part, plans[i].most - heights[i])
            heights[i] += more
            left -= more
    return heights


def _head(canvas: Canvas, body: TimeBody, scale: TimeScale, width: float) -> _Head:
    owners: list[Moment | Span | None] = [*body.moments, *(span for span in body.spans if span.texts)]
    flags = [
        Flag(scale.x(one.at if isinstance(one, Moment) else one.start), one.texts, one.texts[-1])
        for one in owners
        if one
    ]
    for x0, x1, left_out in scale.breaks:
        words = f"{duration(left_out.total_seconds())} left out"
        flags.append(Flag((x0 + x1) / 2, (words,), words))
        owners.append(None)
    measure = canvas.font.measure(_LABEL, bold=True)
    placed = fit(flags, LEFT, width - 8, _HEAD_LEVELS, (), measure, ", ".join)
    if any(len(one.flags) > 1 for one in placed) or len(placed) < len(flags):
        placed = fit(flags, LEFT, width - 8, max(1, len(flags)), (), measure, ", ".join)
    return _Head(placed, tuple(owners))


def _draw_head(ground: Ground, head: _Head, top: float, axis: float) -> None:
    canvas, theme = ground.canvas, ground.canvas.theme
    for flag in head.placed:
        baseline = top - 10 - flag.level * _LEVEL
        owners = [head.owners[i] for i in flag.flags]
        for owner in owners:
            if isinstance(owner, Moment):
                x = ground.scale.x(owner.at)
                canvas.line(
                    x, baseline + 4 if x == flag.x else top - 4, x, axis, theme.rule, 1.2 if owner.strong else 1
                )
            elif owner is not None:
                canvas.line(flag.x, baseline + 4, flag.x, top, theme.ink, 1.2, "4 3")
            else:
                canvas.line(flag.x, baseline + 4, flag.x, top, theme.rule, 1.2, "2 3")
        bold = all(isinstance(owner, Moment) and owner.strong for owner in owners)
        draw_flag(canvas, flag, baseline, _LABEL, bold=bold)


def _draw_ground(
    ground: Ground, body: TimeBody, places: dict[str, tuple[float, float]], top: float, axis: float
) -> None:
    canvas, theme = ground.canvas, ground.canvas.theme
    people = places.get("people")
    for span in body.spans:
        x0, x1 = ground.scale.x(span.start), ground.scale.x(span.end)
        if span.kind == "no_record" and people is not None:
            from_y = places.get("norecord", people)[1] - 4
            canvas.rect(x0, from_y, max(x1 - x0, 1), people[1] - from_y, theme.band)
        elif span.kind == "hurt":
            canvas.element(
                "rect",
                {
                    "x": x0,
                    "y": top,
                    "width": max(x1 - x0, 1),
                    "height": axis - top,
                    "fill": theme.hurt,
                    "fill-opacity": 0.18,
                },
            )
    draw_grid(ground, top, axis)
    for span in (one for one in body.spans if one.kind == "proposed"):
        for at in (span.start, span.end, *span.ticks):
            x = ground.scale.x(at)
            canvas.line(x, top, x, axis, theme.ink, 1, "4 3")
    for at in body.change_ends.at:
        x = ground.scale.x(at)
        canvas.line(x, top, x, axis, theme.change_strong, 1.4, "1.5 4")
