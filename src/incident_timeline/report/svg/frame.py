"""The frame of every picture: title, subtitle and the margins that lanes and bars keep to."""

from dataclasses import dataclass

from incident_timeline.model.pictures import Forms
from incident_timeline.report.svg.canvas import Canvas

LEFT = 12.0
TITLE, SUBTITLE = 19.0, 13.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The width of the picture and where its plot lies."""

    width: float
    left: float  # of the plot
    right: float

    @property
    def room(self) -> float:
        """From the margin to the plot's right end."""
        return self.right - LEFT


def draw_heading(canvas: Canvas, frame: Frame, titles: Forms, subtitles: Forms) -> float:
    """Title and subtitle in the longest form that fits, else wrapped; returns the y below which the picture starts."""
    font, y = canvas.font, 27.0
    room = frame.width - 2 * LEFT
    chosen = font.first_fitting(titles, room, TITLE, bold=True)
    for line in [chosen] if chosen else font.wrap(titles[0], room, TITLE, bold=True, lines=3):
        canvas.text(LEFT, y, line, TITLE, bold=True)
        y += 23
    y -= 2
    chosen = font.first_fitting(subtitles, room, SUBTITLE)
    for line in [chosen] if chosen else font.wrap(subtitles[-1], room, SUBTITLE):
        canvas.text(LEFT, y, line, SUBTITLE, fill=canvas.theme.muted)
        y += 17
    return y
