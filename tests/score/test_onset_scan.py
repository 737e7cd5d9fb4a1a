"""Facts about what evidence is worth when samples depend on each other."""

import numpy as np

from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset import find_onset
from incident_timeline.score.onset_scan import discounted, gains, scaled, scan
from incident_timeline.score.onset_signals import SLI_ROLES, signals_of
from tests.score.series_story import at, series


def test_independent_samples_lose_nothing() -> None:
    """At a cost of 1 the gain stays what it is."""
    gain = np.array([0.0, 3.0, 40.0])

    assert np.allclose(gain, discounted(gain, np.array([20, 20, 50]), 1.0))


def test_a_faint_shift_is_divided_by_the_cost_and_a_plain_one_less() -> None:
    """Of a gain of 0.1 in 100 samples a quarter is left at a cost of 4; of one of 100 nearly half."""
    faint, plain = discounted(np.array([0.1, 100.0]), np.array([100, 100]), 4.0)

    assert np.isclose(0.1 / 4, faint, rtol=0.01)
    assert 45 < plain < 50


def test_overlapping_means_are_worth_what_their_parts_show() -> None:
    """A shift seen in means over four samples is worth about the gain that the four times as noisy samples themselves show."""
    rng, shift, n = np.random.default_rng(5), 3.0, 60
    of_parts, of_means = [], []
    for _ in range(40):
        parts = rng.standard_normal(n + 3) + shift * (np.arange(n + 3) >= 33)
        means = np.convolve(parts, np.ones(4) / 4, "valid")
        both = [line / (1.4826 * np.median(np.abs(line - np.median(line)))) for line in (parts[3:], means)]
        alone, width = gains(np.stack(both), np.array([True, True]), np.array([False, False]), 0)
        of_parts.append(alone[0].max())
        best = int(np.argmax(alone[1]))
        of_means.append(discounted(alone[1][best : best + 1], np.array([best + width[1][best]]), 4.0)[0])

    assert 0.6 < np.mean(of_means) / np.mean(of_parts) < 1.2


def test_a_scan_says_what_its_evidence_is_worth() -> None:
    """Of instants all of it; of values over four samples less, and of one bad scrape nothing is kept."""
    value = np.zeros(60) + 0.01 * np.random.default_rng(1).standard_normal(60)
    value[30:34] += 1.0
    (one,) = signals_of(series({"p99": value}, p99={"range_s": 60.0}), SLI_ROLES)
    instants, rated = scan(one), scan(one, 4)

    assert instants is not None
    assert rated is not None
    assert np.allclose(instants.gain, instants.worth)
    assert rated.worth.max() < rated.gain.max()
    assert rated.kept_worth[30] < 1.0 < instants.kept_worth[30]


def failing(counts: list[int], per_s: float = 5.0) -> SeriesSet:
    """A share of failed requests over the last minute, by so many a minute, with the rates it is made of."""
    failed = np.array(counts, dtype=float)
    values = {"e": failed / (60 * per_s), "e.errors": failed / 60, "e.total": np.full(len(failed), per_s)}
    said = {
        "e": {"signal": "errors", "unit": "ratio", "range_s": 60.0},
        "e.errors": {"role": "raw", "range_s": 60.0}, "e.total": {"role": "raw", "range_s": 60.0},
    }  # fmt: skip
    return series(values, **said)


def test_a_share_of_few_requests_is_counted_in_requests() -> None:
    """Three hundred a minute: one failed one is 2 (sqrt(1 + 3/8) - sqrt(3/8)), twenty are 2 (sqrt(20 + 3/8) - sqrt(3/8))."""
    (one,) = signals_of(failing([0] * 20 + [1, 20]), SLI_ROLES)

    assert one.event is not None
    assert np.isclose(1 / 300, one.event)
    assert np.allclose([1.1205, 7.8031], scaled(one)[-2:], atol=1e-3)


def test_single_failed_requests_are_no_onset_and_failing_ones_are() -> None:
    """Two single failures five minutes apart among none; then ten a minute for five minutes."""
    alone = find_onset(failing([0] * 30 + [1] * 4 + [0] * 2 + [1] * 4 + [0] * 20))
    kept_on = find_onset(failing([0] * 30 + [3, 5, 8, 10] + [9, 11, 10, 8] * 4 + [0] * 10))

    assert isinstance(alone, NoOnset)
    assert isinstance(kept_on, Onset)
    assert abs((kept_on.at - at(29.5 * 15)).total_seconds()) <= 30


def test_a_share_of_unknown_size_is_read_in_its_own_spread() -> None:
    """Without the rates beside it nobody knows what one request is."""
    told = series({"e": np.r_[np.zeros(30), np.full(5, 0.02), np.full(15, 0.04)]}, e={"range_s": 60.0})
    (one,) = signals_of(told, SLI_ROLES)

    assert one.event is None
    assert np.allclose([0.0, 0.5, 1.0], scaled(one)[[0, 32, 45]])
