"""The time axis: instants to pixels, stretches left out, ticks that a reader can count by."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from incident_timeline.model.instants import from_micros, micros

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
_BREAK_PX = 26.0
_MOST_TICKS = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the axis without a break."""

    start: datetime
    end: datetime
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Maps instants to x in px; every piece has the same px per second, breaks have a fixed width."""

    pieces: tuple[Piece, ...]

    def x(self, at: datetime) -> float:
        """The x of an instant, kept inside the axis; in a break its place in proportion."""
        first, last = self.pieces[0], self.pieces[-1]
        if at <= first.start:
            return first.x0
        for piece, following in zip(self.pieces, (*self.pieces[1:], None), strict=True):
            if at <= piece.end:
                return _between(at, piece.start, piece.end, piece.x0, piece.x1)
            if following is not None and at < following.start:
                return _between(at, piece.end, following.start, piece.x1, following.x0)
        return last.x1

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies on the axis, ends included."""
        return any(piece.start <= at <= piece.end for piece in self.pieces)

    @property
    def breaks(self) -> tuple[tuple[float, float, timedelta], ...]:
        """Where the axis is broken: x from, x to, and the length of time left out."""
        pairs = zip(self.pieces, self.pieces[1:], strict=False)
        return tuple((one.x1, other.x0, other.start - one.end) for one, other in pairs)

    @property
    def break_lines(self) -> tuple[float, ...]:
        """The x of the two lines that are drawn at each break."""
        return tuple(x for x0, x1, _ in self.breaks for x in (x0 + 2, x1 - 2))


def _between(at: datetime, t0: datetime, t1: datetime, x0: float, x1: float) -> float:
    span = (t1 - t0).total_seconds()
    return x0 if span <= 0 else x0 + (x1 - x0) * ((at - t0).total_seconds() / span)


def make_scale(
    start: datetime, end: datetime, breaks: tuple[tuple[datetime, datetime], ...], x0: float, x1: float
) -> TimeScale:
    """The scale of [start, end] without `breaks` (disjoint, in order), over [x0, x1] px."""
    ends = [start]
    for left, right in breaks:
        if start < left < right < end:
            ends += [left, right]
    ends.append(max(end, start + timedelta(seconds=1)))
    spans = [(ends[i], ends[i + 1]) for i in range(0, len(ends), 2)]
    shown = sum((b - a).total_seconds() for a, b in spans)
    # A stretch with a single instant still gets a place of its own.
    least = min(0.08, 0.5 / len(spans))
    weights = [max((b - a).total_seconds() / shown, least) if len(spans) > 1 else 1.0 for a, b in spans]
    room = x1 - x0 - _BREAK_PX * (len(spans) - 1)
    pieces, x = [], x0
    for (a, b), weight in zip(spans, weights, strict=True):
        width = room * weight / sum(weights)
        pieces.append(Piece(a, b, x, x + width))
        x += width + _BREAK_PX
    return TimeScale(tuple(pieces))


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled instant: its clock time, the second zone's, and the day where it is the first tick of one."""

    x: float
    text: str
    zone_text: str
    day: str


def make_ticks(scale: TimeScale, zone: tzinfo | None, room: float) -> tuple[Tick, ...]:
    """Ticks at whole steps of UTC, at most ten and at least `room` px apart; days are named where there are several."""
    shown = sum((p.end - p.start).total_seconds() for p in scale.pieces)
    width = sum(p.x1 - p.x0 for p in scale.pieces)
    most = max(1, min(_MOST_TICKS, int(width // room)))
    step = next((s for s in _STEPS_S if shown / s <= most), _STEPS_S[-1])
    first_day, last_day = scale.pieces[0].start.date(), scale.pieces[-1].end.date()
    found: list[Tick] = []
    days: set[str] = set()
    for piece in scale.pieces:
        unit = step * 1_000_000
        value = -(-micros(piece.start) // unit) * unit
        while value <= micros(piece.end):
            at = from_micros(value)
            value += unit
            x = scale.x(at)
            if found and x - found[-1].x < room:
                continue
            day = f"{at:%b} {at.day}" if first_day != last_day else ""
            named = day if day not in days else ""
            days.add(day)
            found.append(Tick(x, _clock(at, step), _clock(at.astimezone(zone), step) if zone else "", named))
    return tuple(found)


def _clock(at: datetime, step: float) -> str:
    return at.strftime("%H:%M:%S" if step < 60 else "%H:%M")


def zone_name(zone: tzinfo, at: datetime) -> str:
    """The zone's short name at an instant, or its offset."""
    local = at.astimezone(zone)
    return local.tzname() or local.strftime("UTC%z")


def minute_step(seconds: float, most: int = 10) -> tuple[int, str, int]:
    """Step, unit and seconds per unit of an axis that counts from zero: minutes, hours from 6 h on, days from 6 d on."""
    for per_unit, unit, limit in ((1, "s", 120), (60, "min", 6 * 3600), (3600, "h", 6 * 86400), (86400, "d", 0)):
        if seconds <= limit or not limit:
            for step in (1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 480, 960):
                if seconds / per_unit / step <= most:
                    return step, unit, per_unit
    return 2000, "d", 86400
