"""When users began to be hurt: the one time at which 'the level changes here' best explains all SLIs of a service together."""

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.onset import Band, Moved, NoOnset, Onset
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset_band import band_of, centre_spread
from incident_timeline.score.onset_scan import MIN_AFTER, MIN_BEFORE, Scan, joined, scan
from incident_timeline.score.onset_signals import ALL_ROLES, SLI_ROLES, Floats, Ints, Signal, signals_of

THRESHOLD = 9.0  # evidence below which nothing is claimed (reference method `joint`, set on development cases)
LOOK_BACK = 20  # samples before the first user-facing alert in which a bounded onset may lie
COVER = 0.9  # nominal share of the interval


@dataclass(frozen=True, slots=True)
class _Best:
    """The best common time: its place among all samples' times, the evidence, and the gains of all times."""

    times: Ints
    gains: Floats
    index: int
    evidence: float
    scans: tuple[Scan, ...]


def find_onset(series: SeriesSet, *, latest: datetime | None = None) -> Onset | NoOnset:
    """The onset over the `sli` series of one service, or why there is none.

    With `latest` (the first alert on a user-facing symptom) the onset lies in the 20 samples up to it: the bounded answer.
    The range is 90 % of exp(gain / 2) around the best time, one sample added at the early end, since the first affected
    sample is only partly affected. A query's own rate range delays a change; that is taken off and said in `note`.
    """
    signals = signals_of(series, SLI_ROLES)
    if not signals:
        return NoOnset("no clear onset: no SLI series has a sample in the window")
    usable = [s for s in signals if len(s.at) >= MIN_BEFORE + MIN_AFTER]
    if not usable:
        most = max(len(s.at) for s in signals)
        return NoOnset(f"no clear onset: no SLI has more than {most} samples; {MIN_BEFORE + MIN_AFTER} are needed")
    bound = None if latest is None else (latest, LOOK_BACK)
    best = _search(tuple(usable), bound)
    if best is None:
        return NoOnset("no clear onset: no SLI changed its level in the window, or only for the better")
    if best.evidence < THRESHOLD:
        return NoOnset(
            f"no clear onset: the clearest change, at {from_micros(int(best.times[best.index])):%H:%M:%S}, is too weak to tell "
            f"from noise (evidence {best.evidence:.1f}, {THRESHOLD:g} needed)"
        )
    return _onset(best, latest)


def find_moved(series: SeriesSet, *, error_rate: float = 0.1) -> tuple[Moved, ...]:
    """Every signal that left its band, in the order in which they moved.

    `error_rate` is held over all signals together: the evidence that one signal needs grows with ln(signals / error_rate)
    (Bonferroni on the likelihood scale), so thirty signals raise no more false alarms than one.
    """
    signals = [s for s in signals_of(series, ALL_ROLES) if len(s.at) >= MIN_BEFORE + MIN_AFTER]
    extra = math.log(max(1, len(signals)) / error_rate) - math.log(1 / error_rate)
    found = []
    for one in signals:
        best = _search((one,), None)
        if best is not None and best.evidence >= THRESHOLD + extra:
            found.append(_moved(best, best.scans[0]))
    return tuple(sorted(found, key=lambda moved: (moved.at, moved.series_id)))


def _search(signals: tuple[Signal, ...], bound: tuple[datetime, int] | None) -> _Best | None:
    scans = tuple(scan(one) for one in signals)
    times, gains = joined(scans)
    allowed = np.ones(len(times), dtype=bool)
    if bound is not None:
        last = micros(bound[0])
        step = max(one.step for one in signals)
        allowed = (times <= last + step) & (times >= last - bound[1] * step)
    if not np.any(allowed) or not np.any(gains[allowed] > 0):
        return None
    gains = np.where(allowed, gains, 0.0)
    index = int(np.argmax(gains))
    count = len(scans)
    at = times[index]
    own = sum(s.gain[i] / s.discount for s in scans if (i := int(np.searchsorted(s.signal.at, at))) < len(s.gain))
    n = max(len(s.signal.at) for s in scans)
    evidence = (own - count * math.log(n)) / math.sqrt(count)
    return _Best(times, gains, index, float(evidence), scans)


