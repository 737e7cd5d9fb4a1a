"""What a search over places finds by chance: the same scan over the samples in random order."""

import math

import numpy as np

from incident_timeline.score.onset_scan import Scan, dependence, facing, gains, scaled
from incident_timeline.score.onset_signals import Floats, Ints

ORDERS = 24  # random orders; their mean is all that is used of them, so few are enough
ORDERS_OF_ONE = 200  # for a single signal's tail, of which the spread is used too
MIN_QUIET = 12  # samples before the change from which dependence can be read
SEED = 20_251_124  # fixed: one input gives one answer


def chance_of(scans: tuple[Scan, ...], times: Ints, weight: Floats) -> float:
    """Mean over random orders of the best place's summed gain: how much evidence noise of this shape yields.

    All signals are put in the same order of instants, so that what they share stays shared; heavy tails and runs of
    equal values, which the normal likelihood of the scan takes for evidence, are in this figure as they are in the data.
    `weight` is added to the gain of each instant, as the search does.
    """
    keys = np.random.default_rng(SEED).random((ORDERS, len(times)))
    total = np.broadcast_to(weight, (ORDERS, len(times))).copy()
    for group in same_length(scans):
        rows = np.concatenate([shuffled(one, keys, times) for one in group])
        sided = np.repeat([facing(one.gain, one.signal.worse)[1] for one in group], ORDERS)
        found, _ = gains(rows, sided, 0)
        for i, one in enumerate(group):
            place = np.searchsorted(one.signal.at, times)
            inside = place < len(one.gain)
            total[:, inside] += found[i * ORDERS : (i + 1) * ORDERS][:, place[inside]]
    return float(total.max(axis=1).mean())


def shuffled(one: Scan, keys: Floats, times: Ints) -> Floats:
    """The scaled samples of one signal in each random order, one order a row, turned so that worse is up."""
    z, _ = facing(scaled(one.signal.value), one.signal.worse)
    order = np.argsort(keys[:, np.searchsorted(times, one.signal.at)], axis=1, kind="stable")
    return z[order]


def same_length(scans: tuple[Scan, ...]) -> list[list[Scan]]:
    """The scans in groups whose signals have equally many samples, which one array can hold."""
    groups: dict[int, list[Scan]] = {}
    for one in scans:
        groups.setdefault(len(one.gain), []).append(one)
    return list(groups.values())


def probability_of(scan: Scan, overlap: int, quiet: int) -> float:
    """Chance that noise of a single signal's shape and dependence shows as much evidence anywhere as the signal does.

    The largest gains of random orders are taken as Gumbel (by mean and spread, the spread at least that of the normal
    likelihood); the signal's own is divided by the number of samples that say as much as one independent one. With the
    lag-1 autocorrelation phi that is (1 + phi) / (1 - phi), phi corrected for its bias in short series, -(1 + 4 phi) / n
    (Marriott and Pope 1954), and taken from the first `quiet` samples, before any change, where those are twelve or more.
    """
    z, one_sided = facing(scaled(scan.signal.value), scan.signal.worse)
    n = len(z)
    orders = np.argsort(np.random.default_rng(SEED).random((ORDERS_OF_ONE, n)), axis=1, kind="stable")
    largest = gains(z[orders], np.full(ORDERS_OF_ONE, one_sided), 0)[0].max(axis=1)
    spread = max(1.0, float(largest.std()) * math.sqrt(6) / math.pi)
    middle = float(largest.mean()) - float(np.euler_gamma) * spread
    cost = float(overlap)
    if overlap <= 1:
        split = int(np.argmax(scan.gain))
        alone = quiet >= MIN_QUIET
        part, width = (z[:quiet], 0) if alone else (z, max(3, int(scan.width[split])))
        phi = dependence(part, quiet if alone else split, width)
        phi = min(max(phi + (1 + 4 * max(phi, 0.0)) / len(part), 0.0), 0.95)
        cost = (1 + phi) / (1 - phi)
    return -math.expm1(-math.exp(-(float(scan.kept.max()) / cost - middle) / spread))
