"""Facts about slow requests: counted from raw buckets against what was usual before, or why they cannot be."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.model.series import SeriesSet
from incident_timeline.score.impact import measure_impact
from incident_timeline.score.slow import count_slow
from tests.score.series_story import series
from tests.score.test_impact import RAW, milestone

N = 120
STARTED, MITIGATED = milestone("started", 600), milestone("mitigated", 1200)
BOUNDS = ("0.1", "0.5", "1.0", "+Inf")
SLI = {"signal": "latency", "query": "histogram_quantile(0.99, sum by (le) (rate(took_seconds_bucket[20s])))"}


def pod(name: str, held: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, dict[str, object]]]:
    """Raw bucket counters of one instance: requests up to each bound so far, every 15 s."""
    values = {f"{name}{le}": counted for le, counted in held.items()}
    said = {
        f"{name}{le}": {"name": "took_seconds_bucket", "role": "selector", "labels": json.dumps({"le": le, "instance": name})}
        for le in held
    }  # fmt: skip
    return values, said


def story(*pods: dict[str, np.ndarray], metric_read: bool = True) -> SeriesSet:
    """A latency SLI and the buckets of some instances."""
    values: dict[str, np.ndarray] = {"p99": np.ones(N)}
    said: dict[str, dict[str, object]] = {"p99": SLI if metric_read else {"signal": "latency", "query": "other"}}
    for number, held in enumerate(pods):
        more, about = pod(f"pod{number}-", held)
        values |= more
        said |= about
    return series(values, **said)


def steady(per_step: float = 10.0, slow: float = 0.4) -> dict[str, np.ndarray]:
    """So many requests each 15 s, all within 0.5 s before; from 600 to 1200 s that share takes longer than a second."""
    every = np.cumsum(np.full(N, per_step))
    late = np.zeros(N)
    late[41:81] = per_step * slow
    fast = every - np.cumsum(late)
    return {"0.1": fast / 2, "0.5": fast, "1.0": fast, "+Inf": every}


def test_slow_is_what_took_longer_than_nearly_all_before() -> None:
    """Four of ten requests of 40 steps, over the smallest bound that held everything before."""
    found = count_slow(story(steady()), ["checkout"], STARTED, MITIGATED)

    assert (pytest.approx(160, abs=1), 0.5) == (found.count.value, found.over_s)
    assert found.count.low is not None
    assert found.count.high is not None
    assert found.count.low < 160 < found.count.high


def test_instances_are_added_up_and_a_restart_loses_nothing() -> None:
    """One of two pods begins at 0 again in the middle."""
    again = {le: np.where(np.arange(N) >= 60, value - value[59], value) for le, value in steady().items()}
    found = count_slow(story(steady(), again), ["checkout"], STARTED, MITIGATED)

    assert pytest.approx(320, abs=2) == found.count.value


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (story(), "no latency query reads buckets"),
        (story(steady(), metric_read=False), "no latency query reads buckets"),
        (story(steady(per_step=1.0)), "only 40 requests are known from before"),
        (story({le: value if le == "+Inf" else value * 0 for le, value in steady().items()}), "were usual before"),
    ],
)
def test_what_cannot_be_counted_says_why(told: SeriesSet, words: str) -> None:
    """No buckets, too little before, no bound that was not exceeded before."""
    found = count_slow(told, ["checkout"], STARTED, MITIGATED)

    assert (None, None) == (found.count.value, found.over_s)
    assert words in found.count.reason


def test_milliseconds_are_read_as_such() -> None:
    """The bound is said in seconds."""
    told = story(steady())
    renamed = told.labels.with_columns(
        name=told.labels["name"].str.replace("took_seconds_bucket", "took_milliseconds_bucket"),
        query=told.labels["query"].str.replace("took_seconds_bucket", "took_milliseconds_bucket"),
    )

    assert 0.0005 == count_slow(SeriesSet(renamed, told.samples), ["checkout"], STARTED, MITIGATED).over_s


def test_impact_says_both_and_mixes_neither() -> None:
    """Failed requests are `bad`; slow ones stand beside them, with their limit."""
    values = {"q.errors": np.zeros(N), "q.total": np.full(N, 10 / 15)}
    ratio = series(values, **{name: RAW | {"signal": "errors"} for name in values})
    buckets = story(steady())
    both = SeriesSet(ratio.labels.vstack(buckets.labels), ratio.samples.vstack(buckets.samples))
    found = measure_impact(both, STARTED, MITIGATED)

    assert (0.0, pytest.approx(160, abs=1), 0.5) == (found.bad.value, found.slow.value, found.slow_over_s)


@settings(max_examples=40)
@given(st.floats(10, 1000), st.floats(0, 1), st.floats(0, 60))
def test_no_more_are_slow_than_come_and_the_value_lies_in_its_range(per_step: float, slow: float, slack: float) -> None:
    """For any traffic, share and doubt about the ends."""
    ends = milestone("started", 600, slack), milestone("mitigated", 1200, slack)
    found = count_slow(story(steady(per_step, slow)), ["checkout"], *ends).count

    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    assert found.value <= 41 * per_step
