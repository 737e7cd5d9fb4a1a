"""Draws one gap across incidents: a dot each on a log axis, medians with intervals, and where the time went."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from incident_timeline.model.compared import Comparison, Dot, Group, Share
from incident_timeline.model.instants import duration
from incident_timeline.model.pictures import CATEGORY_FILL
from incident_timeline.report.across import confirmed_words, gap_words, group_words, interval_words, step_words
from incident_timeline.report.svg.canvas import Canvas
from incident_timeline.report.svg.frame import LEFT, Frame, draw_heading
from incident_timeline.report.svg.palette import THEMES
from incident_timeline.report.svg.text import packaged_font

_RADIUS, _ROW, _LABEL, _GUTTER = 6.5, 14.5, 13.0, 150.0
_TICKS = (
    (10, "10 s"), (30, "30 s"), (60, "1 min"), (300, "5 min"), (600, "10"), (1200, "20"), (1800, "30"), (3600, "1 h"),
    (7200, "2 h"), (14400, "4 h"), (28800, "8 h"), (86400, "1 d"), (259200, "3 d"), (864000, "10 d"),
)  # fmt: skip
_CROWD, _IN_ALL = 150, 1500  # dots of one cohort that still can be told apart, and of a picture that stays light
WITH_SHARES = "response_gap"  # the picture that also shows where the time went
_BARS, _BAR = 10, 24.0  # categories drawn; the table below the picture has all


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float
    left: float
    right: float

    def x(self, seconds: float) -> float:
        share = (math.log(max(seconds, 1.0)) - self.low) / (self.high - self.low)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)


def is_crowded(comparison: Comparison, gap: str) -> bool:
    """Whether some cohort has more dots of this gap than its picture draws."""
    groups = _groups_of(comparison, gap)
    return any(len(group.dots) + len(group.apart) > _most(groups) for group in groups)


def _groups_of(comparison: Comparison, gap: str) -> list[Group]:
    return [group for group in comparison.groups if group.gap == gap]


def _most(groups: Sequence[Group]) -> int:
    """Dots drawn of one cohort."""
    return max(10, min(_CROWD, _IN_ALL // len(groups)))


def across_titles(comparison: Comparison, gap: str) -> tuple[str, str]:
    """The finding as the title, and what it rests on as the subtitle."""
    steps = [step for step in comparison.steps if step.gap == gap]
    name = gap_words(gap).capitalize()
    told = f"{comparison.incidents} incidents" if is_crowded(comparison, gap) else "every incident a dot"
    title, basis = f"{name}: {told}", f"{confirmed_words(comparison).capitalize()}."
    if len(steps) != 1:
        return title, basis
    step = steps[0]
    title = f"{name}: {step.verdict}"
    if step.ratio is not None and step.verdict in ("shorter", "longer"):
        title = f"{name}: {step.ratio.value:.2f} times as long {step.after}"
    return title, f"{basis} {step.why}."


def draw_across(comparison: Comparison, gap: str, *, width: float = 1200, theme: str = "light") -> str:
    """The picture as one SVG document; the same comparison always gives the same text."""
    canvas = Canvas(THEMES[theme], packaged_font(), f"across-{gap}-{theme}-{width:g}")
    groups = _groups_of(comparison, gap)
    title, subtitle = across_titles(comparison, gap)
    shares = comparison.shares if gap == WITH_SHARES else ()
    split = width * 0.6 if shares else width
    frame = Frame(width, _GUTTER, split - 30)
    top = draw_heading(canvas, frame, (title,), (subtitle,)) + 26
    scale = _scale(groups, _GUTTER + 10, split - 40)
    dot = "of a crowd every k-th, by length, and its ends" if is_crowded(comparison, gap) else "one dot, one incident"
    canvas.text(_GUTTER, top - 8, f"{dot}; log axis", fill=canvas.theme.muted)
    ticks = [(s, text) for s, text in _TICKS if scale.low <= math.log(s) <= scale.high]
    most = _most(groups)
    heights = [_group_height(group, scale, most) for group in groups]
    bottom = top + sum(heights)
    for seconds, _ in ticks:
        canvas.line(scale.x(seconds), top, scale.x(seconds), bottom, canvas.theme.grid)
    y = top
    for group, height in zip(groups, heights, strict=True):
        _draw_group(canvas, group, scale, y, height, most)
        y += height
    canvas.line(scale.left, bottom, scale.right, bottom, canvas.theme.rule, 1.2)
    _draw_ticks(canvas, scale, ticks, bottom + 18)
    height = _draw_key(canvas, groups, bottom + 44, split - 24) + 14
    if shares:
        height = max(height, _draw_shares(canvas, comparison, split + 12, width - LEFT, top))
    for step in (step for step in comparison.steps if step.gap == gap):
        text = f"{step.before} to {step.after}: {step_words(step)}"
        for line in canvas.font.wrap(text, width - 2 * LEFT, _LABEL, lines=3):
            canvas.text(LEFT, height + 16, line, _LABEL)
            height += 18
    alt = f"{title}. {subtitle}"
    desc = "; ".join(f"{group.cohort}: {group_words(group)}" for group in groups)
    return canvas.document(width, height + 14, alt, desc)


def _scale(groups: Sequence[Group], left: float, right: float) -> _Scale:
    ordered = [dots for group in groups if len(dots := group.dots.shortest_first(group.apart))]
    held = [max(dots[end].length.at, 1.0) for dots in ordered for end in (0, -1)] or [60.0, 3600.0]
    low, high = math.log(min(held)) - 0.25, math.log(max(held)) + 0.35
    return _Scale(low, max(high, low + 1.0), left, right)


def _drawn(group: Group, most: int) -> list[Dot]:
    """The dots that are drawn, shortest first: all, or of a crowd every k-th by length, the shortest and the longest among them."""
    dots = group.dots.shortest_first(group.apart)
    if len(dots) <= most:
        return list(dots)
    return [dots[round(i * (len(dots) - 1) / (most - 1))] for i in range(most)]


def _beeswarm(dots: Sequence[Dot], scale: _Scale) -> list[tuple[Dot, float, int]]:
    """Each dot with its x and its level (0, 1, -1, 2, ...): the nearest to the middle on which it touches no other."""
    placed: list[tuple[Dot, float, int]] = []
    for dot in dots:
        x, level = scale.x(dot.length.at), 0
        while any(lane == level and abs(x - other) < 2 * _RADIUS + 1.5 for _, other, lane in placed):
            level = -level if level > 0 else -level + 1
        placed.append((dot, x, level))
    return placed


def _group_height(group: Group, scale: _Scale, most: int) -> float:
    levels = [abs(level) for _, _, level in _beeswarm(_drawn(group, most), scale)]
    return 2 * (max(levels, default=0) + 1) * _ROW + 70


def _draw_group(canvas: Canvas, group: Group, scale: _Scale, y: float, height: float, most: int) -> None:
    theme, middle = canvas.theme, y + (height - 58) / 2
    for i, line in enumerate(canvas.font.wrap(group.cohort, _GUTTER - LEFT - 8, 15, bold=True)):
        canvas.text(LEFT, middle - 4 + 18 * i, line, 15, bold=True)
    still = group.dots.still_open + group.apart.still_open
    canvas.text(LEFT, middle + 32, f"n = {len(group.dots)}" + (f", {still} open" if still else ""), fill=theme.muted)
    drawn = _drawn(group, most)
    if len(drawn) < len(group.dots) + len(group.apart):
        canvas.text(LEFT, middle + 48, f"{len(drawn)} of them drawn", fill=theme.muted)
    for dot, x, level in _beeswarm(drawn, scale):
        at = middle + level * _ROW
        fill = theme.people_strong if dot.confirmed and not dot.length.open else theme.paper
        hint = f"{dot.incident}: {duration(dot.length.at)}" + (" and still open" if dot.length.open else "")
        canvas.element(
            "circle",
            {"cx": x, "cy": at, "r": _RADIUS, "fill": fill, "stroke": theme.people_strong, "stroke-width": 2},
            hint,
        )
        if dot.length.open:
            canvas.path(
                f"M{x + 8:.1f} {at:.1f}h16m-5 -4l5 4l-5 4", stroke=theme.people_strong, fill="none", stroke_width=2
            )
    if group.median is not None and group.median.value is not None:
        _draw_median(canvas, group, scale, y + height - 44)


def _draw_median(canvas: Canvas, group: Group, scale: _Scale, y: float) -> None:
    median, theme = group.median, canvas.theme
    if median is None or median.value is None:
        return
    x = scale.x(median.value)
    low = scale.x(median.low) if median.low is not None else x
    high = scale.x(median.high) if median.high is not None else (x if median.low is None else scale.right)
    if high > low:
        canvas.element(
            "rect",
            {"x": low, "y": y - 6, "width": high - low, "height": 12, "fill": theme.phase, "stroke": theme.phase_line},
        )
    canvas.line(x, y - 11, x, y + 11, theme.ink, 3)
    text = f"median {interval_words(median)}"
    wide = canvas.font.width(text, _LABEL)
    left = high + 9
    if left + wide > scale.right + 30:
        left = low - 9 - wide if low - 9 - wide >= _GUTTER else max(_GUTTER, scale.right + 30 - wide)
        y += 0 if left + wide < low else 24
    canvas.halo(left, y + 5, wide, _LABEL)
    canvas.text(left, y + 5, text, _LABEL)


def _draw_ticks(canvas: Canvas, scale: _Scale, ticks: Sequence[tuple[int, str]], y: float) -> None:
    end = -math.inf
    for seconds, text in [(s, f"{t} min" if t.isdigit() and s == ticks[0][0] else t) for s, t in ticks]:
        half = canvas.font.width(text, _LABEL) / 2
        if scale.x(seconds) - half > end + 8:
            canvas.text(scale.x(seconds), y, text, _LABEL, fill=canvas.theme.muted, anchor="middle")
            end = scale.x(seconds) + half


def _draw_key(canvas: Canvas, groups: Sequence[Group], y: float, right: float) -> float:
    """What a full and a hollow dot are, in one line where it has room; returns the last line's y."""
    theme, x = canvas.theme, _GUTTER + 10
    rows = [("confirmed, measured or recorded", theme.people_strong)]
    if any(group.apart or group.dots.still_open for group in groups):
        rows.append(("proposed by the tool, or still open", theme.paper))
    for text, fill in rows:
        if x + 13 + canvas.font.width(text, _LABEL) > right:
            x, y = _GUTTER + 10, y + 20
        dot = {"cx": x, "cy": y - 4, "r": _RADIUS, "fill": fill, "stroke": theme.people_strong, "stroke-width": 2}
        canvas.element("circle", dot)
        canvas.text(x + 13, y, text, _LABEL)
        x += 40 + canvas.font.width(text, _LABEL)
    return y


