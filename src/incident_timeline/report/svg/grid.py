"""Draws a grid of cells without a clock: names at the left, heads above, and in each cell a swatch with words beside it."""

from incident_timeline.model.grid import GridBody, GridCell
from incident_timeline.model.pictures import Forms, Picture
from incident_timeline.report.svg.canvas import Canvas
from incident_timeline.report.svg.frame import LEFT, Frame, draw_heading

_NAME, _LABEL, _NOTE = 15.0, 13.0, 12.0
_ROW, _SWATCH, _SPACE = 44.0, 18.0, 12.0
_KEY_ROW = 22.0


def draw_grid_body(canvas: Canvas, picture: Picture, body: GridBody, width: float) -> float:
    """Draws the whole picture; returns its height."""
    frame = Frame(width, LEFT, width - LEFT)
    y = draw_heading(canvas, frame, picture.titles, picture.subtitles)
    names = [canvas.font.width(name[0], _NAME, bold=True) for name, _ in body.rows]
    left = LEFT + min(max([80.0, *names]), width * 0.2) + _SPACE
    column = (width - LEFT - left) / max(1, len(body.heads) - 1)
    top = y + 24
    for i, head in enumerate(body.heads):
        canvas.text(LEFT if i == 0 else left + column * (i - 1), top - 8, head, _LABEL, fill=canvas.theme.muted)
    canvas.line(LEFT, top, width - LEFT, top, canvas.theme.rule)
    for name, cells in body.rows:
        middle = top + _ROW / 2
        _words(canvas, LEFT, middle + 5, name, left - LEFT - _SPACE, _NAME, bold=True)
        for i, cell in enumerate(cells):
            with canvas.group("cell"):
                _draw_cell(canvas, cell, left + column * i, middle, column - _SPACE)
        top += _ROW
        canvas.line(LEFT, top, width - LEFT, top, canvas.theme.grid)
    return _draw_key(canvas, body, top + 16, width)


def _draw_cell(canvas: Canvas, cell: GridCell, x: float, middle: float, room: float) -> None:
    dash = "4 3" if cell.fill == "hollow" else ""
    canvas.box(x, middle - _SWATCH / 2, _SWATCH, _SWATCH, cell.fill, dash=dash, hint=cell.hint)
    words = x + _SWATCH + 8
    _words(canvas, words, middle - 3, cell.head, room - _SWATCH - 8, _LABEL)
    _words(canvas, words, middle + 13, cell.note, room - _SWATCH - 8, _NOTE, fill=canvas.theme.muted)


def _words(
    canvas: Canvas, x: float, y: float, forms: Forms, room: float, size: float, *, bold: bool = False, fill: str = ""
) -> None:
    """The longest form that fits, else the shortest cut to fit."""
    if not forms:
        return
    text = canvas.font.first_fitting(forms, room, size, bold=bold) or canvas.font.cut(forms[-1], room, size, bold=bold)
    if text:
        canvas.text(x, y, text, size, bold=bold, fill=fill)


def _draw_key(canvas: Canvas, body: GridBody, top: float, width: float) -> float:
    """What each fill stands for, as many to a line as fit, then the foot; returns the y below."""
    x, y = LEFT, top
    for fill, text in body.key:
        room = 12 + 8 + canvas.font.width(text, _LABEL) + 2 * _SPACE
        if x > LEFT and x + room > width - LEFT:
            x, y = LEFT, y + _KEY_ROW
        canvas.box(x, y, 12, 12, fill, dash="4 3" if fill == "hollow" else "")
        canvas.text(x + 20, y + 11, text, _LABEL)
        x += room
    y += _KEY_ROW
    if body.foot:
        canvas.text(
            LEFT, y + 11, canvas.font.cut(body.foot[0], width - 2 * LEFT, _LABEL), _LABEL, fill=canvas.theme.muted
        )
        y += _KEY_ROW
    return y + 8
