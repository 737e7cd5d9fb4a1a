"""The gutter left of the lanes: a lane's name and notes, and the plan by which lanes get their height."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from incident_timeline.report.svg.axis import TimeScale
from incident_timeline.report.svg.canvas import Canvas
from incident_timeline.report.svg.frame import LEFT, Frame

NAME, NOTE = 14.0, 12.0
_INDENT = 12.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What every lane is drawn on: canvas, frame, time scale, and the hairlines that run through it."""

    canvas: Canvas
    frame: Frame
    scale: TimeScale
    hairlines: tuple[float, ...]

    @property
    def text_room(self) -> tuple[float, float]:
        """The leftmost and the rightmost x of a text in a lane."""
        return self.frame.left + 2, self.frame.width - 4


@dataclass(frozen=True, slots=True)
class Plan:
    """A lane's height in px, at least and at most, and how to draw it at (y, height)."""

    key: str
    least: float
    most: float
    draw: Callable[[float, float], None]


def gutter_lines(ground: Ground, name: str, notes: Sequence[str], beside: float = 0) -> tuple[list[str], list[str]]:
    """Name and notes as the lines in which they fit into the gutter; notes leave `beside` px for ticks."""
    font, room = ground.canvas.font, ground.frame.left - LEFT - _INDENT
    names = font.wrap(name, room, NAME, bold=True)
    least = max(room - beside, 60.0)
    return names, [line for note in notes for line in font.wrap(note, least, NOTE, lines=3)]


def gutter_height(names: Sequence[str], notes: Sequence[str]) -> float:
    """The height in px that name and notes take, margins included."""
    return 8 + 17 * len(names) + 16 * len(notes)


def draw_gutter(ground: Ground, names: Sequence[str], notes: Sequence[str], y: float) -> None:
    """Writes name and notes from the y of the lane's top."""
    baseline = y + 18
    for line in names:
        ground.canvas.text(LEFT, baseline, line, NAME, bold=True)
        baseline += 17
    for line in notes:
        ground.canvas.text(LEFT, baseline, line, NOTE, fill=ground.canvas.theme.muted)
        baseline += 16
