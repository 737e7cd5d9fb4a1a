"""Draws lanes with a series: its line, normal band, threshold, whiskers, and texts where the line leaves room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incident_timeline.model.pictures import Bracket, Plot, Threshold, Whisker
from incident_timeline.report.svg.curve import Curve, Point, make_curve, tick_text, value_ticks
from incident_timeline.report.svg.frame import LEFT
from incident_timeline.report.svg.gutter import NAME, Ground, Plan, draw_gutter, gutter_height, gutter_lines

_LABEL, _TICK = 13.0, 13.0


@dataclass(slots=True)
class _Places:
    """Boxes already taken in one panel."""

    ground: Ground
    curve: Curve
    taken: list[tuple[float, float, float, float]]

    def find(
        self, width: float, height: float, xs: Sequence[float], ys: Sequence[float], *, lines: bool = False
    ) -> tuple[float, float] | None:
        """Left and top of the first free box; `lines` lets it stand over hairlines."""
        low, high = self.ground.text_room
        for y in ys:
            for x in xs:
                if x < low or x + width > high or y < self.curve.top - 2 or y + height > self.curve.bottom + 4:
                    continue
                if not lines and any(x - 3 < line < x + width + 3 for line in self.ground.hairlines):
                    continue
                if any(
                    x < b + 6 and a < x + width + 6 and y < d + 1 and c < y + height + 1 for a, b, c, d in self.taken
                ):
                    continue
                if self.curve.clear(x, x + width, y, y + height):
                    self.take(x, y, width, height)
                    return x, y
        return None

    def take(self, x: float, y: float, width: float, height: float) -> None:
        self.taken.append((x, x + width, y, y + height))


def plan_plot(ground: Ground, plot: Plot) -> Plan:
    """The plan of a panel; it takes what height is left, within its bounds."""
    ticks = _ticks(make_curve(plot, ground.scale, 0, 100))
    beside = max(ground.canvas.font.width(text, _TICK) for _, text in ticks) + 6 if plot.points else 0.0
    names, notes = gutter_lines(ground, plot.name, plot.notes, beside)
    if not plot.points:
        least = max(34.0, gutter_height(names, notes))
    else:
        least = max(float(plot.least_px), gutter_height(names, notes) + 10)

    def draw(y: float, whole: float) -> None:
        draw_gutter(ground, names, notes, y)
        if not plot.points:
            text = ground.canvas.font.cut(plot.empty, ground.frame.right - ground.frame.left - 12, _LABEL)
            ground.canvas.text(ground.frame.left + 6, y + 18, text, _LABEL, fill=ground.canvas.theme.muted)
            return
        _draw_panel(ground, plot, y + 12, y + whole - 8, _name_ends(ground, names, y))

    return Plan(plot.key, least, least if not plot.points else max(least, float(plot.most_px)), draw)


def _name_ends(ground: Ground, names: Sequence[str], y: float) -> list[tuple[float, float]]:
    """For every line of the lane's name its right end and the y of its baseline."""
    font = ground.canvas.font
    return [(LEFT + font.width(line, NAME, bold=True), y + 18 + 17 * i) for i, line in enumerate(names)]


def _draw_panel(ground: Ground, plot: Plot, top: float, bottom: float, names: list[tuple[float, float]]) -> None:
    curve = make_curve(plot, ground.scale, top, bottom)
    places = _Places(ground, curve, [])
    _draw_ticks(ground, curve, names)
    if plot.band is not None:
        _draw_band(ground, curve, plot.band[0] * plot.factor, plot.band[1] * plot.factor)
    _draw_lines(ground, plot, curve)
    if plot.threshold is not None:
        _draw_threshold(ground, plot, curve, places, plot.threshold)
    for whisker in plot.whiskers:
        _draw_whisker(ground, curve, places, whisker)
    if plot.bracket is not None:
        _draw_bracket(ground, curve, places, plot.bracket)
    _draw_remark(ground, plot, places)
    if plot.band is not None and plot.band_texts:
        _draw_band_text(ground, plot, curve, places)


def _ticks(curve: Curve) -> list[tuple[float, str]]:
    """Round values of a curve's axis and their texts; a low panel has two."""
    values = value_ticks(curve.low, curve.high, 2 if curve.bottom - curve.top < 90 else 4)
    step = values[1] - values[0] if len(values) > 1 else abs(values[0]) or 1.0
    return [(value, tick_text(value, step)) for value in values]


