"""Facts about collecting from PagerDuty, against the stateful simulator."""

import json
from pathlib import Path

import polars as pl
import pytest

from incident_timeline.collect.pagerduty import PagerDutyCollector, key_of
from incident_timeline.collect.pagerduty_events import log_entry_rows, read_alertmanager_text
from incident_timeline.errors import RefError, SourceMissing, SourceRefused
from tests.collect.sources import T0, WINDOW, chain, connection, simulators
from tests.lab.pagerduty_state import stamp


@pytest.mark.parametrize(
    ("ref", "key"),
    [
        ("INC-123", "123"), ("inc-123", "123"), ("123", "123"), ("Q2U8NVNBMCM7JW", "Q2U8NVNBMCM7JW"),
        ("https://acme.pagerduty.com/incidents/PT4KHLK", "PT4KHLK"), ("https://acme.eu.pagerduty.com/incidents/Q1?x=1", "Q1"),
    ],
)  # fmt: skip
def test_a_reference_becomes_the_key_that_pagerduty_knows(ref: str, key: str) -> None:
    """Number, prefix and number, id and pasted URL all name one incident."""
    assert key == key_of(ref, "INC-")


@pytest.mark.parametrize("ref", ["", "INC-", "hello world", "OPS-12", "٣٤"])
def test_what_names_no_incident_is_refused_with_examples(ref: str) -> None:
    """The sentence shows what can be given."""
    with pytest.raises(RefError, match="a number like INC-123"):
        key_of(ref, "INC-")


def test_every_record_of_the_incident_becomes_a_row(tmp_path: Path) -> None:
    """Page, notification, acknowledgement by a person, note, request, joining, status update and resolve."""
    with simulators() as one:
        transport, _ = chain(tmp_path, connection(one, "pagerduty"), "pagerduty", "pagerduty")
        collector = PagerDutyCollector()
        found = collector.collect(transport, WINDOW, collector.find_incident(transport, "123"))

    kinds = found.events["kind"].to_list()
    expected = [
        "alert.received", "incident.assigned", "page.sent", "page.notified", "incident.acknowledged", "note.added",
        "responder.requested", "responder.joined", "status.updated", "incident.resolved",
    ]  # fmt: skip
    assert sorted(expected) == sorted(kinds)
    ack = found.events.filter(pl.col("kind") == "incident.acknowledged").row(0, named=True)
    assert ("human", "PASHAV1", "checkout") == (ack["actor_kind"], ack["actor"], ack["service"])


def test_more_than_one_page_is_fetched_without_loss_or_repeat(tmp_path: Path) -> None:
    """250 notes are 3 pages of log entries; each stands once, though notes and entries both hold it."""
    with simulators(notes=250) as one:
        transport, _ = chain(tmp_path, connection(one, "pagerduty"), "pagerduty", "pagerduty")
        collector = PagerDutyCollector()
        found = collector.collect(transport, WINDOW, collector.find_incident(transport, "INC-123"))

    assert 250 == found.events.filter(pl.col("kind") == "note.added").height
    assert found.coverage[0].ok


def test_times_are_asked_in_utc_and_sub_resources_by_id(tmp_path: Path) -> None:
    """Log entries are rendered in the account's zone unless asked; alerts and notes do not know numbers."""
    with simulators() as one:
        transport, _ = chain(tmp_path, connection(one, "pagerduty"), "pagerduty", "pagerduty")
        collector = PagerDutyCollector()
        incident = collector.find_incident(transport, "INC-123")
        collector.collect(transport, WINDOW, incident)
        asked = list(one.requests)

    assert all("time_zone=UTC" in line for line in asked if "log_entries" in line)
    assert [] == [line for line in asked if "/incidents/123/" in line]


def test_an_unknown_incident_says_what_to_check(tmp_path: Path) -> None:
    """A number that PagerDuty does not know is one clear sentence."""
    with simulators() as one:
        transport, _ = chain(tmp_path, connection(one, "pagerduty"), "pagerduty", "pagerduty")
        with pytest.raises(SourceMissing, match="has no incident 999: check the number"):
            PagerDutyCollector().find_incident(transport, "INC-999")


def test_a_wrong_token_or_region_is_named_as_such(tmp_path: Path) -> None:
    """PagerDuty answers 401 for both."""
    with simulators() as one:
        transport, _ = chain(tmp_path, connection(one, "pagerduty", "wrong"), "pagerduty", "pagerduty")
        with pytest.raises(
            SourceRefused, match=r"401 .* check the token, its permissions, and that url is the right region"
        ):
            PagerDutyCollector().find_incident(transport, "INC-123")


def entry(verb: str, seconds: float, **fields: object) -> tuple[dict[str, object], str]:
    """A log entry with its pointer."""
    row = {"id": f"R{seconds}", "type": f"{verb}_log_entry", "created_at": stamp(T0 + seconds), "summary": f"{verb} it"}
    return row | fields, "p#/0"


def test_an_unknown_kind_of_log_entry_is_kept_with_its_summary() -> None:
    """PagerDuty adds kinds; none is dropped."""
    rows = log_entry_rows([entry("workflow_started", 5)], None, [])

    assert [("other", "workflow_started it")] == [(row["kind"], row["summary"]) for row in rows]


def test_a_second_trigger_is_a_refire_and_no_second_page() -> None:
    """The same alert that triggers again does not page again."""
    rows = log_entry_rows([entry("trigger", 60), entry("trigger", 0)], None, [])

    assert ["page.sent", "other"] == [row["kind"] for row in rows]


def test_an_acknowledgement_by_an_integration_is_a_machine() -> None:
    """Only a user is a person."""
    rows = log_entry_rows([entry("acknowledge", 0, agent={"id": "P1", "type": "integration_reference"})], None, [])

    assert "machine" == rows[0]["actor_kind"]


def test_both_spellings_of_the_acknowledge_entry_are_read() -> None:
    """The schema says acknowledgement_log_entry where practice says acknowledge_log_entry."""
    rows = log_entry_rows([entry("acknowledgement", 0), entry("acknowledge", 1)], None, [])

    assert ["incident.acknowledged"] * 2 == [row["kind"] for row in rows]


def test_the_resolve_of_a_merged_source_is_no_fix() -> None:
    """A merge resolves its sources with the person who merged as agent."""
    assert "incident.merged" == log_entry_rows([entry("resolve", 0)], "Q2", [])[0]["kind"]


def test_the_alertmanager_text_gives_labels_and_the_expression(tmp_path: Path) -> None:
    """The rule's labels and PromQL stand in the alert's rendered details; the Source host is kept as text only."""
    with simulators() as one:
        transport, _ = chain(tmp_path, connection(one, "pagerduty"), "pagerduty", "pagerduty")
        collector = PagerDutyCollector()
        found = collector.collect(transport, WINDOW, collector.find_incident(transport, "INC-123"))
    detail = json.loads(found.events.filter(pl.col("kind") == "alert.received")["detail"][0])

    assert {"alertname": "CheckoutErrors", "service": "checkout"} == detail["labels"]
    assert "rate(x[1m]) > 1" == detail["expr"]


@pytest.mark.parametrize("text", ["", "no labels here", "Labels:\n - broken", "Source: "])
def test_details_that_are_no_alertmanager_text_give_nothing(text: str) -> None:
    """Another tool's details are no error."""
    assert ({}, None) == read_alertmanager_text(text)
