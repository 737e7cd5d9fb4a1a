"""Draws ledgers as a staircase: bars that start where the last one ended, over one axis of minutes."""

from collections.abc import Sequence
from itertools import pairwise

from incident_timeline.model.instants import duration
from incident_timeline.model.pictures import CATEGORY_FILL, KeyRow, Picture, Stair, StairBody, Step
from incident_timeline.report.svg.axis import TimeScale, make_scale, minute_step
from incident_timeline.report.svg.canvas import Canvas
from incident_timeline.report.svg.flags import draw_flag
from incident_timeline.report.svg.frame import Frame, draw_heading
from incident_timeline.report.svg.levels import Flag, Placed, fit
from incident_timeline.report.svg.palette import alike_in_grey

_LEFT, _MARGIN, _BAR, _LEVEL, _LABEL = 30.0, 30.0, 46.0, 17.0, 13.0
_HEAD, _ASIDE, _LEVELS = 16.0, 13.0, 5


def draw_staircase(canvas: Canvas, picture: Picture, body: StairBody, width: float) -> float:
    """Draws the whole picture; returns its height."""
    frame = Frame(width, _LEFT, width - _MARGIN)
    scale = make_scale(body.start, body.end, (), frame.left, frame.right)
    top = draw_heading(canvas, frame, picture.titles, picture.subtitles) + 14
    placed = [_place(canvas, frame, scale, stair) for stair in body.stairs]
    key_left, key_bottom = _key_place(canvas, frame, body, top, placed[0][1] if placed else 0.0)
    y = top if key_left is not None else key_bottom + 6
    tops = []
    for stair, (height, _) in zip(body.stairs, placed, strict=True):
        tops.append(y)
        y += height + (16 if stair is not body.stairs[-1] else 0)
    axis = max(y + 10, key_bottom + 12, 548.0 if len(body.stairs) > 2 else 0)
    slack = max(0.0, axis - 10 - y) / max(1, len(tops))
    _grid(canvas, frame, body, top - 4, axis, key_left, key_bottom)
    for i, stair in enumerate(body.stairs):
        _draw_stair(canvas, frame, scale, stair, tops[i] + slack * i * 0.9)
    _draw_key(canvas, frame, body, top, key_left)
    return axis + 52


def _grid(
    canvas: Canvas,
    frame: Frame,
    body: StairBody,
    top: float,
    axis: float,
    key: float | None,
    below: float,
) -> None:
    seconds = (body.end - body.start).total_seconds()
    step, unit, per_unit = minute_step(seconds)
    pixels = (frame.right - frame.left) / seconds
    value = 0
    while value * per_unit <= seconds * (1 + 1e-9):
        x = frame.left + value * per_unit * pixels
        clear = key is None or x > key - 12
        canvas.line(x, below + 4 if clear else top, x, axis, canvas.theme.grid)
        canvas.text(
            x, axis + 18, f"{value} {unit}" if value == 0 else str(value), fill=canvas.theme.muted, anchor="middle"
        )
        value += step
    canvas.line(frame.left, axis, frame.right, axis, canvas.theme.rule, 1.2)
    words = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}[unit]
    canvas.text(frame.right, axis + 37, f"{words} {body.axis_text}", fill=canvas.theme.muted, anchor="end")


def _place(canvas: Canvas, frame: Frame, scale: TimeScale, stair: Stair) -> tuple[float, float]:
    """Height of a row and the x of the rightmost thing in it."""
    x, head, aside = _head(canvas, frame, stair, _stair_left(scale, stair) + 7)
    right = x + canvas.font.width(head, _HEAD, bold=True) + 9 + canvas.font.width(aside, _ASIDE)
    if not stair.steps and stair.undivided is None:
        return 26.0, right
    flags, levels = _flags(canvas, frame, scale, stair)
    ends = [scale.x(step.end) for step in stair.steps] + ([scale.x(stair.undivided.end)] if stair.undivided else [])
    return 16 + _BAR + 8 + levels * _LEVEL, max([right, *ends, *(flag.right for flag in flags)])


