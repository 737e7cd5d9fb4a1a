"""Facts that hold of an onset and of containment whatever the series are: no failure, and a range around the moment."""

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.containment import contain
from incident_timeline.score.onset import find_onset
from tests.score.series_story import at, series

N = 70


@st.composite
def told(draw: st.DrawFn) -> SeriesSet:
    """One to three signals: a step, ramp or counter with noise that comes back or not, begins late, ends early or has holes."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    values, said = {}, {}
    for name in ("errors", "p99", "queue")[: draw(st.integers(1, 3))]:
        first, rise, length = (
            draw(st.integers(5, N)),
            draw(st.sampled_from([1, 1, 8])),
            draw(st.sampled_from([4, 8, N])),
        )
        value = np.clip((np.arange(N) - first + 1) / rise, 0, 1) * (np.arange(N) < first + length)
        value += draw(st.sampled_from([0.0, 0.001, 0.2])) * rng.random(N)
        value = np.cumsum(value) if draw(st.integers(0, 9)) == 0 else value
        begins = draw(st.sampled_from([0, 0, 1, N - 9, N - 1]))
        value[:begins] = np.nan
        value[rng.random(N) < draw(st.sampled_from([0.0, 0.3]))] = draw(st.sampled_from([np.nan, np.inf]))
        value[draw(st.sampled_from([N, N, N - 20])) :] = np.nan
        values[name] = value
        said[name] = {"range_s": draw(st.sampled_from([0.0, 60.0, 300.0])), "worse": draw(st.sampled_from(["up", ""]))}
    said["errors"] |= {"signal": "errors", "unit": "ratio", "service": draw(st.sampled_from(["checkout", "payments"]))}
    return series(values, **said)


@settings(max_examples=150)
@given(told(), st.one_of(st.none(), st.integers(0, N)))
def test_the_moment_lies_in_its_range(told: SeriesSet, alert: int | None) -> None:
    """Of the onset, with and without an alert, of each vote, and of containment."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        onset = find_onset(told, latest=None if alert is None else at(alert * 15))
        one = contain(told, onset)

    if isinstance(onset, NoOnset):
        assert (None, onset.reason) == (one.at, one.reason)
    if isinstance(onset, Onset):
        assert onset.earliest <= onset.at <= onset.latest
        assert all(vote.earliest <= vote.at <= vote.latest for vote in onset.votes)
        assert 0 < onset.confidence <= 1
    if one.at is not None:
        assert one.earliest is not None
        assert one.latest is not None
        assert one.earliest <= one.at <= one.latest


def test_the_range_of_a_short_fault_holds_the_moment() -> None:
    """Ten bad samples and many good ones after them: nine in ten of the samples since the onset lie below the plateau."""
    found = 0
    for after in range(30, 80, 10):
        value = np.r_[np.zeros(30), [0.2, 0.4, 0.6, 0.8], np.ones(6), np.zeros(after)]
        value += 0.001 * np.random.default_rng(after).random(len(value))
        short = series({"errors": value}, errors={"signal": "errors", "unit": "ratio"})
        one = contain(short, find_onset(short))
        if one.at is not None:
            found += 1
            assert one.latest is not None
            assert at(33 * 15) <= one.at <= one.latest <= at(36 * 15)

    assert found >= 3


def test_a_signal_that_begins_after_the_alert_says_nothing_about_before_it() -> None:
    """Failed requests are first counted when the first one fails; one that was scraped once has no step."""
    noise = 0.01 * np.random.default_rng(4).standard_normal((2, 80))
    late = np.r_[np.full(62, np.nan), np.ones(18)] + noise[0]
    early = noise[1] + np.r_[np.zeros(30), np.full(8, 0.06), np.zeros(22), np.full(20, 9.0)]
    once = np.r_[np.full(40, np.nan), 1.0, np.full(39, np.nan)]
    found = find_onset(
        series({"p99": early, "errors": late, "mean": once, "p50": once, "p90": once}), latest=at(35 * 15)
    )

    assert isinstance(found, Onset)
    assert at(29.5 * 15) == found.at