def _draw_ticks(ground: Ground, curve: Curve, names: list[tuple[float, float]]) -> None:
    canvas, theme, frame = ground.canvas, ground.canvas.theme, ground.frame
    for value, text in _ticks(curve):
        y = curve.y(value)
        canvas.line(frame.left, y, frame.right, y, theme.grid)
        left = frame.left - 6 - canvas.font.width(text, _TICK)
        if not any(left < end + 4 and abs(y + 4.5 - baseline) < 15 for end, baseline in names):
            canvas.text(frame.left - 6, y + 4.5, text, _TICK, fill=theme.muted, anchor="end")


def _draw_band(ground: Ground, curve: Curve, low: float, high: float) -> None:
    canvas, theme, frame = ground.canvas, ground.canvas.theme, ground.frame
    above, below = curve.y(high), curve.y(low)
    canvas.rect(frame.left, above, frame.right - frame.left, max(below - above, 1.5), theme.band)
    if curve.bottom - curve.top >= 120:
        for y in (above, below):
            canvas.line(frame.left, y, frame.right, y, theme.rule)


def _draw_lines(ground: Ground, plot: Plot, curve: Curve) -> None:
    canvas, theme = ground.canvas, ground.canvas.theme
    strong = theme.hurt if plot.hue == "hurt" else theme.alert_strong
    stretches = [(ground.scale.x(a), ground.scale.x(b)) for a, b in plot.outside]
    for run in curve.runs:
        if plot.tint:
            edge = curve.y((plot.band[1] if plot.band else curve.low) * plot.factor) if plot.band else curve.bottom
            for part in _parts(run, stretches):
                d = f"M{part[0][0]:.1f} {edge:.1f}L{_joined(part)}L{part[-1][0]:.1f} {edge:.1f}Z"
                canvas.path(d, fill=theme.hurt_tint)
        canvas.path(f"M{_joined(run)}", fill="none", stroke=theme.ink, stroke_width=1.4, stroke_linejoin="round")
        for part in _parts(run, stretches):
            canvas.path(f"M{_joined(part)}", fill="none", stroke=strong, stroke_width=2, stroke_linejoin="round")


