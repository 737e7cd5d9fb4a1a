"""How many neighbouring samples share data: what a rate over several scrapes leaves behind in its own values."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from incident_timeline.score.onset_signals import Floats, Signal

MOST = 12  # longest overlap looked for, samples
DIP = -0.2  # autocorrelation of the differences at the overlap; -0.5 for a moving average without any other noise
CONTRAST = 0.3  # and so far under the one at lag 1; independent samples have -0.5 at lag 1 and no dip later
SURENESS = 2.5  # standard errors of an autocorrelation
MIN_SAMPLES = 12


def overlap_of(signals: tuple[Signal, ...]) -> int:
    """Estimates over how many samples the values of several signals were averaged; 1 when each stands for itself.

    A value averaged over m samples loses what it gained m samples later, so that its differences are correlated with
    -0.5 at lag m and not at lag 1; independent samples show -0.5 at lag 1. Normal scores of the differences keep one
    large fault, whose beginning and end also lie some lag apart, from looking like that.
    """
    found = [dependence(s.value) for s in signals if len(s.value) >= MIN_SAMPLES and moving(s.value)]
    if not found:
        return 1
    longest = min(len(one) for one in found)
    rho = np.mean([one[:longest] for one in found], axis=0)  # rho[0] is lag 1
    samples = float(np.median([len(s.value) for s in signals]))
    limit = min(DIP, -SURENESS / float(np.sqrt(samples * len(found))))
    for i in range(1, longest - 1):
        if rho[i] <= limit and rho[0] - rho[i] >= CONTRAST and rho[i] <= rho[i - 1] and rho[i] <= rho[i + 1]:
            return i + 1
    return 1


def moving(value: Floats) -> bool:
    """Whether a signal changes often enough to say anything about dependence."""
    return bool(np.mean(np.diff(value) != 0) >= 0.5)


def dependence(value: Floats) -> Floats:
    """Autocorrelation of the differences' normal scores at the lags 1, 2, ..., a third of the samples or 12."""
    change = np.diff(value)
    scores = normal_scores(change)
    lags = range(1, min(MOST, len(value) // 3) + 1)
    power = float(np.mean(scores * scores))
    return np.array([float(np.mean(scores[k:] * scores[:-k])) / power for k in lags])


def normal_scores(value: Floats) -> Floats:
    """The values' ranks as quantiles of the normal distribution; equal values share the mean of theirs."""
    _, place, count = np.unique(value, return_inverse=True, return_counts=True)
    quantile = np.concatenate(([0.0], np.cumsum(quantiles(len(value)))))
    end = np.cumsum(count)
    return np.asarray(((quantile[end] - quantile[end - count]) / count)[place], dtype=np.float64)


@lru_cache(maxsize=256)
def quantiles(count: int) -> Floats:
    """Normal quantiles of the middles of `count` equal parts of 1."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((i + 0.5) / count) for i in range(count)])
