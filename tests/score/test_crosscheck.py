"""Facts about our figures beside PagerDuty's own: both stand, and a difference is said."""

from datetime import UTC, datetime, timedelta

import pytest

from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.paging import CrossCheck, OnCall, Paging, ReportedFigure, join_paging
from incident_timeline.score.crosscheck import cross_check, with_checks

PAGE = datetime(2026, 11, 17, 14, tzinfo=UTC)
INCIDENT = Incident("INC-123", "", "checkout", None, PAGE, None, "resolved")
EVENTS = events_frame(
    event(PAGE + timedelta(seconds=n), "pagerduty", kind, f"R{n}", "", evidence="p", actor=actor, actor_kind=who)
    for n, (kind, actor, who) in enumerate(
        [("incident.acknowledged", "P1", "human"), ("responder.joined", "P2", "human"), ("incident.acknowledged", "P1", "human"),
         ("incident.acknowledged", "an integration", "machine")]
    )
)  # fmt: skip


def found(name: str, seconds: float) -> Milestone:
    """A recorded moment so long after the page."""
    at = PAGE + timedelta(seconds=seconds)
    return Milestone(name, at, at, at, "recorded", "found", "", (f"{name}-id",))


MOMENTS = {one.name: one for one in (found("detected", 0), found("acknowledged", 200), found("resolved", 2000))}


def checked(name: str, value: float, moments: dict[str, Milestone] | None = None) -> CrossCheck:
    """One figure held against ours."""
    figures = (ReportedFigure(name, value, "a_field", "Q1", "p"),)
    (check,) = cross_check(Paging(figures=figures), moments or MOMENTS, EVENTS, INCIDENT)
    return check


@pytest.mark.parametrize(
    ("name", "value", "agrees", "words"),
    [
        ("to_acknowledge", 200, True, "3:20, as PagerDuty's own analytics have it"),
        ("to_acknowledge", 201, True, "3:20, as PagerDuty's own analytics have it"),
        ("to_acknowledge", 202, False, "3:20 by the record, 3:22 by PagerDuty's own analytics: they differ"),
        ("to_resolve", 1500, False, "33:20 by the record, 25:00 by PagerDuty's own analytics: they differ"),
        ("responders", 2, True, "2, as PagerDuty's"),
        ("responders", 3, False, "2 by the record, 3 by PagerDuty's"),
    ],
)
def test_a_figure_agrees_within_the_rounding_of_whole_seconds(
    name: str, value: float, agrees: bool, words: str
) -> None:
    """Two floors of one length differ by one at most; people are counted exactly."""
    check = checked(name, value)

    assert (agrees, value) == (check.agrees, check.theirs)
    assert words in check.words


def test_a_difference_that_a_merge_explains_says_from_where_each_counts() -> None:
    """PagerDuty counts from the incident's creation, we from the first page of all that were merged."""
    check = checked("to_resolve", 2000, MOMENTS | {"detected": found("detected", -120)})

    assert (2120.0, False) == (check.ours, check.agrees)
    assert "ours counts from 13:58:00, PagerDuty's from its incident's creation at 14:00:00" in check.words


def test_a_figure_that_we_lack_says_why_and_shows_theirs() -> None:
    """Nothing is filled in from PagerDuty's analytics."""
    check = checked(
        "to_acknowledge", 200, MOMENTS | {"acknowledged": missing("acknowledged", "only machines acknowledged it")}
    )

    assert check.ours is None
    assert "3:20 by PagerDuty's own analytics, none by the record (only machines acknowledged it)" in check.words


def test_figures_of_several_pages_are_not_held_against_the_joined_incident() -> None:
    """Each counts from its own page."""
    figures = tuple(ReportedFigure("to_resolve", 1.0, "f", key, "p") for key in ("Q1", "Q2"))

    assert () == cross_check(Paging(figures=figures), MOMENTS, EVENTS, INCIDENT)


def test_the_comparison_stands_in_pagerdutys_line_of_coverage_and_is_no_failure() -> None:
    """Differences in figures, agreement as a count; without any the line stays as it was."""
    coverage = (Coverage("pagerduty", True, reason="a note"), Coverage("prometheus", True))
    (told, other) = with_checks(coverage, [checked("to_acknowledge", 200), checked("to_resolve", 1500)])

    assert (True, coverage[1]) == (told.ok, other)
    assert (
        "a note; 1 of 2 figures are as PagerDuty's own analytics have them; from the page to the last resolve: "
        "33:20 by the record, 25:00 by PagerDuty's own analytics: they differ"
    ) == told.reason
    assert coverage == with_checks(coverage, [])


def test_a_turn_on_call_that_two_pages_name_stands_once() -> None:
    """Several pages of one service are paged by one policy."""
    turn = OnCall(1, "P1", "Asha", "Shop on call", None, None, None, "p")

    assert (turn,) == join_paging([Paging(on_call=(turn,)), Paging(on_call=(turn,))]).on_call
