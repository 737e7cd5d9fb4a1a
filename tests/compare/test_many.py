"""Facts about comparing many incidents: the same as reading the rows one after the other, and bounded where people read."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.compare.cohorts import cohorts_by
from incident_timeline.compare.gaps import SHOWN, compare_gaps
from incident_timeline.compare.minutes import LONGEST, where_time_went
from incident_timeline.compare.statistics import censored_median
from incident_timeline.model.compared import Cohort, Dot, Length
from incident_timeline.model.gaps import GAPS
from tests.bench.scale_cases import many_tables
from tests.compare.archived import segments


def read_plainly(
    name: str, cohort: Cohort, rows: dict[tuple[str, str], dict[str, Any]], marked: set[str]
) -> Iterator[Dot | str]:
    """A dot for each incident that has the gap, else the words why it has none."""
    for incident in cohort.incidents:
        row = rows.get((incident, name))
        if row is None:
            yield "not archived"
        elif row["at_least"] is not None:
            least = row["at_least"]
            yield Dot(
                incident, Length(least, least, least, open=True), "knew_enough" not in GAPS[name] or incident in marked
            )
        elif row["status"] == "invalid":
            yield "ends out of order"
        elif row["seconds"] is None:
            absent = [end for end in GAPS[name] if f"{end} is missing" in row["reason"]]
            yield f"{' and '.join(absent) or name} missing"
        else:
            yield Dot(incident, Length(row["seconds"], row["earliest"], row["latest"]), row["status"] != "proposed")


def test_the_groups_are_those_of_a_plain_reading() -> None:
    """Dots in the cohort's order, unconfirmed ones apart, and the reasons of the others counted."""
    incidents, gaps, went = many_tables(400)
    gaps = gaps.filter(pl.int_range(pl.len()) % 11 != 0)  # some are not archived
    rows = {(row["incident_id"], row["name"]): row for row in gaps.iter_rows(named=True)}
    marked = set(incidents.filter(pl.col("knew_confirmed"))["incident_id"])
    cohorts = cohorts_by(incidents, "category")

    found = compare_gaps(incidents, gaps, went, cohorts, by="category")

    asked = [(name, cohort) for name in SHOWN for cohort in cohorts]
    for group, (name, cohort) in zip(found.groups, asked, strict=True):
        expected = list(read_plainly(name, cohort, rows, marked))
        dots = [one for one in expected if isinstance(one, Dot)]
        assert [one for one in dots if one.confirmed] == list(group.dots)
        assert [one for one in dots if not one.confirmed] == list(group.apart)
        assert tuple(sorted(Counter(one for one in expected if isinstance(one, str)).items())) == group.lacking


@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=30))
def test_a_survival_of_exactly_one_half_counts(drawn: list[tuple[int, bool]]) -> None:
    """The first length at which at most half are still open, by fractions: no rounding moves it."""
    survival, expected = Fraction(1), None
    for length in sorted({one for one, _ in drawn}):
        at_risk = sum(one >= length for one, _ in drawn)
        survival *= Fraction(at_risk - sum(one == length and not still for one, still in drawn), at_risk)
        if survival <= Fraction(1, 2):
            expected = float(length)
            break
    found = censored_median([Length(one, one, one, open=still) for one, still in drawn])

    assert found is not None
    assert expected == found.value


def test_a_reading_list_ends_and_the_count_does_not() -> None:
    """The longest are named; how many there are and how long all took is of all."""
    more = LONGEST + 50
    (share,) = where_time_went(segments(*((f"INC-{i}", "response", "deploy", float(i)) for i in range(1, more + 1))))

    assert (share.incidents, share.seconds) == (more, more * (more + 1) / 2)
    assert share.behind == tuple((f"INC-{i}", float(i)) for i in range(more, more - LONGEST, -1))
