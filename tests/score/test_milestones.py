"""Facts about milestones that records give directly."""

from datetime import UTC, datetime, timedelta
from typing import Any

from incident_timeline.model.events import empty_events, event, events_frame
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.rules import AlertEpisode
from incident_timeline.score.milestones import find_fired, recorded_milestones

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)


def row(seconds: float, kind: str, actor_kind: str = "human") -> dict[str, Any]:
    """One event at T0 and so many seconds."""
    return event(
        T0 + timedelta(seconds=seconds),
        "pagerduty",
        kind,
        f"{kind}@{seconds}",
        kind,
        evidence="x",
        actor_kind=actor_kind,
    )


def recorded(*rows: dict[str, Any]) -> dict[str, Milestone]:
    """What some rows give, collected at T0."""
    return recorded_milestones(events_frame(rows), T0)


def test_detected_is_the_first_page_and_not_an_earlier_alert() -> None:
    """An alert that reached nobody does not detect an incident when a page followed."""
    found = recorded(row(0, "alert.fired"), row(40, "page.sent"), row(90, "page.sent"))["detected"]

    assert (T0 + timedelta(seconds=40), "recorded", "first page created") == (found.at, found.basis, found.reason)


def test_without_a_page_the_first_alert_detects_and_the_reason_says_so() -> None:
    """An alert counts when no page is on record."""
    found = recorded(row(30, "chat.said"), row(50, "alert.fired", "machine"))["detected"]

    assert (T0 + timedelta(seconds=50), "no page on record; first alert") == (found.at, found.reason)


def test_an_acknowledgement_by_a_machine_is_not_engagement() -> None:
    """Only a person can acknowledge."""
    found = recorded(row(10, "incident.acknowledged", "machine"))["acknowledged"]

    assert missing("acknowledged", "only machines acknowledged it") == found


def test_the_first_acknowledgement_by_a_person_counts() -> None:
    """A machine's earlier acknowledgement is passed over."""
    found = recorded(
        row(10, "incident.acknowledged", "machine"), row(70, "incident.acknowledged"), row(90, "incident.acknowledged")
    )["acknowledged"]

    assert T0 + timedelta(seconds=70) == found.at


def test_resolved_is_the_last_resolve_after_a_reopening() -> None:
    """A resolve that was taken back does not end the incident."""
    found = recorded(row(100, "incident.resolved"), row(200, "incident.reopened"), row(300, "incident.resolved"))[
        "resolved"
    ]

    assert (T0 + timedelta(seconds=300), "last resolve, by a person, after 1 re-opening(s)") == (found.at, found.reason)


def test_a_reopened_incident_without_a_later_resolve_is_open() -> None:
    """The earlier resolve is not taken for the end."""
    found = recorded(row(100, "incident.resolved"), row(200, "incident.reopened"))["resolved"]

    assert missing("resolved", "re-opened at 14:03:20 and open since") == found


def test_an_open_incident_says_until_when_the_evidence_goes() -> None:
    """Open is missing with a reason, never a guess."""
    found = recorded()["resolved"]

    assert missing("resolved", "the incident was still open when evidence was collected, 2026-11-17T14:00:00Z") == found


def test_fired_is_the_rule_whose_name_the_page_carries() -> None:
    """Another rule that fired earlier is not the one that paged."""
    page = recorded(row(600, "page.sent"))
    episodes = [
        AlertEpisode(name, (), None, None, T0 + timedelta(seconds=s), T0 + timedelta(seconds=900), 15, "x")
        for name, s in (("DiskFull", 100), ("CheckoutErrors", 560))
    ]

    found = find_fired(episodes, empty_events(), page, frozenset({"CheckoutErrors"}))

    assert (T0 + timedelta(seconds=545), T0 + timedelta(seconds=560)) == (found.earliest, found.latest)


def test_engaged_is_the_first_human_action_from_the_acknowledgement_on() -> None:
    """Lines before it and lines of machines do not count; one at the very second of it does."""
    rows = [
        row(1, "chat.said"),
        row(30, "incident.acknowledged"),
        row(40, "chat.said", "machine"),
        row(50, "chat.said"),
    ]
    at_once = event(
        T0 + timedelta(seconds=30), "chat", "chat.said", "on it", "on it", evidence="x", actor_kind="human"
    )  # fmt: skip

    assert T0 + timedelta(seconds=50) == recorded(*rows)["engaged"].at
    assert (at_once["event_id"],) == recorded(*rows, at_once)["engaged"].evidence
    assert missing("engaged", "no note, chat line or joining of a person is on record") == recorded()["engaged"]
