"""Facts about gaps between milestones."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.model.gaps import GAPS
from incident_timeline.model.milestones import NAMES, Milestone, missing
from incident_timeline.score.gaps import measure_gaps

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)


def found(name: str, seconds: float, basis: str = "recorded", slack: float = 0) -> Milestone:
    """A milestone at T0 and so many seconds, give or take `slack`."""
    at = T0 + timedelta(seconds=seconds)
    give = timedelta(seconds=slack)
    return Milestone(name, at, at - give, at + give, basis, "found", "", (f"id-{name}",))


def all_missing() -> dict[str, Milestone]:
    """Every milestone, none of them known."""
    return {name: missing(name, f"no {name}") for name in NAMES}


def test_a_gap_carries_the_range_of_both_ends_and_the_weaker_basis() -> None:
    """started is measured give or take 25 s and knew_enough proposed: the gap is proposed and as wide as both."""
    ends = all_missing() | {
        "detected": found("detected", 100),
        "knew_enough": found("knew_enough", 400, "proposed", 60),
    }

    gap = measure_gaps(ends)["time_to_know"]

    assert (300, 240, 360, "proposed") == (gap.seconds, gap.earliest, gap.latest, gap.status)
    assert ("id-detected", "id-knew_enough") == gap.evidence


def test_a_gap_with_an_absent_end_is_missing_and_says_why() -> None:
    """No number is made up for an end that is not known."""
    gap = measure_gaps(all_missing() | {"detected": found("detected", 0)})["response_gap"]

    assert (None, "missing") == (gap.seconds, gap.status)
    assert "knew_enough is missing: no knew_enough; resolved is missing: no resolved" == gap.reason


def test_a_part_out_of_order_is_invalid_and_keeps_its_sign() -> None:
    """A rollback's success often comes after the series recovered: recover is negative, so that the parts add up."""
    ends = all_missing() | {"fix_landed": found("fix_landed", 130), "mitigated": found("mitigated", 100, "measured")}

    gap = measure_gaps(ends)["recover"]

    assert (-30, "invalid") == (gap.seconds, gap.status)


def test_a_page_before_the_onset_is_no_error() -> None:
    """Being paged before users were hurt is said in words and stays valid."""
    ends = all_missing() | {"started": found("started", 90, "measured"), "detected": found("detected", 0)}

    gap = measure_gaps(ends)["time_to_detect"]

    assert ("recorded", "people were paged 1:30 before users were hurt") == (gap.status, gap.reason)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=len(NAMES), max_size=len(NAMES)))
def test_sums_hold_for_any_order_of_milestones(micros: list[int]) -> None:
    """detect + know + response = resolve, and the four parts add up to the response gap, signs included."""
    ends = {name: found(name, 0) for name in NAMES}
    for name, value in zip(NAMES, micros, strict=True):
        at = T0 + timedelta(microseconds=value)
        ends[name] = Milestone(name, at, at, at, "recorded", "found")
    exact = {name: (ends[b].at - ends[a].at) for name, (a, b) in GAPS.items()}  # type: ignore[operator]
    gaps = measure_gaps(ends)

    assert exact["time_to_resolve"] == exact["time_to_detect"] + exact["time_to_know"] + exact["response_gap"]
    assert exact["response_gap"] == exact["decide"] + exact["apply"] + exact["recover"] + exact["confirm"]
    assert {name: gap.total_seconds() for name, gap in exact.items()} == {n: g.seconds for n, g in gaps.items()}
