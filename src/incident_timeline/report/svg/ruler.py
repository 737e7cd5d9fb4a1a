"""Draws a time axis under lanes or lines: ticks of UTC, a second zone's below, days where there are several, visible breaks."""

from datetime import tzinfo

from incident_timeline.report.svg.axis import TimeScale, make_ticks, zone_name
from incident_timeline.report.svg.frame import LEFT
from incident_timeline.report.svg.gutter import Ground

_LABEL, _AXIS, _ROW = 13.0, 34.0, 17.0


def foot_height(scale: TimeScale, zone: tzinfo | None) -> float:
    """The height in px of what stands under the axis."""
    several = scale.pieces[0].start.date() != scale.pieces[-1].end.date()
    return _AXIS + (_ROW if zone else 0) + (_ROW if several else 0)


def draw_grid(ground: Ground, top: float, axis: float) -> None:
    """The faintest lines, at labelled times only."""
    for tick in make_ticks(ground.scale, None, _room(ground)):
        ground.canvas.line(tick.x, top, tick.x, axis, ground.canvas.theme.grid)


def draw_breaks(ground: Ground, top: float, axis: float) -> None:
    """Where time is left out: a strip of paper across grid and axis; its length stands above it."""
    canvas, theme = ground.canvas, ground.canvas.theme
    for x0, x1, _ in ground.scale.breaks:
        canvas.rect(x0 + 2, top - 2, x1 - x0 - 4, axis - top + 8, theme.paper)
    for x in ground.scale.break_lines:
        canvas.line(x, top - 2, x, axis + 4, theme.rule, 1.2, "2 3")


def draw_axis(ground: Ground, zone: tzinfo | None, axis: float) -> None:
    """The axis with its rows of ticks, each row named at the left."""
    canvas, theme, frame = ground.canvas, ground.canvas.theme, ground.frame
    for piece in ground.scale.pieces:
        canvas.line(piece.x0, axis, piece.x1, axis, theme.rule, 1.2)
    ticks = make_ticks(ground.scale, zone, _room(ground))
    rows = [("UTC", [(tick.x, tick.text) for tick in ticks])]
    if zone is not None:
        name = zone_name(zone, ground.scale.pieces[0].start)
        rows.append((name, [(tick.x, tick.zone_text) for tick in ticks]))
    if any(tick.day for tick in ticks):
        rows.append(("", [(tick.x, tick.day) for tick in ticks if tick.day]))
    for i, (name, texts) in enumerate(rows):
        y = axis + _ROW * (i + 1)
        if name:
            canvas.text(LEFT, y, canvas.font.cut(name, 70, _LABEL), _LABEL, fill=theme.muted)
        for x, text in texts:
            half = canvas.font.width(text, _LABEL) / 2
            canvas.text(min(x, frame.width - half - 2), y, text, _LABEL, fill=theme.muted, anchor="middle")


def _room(ground: Ground) -> float:
    return ground.canvas.font.width("00:00:00", _LABEL) + 8
