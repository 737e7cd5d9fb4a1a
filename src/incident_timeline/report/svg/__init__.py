"""Draws chart descriptions as SVG documents, without a browser."""

from incident_timeline.model.grid import GridBody
from incident_timeline.model.pictures import Picture, StairBody, TableBody
from incident_timeline.report.svg.canvas import Canvas
from incident_timeline.report.svg.grid import draw_grid_body
from incident_timeline.report.svg.lanes import draw_lanes
from incident_timeline.report.svg.palette import THEMES
from incident_timeline.report.svg.staircase import draw_staircase
from incident_timeline.report.svg.tables import draw_table
from incident_timeline.report.svg.text import Font, packaged_font

PAGE_WIDTH, PRINT_WIDTH = 1200, 900


def draw(picture: Picture, *, width: int = PAGE_WIDTH, theme: str = "light", font: Font | None = None) -> str:
    """The picture as one SVG document of `width` px (1200 for the page, 900 for Markdown and print) in `light` or `dark`.

    The same picture, width and theme always give the same text. Its height follows from what it holds.
    """
    canvas = Canvas(THEMES[theme], font or packaged_font(), f"{picture.name}-{theme}-{width}")
    if isinstance(picture.body, StairBody):
        height = draw_staircase(canvas, picture, picture.body, width)
    elif isinstance(picture.body, TableBody):
        height = draw_table(canvas, picture, picture.body, width)
    elif isinstance(picture.body, GridBody):
        height = draw_grid_body(canvas, picture, picture.body, width)
    else:
        height = draw_lanes(canvas, picture, picture.body, width)
    return canvas.document(width, height, picture.alt, picture.desc)
