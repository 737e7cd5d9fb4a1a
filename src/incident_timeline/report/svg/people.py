"""Draws the lane of people: a line for each role, a dot for each entry, its words as a flag above."""

from dataclasses import dataclass

from incident_timeline.model.pictures import Lane, Row
from incident_timeline.report.svg.flags import draw_flag
from incident_timeline.report.svg.frame import LEFT
from incident_timeline.report.svg.gutter import Ground, Plan, draw_gutter, gutter_height, gutter_lines
from incident_timeline.report.svg.levels import Flag, Placed, fit

_LABEL, _LEVEL, _LEVELS, _DOT = 13.0, 16.0, 4, 5.0


@dataclass(frozen=True, slots=True)
class _Line:
    """One role's line with its flags placed."""

    row: Row
    flags: tuple[Placed, ...]
    height: float


def plan_people(ground: Ground, lane: Lane) -> Plan:
    """The plan of the lane; each line is as high as its flags need."""
    names, notes = gutter_lines(ground, lane.name, lane.notes)
    lines = [_place(ground, row) for row in lane.rows]
    # The lane's name stands above the first role's.
    first = lines[0].height if lines else 0.0
    lead = max(0.0, gutter_height(names, notes) + 16 - first) if lines else 0.0
    content = lead + sum(line.height for line in lines)
    least = max(content, gutter_height(names, notes))

    def draw(y: float, _: float) -> None:
        draw_gutter(ground, names, notes, y)
        at = y + lead
        for line in lines:
            _draw_line(ground, line, at + line.height - 10)
            at += line.height
        if lane.empty and not lines:
            text = ground.canvas.font.cut(lane.empty, ground.frame.right - ground.frame.left - 12, _LABEL)
            ground.canvas.text(ground.frame.left + 6, y + 18, text, _LABEL, fill=ground.canvas.theme.muted)

    return Plan(lane.key, least, least, draw)


def _place(ground: Ground, row: Row) -> _Line:
    flags = [Flag(ground.scale.x(mark.at), mark.texts, mark.name) for mark in row.marks]
    placed = fit(flags, *ground.text_room, _LEVELS, ground.hairlines, ground.canvas.font.measure(_LABEL))
    levels = max((flag.level + 1 for flag in placed), default=1)
    return _Line(row, placed, 16 + _LEVEL * levels)


def _draw_line(ground: Ground, line: _Line, y: float) -> None:
    canvas, theme, frame = ground.canvas, ground.canvas.theme, ground.frame
    canvas.line(frame.left, y, frame.right, y, theme.grid)
    name = canvas.font.cut(line.row.name, frame.left - LEFT - 12, _LABEL)
    canvas.text(frame.left - 12, y + 4.5, name, _LABEL, anchor="end")
    for bar in line.row.bars:
        x0, x1 = ground.scale.x(bar.start), ground.scale.x(bar.end)
        canvas.box(x0, y - 3, max(x1 - x0, 1), 6, bar.fill, hint=bar.hint)
    for flag in line.flags:
        baseline = y - 9 - flag.level * _LEVEL
        canvas.line(flag.x, baseline + 3, flag.x, y - _DOT, theme.people_strong)
    for mark in line.row.marks:
        dot: dict[str, object] = {"cx": ground.scale.x(mark.at), "cy": y, "r": _DOT, "fill": theme.people_strong}
        dot |= {"stroke": theme.paper, "stroke-width": 1.2}
        canvas.element("circle", dot | ({"data-event": mark.event_id} if mark.event_id else {}), mark.hint)
    for flag in line.flags:
        baseline = y - 9 - flag.level * _LEVEL
        draw_flag(canvas, flag, baseline, _LABEL, over=ground.hairlines)
