"""Which signals moved, in the order they moved, with an error rate held over all of them together."""

import math

import numpy as np

from incident_timeline.model.instants import from_micros
from incident_timeline.model.onset import Moved
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset_band import band_of, outside
from incident_timeline.score.onset_chance import probability_of
from incident_timeline.score.onset_joint import MIN_SAMPLES, VOTE, first_change, overlaps, search
from incident_timeline.score.onset_scan import MIN_BEFORE, Scan
from incident_timeline.score.onset_signals import ALL_ROLES, Signal, signals_of

ALONE = 2.5  # gain beyond the choice of a place that a single signal needs at an error rate of 1
MOST_MAGNITUDE = 1000.0  # spreads; a baseline without any spread has no larger figure


def find_moved(series: SeriesSet, *, error_rate: float = 0.1) -> tuple[Moved, ...]:
    """When each signal of any role left its band, in order of time; only signals that hold against chance.

    The chance that any of the given signals is named although none moved is to stay under `error_rate`, however many are
    given; a constant one cannot move and does not count. A signal must pass two tests with that in mind: its evidence grows
    with the logarithm of (signals / error_rate), Bonferroni on the scale of log-likelihoods; and its probability under random
    orders passes Holm's step-down (1979).
    """
    signals = tuple(s for s in signals_of(series, ALL_ROLES) if len(s.at) >= MIN_SAMPLES and np.ptp(s.value) > 0)
    overlap = overlaps(signals)
    needed = ALONE + math.log(max(1, len(signals)) / error_rate)
    clear = []
    for one in signals:
        found = search((one,), overlap, chance=0.0)
        if found is not None and found.evidence >= needed:
            first = first_change(found, (one,), overlap, ripples=True)
            quiet = int(np.searchsorted(one.at, first.first))
            clear.append((probability_of(found.scans[0], overlap[one.series_id], quiet), one.series_id, first))
    clear.sort(key=lambda entry: entry[:2])
    moved = []
    for rank, (probability, _, first) in enumerate(clear):
        if probability > error_rate / (len(signals) - rank):
            break
        how = moved_at(first.scans[0], first.first)
        if how is not None:
            moved.append(how)
    return tuple(sorted(moved, key=lambda m: (m.at, m.series_id)))


def moved_at(scan: Scan, first: int) -> Moved | None:
    """How one signal moved at an instant (microseconds): its band before, the first sample outside; None if it did not."""
    signal = scan.signal
    place = int(np.searchsorted(signal.at, first))
    if place < MIN_BEFORE or place >= len(scan.gain) or scan.gain[place] < VOTE:
        return None
    band = band_of(signal.value[:place])
    if band is None:
        return None
    side = "up" if scan.shift[place] > 0 else "down"
    stretch = signal.value[place : place + max(int(scan.width[place]), 1)]
    out = np.flatnonzero(outside(stretch, band, side))
    start = place + (int(out[0]) if len(out) else 0)
    while start > MIN_BEFORE and start <= place and outside(signal.value[start - 1 : start], band, side)[0]:
        start -= 1
    before, outer = int(signal.at[start - 1]), int(signal.at[start])
    late = lateness(signal, max(1, round(scan.cost)) if signal.overlap is None else signal.overlap)
    at = round((before + outer) / 2 - late)
    return Moved(
        series_id=signal.series_id,
        name=signal.name,
        at=from_micros(at),
        earliest=from_micros(min(at, round(before - 2 * late))),
        latest=from_micros(max(at, outer)),
        direction=side,
        magnitude=magnitude(float(np.median(stretch)), band.centre, (band.high - band.centre) / 3),
        band=band,
        first_outside=float(signal.value[start]),
        score=round(float(scan.worth[place]), 4),
    )


def lateness(signal: Signal, overlap: int) -> float:
    """How much later than the users a change looks, in microseconds: a quarter of (range - step).

    A value taken over a range shows a strong change at once and a weak one when half of the range is full, that is
    (range - step) / 2 later; the middle of the two had a median error of 0 on recorded and simulated changes.
    """
    range_s = signal.range_s or overlap * signal.step / 1e6
    return 1e6 * late_s(range_s, signal.step / 1e6)


def late_s(range_s: float, step_s: float) -> float:
    """The same in seconds, from the range that a value was taken over and the distance of its samples."""
    return max(0.0, range_s - step_s) / 4


def magnitude(level: float, centre: float, spread: float) -> float:
    """Distance of a level from the centre in spreads of the baseline, at most 1000."""
    return round(min(abs(level - centre) / spread, MOST_MAGNITUDE), 3) if spread > 0 else MOST_MAGNITUDE