def _draw_shares(canvas: Canvas, comparison: Comparison, left: float, right: float, top: float) -> float:
    """Bars of hours by category, unexplained ones first; returns the y below them."""
    theme, shares = canvas.theme, _pinned_first(comparison.shares)[:_BARS]
    names = max(canvas.font.width(_name(one), _LABEL) for one in shares)
    bar = left + names + 10
    most = max(one.seconds for one in shares)
    room = right - bar - 120
    canvas.line(left - 16, top - 20, left - 16, top + 44 + len(shares) * (_BAR + 9), theme.grid)
    canvas.text(left, top - 6, "Where the minutes went", 15, bold=True)
    words = canvas.font.cut("in all, and the part of the one longest incident", right - left - 70, _LABEL)
    canvas.text(left, top + 12, words, fill=theme.muted)
    canvas.text(right, top + 12, f"in n of {comparison.incidents}", 12, fill=theme.muted, anchor="end")
    y = top + 26
    for one in shares:
        length = room * one.seconds / most
        canvas.text(bar - 8, y + 16, _name(one), _LABEL, anchor="end")
        canvas.box(bar, y, max(length, 2.0), _BAR, CATEGORY_FILL[one.category])
        longest = bar + room * one.behind[0][1] / most
        canvas.line(longest, y - 3, longest, y + _BAR + 3, theme.paper, 5)
        canvas.line(longest, y - 3, longest, y + _BAR + 3, theme.ink, 2)
        canvas.text(max(bar + length, longest) + 9, y + 17, _in_all(one.seconds), _LABEL, bold=True)
        canvas.text(right, y + 17, str(one.incidents), _LABEL, fill=theme.muted, anchor="end")
        y += _BAR + 9
    canvas.line(left + 4, y + 2, left + 4, y + 16, theme.ink, 2)
    canvas.text(left + 12, y + 14, "left of the mark: the one longest incident", _LABEL, fill=theme.muted)
    return y + 24


def _pinned_first(shares: Sequence[Share]) -> list[Share]:
    """Unexplained time of any ledger first, then the most time."""
    pinned = ("no_record", "unexplained")
    return sorted(shares, key=lambda one: (one.category not in pinned, -one.seconds, one.ledger, one.category))


def _name(share: Share) -> str:
    return f"{share.category.replace('_', ' ')} ({share.ledger})"


def _in_all(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"