def _stair_left(scale: TimeScale, stair: Stair) -> float:
    if stair.steps:
        return scale.x(stair.steps[0].start)
    return scale.x(stair.undivided.start) if stair.undivided else scale.pieces[0].x0


def _inside(canvas: Canvas, step: Step, width: float) -> tuple[str, str]:
    """Name and minutes that stand in a segment; what has no room is empty."""
    minutes = duration(step.micros / 1e6)
    if canvas.font.width(minutes, 14, bold=True) + 8 > width:
        return "", ""
    name = canvas.font.first_fitting(step.name, width - 8, _LABEL)
    return name or "", minutes


def _flags(canvas: Canvas, frame: Frame, scale: TimeScale, stair: Stair) -> tuple[tuple[Placed, ...], int]:
    """Names of the segments that have no room inside, levelled under the bar, and how many levels they take."""
    flags = []
    for i, step in enumerate(stair.steps):
        x0, x1 = scale.x(step.start), scale.x(step.end)
        name, minutes = _inside(canvas, step, x1 - x0)
        if name:
            continue
        length = duration(step.micros / 1e6)
        forms = step.name if minutes else (*(f"{one} {length}" for one in step.name), length)
        flags.append(Flag((x0 + x1) / 2, forms, str(i)))

    def together(names: Sequence[str]) -> str:
        micros = sum(stair.steps[int(name)].micros for name in names)
        return f"{len(names)} parts {duration(micros / 1e6)}"

    placed = fit(flags, 14.0, frame.width - 14, _LEVELS, (), canvas.font.measure(_LABEL), together)
    return placed, max((flag.level + 1 for flag in placed), default=0)


def _draw_stair(canvas: Canvas, frame: Frame, scale: TimeScale, stair: Stair, y: float) -> None:
    theme = canvas.theme
    left = _stair_left(scale, stair)
    with canvas.group(f"stair {stair.name}"):
        inset = 7 if left > frame.left + 1 else 0
        head = _head(canvas, frame, stair, left + inset)
        _draw_head(canvas, head, y + 10)
        top = y + 18
        bottom = top + _BAR
        if stair.undivided is not None:
            x1 = scale.x(stair.undivided.end)
            canvas.box(left, top, max(x1 - left, 2), _BAR, "hollow", dash="4 3")
        flags, _ = _flags(canvas, frame, scale, stair)
        for flag in flags:
            foot = bottom + 17 + flag.level * _LEVEL
            canvas.line(flag.x, bottom, flag.x, foot, theme.rule)
        for step in stair.steps:
            _draw_step(canvas, scale, step, top)
        for one, other in pairwise(stair.steps):
            if alike_in_grey(CATEGORY_FILL[one.category], CATEGORY_FILL[other.category]):
                x = scale.x(one.end)
                canvas.line(x, top, x, bottom, theme.paper, 2)
        for flag in flags:
            baseline = bottom + 17 + flag.level * _LEVEL
            draw_flag(canvas, flag, baseline, _LABEL, halo=True)
        if stair.steps or stair.undivided:
            if left > frame.left + 1 or stair.proposed_start:
                dash = "4 3" if stair.proposed_start else ""
                above = y - 6 if head[0] >= left + inset - 0.1 else top - 2  # never through its own head
                canvas.line(left, above, left, bottom + 5, theme.ink, 1.4, dash)
            if stair.steps and not stair.proposed_end:
                x = scale.x(stair.steps[-1].end)
                canvas.line(x, bottom, x, bottom + 5, theme.ink, 1.4)


