"""Facts about where a change began whose values are taken over a range."""

import numpy as np
import pytest

from incident_timeline.model.onset import Onset
from incident_timeline.score.onset import find_onset
from tests.score.series_story import at, series

N = 100


def rated(first: int, seed: int, per_step: int) -> np.ndarray:
    """The share of failed requests over the last four steps; from a step on a third fails, before almost none."""
    rng = np.random.default_rng(seed)
    total = rng.poisson(per_step, N + 3)
    share = np.where(np.arange(N + 3) < first + 3, 0.005, 0.33)
    failed = rng.binomial(total, share)
    window = np.ones(4)
    return np.asarray(np.convolve(failed, window, "valid") / np.convolve(total, window, "valid"))


@pytest.mark.parametrize("seed", range(6))
def test_a_share_over_a_range_began_to_grow_when_its_first_requests_failed(seed: int) -> None:
    """Whatever the noise: within one step of the middle of samples 49 and 50, less half a step for the scrape."""
    found = find_onset(series({"errors": rated(50, seed, 60)}, errors={"range_s": 60.0, "unit": "ratio"}))

    assert isinstance(found, Onset)
    assert abs((found.at - at(49.5 * 15 - 7.5)).total_seconds()) <= 15


@pytest.mark.parametrize("seed", range(3))
def test_a_value_that_shows_it_at_once_is_a_step(seed: int) -> None:
    """A high quantile over four samples jumps with the first of them."""
    value = 0.2 + 0.01 * np.random.default_rng(seed).standard_normal(N)
    value[50:] += 1.0
    found = find_onset(series({"p99": value}, p99={"range_s": 60.0}))

    assert isinstance(found, Onset)
    assert at(49.5 * 15 - 7.5) == found.at


@pytest.mark.parametrize("seed", range(6))
def test_a_median_that_shows_it_late_does_not_make_it_late(seed: int) -> None:
    """Of two in three slow requests the 99th percentile over a minute tells at once, the median when most of it is past."""
    rng = np.random.default_rng(seed)
    p99, p50 = 0.2 + 0.01 * rng.standard_normal(N), 0.05 + 0.001 * rng.standard_normal(N)
    p99[50:] += 0.3
    p50[53:] += 0.15
    about = {"range_s": 60.0}
    found = find_onset(series({"p99": p99, "p50": p50}, p99=about, p50=about))

    assert isinstance(found, Onset)
    assert abs((found.at - at(49.5 * 15 - 7.5)).total_seconds()) <= 15