def _onset(best: _Best, latest: datetime | None) -> Onset:
    first, last = _interval(best)
    at = int(best.times[best.index])
    before = int(best.times[max(0, best.index - 1)])
    lag = max(s.signal.lag for s in best.scans)
    votes = sorted((_moved(best, s) for s in best.scans if _gain_at(s, at) > 0), key=lambda v: (-v.score, v.series_id))
    middle = (before + at) / 2 - lag
    early = int(best.times[max(0, first - 2)]) - lag
    late = int(best.times[last]) - (lag if last != best.index else 0)
    directions = {vote.direction for vote in votes}
    ranges = sorted({s.signal.range_s for s in best.scans if s.signal.lag})
    note = f"moved {lag / 1e6:g} s earlier, for the query's own range of {ranges[-1]:g} s" if ranges else ""
    if latest is not None and middle > micros(latest):
        note = "; ".join(filter(None, [note, "bounded by the first alert on a symptom"]))
    return Onset(
        at=from_micros(round(middle)),
        earliest=from_micros(round(min(early, middle))),
        latest=from_micros(round(max(late, middle))),
        confidence=round(1 - math.exp(-best.evidence / THRESHOLD), 4),
        direction=directions.pop() if len(directions) == 1 else "mixed",
        magnitude=max((vote.magnitude for vote in votes), default=0.0),
        votes=tuple(votes),
        note=note,
    )


def _interval(best: _Best) -> tuple[int, int]:
    """First and last place of the stretch around the best one that holds 90 % of exp(gain / 2)."""
    weight: NDArray[np.float64] = np.exp(0.5 * (best.gains - best.gains[best.index]))
    weight[best.gains <= 0] = 0.0
    total = float(weight.sum())
    left = right = best.index
    held = float(weight[left])
    while held < COVER * total and (left > 0 or right < len(weight) - 1):
        before = weight[left - 1] if left > 0 else -1.0
        after = weight[right + 1] if right < len(weight) - 1 else -1.0
        if before >= after:
            left -= 1
            held += float(before)
        else:
            right += 1
            held += float(after)
    return left, right


def _gain_at(one: Scan, at: int) -> float:
    index = int(np.searchsorted(one.signal.at, at))
    return float(one.gain[index]) if index < len(one.gain) else 0.0


def _moved(best: _Best, one: Scan) -> Moved:
    """How one signal moved at its own best time near the common one."""
    signal = one.signal
    common = int(best.times[best.index])
    centre = min(int(np.searchsorted(signal.at, common)), len(signal.at) - 1)
    near = slice(max(MIN_BEFORE, centre - 3), min(len(signal.at), centre + 4))
    place = near.start + int(np.argmax(one.gain[near])) if near.stop > near.start else centre
    if len(best.scans) == 1:
        place = int(np.argmax(one.gain))
    lag = signal.lag
    middle, spread = centre_spread(signal.value[: max(place, 1)])
    band = band_of(signal.value[:place]) or Band(middle, middle - 3 * spread, middle + 3 * spread, place)
    level = float(np.median(signal.value[place : place + max(int(one.width[place]), 1)]))
    before = int(signal.at[max(0, place - 1)])
    at = (before + int(signal.at[place])) / 2 - lag
    return Moved(
        series_id=signal.series_id,
        name=signal.name,
        at=from_micros(round(at)),
        earliest=from_micros(round(min(before - lag, at))),
        latest=from_micros(round(max(int(signal.at[place]), at))),
        direction="up" if one.shift[place] >= 0 else "down",
        magnitude=round(abs(level - middle) / spread, 3) if spread > 0 else 0.0,
        band=band,
        first_outside=float(signal.value[place]),
        score=round(float(one.gain[place] / one.discount), 4),
    )
