"""Draws lanes of bars: phases, alerts, stretches without a record, changes; texts in the bars, beside them or levelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from incident_timeline.model.pictures import Bar, Lane, Mark, Row
from incident_timeline.report.svg.flags import draw_flag
from incident_timeline.report.svg.gutter import Ground, Plan, draw_gutter, gutter_height, gutter_lines
from incident_timeline.report.svg.levels import Flag, Placed, Spacing, fit, name_run

_HEIGHTS = {"phases": 26.0, "alerts": 18.0, "norecord": 26.0, "changes": 20.0}
_LABEL, _LEVEL, _LEVELS = 13.0, 16.0, 4
_LEAST_BAR = 3.0  # px: an instant is still a bar that can be seen
_PAGE = 9.0  # px above a bar for the mark of a page
_DIAMOND = Spacing(gap=18, reach=9, clear=8)


@dataclass(frozen=True, slots=True)
class _Box:
    """A bar in px."""

    bar: Bar
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class _Text:
    """A text beside a bar, or centred in it."""

    left: float
    right: float
    text: str
    box: _Box
    inside: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """One row with everything placed; `top` and `bottom` are px above and below the bar."""

    row: Row
    boxes: tuple[_Box, ...]
    texts: tuple[_Text, ...]
    above: tuple[Placed, ...]
    below: tuple[Placed, ...]
    top: float
    bottom: float


def plan_bars(ground: Ground, lane: Lane) -> Plan:
    """The plan of a lane of bars; its height follows from the levels that its texts need."""
    height = _HEIGHTS.get(lane.key, 20.0)
    lines = [_place(ground, row) for row in lane.rows]
    names, notes = gutter_lines(ground, lane.name, lane.notes)
    content = sum(line.top + height + line.bottom for line in lines) + 6 * max(0, len(lines) - 1)
    least = max(content, gutter_height(names, notes), height + 10)

    def draw(y: float, whole: float) -> None:
        draw_gutter(ground, names, notes, y)
        at = y + max(0.0, (whole - content) / 2 if len(lines) == 1 and content + 8 < whole else 0.0)
        for line in lines:
            _draw_line(ground, line, at + line.top, height)
            at += line.top + height + line.bottom + 6
        if lane.empty and not lines:
            ground.canvas.text(
                ground.frame.left + 6, y + 18, _fitting(ground, lane.empty), _LABEL, fill=ground.canvas.theme.muted
            )

    return Plan(lane.key, least, least, draw)


def _fitting(ground: Ground, text: str) -> str:
    return ground.canvas.font.cut(text, ground.frame.right - ground.frame.left - 12, _LABEL)


def _place(ground: Ground, row: Row) -> _Line:
    boxes = tuple(_box(ground, bar) for bar in row.bars)
    texts: list[_Text] = []
    above: list[Flag] = []
    below: list[Flag] = []
    for box in boxes:
        if not box.bar.texts:
            continue
        placed = _inside(ground, box, row.marks) or (
            _beside(ground, box, boxes, texts) if box.bar.place == "right" else None
        )
        if placed is not None:
            texts.append(placed)
        elif box.bar.place != "nowhere":
            flag = Flag(box.x0 + min(3.0, (box.x1 - box.x0) / 2), box.bar.texts, box.bar.texts[-1])
            (below if box.bar.place == "below" else above).append(flag)
    measure = ground.canvas.font.measure(_LABEL)
    room = ground.text_room
    up = fit(above, *room, _LEVELS, (), measure, _count)
    diamonds = [m for m in row.marks if m.shape == "candidate"]
    hung = [Flag(ground.scale.x(m.at), m.texts, m.name) for m in diamonds]
    bundle, spacing = (name_run, _DIAMOND) if hung else (_count, Spacing())
    down = fit(hung or below, *room, _LEVELS, (), measure, bundle, spacing)
    pages = any(mark.shape == "page" for mark in row.marks)
    top = 5 + (_PAGE if pages else 0) + _LEVEL * max((p.level + 1 for p in up), default=0)
    bottom = 5 + _LEVEL * max((p.level + 1 for p in down), default=0) + (4 if hung else 0)
    return _Line(row, boxes, tuple(texts), up, down, top, bottom)


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} more"


def _box(ground: Ground, bar: Bar) -> _Box:
    x0, x1 = ground.scale.x(bar.start), ground.scale.x(bar.end)
    if x1 - x0 < _LEAST_BAR:
        x0 = min(x0, ground.frame.right - _LEAST_BAR)
        x1 = x0 + _LEAST_BAR
    return _Box(bar, x0, x1)


def _inside(ground: Ground, box: _Box, marks: Sequence[Mark]) -> _Text | None:
    """A text in the bar: in its widest stretch between marks if it fits there, else in the middle."""
    if box.bar.outside_only:
        return None
    font = ground.canvas.font
    inner = [x for mark in marks if mark.shape == "candidate" and box.x0 < (x := ground.scale.x(mark.at)) < box.x1]
    edges = [box.x0, *sorted(inner), box.x1]
    widest = max(pairwise(edges), key=lambda pair: pair[1] - pair[0])
    for form in box.bar.texts:
        half = font.width(form, _LABEL, bold=box.bar.bold) / 2
        for left, right in (widest, (box.x0, box.x1)):
            if right - left - 8 >= 2 * half:
                middle = (left + right) / 2
                return _Text(middle - half, middle + half, form, box, True)
    return None


def _beside(ground: Ground, box: _Box, boxes: Sequence[_Box], texts: Sequence[_Text]) -> _Text | None:
    """Right of the bar, else left of it, where no other bar or text is; the longest form first, clear of hairlines first."""
    room = ground.text_room
    taken = [(other.x0 - 4, other.x1 + 4) for other in boxes if other is not box]
    taken += [(text.left - 6, text.right + 6) for text in texts]
    lines = [(x - 2, x + 2) for x in ground.hairlines]
    for form in box.bar.texts:
        width = ground.canvas.font.width(form, _LABEL, bold=box.bar.bold)
        for in_the_way in (taken + lines, taken):
            for left in (box.x1 + 6, box.x0 - 6 - width):
                right = left + width
                if room[0] <= left and right <= room[1] and not any(left < b and a < right for a, b in in_the_way):
                    return _Text(left, right, form, box, False)
    return None


def _draw_line(ground: Ground, line: _Line, top: float, height: float) -> None:
    canvas, theme = ground.canvas, ground.canvas.theme
    bottom = top + height
    for box in line.boxes:
        dash = "4 3" if box.bar.fill in ("proposed", "hollow") else ""
        data = {"data-event": box.bar.event_id} if box.bar.event_id else None
        canvas.box(box.x0, top, box.x1 - box.x0, height, box.bar.fill, dash=dash, hint=box.bar.hint, data=data)
        if box.bar.open_end:  # no end on record: the bar's right side is left open
            canvas.line(box.x1, top, box.x1, bottom, theme.paper, 2)
    _draw_marks(ground, line.row.marks, top, bottom)
    lift = _PAGE if any(mark.shape == "page" for mark in line.row.marks) else 0
    for placed in line.above:
        baseline = top - 5 - lift - placed.level * _LEVEL
        if placed.level:
            canvas.line(placed.x, baseline + 4, placed.x, top - 1, theme.rule)
        draw_flag(canvas, placed, baseline, _LABEL, over=ground.hairlines)
    drop = 4 if any(mark.shape == "candidate" for mark in line.row.marks) else 0
    for placed in line.below:
        baseline = bottom + 14 + placed.level * _LEVEL + (1 if drop else 0)
        if placed.level or not drop:
            canvas.line(placed.x, bottom + (12 if drop else 1), placed.x, baseline - 9 + (8 if drop else 0), theme.rule)
        draw_flag(canvas, placed, baseline, _LABEL, over=ground.hairlines)
    for text in line.texts:
        _draw_text(ground, text, top + height / 2 + 4.6)


def _draw_marks(ground: Ground, marks: Sequence[Mark], top: float, bottom: float) -> None:
    theme = ground.canvas.theme
    for mark in marks:
        x = ground.scale.x(mark.at)
        data: dict[str, object] = {"data-event": mark.event_id} if mark.event_id else {}
        if mark.shape == "page":
            d = f"M{x - 5:.2f} {top - 10:.2f}H{x + 5:.2f}L{x:.2f} {top - 1:.2f}Z"
            ground.canvas.element("path", {"d": d, "fill": theme.ink, **data}, mark.hint)
        else:
            ground.canvas.line(x, top, x, bottom + 1, theme.ink, 1.2, "3 2")
            y = bottom + 6
            d = f"M{x:.2f} {y - 5:.2f}L{x + 5:.2f} {y:.2f}L{x:.2f} {y + 5:.2f}L{x - 5:.2f} {y:.2f}Z"
            shape = {"d": d, "fill": theme.paper, "stroke": theme.ink, "stroke-width": 1.3, "data-candidate": mark.name}
            ground.canvas.element("path", {**shape, **data}, mark.hint)


def _draw_text(ground: Ground, text: _Text, baseline: float) -> None:
    canvas, bar = ground.canvas, text.box.bar
    if not text.inside:
        fill = canvas.theme.ink
        anchor = "start" if text.left >= text.box.x1 else "end"
        x = text.left if anchor == "start" else text.right
        if any(text.left - 2 < line < text.right + 2 for line in ground.hairlines):
            canvas.halo(text.left, baseline, text.right - text.left, _LABEL)
        canvas.text(x, baseline, text.text, _LABEL, bold=bar.bold, fill=fill, anchor=anchor)
        return
    patterned = bar.fill in ("no_record", "unexplained", "proposed")
    if patterned:
        canvas.halo(text.left, baseline, text.right - text.left, _LABEL)
    ground_colour = canvas.theme.paper if patterned or bar.fill == "hollow" else canvas.theme.fill(bar.fill)
    fill = canvas.theme.on(ground_colour)
    canvas.text((text.left + text.right) / 2, baseline, text.text, _LABEL, bold=bar.bold, fill=fill, anchor="middle")
