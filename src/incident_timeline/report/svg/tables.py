"""Draws a table over a time axis: names at the left, what stands on the axis in the middle, cells at the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from incident_timeline.model.instants import duration
from incident_timeline.model.pictures import Moment, Picture, TableBody, TableCell, TableLine
from incident_timeline.report.svg.axis import TimeScale, make_scale
from incident_timeline.report.svg.canvas import Canvas
from incident_timeline.report.svg.flags import draw_flag
from incident_timeline.report.svg.frame import LEFT, Frame, draw_heading
from incident_timeline.report.svg.gutter import Ground
from incident_timeline.report.svg.levels import Flag, Placed, fit
from incident_timeline.report.svg.ruler import draw_axis, draw_breaks, draw_grid, foot_height
from incident_timeline.report.svg.text import Font

_NAME, _LABEL, _NOTE, _LEVEL, _HEAD_ROW = 15.0, 13.0, 12.0, 16.0, 16.0
_HEIGHT, _ROW_LEAST, _ROW_MOST, _FOOT = 600.0, 40.0, 60.0, 30.0
_SPACE = 18.0  # px between columns
_THICK, _THIN, _DOT, _ENTRY, _CAP = 14.0, 4.0, 5.0, 5.0, 7.0


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns of cells stand: left and right of each, and the words of its head in lines."""

    sides: tuple[tuple[float, float], ...]
    heads: tuple[tuple[str, ...], ...]
    figures: int

    def anchored(self, i: int) -> tuple[float, str]:
        """The x of a column's texts and their anchor: figures stand to the right."""
        left, right = self.sides[i]
        return (right, "end") if i >= len(self.sides) - self.figures else (left, "start")


def draw_table(canvas: Canvas, picture: Picture, body: TableBody, width: float) -> float:
    """Draws the whole picture; returns its height, 600 px or more where the lines need it."""
    columns = _columns(canvas.font, body, width)
    edge = columns.sides[0][0] if columns.sides else width - LEFT
    frame = Frame(width, _name_room(canvas.font, body, width) + LEFT + _SPACE, edge - _SPACE)
    scale = make_scale(body.start, body.end, body.breaks, frame.left, frame.right)
    lines = tuple(sorted({*(scale.x(one.at) for one in (*body.moments, *body.changes)), *scale.break_lines}))
    ground = Ground(canvas, frame, scale, lines)
    y = draw_heading(canvas, frame, picture.titles, picture.subtitles)
    placed, owners = _level_moments(ground, body, scale, edge)
    levels = max((one.level + 1 for one in placed), default=0)
    top = y + 16 + max(_LEVEL * levels, _HEAD_ROW * max(len(head) for head in (*columns.heads, ("",))))
    foot = foot_height(scale, body.zone) + (_FOOT if body.foot else 0)
    row = max(_ROW_LEAST, min(_ROW_MOST, (_HEIGHT - top - foot) / max(1, len(body.lines))))
    axis = top + row * len(body.lines) + 10
    draw_grid(ground, top, axis)
    draw_breaks(ground, top, axis)
    _draw_heads(canvas, body, columns, top)
    _draw_moments(ground, placed, owners, top, axis)
    for i, line in enumerate(body.lines):
        bottom = top + row * (i + 1)
        canvas.line(LEFT, bottom, width - LEFT, bottom, canvas.theme.grid)
        with canvas.group("line"):
            _draw_line(ground, line, columns, bottom - row, row)
    draw_axis(ground, body.zone, axis)
    if body.foot:
        words = canvas.font.first_fitting(body.foot, width - 2 * LEFT, _LABEL)
        words = words or canvas.font.cut(body.foot[-1], width - 2 * LEFT, _LABEL)
        canvas.text(LEFT, axis + foot - 10, words, _LABEL, fill=canvas.theme.muted)
    return axis + foot


