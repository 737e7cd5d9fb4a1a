"""Facts about comparing gaps: what counts, what stands apart, and when a change is claimed."""

from datetime import timedelta

import polars as pl
import pytest

from incident_timeline.compare.cohorts import cohorts_at, cohorts_by
from incident_timeline.compare.gaps import compare_gaps
from incident_timeline.compare.minutes import where_time_went
from incident_timeline.model.compared import Cohort, Comparison, Share
from tests.compare.archived import T0, gaps, incidents, segments

NOTHING = segments()


def compared(table: pl.DataFrame, lengths: pl.DataFrame, **more: object) -> Comparison:
    """All incidents in one cohort, by the response gap."""
    cohorts = (Cohort("all", tuple(table["incident_id"])),)
    return compare_gaps(table, lengths, NOTHING, cohorts, by="service", names=("response_gap",), **more)  # type: ignore[arg-type]


def test_an_unconfirmed_gap_stands_apart_and_does_not_count() -> None:
    """Two stated gaps count, a proposed one is shown beside them; --proposed counts all three."""
    table = incidents({}, {}, {"knew_confirmed": False})
    lengths = gaps("response_gap", [("INC-1", 60.0, "stated"), ("INC-2", 90.0, "stated"), ("INC-3", 10.0, "proposed")])

    sure, all_of_them = compared(table, lengths), compared(table, lengths, proposed=True)

    assert ["INC-1", "INC-2"] == [dot.incident for dot in sure.groups[0].dots]
    assert ["INC-3"] == [dot.incident for dot in sure.groups[0].apart]
    assert 3 == len(all_of_them.groups[0].dots)
    assert (2, 3) == (sure.confirmed, sure.incidents)


def test_a_gap_whose_ends_are_out_of_order_is_left_out_and_said() -> None:
    """A page before users were hurt gives no length that could be compared; a missing end is named."""
    table = incidents({}, {}, {})
    lengths = pl.concat(
        [
            gaps("time_to_detect", [("INC-1", -30.0, "invalid")]),
            gaps("time_to_detect", [("INC-2", None, "missing")], reason="started is missing: no clear onset: flat"),
        ]
    )
    cohorts = (Cohort("all", tuple(table["incident_id"])),)
    found = compare_gaps(table, lengths, NOTHING, cohorts, by="service", names=("time_to_detect",))

    expected = (("ends out of order", 1), ("not archived", 1), ("started missing", 1))
    assert expected == found.groups[0].lacking


def test_an_open_incident_counts_as_at_least_so_long() -> None:
    """Its gap so far is censored: the median does not take it for an end."""
    table = incidents(*[{}] * 6, {"is_open": True})
    lengths = pl.concat(
        [
            gaps("response_gap", [(f"INC-{i}", 60.0 * i, "stated") for i in range(1, 7)]),
            gaps("response_gap", [("INC-7", None, "missing")], at_least=30.0),
        ]
    )
    group = compared(table, lengths).groups[0]

    assert [dot.incident for dot in group.dots if dot.length.open] == ["INC-7"]
    assert group.median is not None
    assert group.median.value == 180.0


@pytest.mark.parametrize(("factor", "verdict"), [(1.02, "no evidence of a change"), (0.2, "shorter"), (5.0, "longer")])
def test_a_change_is_claimed_only_where_the_interval_leaves_one_out(factor: float, verdict: str) -> None:
    """The same spread on both sides of a date; hardly anything, a fifth, and five times as long."""
    before = [300.0, 420.0, 500.0, 380.0, 610.0, 450.0]
    table = incidents(*[{}] * 12)
    rows = [(f"INC-{i + 1}", value, "stated") for i, value in enumerate([*before, *(one * factor for one in before)])]
    cohorts = cohorts_at(table, T0 + timedelta(weeks=6))
    found = compare_gaps(table, gaps("response_gap", rows), NOTHING, cohorts, by="date", names=("response_gap",))
    step = found.steps[0]

    assert step.verdict == verdict
    assert step.ratio is not None
    assert step.ratio.value == pytest.approx(factor)
    assert (step.ratio.low < 1 < step.ratio.high) == (verdict == "no evidence of a change")


def test_services_are_set_beside_each_other_and_never_against_each_other() -> None:
    """Cohorts that do not follow in time have groups and no steps: nothing here ranks."""
    table = incidents({"service": "b"}, {"service": "a"}, {"service": None})
    found = compare_gaps(
        table, gaps("response_gap", []), NOTHING, cohorts_by(table, "service"), by="service", names=("response_gap",)
    )

    assert ["a", "b", "none given"] == [group.cohort for group in found.groups]
    assert () == found.steps


def test_quarters_follow_in_time() -> None:
    """Incidents of one quarter stand together, quarters in their order."""
    table = incidents(*[{}] * 30)

    assert ["2026 Q1", "2026 Q2", "2026 Q3"] == [cohort.name for cohort in cohorts_by(table, "quarter")]


def test_where_the_time_went_puts_unexplained_time_first_and_names_what_to_read() -> None:
    """Seconds are summed over incidents, the longest incident first in the reading list."""
    found = where_time_went(
        segments(
            ("INC-1", "response", "deploy", 300.0), ("INC-2", "response", "deploy", 500.0),
            ("INC-1", "response", "no_record", 60.0), ("INC-1", "response", "no_record", 40.0),
        )
    )  # fmt: skip

    assert found == (
        Share("response", "no_record", 100.0, 1, (("INC-1", 100.0),)),
        Share("response", "deploy", 800.0, 2, (("INC-2", 500.0), ("INC-1", 300.0))),
    )
