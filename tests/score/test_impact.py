"""Facts about how many requests were hurt, each with its range or the reason why not."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.impact import measure_impact
from incident_timeline.score.request_counts import request_pairs
from tests.score.series_story import at, series

N = 120
RAW = {"role": "raw"}


def milestone(name: str, seconds: float, slack: float = 0) -> Milestone:
    """A milestone so many seconds after the first sample, give or take `slack`."""
    give = timedelta(seconds=slack)
    return Milestone(name, at(seconds), at(seconds) - give, at(seconds) + give, "measured", "found")


def story(errors: np.ndarray, total: np.ndarray, range_s: float = 0.0) -> SeriesSet:
    """Failed and all requests a second, every 15 s."""
    said = RAW | {"range_s": range_s}
    return series({"q.errors": errors, "q.total": total}, **{"q.errors": said, "q.total": said})


def pulse(first: int, end: int, height: float) -> np.ndarray:
    """0 but for [first, end)."""
    value = np.zeros(N)
    value[first:end] = height
    return value


def test_counts_are_the_integral_of_the_rates() -> None:
    """2 of 10 requests a second fail for 600 s."""
    found = measure_impact(
        story(np.full(N, 2.0), np.full(N, 10.0)), milestone("started", 300), milestone("mitigated", 900)
    )

    assert (6000.0, 1200.0, 0.2) == (found.total.value, found.bad.value, found.share.value)
    assert ("series:q.errors", "series:q.total") == found.evidence
    assert ("checkout",) == found.services


def test_a_count_is_as_unsure_as_its_ends_and_its_sampling() -> None:
    """Ends give or take 30 s: 540 to 660 s at 10 a second, and one step of 15 s at each end."""
    found = measure_impact(
        story(np.full(N, 2.0), np.full(N, 10.0)), milestone("started", 300, 30), milestone("mitigated", 900, 30)
    )

    assert (5400 - 300, 6600 + 300) == (found.total.low, found.total.high)
    assert (1080 - 60, 1320 + 60) == (found.bad.low, found.bad.high)


def test_a_rate_over_a_range_counts_what_came_before_it() -> None:
    """A rate over 60 s at t is about (t - 60 s, t], so a pulse read late is counted where it was."""
    early = measure_impact(
        story(pulse(42, 62, 5.0), np.full(N, 10.0), 60.0), milestone("started", 570), milestone("mitigated", 930)
    )

    assert early.bad.value == pytest.approx(5 * 300, abs=1)


def test_the_worst_minute_is_named_with_its_chance_range() -> None:
    """Half of the requests fail in minute 12, a tenth in the rest."""
    errors = pulse(40, 60, 1.0)
    errors[48:53] = 5.0

    found = measure_impact(story(errors, np.full(N, 10.0)), milestone("started", 600), milestone("mitigated", 900))

    assert at(12 * 60) == found.worst_minute_at
    assert found.worst_minute.low is not None
    assert found.worst_minute.high is not None
    assert found.worst_minute.low < 0.5 <= found.worst_minute.high


def test_services_are_added_up_and_named() -> None:
    """Two services with the same query."""
    rates = {
        "a.errors": np.full(N, 1.0),
        "a.total": np.full(N, 5.0),
        "b.errors": np.full(N, 2.0),
        "b.total": np.full(N, 5.0),
    }
    said = {name: RAW | {"service": name[0], "name": f"q{name[1:]}"} for name in rates}

    found = measure_impact(series(rates, **said), milestone("started", 300), milestone("mitigated", 900))

    assert (6000.0, 1800.0) == (found.total.value, found.bad.value)
    assert ("a", "b") == found.services


def test_two_queries_over_the_same_requests_are_not_added_up() -> None:
    """Only the first query by name counts."""
    rates = {name: np.full(N, 1.0) for name in ("p.errors", "p.total", "q.errors", "q.total")}

    assert [("p.errors", "p.total")] == request_pairs(series(rates, **dict.fromkeys(rates, RAW)))


@pytest.mark.parametrize("absent", ["started", "mitigated"])
def test_without_an_end_every_part_says_why(absent: str) -> None:
    """A missing milestone hands its reason on."""
    ends = {"started": milestone("started", 300), "mitigated": milestone("mitigated", 900)}
    ends[absent] = missing(absent, "nobody knows")

    found = measure_impact(story(np.ones(N), np.ones(N)), ends["started"], ends["mitigated"])

    parts = (found.total, found.bad, found.share, found.worst_minute)
    assert {(None, f"{absent} is missing: nobody knows")} == {(part.value, part.reason) for part in parts}


def test_without_both_halves_of_a_ratio_it_says_so() -> None:
    """Only an error ratio is collected."""
    told = series({"ratio": np.zeros(N)})

    found = measure_impact(told, milestone("started", 300), milestone("mitigated", 900))

    assert "no query gives failed and all requests (errors and total)" == found.bad.reason


def test_samples_outside_the_span_give_no_count() -> None:
    """The series end before the incident began."""
    found = measure_impact(story(np.ones(N), np.ones(N)), milestone("started", 9000), milestone("mitigated", 9900))

    assert found.total.value is None
    assert "fewer than two samples" in found.total.reason


@given(
    st.lists(st.floats(0, 50), min_size=N, max_size=N),
    st.floats(0, 1),
    st.floats(100, 800),
    st.floats(100, 800),
    st.floats(0, 60),
)
def test_every_value_lies_in_its_range_and_no_more_fail_than_come(
    total: list[float], share: float, start: float, length: float, slack: float
) -> None:
    """For any traffic and any share of failures."""
    told = story(np.array(total) * share, np.array(total))

    found = measure_impact(told, milestone("started", start, slack), milestone("mitigated", start + length, slack))

    for part in (found.total, found.bad, found.share, found.worst_minute):
        if part.value is not None:
            assert part.low is not None
            assert part.high is not None
            assert part.low <= part.value + 1e-6 <= part.high + 2e-6
    if found.total.value is not None and found.bad.value is not None:
        assert found.bad.value <= found.total.value + 1
