"""Writes texts that the leveller placed: anchored at their stem, with a ground of their own over lines."""

from collections.abc import Sequence

from incident_timeline.report.svg.canvas import Canvas
from incident_timeline.report.svg.levels import Placed


def draw_flag(
    canvas: Canvas,
    flag: Placed,
    baseline: float,
    size: float,
    *,
    bold: bool = False,
    over: Sequence[float] = (),
    halo: bool = False,
) -> None:
    """One placed text; it gets a ground where it crosses one of the lines at `over`, or always with `halo`."""
    if halo or any(flag.left - 2 < x < flag.right + 2 for x in over):
        canvas.halo(flag.left, baseline, flag.right - flag.left, size)
    if flag.right <= flag.x:
        canvas.text(flag.right, baseline, flag.text, size, bold=bold, anchor="end")
    else:
        canvas.text(flag.left, baseline, flag.text, size, bold=bold)
