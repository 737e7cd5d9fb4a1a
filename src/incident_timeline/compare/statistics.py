"""Medians, ratios and rates with their intervals: what can be said of a handful of skewed durations."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from incident_timeline.model.compared import Interval, Length, Ratio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


LEAST = (
    5  # gaps a side below which no ratio is given: at four the interval of a usual spread reaches over a factor of ten
)
LEAST_MEDIAN = 6  # with five, even the smallest and the largest hold the median in only 94 of 100 cases
CONFIDENCE = 0.95
POWER = 0.8
_NEAR = 1e-9  # a survival this near to one half is computed in integers: a product of a million floats is off by less
SIGHT_DAYS = 730.0  # a test that takes longer than two years is none
SHORTEST_S = 1.0  # PagerDuty's and most deploy APIs' clocks tell whole seconds: below that a length has no meaning


def median_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """The median with the narrowest symmetric pair of order statistics that covers it at least so often.

    The number of values below the median is binomial(n, 1/2) whatever the distribution (David & Nagaraja 2003, 7.1). Fewer
    than six values hold no such pair at 95 %: both ends are then None. None without values.
    """
    if not values:
        return None
    from scipy.stats import binom

    ordered, n = sorted(values), len(values)
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    below = int(binom.ppf((1 - confidence) / 2, n, 0.5))  # P(X < below) <= alpha / 2 < P(X <= below)
    if below < 1:
        return Interval(middle, None, None)
    return Interval(middle, ordered[below - 1], ordered[n - below])


def censored_median(lengths: Sequence[Length], confidence: float = CONFIDENCE) -> Interval | None:
    """The median where some gaps were still open: Kaplan-Meier, with the interval of Brookmeyer and Crowley (1982).

    The median is the first length at which at most half are still open; the interval inverts Greenwood's variance on the
    log(-log) scale (Kalbfleisch & Prentice 2002, 1.4). What is not reached because too many were open is None, and so are
    both ends below LEAST_MEDIAN gaps, where the interval was measured to hold the median less often than it says.
    """
    if not lengths:
        return None
    import numpy as np
    from scipy.stats import norm

    times, place = np.unique([one.at for one in lengths], return_inverse=True)
    leaving = np.bincount(place)
    ended = np.bincount(place[[not one.open for one in lengths]], minlength=times.size)
    at_risk = len(lengths) - np.cumsum(leaving) + leaving
    steps = ended > 0
    times, ended, at_risk = times[steps], ended[steps], at_risk[steps]
    left = at_risk - ended
    before = np.append(len(lengths), left[:-1])  # at_risk, but for those that were open when the step came
    survival = np.cumprod(before / at_risk) * left / len(lengths)
    # Exact at one half, which the value is compared with: the product is 2 x left x before ... <= n x at_risk ... in integers.
    near = np.abs(survival - 0.5) < _NEAR
    half = survival < 0.5
    for i in np.flatnonzero(near):
        apart = before[: i + 1] != at_risk[: i + 1]
        most, least = (math.prod(side[: i + 1][apart].tolist()) for side in (before, at_risk))
        half[i] = 2 * most * int(left[i]) <= least * len(lengths)
    value = _first(times, half)
    if len(lengths) < LEAST_MEDIAN:
        return Interval(value, None, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.cumsum(ended / (at_risk * left))
        spread = float(norm.ppf(0.5 + confidence / 2)) * np.sqrt(hazard) / np.log(survival)
        lower, upper = (np.where(left > 0, survival ** np.exp(sign * spread), 0.0) for sign in (-1, 1))
    return Interval(value, _first(times, lower <= 0.5), _first(times, upper <= 0.5))


def _first(times: "NDArray[np.float64]", where: "NDArray[np.bool_]") -> float | None:
    return float(times[where.argmax()]) if where.any() else None


def ratio_of_means(before: Sequence[Length], after: Sequence[Length], confidence: float = CONFIDENCE) -> Ratio | None:
    """Geometric mean after divided by that before, with Welch's interval on the logarithms; None below LEAST a side.

    Open gaps have no length yet and do not count. A gap that is only known as a range adds the variance of a uniform draw
    from it, as multiple imputation does (Rubin 1987, 3.1), so that uncertain gaps widen the interval.
    """
    from scipy.stats import t

    sides = [[one for one in lengths if not one.open] for lengths in (before, after)]
    if min(len(side) for side in sides) < LEAST:
        return None
    means, errors, freedoms, squares = [], [], [], 0.0
    for side in sides:
        logs = [math.log(max(one.at, SHORTEST_S)) for one in side]
        n, mean = len(logs), math.fsum(logs) / len(logs)
        square = math.fsum((x - mean) ** 2 for x in logs)
        means.append(mean)
        errors.append(square / (n - 1) / n + math.fsum(map(_range_variance, side)) / n**2)
        freedoms.append(n - 1)
        squares += square
    difference, error = means[1] - means[0], sum(errors)
    log_sd = math.sqrt(squares / sum(freedoms))
    counts = (len(sides[0]), len(sides[1]))
    if error == 0:
        return Ratio(
            math.exp(difference), math.exp(difference), math.exp(difference), float(difference == 0), log_sd, *counts
        )
    freedom = error**2 / sum(e**2 / f for e, f in zip(errors, freedoms, strict=True))  # Welch-Satterthwaite
    reach = float(t.ppf(0.5 + confidence / 2, freedom)) * math.sqrt(error)
    p = 2 * float(t.sf(abs(difference) / math.sqrt(error), freedom))
    return Ratio(math.exp(difference), math.exp(difference - reach), math.exp(difference + reach), p, log_sd, *counts)


def _range_variance(one: Length) -> float:
    """Variance of a uniform draw between the logarithms of the ends."""
    low, high = max(one.low, SHORTEST_S), max(one.high, SHORTEST_S)
    return (math.log(high) - math.log(low)) ** 2 / 12 if high > low else 0.0


def needed_a_side(log_sd: float, cut: float, power: float = POWER, confidence: float = CONFIDENCE) -> int:
    """Incidents a side after which a true cut (0.3 = 30 % shorter) would be seen with this power: the two-sample z formula."""
    from scipy.stats import norm

    reach = float(norm.ppf(0.5 + confidence / 2) + norm.ppf(power))
    return max(LEAST, math.ceil(2 * (reach * log_sd / math.log(1 - cut)) ** 2))


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """The p-values adjusted for having looked at all of them at once (Holm 1979), in the order given."""
    adjusted, running = [1.0] * len(ps), 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        running = max(running, min(1.0, (len(ps) - rank) * ps[index]))
        adjusted[index] = running
    return tuple(adjusted)


def rate_interval(count: int, span_days: float, confidence: float = CONFIDENCE) -> Interval:
    """Incidents per 30 days with the exact Poisson interval (Garwood 1936)."""
    from scipy.stats import chi2

    alpha, scale = 1 - confidence, 30.0 / span_days
    low = float(chi2.ppf(alpha / 2, 2 * count)) / 2 if count else 0.0
    high = float(chi2.ppf(1 - alpha / 2, 2 * count + 2)) / 2
    return Interval(count * scale, low * scale, high * scale)


def rate_ratio(before: tuple[int, float], after: tuple[int, float], confidence: float = CONFIDENCE) -> Interval | None:
    """Rate after divided by rate before, (count, days) each, by the exact conditional test (Przyborowski & Wilenski 1940).

    None when neither span holds an incident; an end is None where nothing bounds it.
    """
    from scipy.stats import binomtest

    total = before[0] + after[0]
    if not total:
        return None
    held = binomtest(after[0], total).proportion_ci(confidence, method="exact")
    days = before[1] / after[1]
    value = after[0] / before[0] * days if before[0] else math.inf
    high = held.high / (1 - held.high) * days if held.high < 1 else None
    return Interval(value, float(held.low / (1 - held.low) * days) if held.low < 1 else None, high)


def rate_p(before: tuple[int, float], after: tuple[int, float]) -> float:
    """The two-sided p-value of rate_ratio's test: that both rates, (count, days) each, are one. 1.0 without an incident."""
    from scipy.stats import binomtest

    total = before[0] + after[0]
    return float(binomtest(after[0], total, after[1] / (before[1] + after[1])).pvalue) if total else 1.0


