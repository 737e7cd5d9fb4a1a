"""Facts about which signals moved, in which order, and how rarely noise is named."""

from collections.abc import Callable

import numpy as np
import pytest

from incident_timeline.score.onset import baseline_band, find_moved
from incident_timeline.score.onset_chance import probability_of
from incident_timeline.score.onset_scan import scan
from incident_timeline.score.onset_signals import signal
from tests.score.series_story import at, series

N = 100


def noise(seed: int, n: int = N) -> np.ndarray:
    """Independent normal values."""
    return np.asarray(np.random.default_rng(seed).standard_normal(n))


def moved_from(first: int, seed: int, rise: float = 8.0) -> np.ndarray:
    """Noise that rises from a sample on."""
    value = noise(seed)
    value[first:] += rise
    return value


def test_signals_of_every_role_come_in_the_order_they_moved() -> None:
    """The pool filled up first, then latency rose, then errors; traffic did not move."""
    told = series(
        {"errors": moved_from(70, 1), "latency": moved_from(60, 2), "pool": moved_from(50, 3), "traffic": noise(4)},
        pool={"role": "resource"},
        traffic={"worse": "both"},
    )

    found = find_moved(told)

    assert ["pool", "latency", "errors"] == [one.name for one in found]
    assert [at(49.5 * 15), at(59.5 * 15), at(69.5 * 15)] == [one.at for one in found]
    assert ["up"] * 3 == [one.direction for one in found]


def test_raw_series_and_rules_are_no_signals() -> None:
    """The two halves of a ratio and a rule's left side are not named."""
    told = series(
        {"q.errors": moved_from(60, 1), "rule": moved_from(60, 2)},
        **{"q.errors": {"role": "raw"}, "rule": {"role": "rule"}},
    )

    assert () == find_moved(told)


def test_a_signal_moves_when_it_leaves_its_band_and_not_when_it_is_worst() -> None:
    """Errors leave zero at sample 50 and jump at sample 70: it moved at 50."""
    value = np.abs(noise(1)) * 0.001
    value[50:70] = 0.02
    value[70:] = 0.2

    assert [at(49.5 * 15)] == [one.at for one in find_moved(series({"errors": value}))]


@pytest.mark.parametrize(
    "shape",
    [
        lambda rng: rng.standard_normal((30, N)),
        lambda rng: np.exp(rng.standard_normal((30, N))),
        lambda rng: rng.poisson(0.2, (30, N)).astype(float),
    ],
    ids=["normal", "lognormal", "counts"],
)
def test_thirty_quiet_signals_rarely_name_one(shape: Callable[[np.random.Generator], np.ndarray]) -> None:
    """At the default rate of 0.1, at most 3 of 10 windows name any signal (the chance of more is 1.3 %)."""
    rng = np.random.default_rng(11)
    windows = [series({f"s{i:02}": line for i, line in enumerate(shape(rng))}) for _ in range(10)]

    assert sum(bool(find_moved(one)) for one in windows) <= 3


def test_dependent_noise_is_not_taken_for_a_move() -> None:
    """Thirty signals whose values remember 80 % of the one before: at most 3 of 10 windows name any."""
    rng = np.random.default_rng(12)
    named = 0
    for _ in range(10):
        value = rng.standard_normal((30, N + 40))
        for i in range(1, N + 40):
            value[:, i] += 0.8 * value[:, i - 1]
        named += bool(find_moved(series({f"s{i:02}": line[40:] for i, line in enumerate(value)})))

    assert named <= 3


def test_a_state_that_changed_once_did_not_move() -> None:
    """Memory that an allocator takes in one piece: fifty equal readings before and fifty after are two, not a hundred."""
    told = series({"memory": np.r_[np.full(50, 28.67e6), np.full(50, 28.80e6)]})

    assert () == find_moved(told)


def test_a_rate_of_nothing_is_news_each_time() -> None:
    """The same values taken over a range: fifty stretches without an error, then fifty with some."""
    errors = np.r_[np.zeros(50), 0.02 + 0.001 * noise(3, 50)]

    assert ["errors"] == [one.name for one in find_moved(series({"errors": errors}, errors={"range_s": 15.0}))]


def test_more_signals_need_more_evidence() -> None:
    """A change that is named alone is not named among many quiet signals."""
    value = noise(7)
    value[60:68] += 1.6
    alone = series({"a": value})
    among = series({"a": value} | {f"q{i:02}": noise(100 + i) for i in range(60)})

    assert ["a"] == [one.name for one in find_moved(alone)]
    assert () == find_moved(among)


def test_a_smaller_error_rate_names_less() -> None:
    """What is named at one in a million is named at one in ten, and not the other way round."""
    value = noise(7)
    value[60:68] += 2.2
    told = series({"a": value})

    assert () == find_moved(told, error_rate=1e-6)
    assert 1 == len(find_moved(told, error_rate=0.1))


def test_the_probability_of_a_large_step_is_tiny_and_of_noise_is_not() -> None:
    """Under random orders."""
    instants = (np.arange(N) * 15_000_000).astype(np.int64)
    step, plain = (scan(signal("a", "a", instants, value, "up")) for value in (moved_from(50, 1), noise(3)))

    assert step is not None
    assert plain is not None
    assert probability_of(step, 1, 50) < 1e-6
    assert probability_of(plain, 1, 0) > 0.05


def test_a_band_is_three_robust_spreads_around_the_median_before_an_instant() -> None:
    """Values -14 to -6 in any order, NaN left out: median -10, median distance 2, so -10 give or take 3 x 1.4826 x 2."""
    told = series({"a": [-10, -14, -6, -13, -7, -12, -8, -11, -9, float("nan"), 1000]})
    samples = told.samples_of("a").reverse()

    band = baseline_band(samples["at"], samples["value"], at(10 * 15))

    assert band is not None
    assert (-10.0, 9) == (band.centre, band.samples)
    assert (-10 - 8.8956, -10 + 8.8956) == pytest.approx((band.low, band.high))


def test_what_was_never_negative_has_no_band_below_nothing() -> None:
    """A duration or a count: the band ends at 0."""
    samples = series({"a": [4, 0, 8, 1, 7, 2, 6, 3, 5]}).samples_of("a")

    band = baseline_band(samples["at"], samples["value"], at(10 * 15))

    assert band is not None
    assert 0.0 == band.low


def test_a_band_needs_four_samples() -> None:
    """Three say nothing about spread."""
    samples = series({"a": [1, 2, 3, 4]}).samples_of("a")

    assert baseline_band(samples["at"], samples["value"], at(3 * 15)) is None
