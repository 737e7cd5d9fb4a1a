"""Facts about the statistics of comparing: they equal SciPy's, and say nothing where the data say nothing."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from incident_timeline.compare.statistics import (
    LEAST,
    censored_median,
    holm,
    median_interval,
    needed_a_side,
    rate_interval,
    rate_ratio,
    ratio_of_means,
)
from incident_timeline.model.compared import Length


def exact(*seconds: float) -> list[Length]:
    """Gaps that are known to the second."""
    return [Length(one, one, one) for one in seconds]


@pytest.mark.parametrize(("before", "after"), [(5, 5), (6, 20), (40, 13)])
def test_the_ratio_is_welch_on_the_logarithms(before: int, after: int) -> None:
    """Interval and p-value equal SciPy's t-test with unequal variances, taken back from the logarithms."""
    draw = np.random.default_rng(before * 100 + after)
    one, other = draw.lognormal(6, 1.4, before), draw.lognormal(5.5, 0.8, after)
    welch = stats.ttest_ind(np.log(other), np.log(one), equal_var=False)
    span = welch.confidence_interval(0.95)
    found = ratio_of_means(exact(*one), exact(*other))

    assert found is not None
    assert found.p == pytest.approx(welch.pvalue)
    assert (math.log(found.low), math.log(found.high)) == pytest.approx((span.low, span.high))


def test_gaps_that_are_known_as_ranges_widen_the_interval_and_move_nothing() -> None:
    """The same middles with ranges of a factor of four give the same ratio with a wider interval."""
    one, other = (100, 220, 150, 400, 90, 130), (300, 280, 900, 350, 510, 640)
    sure = ratio_of_means(exact(*one), exact(*other))
    unsure = ratio_of_means([Length(x, x / 2, x * 2) for x in one], [Length(x, x / 2, x * 2) for x in other])

    assert sure is not None
    assert unsure is not None
    assert unsure.value == pytest.approx(sure.value)
    assert unsure.low < sure.low
    assert unsure.high > sure.high


def test_below_the_stated_minimum_there_is_no_ratio() -> None:
    """Four ended gaps on one side are too few, however many stand on the other; open ones do not count."""
    many = exact(*range(60, 600, 20))
    few = [*exact(100, 200, 300, 400), Length(900, 900, 900, open=True)]

    assert ratio_of_means(few, many) is None
    assert ratio_of_means(many, few) is None
    assert LEAST == 5


@pytest.mark.parametrize("n", [6, 7, 20, 51])
def test_the_median_s_interval_is_the_narrowest_pair_of_order_statistics_that_covers_it(n: int) -> None:
    """Its coverage is at least 95 % by the binomial distribution, and that of the next narrower pair is not."""
    found = median_interval([float(one) for one in range(1, n + 1)])

    assert found is not None
    assert found.low is not None
    rank = int(found.low)  # values are their own ranks
    assert found.high == n + 1 - rank
    cover = [1 - 2 * float(stats.binom.cdf(r - 1, n, 0.5)) for r in (rank, rank + 1)]
    assert cover[0] >= 0.95 > cover[1]


def test_five_values_have_a_median_and_no_interval() -> None:
    """Even the outermost pair of five covers the median in only 94 of 100 cases."""
    found = median_interval([5.0, 1.0, 4.0, 2.0, 3.0])

    assert found is not None
    assert (found.value, found.low, found.high) == (3.0, None, None)


def _at_the_end(curve: np.ndarray, band: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(band), curve, band)


@pytest.mark.parametrize("seed", range(8))
def test_a_censored_median_reads_the_curve_that_scipy_draws(seed: int) -> None:
    """Median and both ends are where SciPy's Kaplan-Meier curve and its log-log band come down to one half.

    Where the longest gap has ended the curve is 0 and SciPy leaves the band undefined; it is 0 there, as lifelines has it.
    """
    draw = np.random.default_rng(seed)
    n = int(draw.integers(7, 60))
    seconds, still = np.round(draw.lognormal(6, 1.2, n)) + 1, draw.random(n) < 0.25
    curve = stats.ecdf(stats.CensoredData(uncensored=seconds[~still], right=seconds[still])).sf
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(0.95, method="log-log")

    def reaches_half(probabilities: np.ndarray) -> float | None:
        times = [float(t) for t, p in zip(curve.quantiles, probabilities, strict=True) if p <= 0.5 + 1e-12]
        return times[0] if times else None

    found = censored_median([Length(s, s, s, bool(c)) for s, c in zip(seconds, still, strict=True)])

    assert found is not None
    assert found.value == reaches_half(curve.probabilities)
    assert found.low == reaches_half(_at_the_end(curve.probabilities, band.low.probabilities))
    assert found.high == reaches_half(_at_the_end(curve.probabilities, band.high.probabilities))


def test_a_median_that_most_open_incidents_have_not_reached_is_not_given() -> None:
    """Two of five ended: half is not reached, and no number stands in for it."""
    found = censored_median([*exact(10, 20), *[Length(30, 30, 30, open=True)] * 3])

    assert found is not None
    assert found.value is None


def test_holm_holds_the_error_over_all_comparisons() -> None:
    """The classic example: the smallest counts n times, each following one time less, never less than the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_an_adjusted_p_is_never_smaller_than_its_own(ps: list[float]) -> None:
    """Nothing becomes surer by being looked at among others."""
    assert all(adjusted >= p for adjusted, p in zip(holm(ps), ps, strict=True))


def test_what_would_be_needed_has_the_stated_power() -> None:
    """With so many a side, the power of the two-sample z-test for a 30 % cut is 80 %, and with two fewer it is not."""
    n = needed_a_side(1.0, 0.3)

    def power(a_side: int) -> float:
        return float(stats.norm.cdf(-math.log(0.7) / math.sqrt(2 / a_side) - stats.norm.ppf(0.975)))

    assert power(n) >= 0.8 > power(n - 2)


def test_rates_are_exact_poisson_and_a_ratio_of_rates_is_the_conditional_test() -> None:
    """Three in sixty days; and a rate ratio that holds 1 where the same count fell into the same time."""
    rate = rate_interval(3, 60)
    even = rate_ratio((4, 100.0), (4, 100.0))
    none = rate_ratio((0, 100.0), (0, 50.0))

    assert (rate.value, rate.low, rate.high) == pytest.approx((1.5, 0.6187 / 2, 8.7673 / 2), rel=1e-3)
    assert even is not None
    assert even.value == 1
    assert even.low is not None
    assert even.high is not None
    assert even.low < 1 < even.high
    assert even.low * even.high == pytest.approx(1)
    assert none is None


@given(st.lists(st.floats(1, 1e6), min_size=6, max_size=40), st.floats(0.01, 100))
def test_a_median_scales_with_its_gaps(values: list[float], factor: float) -> None:
    """Minutes or seconds: the same median with the same interval."""
    one, other = median_interval(values), median_interval([value * factor for value in values])

    assert one is not None
    assert other is not None
    assert (other.value, other.low, other.high) == pytest.approx(
        tuple(x * factor for x in (one.value, one.low, one.high))
    )  # type: ignore[operator]
