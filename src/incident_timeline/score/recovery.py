"""When users stopped hurting: the SLIs back inside the bands they left, as a range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.onset import Moved, NotRecovered, Onset, Recovery
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.milestones import clear_votes
from incident_timeline.score.onset_band import outside
from incident_timeline.score.onset_signals import SLI_ROLES, Floats, Ints, Signal, signals_of

INSIDE_SAMPLES = 3  # samples in a row inside the band that count as back
# A quantile read from histogram buckets hardly varies while all is well, so its band can be a hundredth of what hurt users; back
# within a tenth of the way is back.
NEARLY = 0.1
# A duration is counted when the answer is given: the requests in a sample began up to that long before.
MICROSECONDS = {"s": 1e6, "seconds": 1e6, "ms": 1e3}
STRAY_SAMPLES = 1  # samples in a row outside that are a stray; more are a relapse


@dataclass(frozen=True, slots=True)
class Hurt:
    """One voting signal from its onset on: when its samples were outside its band."""

    signal: Signal
    vote: Moved
    at: Ints
    out: NDArray[np.bool_]
    waited: (
        Floats  # how long before a sample the requests began that it counted, microseconds; 0 where it is no duration
    )


def find_recovery(series: SeriesSet, onset: Onset, *, inside_samples: int = INSIDE_SAMPLES) -> Recovery | NotRecovered:
    """When every signal that voted for the onset was back inside its band and stayed there for `inside_samples`.

    The range is [last sample outside, first sample of the run inside], its start earlier by the range of the query,
    because a rate still sees what ended up to one range ago, and by a duration itself, because it is counted when it ends.
    A later run of samples outside, longer than the query's range smears one bad scrape, is a relapse: then the recovery is
    the last one, and the relapses are counted.
    """
    hurts = hurt_signals(series, onset)
    if not hurts:
        return NotRecovered("no signal that voted for the onset has samples after it")
    ends = [recovered(h, inside_samples) for h in hurts]
    never = [h.vote.name for h, end in zip(hurts, ends, strict=True) if end is None]
    if never:
        last = from_micros(max(int(h.at[-1]) for h in hurts))
        return NotRecovered(f"never recovered inside the window: {', '.join(never)} still outside at {last:%H:%M:%S}")
    earliest, latest, at, relapses, name, range_s = max(
        ((*end, h.vote.name, h.signal.range_s) for h, end in zip(hurts, ends, strict=True) if end is not None),
        key=lambda end: end[2],
    )
    note = f"{name} was the last to come back"
    if range_s:
        note += f"; its query still sees what ended up to {range_s:g} s ago"
    if relapses:
        note += f"; it had been back before and left again, {relapses} time{'s' if relapses > 1 else ''}"
    return Recovery(from_micros(at), from_micros(earliest), from_micros(latest), inside_samples, relapses, note)


def hurt_signals(series: SeriesSet, onset: Onset) -> list[Hurt]:
    """The signals that are clear by themselves, with their samples from the first one outside on.

    One that barely voted for the onset does not say when it was over: noise takes it out of its band again and again.
    """
    votes = {vote.series_id: vote for vote in clear_votes(onset)}
    units = dict(series.labels.select("series_id", "unit").iter_rows())
    hurts = []
    for signal in signals_of(series, SLI_ROLES):
        vote = votes.get(signal.series_id)
        if vote is None:
            continue
        after = signal.at >= micros(vote.latest)
        if after.any():
            value = signal.value[after]
            out = outside(value, vote.band, vote.direction) & _beyond(value, vote)
            unit = MICROSECONDS.get(units[signal.series_id], 0.0)
            hurts.append(Hurt(signal, vote, signal.at[after], out, value * unit))
    return hurts


def _beyond(value: Floats, vote: Moved) -> NDArray[np.bool_]:
    """Which values are still more than a tenth of the way from normal to the hurt level (the 90th percentile of that side)."""
    if vote.direction == "up":
        return np.asarray(value > vote.band.centre + NEARLY * (float(np.quantile(value, 0.9)) - vote.band.centre))
    return np.asarray(value < vote.band.centre - NEARLY * (vote.band.centre - float(np.quantile(value, 0.1))))


def recovered(hurt: Hurt, inside_samples: int) -> tuple[int, int, int, int] | None:
    """(earliest, latest, at, relapses) of one signal's last recovery in microseconds; None while it is outside."""
    smear = int(np.ceil((hurt.signal.range_s or 0.0) * 1e6 / hurt.signal.step)) if hurt.signal.step else 0
    runs = outside_runs(hurt.out, inside_samples, max(smear, STRAY_SAMPLES))
    if not runs:
        return int(hurt.at[0]), int(hurt.at[0]), int(hurt.at[0]), 0
    last = runs[-1][1]
    if len(hurt.out) - last - 1 < inside_samples:
        return None
    before = round((hurt.signal.range_s or 0.0) * 1e6 + hurt.waited[last])
    left, right = int(hurt.at[last]), int(hurt.at[last + 1])
    return left - before, right, round((left + right) / 2 - settled(hurt.signal)), len(runs) - 1


def outside_runs(out: NDArray[np.bool_], inside_samples: int, stray: int) -> list[tuple[int, int]]:
    """(first, last) of each stretch outside; fewer than `inside_samples` inside do not end one.

    Up to `stray` samples outside in a row are what one bad scrape makes; they count only where nothing longer is there.
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], out, [False])).astype(np.int8)))
    rows = [(int(first), int(end) - 1) for first, end in zip(edges[::2], edges[1::2], strict=True)]
    rows = [row for row in rows if row[1] - row[0] >= stray] or rows
    runs: list[tuple[int, int]] = []
    for first, last in rows:
        if runs and first - runs[-1][1] <= inside_samples:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs


def settled(signal: Signal) -> float:
    """How much later than the users a signal taken over a range is at its new level, in microseconds; 0 for one of instants.

    Of what was before a change, the part of the range that is not past yet is still in the value. It is within a tenth of the
    new level after nine tenths of what the range covers, (range - step); and scrapes end half a step before the instant
    asked about, in the mean.
    """
    covered = max(0.0, (signal.range_s or 0.0) * 1e6 - signal.step)
    return (1 - NEARLY) * covered + signal.step / 2 if covered else 0.0