def quiet_days(before: tuple[int, float], after: int, confidence: float = CONFIDENCE) -> float | None:
    """Days since the change at which `after` incidents, and no more, are fewer than the rate before would bring.

    The exact conditional test of rate_ratio, solved for the days. None without an incident before, since nothing can be
    rarer, and beyond SIGHT_DAYS.
    """
    from scipy.stats import binomtest

    if not before[0]:
        return None
    high = binomtest(after, before[0] + after).proportion_ci(confidence, method="exact").high
    days = float(before[1] * high / (1 - high)) if high < 1 else math.inf
    return days if days <= SIGHT_DAYS else None


def shares_p(before: tuple[int, int], after: tuple[int, int]) -> float:
    """The two-sided p-value that both shares, (count, of how many) each, are one: Fisher's exact test (1934)."""
    from scipy.stats import fisher_exact

    table = [[before[0], before[1] - before[0]], [after[0], after[1] - after[0]]]
    return float(fisher_exact(table).pvalue)


def needed_for_share(share: float, cut: float, power: float = POWER, confidence: float = CONFIDENCE) -> int | None:
    """Incidents a side after which a share that fell by `cut` would be seen with this power (Fleiss 1981, 3.2).

    None where the share is 0: it cannot fall.
    """
    from scipy.stats import norm

    if share <= 0:
        return None
    less = share * (1 - cut)
    mean = (share + less) / 2
    level, reach = float(norm.ppf(0.5 + confidence / 2)), float(norm.ppf(power))
    spread = level * math.sqrt(2 * mean * (1 - mean)) + reach * math.sqrt(share * (1 - share) + less * (1 - less))
    return max(LEAST, math.ceil((spread / (share - less)) ** 2))
