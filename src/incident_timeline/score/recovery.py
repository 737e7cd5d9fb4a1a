"""When users stopped hurting: the SLIs back inside the bands they left, as a range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.onset import Moved, NotRecovered, Onset, Recovery
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset_band import outside
from incident_timeline.score.onset_signals import SLI_ROLES, Floats, Ints, Signal, signals_of

INSIDE_SAMPLES = 3  # samples in a row inside the band that count as back
# A quantile read from histogram buckets hardly varies while all is well, so its band can be a hundredth of what hurt users; back
# within a tenth of the way is back.
NEARLY = 0.1
RELAPSE_SAMPLES = 2  # samples in a row outside that count as a relapse; one alone is a stray


@dataclass(frozen=True, slots=True)
class Hurt:
    """One voting signal from its onset on: when its samples were outside its band."""

    signal: Signal
    vote: Moved
    at: Ints
    out: NDArray[np.bool_]


def find_recovery(series: SeriesSet, onset: Onset, *, inside_samples: int = INSIDE_SAMPLES) -> Recovery | NotRecovered:
    """When every signal that voted for the onset was back inside its band and stayed there for `inside_samples`.

    The range is [last sample outside, first sample of the run inside], its start earlier by the range of the query,
    because a rate still sees what ended up to one range ago. A later run of samples outside, longer than the query's
    range smears one bad scrape, is a relapse: then the recovery is the last one, and the relapses are counted.
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
    return Recovery(from_micros(at), from_micros(earliest), from_micros(latest), inside_samples, relapses, note)


def hurt_signals(series: SeriesSet, onset: Onset) -> list[Hurt]:
    """The voting signals with their samples from the first one outside on."""
    votes = {vote.series_id: vote for vote in onset.votes}
    hurts = []
    for signal in signals_of(series, SLI_ROLES):
        vote = votes.get(signal.series_id)
        if vote is None:
            continue
        after = signal.at >= micros(vote.latest)
        if after.any():
            value = signal.value[after]
            out = outside(value, vote.band, vote.direction) & _beyond(value, vote)
            hurts.append(Hurt(signal, vote, signal.at[after], out))
    return hurts


def _beyond(value: Floats, vote: Moved) -> NDArray[np.bool_]:
    """Which values are still more than a tenth of the way from normal to the hurt level (the 90th percentile of that side)."""
    if vote.direction == "up":
        return np.asarray(value > vote.band.centre + NEARLY * (float(np.quantile(value, 0.9)) - vote.band.centre))
    return np.asarray(value < vote.band.centre - NEARLY * (vote.band.centre - float(np.quantile(value, 0.1))))


def recovered(hurt: Hurt, inside_samples: int) -> tuple[int, int, int, int] | None:
    """(earliest, latest, at, relapses) of one signal's last recovery in microseconds; None while it is outside."""
    smear = int(np.ceil((hurt.signal.range_s or 0.0) * 1e6 / hurt.signal.step)) if hurt.signal.step else 0
    episodes = outside_runs(hurt.out, inside_samples)
    real = [run for i, run in enumerate(episodes) if i == 0 or run[2] > max(smear, RELAPSE_SAMPLES - 1)]
    if not real:
        return int(hurt.at[0]), int(hurt.at[0]), int(hurt.at[0]), 0
    last = real[-1][1]
    if len(hurt.out) - last - 1 < inside_samples or hurt.out[last + 1 : last + 1 + inside_samples].any():
        return None
    range_us = round((hurt.signal.range_s or 0.0) * 1e6)
    left, right = int(hurt.at[last]), int(hurt.at[last + 1])
    return left - range_us, right, round((left + right) / 2 - cleared(hurt.signal)), len(real) - 1


def outside_runs(out: NDArray[np.bool_], inside_samples: int) -> list[tuple[int, int, int]]:
    """(first, last, samples outside) of each stretch outside; fewer than `inside_samples` inside do not end one."""
    runs: list[tuple[int, int, int]] = []
    for index in np.flatnonzero(out):
        i = int(index)
        if runs and i - runs[-1][1] <= inside_samples:
            runs[-1] = (runs[-1][0], i, runs[-1][2] + 1)
        else:
            runs.append((i, i, 1))
    return runs


def cleared(signal: Signal) -> float:
    """How much later than the users a signal is back, in microseconds: three quarters of (range - step).

    A strong fault is out of a value only when the whole range is past it, (range - step) later, a weak one when half is.
    """
    return max(0.0, (signal.range_s or 0.0) * 1e6 - signal.step) * 3 / 4