def _name_room(font: Font, body: TableBody, width: float) -> float:
    widths = [font.width(form, _NAME, bold=True) for line in body.lines for form in line.name[:1]]
    widths += [font.width(form, _LABEL) for line in body.lines for form in line.note[:1]]
    return min(max([90.0, *widths]), width * 0.22)


def _columns(font: Font, body: TableBody, width: float) -> _Columns:
    """Columns as wide as their longest cell, at most a fifth of the picture each; heads in at most two lines."""
    room = []
    for i, head in enumerate(body.heads[1:]):
        cells = [line.cells[i] for line in body.lines if i < len(line.cells)]
        least = max((font.width(word, _LABEL) for word in head.split()), default=0.0)
        widths = [least, font.width(head, _LABEL) * 0.55]
        widths += [font.width(cell.head[0], _NAME, bold=cell.bold) for cell in cells]
        widths += [font.width(cell.note[0], _NOTE) for cell in cells if cell.note]
        room.append(min(max(widths), width * 0.2))
    right = width - LEFT
    sides: list[tuple[float, float]] = []
    for one in reversed(room):
        sides.insert(0, (right - one, right))
        right -= one + _SPACE
    heads = tuple(
        tuple(font.wrap(head, one + 2, _LABEL)) for head, one in zip(body.heads[1:], room, strict=True)
    )  # fmt: skip
    return _Columns(tuple(sides), heads, body.figures)


def _level_moments(
    ground: Ground, body: TableBody, scale: TimeScale, edge: float
) -> tuple[tuple[Placed, ...], tuple[tuple[Moment | None, bool], ...]]:
    """Names of moments, ends of changes and stretches left out, levelled above the lines; each owner with `is a change`."""
    owners: list[tuple[Moment | None, bool]] = [(one, False) for one in body.moments]
    owners += [(one, True) for one in body.changes]
    flags = [Flag(scale.x(one.at), one.texts, one.texts[-1]) for one, _ in owners if one is not None]
    for x0, x1, left_out in scale.breaks:
        words = f"{duration(left_out.total_seconds())} left out"
        flags.append(Flag((x0 + x1) / 2, (words,), words))
        owners.append((None, False))
    measure = ground.canvas.font.measure(_LABEL, bold=True)
    placed = fit(flags, ground.frame.left - _SPACE, edge - 8, max(1, min(6, len(flags))), (), measure, ", ".join)
    return placed, tuple(owners)


def _draw_heads(canvas: Canvas, body: TableBody, columns: _Columns, top: float) -> None:
    canvas.text(LEFT, top - 10, body.heads[0], _LABEL, fill=canvas.theme.muted)
    for i, lines in enumerate(columns.heads):
        x, anchor = columns.anchored(i)
        for j, text in enumerate(reversed(lines)):
            canvas.text(x, top - 10 - _HEAD_ROW * j, text, _LABEL, fill=canvas.theme.muted, anchor=anchor)


def _draw_moments(
    ground: Ground,
    placed: Sequence[Placed],
    owners: Sequence[tuple[Moment | None, bool]],
    top: float,
    axis: float,
) -> None:
    canvas, theme = ground.canvas, ground.canvas.theme
    for flag in placed:
        baseline = top - 10 - flag.level * _LEVEL
        for owner, is_change in (owners[i] for i in flag.flags):
            x = ground.scale.x(owner.at) if owner is not None else flag.x
            start = baseline + 4 if x == flag.x else top - 4
            if owner is None:
                canvas.line(x, start, x, top, theme.rule, 1.2, "2 3")
            elif is_change:
                canvas.line(x, start, x, axis, theme.change_strong, 1.4, "1.5 4")
            else:
                canvas.line(x, start, x, axis, theme.ink, 2 if "detected" in owner.names else 1)
        draw_flag(canvas, flag, baseline, _LABEL, bold=not all(owners[i][1] for i in flag.flags))


