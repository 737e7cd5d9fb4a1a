"""When a change began whose values are each taken over a range: a rate shows a step as a ramp as long as its range."""

import numpy as np

from incident_timeline.score.onset_joint import VOTE, Found
from incident_timeline.score.onset_scan import FLOOR, MIN_AFTER, MIN_BEFORE, Scan, facing, scaled
from incident_timeline.score.onset_signals import Floats


def first_affected(found: Found, overlap: dict[str, int]) -> int:
    """The place in `found.times` of the first sample that the change affected; the found one where values do not overlap.

    Each signal that takes part is read as whichever explains it better from there on: a step, as a high quantile shows it at
    once, or a ramp over its overlap, as a share or a mean of the range shows it. The place that explains all of them best is
    taken, up to one range before the found one.
    """
    part = [s for s in found.scans if s.gain[place_of(s, found.first)] / s.cost > VOTE]
    longest = max((overlap[s.signal.series_id] for s in part), default=1)
    if longest <= 1:
        return found.index
    places = range(max(found.index - longest, MIN_BEFORE, 1), min(found.index + 1, len(found.times) - MIN_AFTER) + 1)
    explained = [sum(explains(s, found, int(found.times[p]), overlap) for s in part) for p in places]
    return places[int(np.argmax(explained))] if explained else found.index


def place_of(one: Scan, instant: int) -> int:
    """The signal's own first sample at or after an instant, microseconds; its last where it ended before."""
    return min(int(np.searchsorted(one.signal.at, instant)), len(one.gain) - 1)


def explains(one: Scan, found: Found, instant: int, overlap: dict[str, int]) -> float:
    """Log-likelihood gain of a change whose first affected sample is at an instant, as a step or a ramp, per independent sample."""
    m = overlap[one.signal.series_id]
    peak = place_of(one, found.first)
    z, _ = facing(scaled(one.signal.value), one.signal.worse)
    z = -z if one.signal.worse == "both" and one.shift[peak] < 0 else z
    z = z[: peak + max(int(one.width[peak]), m + 1)]
    since = np.arange(len(z)) - int(np.searchsorted(one.signal.at, instant))
    return max(gain_of(z, (since >= 0).astype(np.float64)), gain_of(z, np.clip((since + 0.5) / m, 0.0, 1.0))) / one.cost


def gain_of(z: Floats, shape: Floats) -> float:
    """n/2 ln(RSS0 / RSS1) of a rise of that shape over a constant level, by least squares; 0 for a fall."""
    shape, z = shape - shape.mean(), z - z.mean()
    common = float(np.dot(shape, z))
    power = float(np.dot(shape, shape))
    if common <= 0 or power <= 0:
        return 0.0
    rss0 = float(np.dot(z, z)) + FLOOR * FLOOR
    return len(z) / 2 * float(np.log(rss0 / max(rss0 - common * common / power, FLOOR * FLOOR)))