def _head(canvas: Canvas, frame: Frame, stair: Stair, left: float) -> tuple[float, str, str]:
    """Where a row's head starts, the head and its aside: beside the row's start if any form fits there, else further left."""
    head = canvas.font.cut(stair.head, frame.right - frame.left, _HEAD, bold=True)
    width = canvas.font.width(head, _HEAD, bold=True)
    for start in (left, frame.left):
        aside = canvas.font.first_fitting(stair.asides, frame.right - start - width - 9, _ASIDE)
        if aside is not None:
            whole = width + (9 + canvas.font.width(aside, _ASIDE) if aside else 0)
            return min(left, frame.right - whole), head, aside
    aside = canvas.font.cut(stair.asides[-1], frame.right - frame.left - width - 9, _ASIDE)
    return frame.left, head, aside


def _draw_head(canvas: Canvas, placed: tuple[float, str, str], baseline: float) -> None:
    x, head, aside = placed
    pieces = [(head, _HEAD, True, canvas.theme.ink), (aside, _ASIDE, False, canvas.theme.muted)]
    canvas.run(x, baseline, pieces[: 2 if aside else 1])


def _draw_step(canvas: Canvas, scale: TimeScale, step: Step, top: float) -> None:
    theme = canvas.theme
    x0, x1 = scale.x(step.start), scale.x(step.end)
    fill = CATEGORY_FILL[step.category]
    seconds = f"{step.micros / 1e6:.6f}".rstrip("0").rstrip(".")
    data = {"data-category": step.category, "data-micros": str(step.micros), "data-seconds": seconds}
    canvas.box(x0, top, x1 - x0, _BAR, fill, hint=step.hint, data=data)
    name, minutes = _inside(canvas, step, x1 - x0)
    middle = (x0 + x1) / 2
    hatched = fill in ("no_record", "unexplained")
    colour = theme.ink if hatched else theme.on(theme.fill(fill))
    lines = [(name, _LABEL, False), (minutes, 14.0, True)] if name else [(minutes, 14.0, True)]
    baselines = (top + 19, top + 37) if name else (top + 28,)
    for (text, size, bold), baseline in zip(lines, baselines, strict=True):
        if not text:
            continue
        if hatched:
            width = canvas.font.width(text, size, bold=bold)
            canvas.halo(middle - width / 2, baseline, width, size)
        canvas.text(middle, baseline, text, size, bold=bold, fill=colour, anchor="middle")


_SWATCH, _KEY_ROW, _COLUMN = 28.0, 25.0, 130.0


def _key_widths(canvas: Canvas, body: StairBody) -> tuple[float, float]:
    sums = max((canvas.font.width(row.text, 14) for row in body.sums), default=0.0) + _SWATCH + 7
    columns = (len(body.hues) + 1) // 2
    return sums, columns * _COLUMN


def _key_place(canvas: Canvas, frame: Frame, body: StairBody, top: float, taken: float) -> tuple[float | None, float]:
    """The x of the key where it fits beside the first row, else None; and the y at which it ends."""
    if not body.sums:
        return None, top - 6
    sums, hues = _key_widths(canvas, body)
    bottom = top - 6 + _KEY_ROW * max(len(body.sums), min(2, len(body.hues)))
    left = frame.width - 12 - sums - 24 - hues
    return (left if left > taken + 24 else None), bottom


def _draw_key(canvas: Canvas, frame: Frame, body: StairBody, top: float, left: float | None) -> None:
    if not body.sums:
        return
    x = frame.left if left is None else left
    y = top - 10
    with canvas.group("key"):
        for i, row in enumerate(body.sums):
            _key_row(canvas, x, y + i * _KEY_ROW, row, _SWATCH)
        start = x + _key_widths(canvas, body)[0] + 24
        for i, row in enumerate(body.hues):
            at, line = start + (i // 2) * _COLUMN, y + (i % 2) * _KEY_ROW
            strong = row.fill
            pale = strong.replace("_strong", "_pale")
            for j, fill in enumerate((strong, pale)):
                canvas.box(at + 14 * j, line, 14, 16, fill)
            canvas.text(at + _SWATCH + 7, line + 13, row.text, 14)


def _key_row(canvas: Canvas, x: float, y: float, row: KeyRow, width: float) -> None:
    canvas.box(x, y, width, 16, row.fill)
    canvas.text(x + width + 7, y + 13, row.text, 14)