def _joined(points: Sequence[Point]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _parts(run: Sequence[Point], stretches: Sequence[tuple[float, float]]) -> list[list[Point]]:
    """The pieces of a run inside the stretches, ends interpolated."""
    found = []
    for left, right in stretches:
        part = [point for point in run if left <= point[0] <= right]
        before = [point for point in run if point[0] < left]
        after = [point for point in run if point[0] > right]
        if part and before:
            part.insert(0, _at(before[-1], part[0], left))
        if part and after:
            part.append(_at(part[-1], after[0], right))
        if len(part) > 1:
            found.append(part)
    return found


def _at(one: Point, other: Point, x: float) -> Point:
    if other[0] == one[0]:
        return one
    return x, one[1] + (other[1] - one[1]) * (x - one[0]) / (other[0] - one[0])


def _draw_threshold(ground: Ground, plot: Plot, curve: Curve, places: _Places, threshold: Threshold) -> None:
    canvas, theme, frame = ground.canvas, ground.canvas.theme, ground.frame
    y = curve.y(threshold.value * plot.factor)
    canvas.line(frame.left, y, frame.right, y, theme.alert_strong, 2, "7 4")
    places.take(frame.left, y - 2, frame.right - frame.left, 4)
    for form in threshold.texts:
        width = canvas.font.width(form, _LABEL)
        right = frame.right - 4
        xs = [right - width, *_steps(right - width, frame.left + 4, 24)]
        place = places.find(width, 15, xs, [y - 20, y + 6], lines=False) or places.find(
            width, 15, xs, [y - 20, y + 6], lines=True
        )
        if place is not None:
            canvas.halo(place[0], place[1] + 12, width, _LABEL)
            canvas.text(place[0], place[1] + 12, form, _LABEL)
            return


def _steps(start: float, end: float, step: float) -> list[float]:
    count = max(0, int((start - end) // step))
    return [start - step * i for i in range(1, count + 1)]


def _draw_whisker(ground: Ground, curve: Curve, places: _Places, whisker: Whisker) -> None:
    canvas, theme = ground.canvas, ground.canvas.theme
    x0, x, x1 = (ground.scale.x(at) for at in (whisker.earliest, whisker.at, whisker.latest))
    y = curve.bottom - min(12.0, (curve.bottom - curve.top) * 0.2)
    canvas.line(x0, y, x1, y, theme.hurt, 2)
    for edge in (x0, x1):
        canvas.line(edge, y - 5, edge, y + 5, theme.hurt, 2)
    places.take(x0 - 1, y - 5, x1 - x0 + 2, 10)
    for form in whisker.texts:
        width = canvas.font.width(form, _LABEL)
        outer, inner = (x0 - 9 - width, x1 + 7) if whisker.before else (x1 + 7, x0 - 9 - width)
        place = places.find(width, 14, [outer], [y - 7, y - 24]) or places.find(width, 14, [inner], [y - 7, y - 24])
        if place is not None:
            left = place[0] < x
            at = place[0] + (width if left else 0)
            canvas.text(at, place[1] + 11.5, form, _LABEL, fill=theme.hurt, anchor="end" if left else "start")
            return


def _draw_bracket(ground: Ground, curve: Curve, places: _Places, bracket: Bracket) -> None:
    canvas, theme = ground.canvas, ground.canvas.theme
    x0, x1 = ground.scale.x(bracket.start), ground.scale.x(bracket.end)
    head = canvas.font.width(bracket.head, 14, bold=True)
    width = max(head, canvas.font.width(bracket.range, _LABEL))
    height = 34.0 if bracket.range else 18.0
    span = curve.bottom - curve.top
    ys = [curve.top + span * share - 12 for share in (0.55, 0.45, 0.65, 0.35, 0.75, 0.25, 0.85, 0.15)]
    place = places.find(width, height, [x1 + 8, x0 - 8 - width], ys) or places.find(
        width, height, [x1 + 8, x0 - 8 - width], ys, lines=True
    )
    if place is None:
        return
    y = place[1] + 12
    canvas.line(x0, y, x1, y, theme.ink, 1.4)
    for edge in (x0, x1):
        canvas.line(edge, y - 5, edge, y + 5, theme.ink, 1.4)
    places.take(x0, y - 5, x1 - x0, 10)
    before = place[0] < x0
    for text, size, bold, baseline in ((bracket.head, 14.0, True, y - 1), (bracket.range, _LABEL, False, y + 16)):
        if not text:
            continue
        own = canvas.font.width(text, size, bold=bold)
        left = place[0] + width - own if before else place[0]
        if any(left - 2 < line < left + own + 2 for line in ground.hairlines):
            canvas.halo(left, baseline, own, size)
        canvas.text(
            left + own if before else left, baseline, text, size, bold=bold, anchor="end" if before else "start"
        )


def _draw_remark(ground: Ground, plot: Plot, places: _Places) -> None:
    """A text about the line: under or over it, near the middle of where it has its hue."""
    canvas, theme, curve = ground.canvas, ground.canvas.theme, places.curve
    colour = (theme.hurt if plot.hue == "hurt" else theme.ink) if plot.outside else theme.muted
    x0, x1 = ground.frame.left, ground.frame.right
    if plot.outside:
        x0, x1 = _longest(ground, plot.outside)
    bold = plot.hue == "hurt" and bool(plot.outside)
    ys = [curve.top + 6 * i for i in range(int((curve.bottom - curve.top - 10) / 6) + 1)]
    ys.sort(key=lambda y: abs(y - (curve.top + (curve.bottom - curve.top) * 0.3)))
    for beside, over_lines in ((False, False), (False, True), (True, False)):
        for form in plot.remarks:
            width = canvas.font.width(form, _LABEL, bold=bold)
            middle = (x0 + x1) / 2 - width / 2
            offsets = [0.0] + [sign * 15.0 * i for i in range(1, int((x1 - x0) / 30) + 2) for sign in (1, -1)]
            xs = [x for offset in offsets if x0 + 4 <= (x := middle + offset) <= x1 - width - 4]
            place = places.find(width, 15, [x1 + 12, x0 - 12 - width] if beside else xs, ys, lines=over_lines)
            if place is None:
                continue
            if over_lines:
                canvas.halo(place[0], place[1] + 12, width, _LABEL, theme.hurt_tint if plot.tint else "")
            canvas.text(place[0], place[1] + 12, form, _LABEL, bold=bold, fill=colour)
            return


def _longest(ground: Ground, stretches: Sequence[tuple[datetime, datetime]]) -> tuple[float, float]:
    return max(((ground.scale.x(a), ground.scale.x(b)) for a, b in stretches), key=lambda pair: pair[1] - pair[0])


def _draw_band_text(ground: Ground, plot: Plot, curve: Curve, places: _Places) -> None:
    assert plot.band is not None
    canvas = ground.canvas
    above, below = curve.y(plot.band[1] * plot.factor), curve.y(plot.band[0] * plot.factor)
    x0, x1 = _longest(ground, plot.outside) if plot.outside else (ground.frame.left, ground.frame.right)
    for form in plot.band_texts:
        width = canvas.font.width(form, _LABEL)
        xs = [x0 + (x1 - x0) * share - width / 2 for share in (0.3, 0.5, 0.7, 0.15, 0.85)] + [x1 + 12]
        place = places.find(width, 15, xs, [above - 22, below + 5])
        if place is not None:
            canvas.text(place[0], place[1] + 12, form, _LABEL, fill=canvas.theme.muted)
            return
