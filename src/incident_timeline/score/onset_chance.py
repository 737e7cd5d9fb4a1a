"""What a search over places finds by chance: the same scan over the samples in random order."""

import math

import numpy as np

from incident_timeline.score.onset_pool import strongest
from incident_timeline.score.onset_scan import Scan, counts_events, dependence, facing, gains, scaled
from incident_timeline.score.onset_signals import Floats, Ints, staleness

ORDERS = 24  # random orders; their mean is all that is used of them, so few are enough
# Of many signals the best place's evidence varies less from order to order: then fewer orders are enough.
FEWEST, ROWS = 8, 1920
ORDERS_OF_ONE = 150  # for a single signal's tail, of which the spread is used too
# So far from any limit that a few orders are enough to say so: surely no chance, surely nothing but chance.
SURELY, HARDLY = 1e-8, 0.5
MIN_QUIET = 12  # samples before the change from which dependence can be read
MOST_DEPENDENT = 0.95
SEED = 20_251_124  # fixed: one input gives one answer


def chance_of(scans: tuple[Scan, ...], times: Ints, weight: Floats, price: float) -> float:
    """Mean over random orders of the best place's evidence: how much noise of this shape yields.

    All signals are put in the same order of instants, so that what they share stays shared; heavy tails and runs of
    equal values, which the normal likelihood of the scan takes for evidence, are in this figure as they are in the data.
    `weight` is added to the evidence of each instant, as the search does.
    """
    orders = max(FEWEST, min(ORDERS, ROWS // len(scans)))
    keys = np.random.default_rng(SEED).random((orders, len(times)))
    found = [null_gains(shuffled(one, keys, times), one) for one in scans]
    pooled = strongest(np.moveaxis(side_by_side(scans, times, found), 0, 1), price)
    return float((pooled + weight).max(axis=1).mean())


def null_gains(z: Floats, scan: Scan) -> Floats:
    """The gains of a signal's samples in random orders, one a row."""
    rows = len(z)
    sided, counted = np.full(rows, scan.signal.worse != "both"), np.full(rows, counts_events(scan.signal))
    return gains(z, sided, counted, 0)[0]


def side_by_side(scans: tuple[Scan, ...], times: Ints, values: list[Floats]) -> Floats:
    """Values at each signal's own samples as values at `times`: what a signal says from its last sample before on."""
    rows = []
    for one, value in zip(scans, values, strict=True):
        place = np.searchsorted(one.signal.at, times)
        inside = place < len(one.gain)
        row = np.zeros((*value.shape[:-1], len(times)))
        row[..., inside] = value[..., place[inside]]
        rows.append(row)
    return np.stack(rows)


def shuffled(one: Scan, keys: Floats, times: Ints) -> Floats:
    """The scaled samples of one signal in each random order, one order a row, turned so that worse is up."""
    z, _ = facing(scaled(one.signal), one.signal.worse)
    order = np.argsort(keys[:, np.searchsorted(times, one.signal.at)], axis=1, kind="stable")
    return z[order]


def probability_of(scan: Scan, overlap: int, quiet: int) -> float:
    """Chance that noise of a single signal's shape and dependence shows as much evidence anywhere as the signal does.

    The largest gains of random orders are taken as Gumbel (by mean and spread, the spread at least that of the normal
    likelihood); the signal's own is divided by the number of samples that say as much as one independent one.
    """
    z, _ = facing(scaled(scan.signal), scan.signal.worse)
    cost = max(dependence_cost(z, scan, overlap, quiet), staleness(scan.signal))
    probability = 1.0
    for count in (ORDERS, ORDERS_OF_ONE):
        orders = np.argsort(np.random.default_rng(SEED).random((count, len(z))), axis=1, kind="stable")
        largest = null_gains(z[orders], scan).max(axis=1)
        spread = max(1.0, float(largest.std()) * math.sqrt(6) / math.pi)
        middle = float(largest.mean()) - float(np.euler_gamma) * spread
        probability = -math.expm1(-math.exp(-(float(scan.kept.max()) / cost - middle) / spread))
        if not SURELY <= probability <= HARDLY:
            break
    return probability


def dependence_cost(z: Floats, scan: Scan, overlap: int, quiet: int) -> float:
    """Samples that say as much as one independent one: m (1 + phi) / (1 - phi) for values that overlap m samples.

    phi is the autocorrelation at lag m, beyond what the overlap itself makes, from the first `quiet` samples, before any
    change, where those are enough. Where values do not overlap it is corrected for its bias in short series,
    -(1 + 4 phi) / n (Marriott and Pope 1954), and one standard error sqrt((1 - phi^2) / n) larger, as too small a phi names
    noise; where they do, the overlap has taken the larger part of the dependence already.
    """
    if quiet >= max(MIN_QUIET, 3 * overlap):
        part, split, width = z[:quiet], quiet, 0
    else:
        split = int(np.argmax(scan.gain))
        part, width = z, max(3, int(scan.width[split]))
    phi = max(dependence(part, split, width, overlap), 0.0)
    if overlap == 1:
        phi += (1 + 4 * phi) / len(part)
        phi += math.sqrt(max(1 - phi * phi, 0.0) / len(part))
    phi = min(phi, MOST_DEPENDENT)
    return overlap * (1 + phi) / (1 - phi)
