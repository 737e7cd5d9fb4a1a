"""Facts about milestones that records give directly."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.model.events import empty_events, event, events_frame
from incident_timeline.model.milestones import missing
from incident_timeline.model.rules import AlertEpisode
from incident_timeline.score.milestones import find_acknowledged, find_detected, find_fired, find_resolved

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


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """The event frame of some rows."""
    return events_frame(rows)


def test_detected_is_the_first_page_and_not_an_earlier_alert() -> None:
    """An alert that reached nobody does not detect an incident when a page followed."""
    found = find_detected(frame(row(0, "alert.fired"), row(40, "page.sent"), row(90, "page.sent")))

    assert (T0 + timedelta(seconds=40), "recorded", "first page created") == (found.at, found.basis, found.reason)


def test_without_a_page_the_first_alert_detects_and_the_reason_says_so() -> None:
    """An alert counts when no page is on record."""
    found = find_detected(frame(row(30, "chat.said"), row(50, "alert.fired", "machine")))

    assert (T0 + timedelta(seconds=50), "no page on record; first alert") == (found.at, found.reason)


def test_an_acknowledgement_by_a_machine_is_not_engagement() -> None:
    """Only a person can acknowledge."""
    found = find_acknowledged(frame(row(10, "incident.acknowledged", "machine")))

    assert missing("acknowledged", "only machines acknowledged it") == found


def test_the_first_acknowledgement_by_a_person_counts() -> None:
    """A machine's earlier acknowledgement is passed over."""
    found = find_acknowledged(
        frame(
            row(10, "incident.acknowledged", "machine"),
            row(70, "incident.acknowledged"),
            row(90, "incident.acknowledged"),
        )
    )

    assert T0 + timedelta(seconds=70) == found.at


def test_resolved_is_the_last_resolve_after_a_reopening() -> None:
    """A resolve that was taken back does not end the incident."""
    found = find_resolved(
        frame(row(100, "incident.resolved"), row(200, "incident.reopened"), row(300, "incident.resolved")), T0
    )

    assert (T0 + timedelta(seconds=300), "last resolve, by a person, after 1 re-opening(s)") == (found.at, found.reason)


def test_a_reopened_incident_without_a_later_resolve_is_open() -> None:
    """The earlier resolve is not taken for the end."""
    found = find_resolved(frame(row(100, "incident.resolved"), row(200, "incident.reopened")), T0)

    assert missing("resolved", "re-opened at 14:03:20 and open since") == found


def test_an_open_incident_says_until_when_the_evidence_goes() -> None:
    """Open is missing with a reason, never a guess."""
    found = find_resolved(empty_events(), T0)

    assert missing("resolved", "the incident was still open when evidence was collected, 2026-11-17T14:00:00Z") == found


def test_fired_is_the_rule_whose_name_the_page_carries() -> None:
    """Another rule that fired earlier is not the one that paged."""
    page = find_detected(frame(row(600, "page.sent")))
    episodes = [
        AlertEpisode(name, (), None, None, T0 + timedelta(seconds=s), T0 + timedelta(seconds=900), 15, "x")
        for name, s in (("DiskFull", 100), ("CheckoutErrors", 560))
    ]

    found = find_fired(episodes, empty_events(), page, frozenset({"CheckoutErrors"}))

    assert (T0 + timedelta(seconds=545), T0 + timedelta(seconds=560)) == (found.earliest, found.latest)
