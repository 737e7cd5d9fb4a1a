"""Facts about the lines that show PagerDuty's own word beside ours."""

from dataclasses import replace
from datetime import datetime

from incident_timeline.explain.case import open_case
from incident_timeline.explain.evidence import number_evidence
from incident_timeline.explain.paging import claim_paging
from incident_timeline.model.paging import CrossCheck, LikeIncident, OnCall, Paging
from tests.explain.example_incident import ROLES, at, make_scored


def told(paging: Paging, *checks: CrossCheck) -> list[tuple[str, str, tuple[str, ...]]]:
    """(section, text, evidence) of each line."""
    scored = replace(make_scored(), paging=paging, cross_checks=checks)
    case = open_case(scored, number_evidence(scored), ROLES)
    return [(one.section, one.text, one.evidence) for one in claim_paging(case)]


def turn(level: int, actor: str, start: datetime | None = None, end: datetime | None = None) -> OnCall:
    """A turn on call."""
    return OnCall(level, actor, "Asha Venkat", "Shop", None, start, end, "p")


def test_who_was_on_call_at_the_page_stands_by_level_and_role() -> None:
    """Roles, not names; turns that did not cover the page are left out; who never acted is somebody."""
    turns = (turn(1, "PA", at("09:00:00"), at("21:00:00")), turn(2, "PX"), turn(3, "PB", at("15:00:00"), None))
    ((section, text, evidence),) = told(Paging(on_call=turns))

    assert ("paging", ("source:pagerduty",)) == (section, evidence)
    assert "On call at the first page, 14:07:31: level 1 A, on call and level 2 somebody." == text


def test_a_difference_shows_both_figures_and_our_evidence() -> None:
    """Never a mean of both."""
    ids = tuple(make_scored().milestones[name].evidence[0] for name in ("detected", "acknowledged"))
    check = CrossCheck("to_acknowledge", 214.0, 260.0, False, "seconds_to_first_ack", "", ids)
    ((_, text, evidence),) = told(Paging(), check)

    assert (
        "From the page to the first acknowledgement: 3:34 by the record, 4:20 by PagerDuty's own analytics: they differ."
    ) == text
    assert ids == evidence


def test_like_incidents_are_candidates_for_the_systemic_question() -> None:
    """With PagerDuty's reason and day, five at most."""
    like = tuple(LikeIncident("past", f"Q{n}", "checkout p99", at("10:00:00"), "score 47", "p") for n in range(7))
    found = told(Paging(like=like))

    assert 5 == len(found)
    assert ("systemic.similar", "PagerDuty names a past incident of 2026-11-17 (score 47): “checkout p99”") == found[0][
        :2
    ]
