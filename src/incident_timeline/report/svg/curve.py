"""A series in px: its value axis, its line in pieces, and where a text stands clear of it."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incident_timeline.model.pictures import Plot
from incident_timeline.report.svg.axis import TimeScale

_NOTHING = 1e-200  # a value so small is zero on any axis
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A line as runs of points in px, and the value axis that gave their y."""

    runs: tuple[tuple[Point, ...], ...]
    low: float
    high: float
    top: float
    bottom: float

    def y(self, value: float) -> float:
        """The y of a value, kept inside the panel."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom - (self.bottom - self.top) * min(1.0, max(0.0, share))

    def clear(self, left: float, right: float, top: float, bottom: float, margin: float = 4) -> bool:
        """Whether the line stays out of a box by at least `margin` px."""
        for run in self.runs:
            for y in _within(run, left - margin, right + margin):
                if top - margin < y < bottom + margin:
                    return False
            ys = _within(run, left - margin, right + margin)
            if ys and min(ys) <= top and max(ys) >= bottom:
                return False
        return True


def _within(run: Sequence[Point], left: float, right: float) -> list[float]:
    """The y of the points of a run inside [left, right] and of the two where it crosses these ends."""
    xs = [point[0] for point in run]
    first, last = bisect_left(xs, left), bisect_right(xs, right)
    ys = [run[i][1] for i in range(first, last)]
    for edge, i in ((left, first), (right, last)):
        if 0 < i < len(run):
            (xa, ya), (xb, yb) = run[i - 1], run[i]
            ys.append(ya if xb == xa else ya + (yb - ya) * (edge - xa) / (xb - xa))
    return ys


def make_curve(plot: Plot, scale: TimeScale, top: float, bottom: float) -> Curve:
    """The line of a plot between y `top` and `bottom`, at most two samples (lowest, highest) for each px of width."""
    shown = [(at, value) for at, value in plot.points if math.isfinite(value) and scale.holds(at)]
    values = [value * plot.factor for _, value in shown]
    extra = [edge * plot.factor for edge in plot.band or ()] + (
        [plot.threshold.value * plot.factor] if plot.threshold else []
    )
    low, high = value_range([*values, *(one for one in extra if math.isfinite(one))])
    curve = Curve((), low, high, top, bottom)
    runs: list[list[Point]] = []
    previous: datetime | None = None
    for at, value in plot.points:
        if not math.isfinite(value) or not scale.holds(at):
            previous = None
            continue
        if previous is None or (at - previous).total_seconds() > plot.gap_s:
            runs.append([])
        runs[-1].append((scale.x(at), curve.y(value * plot.factor)))
        previous = at
    return Curve(tuple(_thinned(run) for run in runs), low, high, top, bottom)


def _thinned(run: list[Point]) -> tuple[Point, ...]:
    """Of every px column its first, lowest, highest and last point, so that no peak is lost."""
    kept: list[Point] = []
    start = 0
    while start < len(run):
        end = start
        while end < len(run) and int(run[end][0]) == int(run[start][0]):
            end += 1
        column = range(start, end)
        keep = {start, end - 1, min(column, key=lambda i: run[i][1]), max(column, key=lambda i: run[i][1])}
        kept += [run[i] for i in sorted(keep)]
        start = end
    return tuple(kept)


def value_range(values: Sequence[float]) -> tuple[float, float]:
    """Low and high end of a value axis: from zero where the values reach near it, else around them."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    if max(abs(low), abs(high)) < _NOTHING:
        return 0.0, 1.0
    if low >= 0 and low <= 0.6 * high:
        return 0.0, high * 1.06
    if high <= 0 and high >= 0.6 * low:
        return low * 1.06, 0.0
    pad = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return low - pad, high + pad


def value_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """At most `most` round values in [low, high]."""
    span = high - low
    size = 10.0 ** (math.floor(math.log10(span)) - 1)
    for factor in (1, 2, 4, 5, 10, 20, 40, 50, 100, 200):
        step = size * factor
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return tuple(round(i * step, 12) for i in range(first, last + 1))
    return (low,)


def tick_text(value: float, step: float) -> str:
    """A tick's number with as many decimals as its step needs; thousands as k, M, G."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * 10 or (value == 0 and step >= size * 10):
            return f"{value / size:g}".replace("-", "\u2212") + (sign if value else "")
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    return f"{value:.{min(decimals, 9)}f}".replace("-", "\u2212")
