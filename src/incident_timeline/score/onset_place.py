"""When a change began whose values are each taken over a range: a rate shows a step as a ramp as long as its range."""

import numpy as np

from incident_timeline.score.onset_joint import VOTE, Found
from incident_timeline.score.onset_scan import FLOOR, MIN_AFTER, MIN_BEFORE, Scan, discounted, facing, scaled
from incident_timeline.score.onset_signals import Floats

# Log-likelihood within which two places explain the signals equally well: one standard error.
AS_GOOD = 0.5


def first_affected(found: Found, overlap: dict[str, int]) -> int:
    """The place in `found.times` of the first sample that the change affected; the found one where values do not overlap.

    Each signal that takes part is read as whichever explains it best: a ramp over its overlap from that place on, as a share or a
    mean of the range shows a change, or a step within one overlap after it, as a quantile shows it once the part of the range
    that is past holds enough of the slow requests. The place that explains all of them best is taken, up to one range before
    the found one; of places as good, the latest, where the signal that shows it first begins.
    """
    part = [s for s in found.scans if s.worth[place_of(s, found.first)] > VOTE]
    longest = max((overlap[s.signal.series_id] for s in part), default=1)
    if longest <= 1:
        return found.index
    first, last = max(found.index - longest, MIN_BEFORE, 1), min(found.index + 1, len(found.times) - MIN_AFTER)
    explained = sum(
        (explains(s, found, first, last, overlap[s.signal.series_id]) for s in part), np.zeros(last + 1 - first)
    )
    good = np.flatnonzero(explained >= explained.max(initial=0.0) - AS_GOOD)
    return first + int(good[-1]) if len(good) else found.index


def place_of(one: Scan, instant: int) -> int:
    """The signal's own first sample at or after an instant, microseconds; its last where it ended before."""
    return min(int(np.searchsorted(one.signal.at, instant)), len(one.gain) - 1)


def explains(one: Scan, found: Found, first: int, last: int, overlap: int) -> Floats:
    """How well a change from each place `first` to `last` of `found.times` on explains one signal: log-likelihood gains."""
    peak = place_of(one, found.first)
    z, _ = facing(scaled(one.signal), one.signal.worse)
    z = -z if one.signal.worse == "both" and one.shift[peak] < 0 else z
    z = z[: peak + max(int(one.width[peak]), overlap + 1)]
    places = range(first, min(last + overlap, len(found.times) - MIN_AFTER + 1))
    since = [np.arange(len(z)) - int(np.searchsorted(one.signal.at, found.times[p])) for p in places]
    step = np.array([gain_of(z, (s >= 0).astype(np.float64)) for s in since])
    ramp = np.array([gain_of(z, np.clip((s + 0.5) / overlap, 0.0, 1.0)) for s in since[: last + 1 - first]])
    later = np.array([step[i : i + overlap].max() for i in range(len(ramp))])
    return discounted(np.maximum(ramp, later), np.full(len(ramp), len(z)), one.cost)


def gain_of(z: Floats, shape: Floats) -> float:
    """n/2 ln(RSS0 / RSS1) of a rise of that shape over a constant level, by least squares; 0 for a fall."""
    shape, z = shape - shape.mean(), z - z.mean()
    common = float(np.dot(shape, z))
    power = float(np.dot(shape, shape))
    if common <= 0 or power <= 0:
        return 0.0
    rss0 = float(np.dot(z, z)) + FLOOR * FLOOR
    return len(z) / 2 * float(np.log(rss0 / max(rss0 - common * common / power, FLOOR * FLOOR)))
