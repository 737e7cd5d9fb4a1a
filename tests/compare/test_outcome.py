"""Facts about the outcome test: its figures equal exact tests, and it says what it would take where it cannot tell."""

from datetime import date, timedelta

import polars as pl
import pytest
from scipy import stats

from incident_timeline.compare.due import list_due
from incident_timeline.compare.outcome import measure_outcome
from incident_timeline.compare.statistics import needed_for_share, quiet_days, rate_ratio, shares_p
from incident_timeline.model.actions import Standing
from incident_timeline.model.compared import Due, Outcome
from tests.compare.archived import T0, gaps, incidents, segments

WEEK = timedelta(weeks=1)


def measured(table: pl.DataFrame, weeks: int, until: int, lengths: pl.DataFrame | None = None) -> Outcome:
    """The test of `lock` since so many weeks after the first incident, looked at so many weeks after it."""
    given = gaps("response_gap", []) if lengths is None else lengths
    return measure_outcome(table, given, segments(), "lock", T0 + weeks * WEEK, T0 + until * WEEK)


def test_it_says_when_it_cannot_tell_and_what_it_would_take() -> None:
    """Three incidents of a category: no ratio, no rate that leaves one out, and the counts of unsure endings as they are."""
    table = incidents(
        {"category": "lock", "attempts": 1}, {"category": "lock"}, {"category": "lock", "reopened": 2}, {"category": "other"}
    )  # fmt: skip
    found = measured(table, 2, 4)

    assert {"too few to tell"} == {step.verdict for step in found.comparison.steps}
    assert "the smaller side has 0: 10 more at least" in found.comparison.steps[0].why
    assert () == found.told
    assert [("cannot tell", (1, 2), (0, 1)), ("cannot tell", (0, 2), (1, 1))] == [
        (one.verdict, one.before, one.after) for one in found.surely
    ]
    assert [58, None] == [one.needed for one in found.surely]  # of 0.5 to 0.25; nothing can become fewer than none
    assert ("cannot tell", (2, 14.0), (1, 14.0)) == (
        found.recurrence.verdict,
        found.recurrence.before,
        found.recurrence.after,
    )


def test_a_category_that_stopped_is_called_rarer_only_when_the_exact_test_says_so() -> None:
    """Twelve in twelve weeks before, none in thirty weeks since: the rate ratio's interval lies below one."""
    found = measured(incidents(*[{"category": "lock"}] * 12), 12, 42)

    assert ("rarer",) == found.told
    assert found.recurrence.ratio is not None
    assert found.recurrence.ratio.high is not None
    assert found.recurrence.ratio.high < 1
    assert None is found.recurrence.quiet_until


def test_everything_that_is_asked_at_once_is_judged_together() -> None:
    """Of three p-values the smallest counts three times (Holm): p = 0.024 alone is no evidence beside two others."""
    table = incidents(*[{"category": "lock"}] * 5)
    found = measured(table, 5, 10)
    alone = stats.binomtest(0, 5, 0.5).pvalue

    assert 3 == found.asked
    assert found.recurrence.p_adjusted == pytest.approx(min(1.0, 3 * alone))
    assert "cannot tell" == found.recurrence.verdict


def test_from_the_day_that_it_names_on_it_would_be_rarer_and_the_day_before_not() -> None:
    """The promise of the calendar, held against the test itself."""
    table = incidents(*[{"category": "lock"}] * 8)
    until = measured(table, 8, 9).recurrence.quiet_until
    assert until is not None

    def verdict(days: int) -> str:
        now = until + timedelta(days=days)
        return measure_outcome(
            table, gaps("response_gap", []), segments(), "lock", T0 + 8 * WEEK, now
        ).recurrence.verdict

    assert "rarer" == verdict(0)
    assert "cannot tell" == verdict(-20)


@pytest.mark.parametrize(("before", "after"), [((4, 60.0), 0), ((16, 147.0), 3), ((9, 300.0), 1)])
def test_quiet_days_are_where_the_rate_ratio_s_interval_leaves_one_out(before: tuple[int, float], after: int) -> None:
    """On that day its upper end is one."""
    days = quiet_days(before, after)
    assert days is not None
    found = rate_ratio(before, (after, days))

    assert found is not None
    assert found.high == pytest.approx(1.0)


def test_nothing_is_rarer_than_never_and_what_takes_years_is_no_test() -> None:
    """No day is named."""
    assert None is quiet_days((0, 100.0), 2)
    assert None is quiet_days((1, 1000.0), 9)


def test_shares_are_set_against_each_other_by_fishers_exact_test() -> None:
    """The textbook table of the lady tasting tea: 3 of 4 against 1 of 4, p = 0.486."""
    assert 0.4857 == pytest.approx(shares_p((3, 4), (1, 4)), abs=1e-4)
    assert (5, None) == (needed_for_share(1.0, 0.9), needed_for_share(0.0, 0.5))
    assert needed_for_share(0.1, 0.5) == 435  # a side, for one in ten against one in twenty


def test_what_is_due_stands_by_its_day() -> None:
    """An open item on the day of VERIFY, else on DUE; a closed one is still to be verified; a verified one to be told."""
    table = incidents(*[{"category": "lock"}] * 8)
    outcome = measured(table, 8, 9)
    day = outcome.recurrence.quiet_until
    assert day is not None

    def item(label: str, state: str, due: date | None, *verify: date) -> Standing:
        return Standing("INC-1", 1, label, "k", f"do {label}", state, due, verify, None)

    given = [
        item("A-1", "open", date(2026, 4, 1)), item("A-2", "open", date(2026, 4, 2), date(2026, 4, 20), date(2026, 5, 1)),
        item("A-3", "closed", date(2026, 4, 3)), item("A-4", "closed", None, date(2026, 4, 25)), item("A-5", "open", None),
        item("A-6", "verified", date(2026, 4, 4), date(2026, 4, 26)),
    ]  # fmt: skip
    found = list_due(given, [(given[5], outcome)], date(2026, 4, 22))

    expected = [
        (date(2026, 4, 1), "verify", "A-1", True), (date(2026, 4, 20), "verify", "A-2", True), (day.date(), "outcome", "A-6", True),
        (date(2026, 4, 25), "verify", "A-4", False), (date(2026, 5, 1), "verify", "A-2", False), (None, "verify", "A-5", False),
    ]  # fmt: skip
    assert expected == [(one.day, one.what, one.action.removesuffix(" of INC-1"), one.overdue) for one in found]
    assert Due(
        day.date(), "outcome", "INC-1", "A-6 of INC-1", "do A-6",
        "verified 2026-03-07, 0 of 'lock' since; from this day on, were there no more, it would count as rarer", True,
    ) == found[2]  # fmt: skip
