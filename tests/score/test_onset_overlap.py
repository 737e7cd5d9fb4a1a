"""Facts about how samples that share data give that away."""

import numpy as np
import pytest

from incident_timeline.score.onset_overlap import normal_scores, overlap_of
from incident_timeline.score.onset_signals import Signal, signal


def signals(values: np.ndarray) -> tuple[Signal, ...]:
    """One signal a row, its range not known."""
    instants = (np.arange(values.shape[1]) * 15_000_000).astype(np.int64)
    return tuple(signal(f"s{i}", f"s{i}", instants, line, "up", None) for i, line in enumerate(values))


def means(overlap: int, rows: int = 4, n: int = 60) -> np.ndarray:
    """Moving averages of noise over so many samples."""
    raw = np.random.default_rng(3).standard_normal((rows, n + overlap - 1))
    return np.array([np.convolve(line, np.ones(overlap) / overlap, "valid") for line in raw])


@pytest.mark.parametrize("overlap", [3, 4, 6, 8])
def test_means_over_several_samples_are_recognised(overlap: int) -> None:
    """A value loses what it gained `overlap` samples ago."""
    assert overlap == overlap_of(signals(means(overlap)))


def test_independent_samples_stand_for_themselves() -> None:
    """Also with a fault that begins and ends four samples apart."""
    value = means(1)
    value[:, 30:34] += 50

    assert 1 == overlap_of(signals(means(1)))
    assert 1 == overlap_of(signals(value))


def test_a_slow_wave_is_no_overlap() -> None:
    """Neighbours that resemble one another without sharing data."""
    wave = np.sin(np.arange(90) / 9) + 0.01 * np.random.default_rng(4).standard_normal((3, 90))

    assert 1 == overlap_of(signals(wave))


def test_signals_that_hardly_move_say_nothing() -> None:
    """A count that is nearly always 0."""
    assert 1 == overlap_of(signals(np.eye(4, 60)))


def test_normal_scores_depend_on_the_order_alone() -> None:
    """Equal values share the mean of theirs, and they are symmetric around 0."""
    assert normal_scores(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(normal_scores(np.array([0.0, 5.0, 6.0, 1e9])))
    assert normal_scores(np.array([1.0, 1.0, 1.0])) == pytest.approx([0, 0, 0])
    assert abs(normal_scores(np.random.default_rng(1).standard_normal(50)).sum()) < 1e-9