def _draw_line(ground: Ground, line: TableLine, columns: _Columns, top: float, height: float) -> None:
    canvas, frame = ground.canvas, ground.frame
    middle = top + height / 2
    _draw_cell(canvas, TableCell(line.name, line.note, bold=True), LEFT, "start", frame.left - LEFT - _SPACE, middle)
    for i, cell in enumerate(line.cells):
        x, anchor = columns.anchored(i)
        left, right = columns.sides[i]
        _draw_cell(canvas, cell, x, anchor, right - left + 1, middle)
    if line.words:
        _draw_words(ground, line, middle)
        return
    right = _draw_marks(ground, line, middle) - 7
    width = canvas.font.width(line.lead, _LABEL)
    if line.lead and right - width >= frame.left - 6:
        if any(right - width - 2 < x < right + 2 for x in ground.hairlines):
            canvas.halo(right - width, middle + 4.6, width, _LABEL)
        canvas.text(right, middle + 4.6, line.lead, _LABEL, anchor="end")


def _draw_marks(ground: Ground, line: TableLine, middle: float) -> float:
    """Bars, whisker and dots of one line; returns the leftmost x."""
    canvas, theme, scale = ground.canvas, ground.canvas.theme, ground.scale
    xs = []
    for bar in line.bars:
        x0, x1, height = scale.x(bar.start), scale.x(bar.end), _THIN if bar.thin else _THICK
        dash = "4 3" if bar.fill == "hollow" else ""
        canvas.box(x0, middle - height / 2, max(x1 - x0, 1.5), height, bar.fill, dash=dash, hint=bar.hint)
        xs.append(x0)
    if line.whisker is not None:
        x0, x, x1 = (scale.x(at) for at in (line.whisker.earliest, line.whisker.at, line.whisker.latest))
        canvas.line(x0, middle, x1, middle, theme.ink, 2)
        for edge in (x0, x1):
            canvas.line(edge, middle - _CAP, edge, middle + _CAP, theme.ink, 2)
        canvas.element(
            "circle", {"cx": x, "cy": middle, "r": _DOT, "fill": theme.hurt, "stroke": theme.paper, "stroke-width": 1.2}
        )
        xs += [x0, x - _DOT]
    for mark in line.marks:
        x = scale.x(mark.at)
        dot = {
            "cx": x,
            "cy": middle,
            "r": _ENTRY,
            "fill": theme.people_strong,
            "stroke": theme.paper,
            "stroke-width": 1.2,
        }
        canvas.element("circle", dot | ({"data-event": mark.event_id} if mark.event_id else {}), mark.hint)
        xs.append(x - _ENTRY)
    return min(xs, default=ground.frame.left)


def _draw_cell(canvas: Canvas, cell: TableCell, x: float, anchor: str, room: float, middle: float) -> None:
    font = canvas.font
    head = font.first_fitting(cell.head, room, _NAME, bold=cell.bold) or font.cut(
        cell.head[-1], room, _NAME, bold=cell.bold
    )
    note = font.first_fitting(cell.note, room, _NOTE) or (font.cut(cell.note[-1], room, _NOTE) if cell.note else "")
    if head:
        canvas.text(x, middle + (-2 if note else 5), head, _NAME, bold=cell.bold, anchor=anchor)
    if note:
        canvas.text(x, middle + 14, note, _NOTE, fill=canvas.theme.muted, anchor=anchor)


def _draw_words(ground: Ground, line: TableLine, middle: float) -> None:
    canvas, left = ground.canvas, ground.frame.left
    room = ground.frame.width - LEFT - left
    whole = canvas.font.wrap(line.words[0], room, _LABEL, lines=2)
    if len(whole) > 1 and whole[-1].endswith("…"):
        whole = [canvas.font.first_fitting(line.words, room, _LABEL) or canvas.font.cut(line.words[-1], room, _LABEL)]
    for i, text in enumerate(whole):
        baseline = middle + 4.6 + 16 * (i - (len(whole) - 1) / 2)
        canvas.halo(left, baseline, canvas.font.width(text, _LABEL), _LABEL)
        canvas.text(left, baseline, text, _LABEL)
