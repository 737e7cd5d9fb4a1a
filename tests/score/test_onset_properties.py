"""What must hold for the onset of any series: units, clocks, order of rows and signals that say nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset import find_moved, find_onset
from tests.score.series_story import T0, series

FEW = settings(max_examples=25, deadline=None)


@st.composite
def lines(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """One to three signals of noise on a grid of 1/64, with or without a rise in the same place."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(12, 90))
    first, rise = draw(st.integers(4, n - 3)), draw(st.sampled_from([0.0, 2.0, 8.0, 64.0]))
    length = draw(st.integers(3, n))
    found = {}
    for i in range(draw(st.integers(1, 3))):
        value = np.round(rng.standard_normal(n) * 64) / 64
        value[first : first + length] += rise
        found[f"s{i}"] = value
    return found


def place(found: Onset | NoOnset) -> tuple[object, ...]:
    """The instants of an onset; () where there is none."""
    return (found.at, found.earliest, found.latest) if isinstance(found, Onset) else ()


def same_place(values: dict[str, np.ndarray], change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Changing every value alike leaves the onset where it is."""
    changed = {name: change(value) for name, value in values.items()}
    assert place(find_onset(series(values))) == place(find_onset(series(changed)))


@FEW
@given(lines(), st.sampled_from([2.0**-20, 0.25, 1024.0]))
def test_the_unit_of_the_values_does_not_matter(values: dict[str, np.ndarray], factor: float) -> None:
    """Seconds or milliseconds, bytes or kibibytes."""
    same_place(values, lambda value: value * factor)


@FEW
@given(lines(), st.sampled_from([-4096.0, 16.0, 1024.0]))
def test_the_level_of_the_values_does_not_matter(values: dict[str, np.ndarray], level: float) -> None:
    """What is added to every value alike is no change."""
    same_place(values, lambda value: value + level)


@FEW
@given(lines(), st.integers(-(10**9), 10**9))
def test_a_shift_of_the_clock_shifts_the_onset(values: dict[str, np.ndarray], seconds: int) -> None:
    """The same recording at another time has its onset as much later."""
    shift = timedelta(seconds=seconds)
    found, later = find_onset(series(values)), find_onset(series(values, start=T0 + shift))

    assert tuple(at + shift for at in place(found)) == place(later)  # type: ignore[operator]


@FEW
@given(lines(), st.floats(-1e6, 1e6))
def test_a_constant_signal_changes_nothing(values: dict[str, np.ndarray], level: float) -> None:
    """Neither place, nor confidence, nor votes."""
    n = len(next(iter(values.values())))

    assert find_onset(series(values)) == find_onset(series(values | {"zz": np.full(n, level)}))


@FEW
@given(lines())
def test_a_signal_of_nan_changes_nothing(values: dict[str, np.ndarray]) -> None:
    """A query that answered NaN throughout says nothing."""
    n = len(next(iter(values.values())))

    assert find_onset(series(values)) == find_onset(series(values | {"zz": np.full(n, np.nan)}))


@FEW
@given(lines())
def test_the_order_of_rows_changes_nothing(values: dict[str, np.ndarray]) -> None:
    """Labels and samples reversed."""
    told = series(values)
    turned = SeriesSet(told.labels.reverse(), told.samples.reverse())

    assert find_onset(told) == find_onset(turned)
    assert find_moved(told) == find_moved(turned)


@FEW
@given(lines())
def test_an_onset_lies_in_its_range_inside_the_window(values: dict[str, np.ndarray]) -> None:
    """earliest <= at <= latest, none of them outside the samples."""
    told = series(values)
    found = find_onset(told)
    if isinstance(found, Onset):
        first, last = told.samples["at"].min(), told.samples["at"].max()
        assert first <= found.earliest <= found.at <= found.latest <= last  # type: ignore[operator]
        assert 0 <= found.confidence <= 1
        assert all(vote.earliest <= vote.at <= vote.latest for vote in found.votes)
        assert np.isfinite(found.magnitude)


@FEW
@given(st.integers(0, 11), st.integers(1, 4))
def test_fewer_than_twelve_samples_are_never_an_onset(n: int, signals: int) -> None:
    """Whatever they show."""
    values = {f"s{i}": np.r_[np.zeros(n // 2), np.full(n - n // 2, 100.0)] for i in range(signals)}

    assert isinstance(find_onset(series(values)), NoOnset)


@FEW
@given(lines(), st.integers(0, 1000))
def test_a_sample_repeated_changes_nothing(values: dict[str, np.ndarray], seed: int) -> None:
    """A scrape that two answers hold counts once."""
    told = series(values)
    some = told.samples.sample(fraction=0.3, seed=seed)
    twice = SeriesSet(told.labels, pl.concat([some, told.samples]))

    assert find_onset(told) == find_onset(twice)


def named(values: dict[str, np.ndarray], start: datetime = T0) -> list[tuple[str, datetime]]:
    """Which signals moved and when."""
    return [(one.name, one.at) for one in find_moved(series(values, start=start))]


@FEW
@given(lines(), st.sampled_from([2.0**-20, 1024.0]), st.sampled_from([-4096.0, 1024.0]))
def test_the_signals_that_moved_are_the_same_in_any_unit(
    values: dict[str, np.ndarray], factor: float, level: float
) -> None:
    """Scaled or shifted."""
    assert named(values) == named({name: value * factor for name, value in values.items()})
    assert named(values) == named({name: value + level for name, value in values.items()})


@FEW
@given(lines(), st.integers(-(10**9), 10**9))
def test_the_signals_that_moved_move_with_the_clock(values: dict[str, np.ndarray], seconds: int) -> None:
    """The same recording at another time."""
    shift = timedelta(seconds=seconds)

    assert [(name, at + shift) for name, at in named(values)] == named(values, T0 + shift)


@FEW
@given(lines(), st.floats(-1e6, 1e6), st.integers(1, 40))
def test_constant_signals_change_nothing_about_those_that_moved(
    values: dict[str, np.ndarray], level: float, count: int
) -> None:
    """However many: they are not in the number of signals that the error rate is held over."""
    n = len(next(iter(values.values())))

    assert named(values) == named(values | {f"zz{i}": np.full(n, level) for i in range(count)})
