"""Facts about what PagerDuty knows beside the plain course of an incident: merges, changes, people, its own figures."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from incident_timeline.collect.base import Collected
from incident_timeline.collect.pagerduty import PagerDutyCollector
from incident_timeline.collect.pagerduty_events import (
    KINDS,
    alert_rows,
    change_rows,
    early_page_rows,
    log_entry_rows,
    reopened_rows,
)
from incident_timeline.collect.pagerduty_insights import figures_of, past_incidents_of, related_incidents_of
from incident_timeline.collect.pagerduty_merged import sources_of
from incident_timeline.collect.pagerduty_people import note_rows, on_call_of, responder_rows
from incident_timeline.model.events import event, events_frame
from tests.collect.official import SPECS
from tests.collect.sources import PEOPLE, T0, TRIGGER, WINDOW, account, chain, channel, connection, repository
from tests.lab.pagerduty_answers import Terms
from tests.lab.pagerduty_state import Account, stamp
from tests.lab.simulators import Simulators

ASHA, JONAS = PEOPLE["asha"], PEOPLE["jonas"]


def collected(one: Simulators, folder: Path, ref: str = "INC-123") -> Collected:
    """What a build would collect of an incident."""
    transport, _ = chain(folder, connection(one, "pagerduty"), "pagerduty", "pagerduty")
    collector = PagerDutyCollector()
    return collector.collect(transport, WINDOW, collector.find_incident(transport, ref))


def served(lived: Account) -> Simulators:
    """The simulators around an account."""
    return Simulators(lived, repository(), channel())


def at(seconds: float) -> datetime:
    """So long after the page."""
    return datetime.fromtimestamp(T0 + seconds, UTC)


def kinds(found: Collected, *wanted: str) -> list[tuple[str, datetime]]:
    """(kind, time) of the rows of these kinds."""
    rows = found.events.filter(pl.col("kind").is_in(wanted))
    return list(rows.select("kind", "at").iter_rows())


def test_every_type_of_log_entry_that_the_schema_lists_is_known_by_name() -> None:
    """17 in the official list; those beyond it are known by their names in public clients, any other is kept as `other`."""
    spec = json.loads((SPECS / "pagerduty.json").read_text(encoding="utf-8"))
    listed = spec["components"]["schemas"]["LogEntry"]["allOf"][1]["properties"]["type"]["enum"]

    assert 17 == len(listed)
    assert [] == [one for one in listed if one.removesuffix("_log_entry") not in KINDS]


def test_entries_of_a_merged_incident_are_part_of_the_target_and_detection_is_the_first_of_all(tmp_path: Path) -> None:
    """The source paged and was acknowledged two minutes before the target existed; its merge-resolve is no fix."""
    lived = Account(123, ASHA)
    source = lived.trigger({**TRIGGER, "dedup_key": "d0"}, T0 - 120)
    lived.acknowledge(source, JONAS, T0 - 60)
    target = lived.trigger(TRIGGER, T0)
    lived.merge(target, source, ASHA, T0 + 300)
    lived.resolve(target, ASHA, T0 + 900)
    with served(lived) as one:
        found = collected(one, tmp_path, "INC-124")

    assert [
        ("page.sent", at(-120)), ("incident.acknowledged", at(-60)), ("page.sent", at(0)), ("incident.merged", at(300)),
        ("incident.resolved", at(900)),
    ] == kinds(found, "page.sent", "incident.acknowledged", "incident.merged", "incident.resolved")  # fmt: skip
    assert f"{source['id']} was merged into it" in found.coverage[0].reason


def test_a_source_beyond_the_list_is_found_by_where_its_alert_came_from() -> None:
    """An alert's first trigger entry still names the incident that it opened; other closed incidents are none."""
    alert = {"id": "A1", "first_trigger_log_entry": {"self": "https://api.pagerduty.com/log_entries/R1?incident_id=Q1"}}
    merged = {"id": "Q3", "resolve_reason": {"type": "merge_resolve_reason", "incident": {"id": "Q2"}}}
    elsewhere = {"id": "Q4", "resolve_reason": {"type": "merge_resolve_reason", "incident": {"id": "Q9"}}}

    assert ("Q1", "Q3") == sources_of("Q2", [(merged, ""), (elsewhere, ""), ({"id": "Q5"}, "")], [(alert, "")])


def test_an_alert_older_than_every_page_was_paged_somewhere() -> None:
    """Where the merged source cannot be had, its alert still says when people were told; a suppressed one told nobody."""
    page = event(at(0), "pagerduty", "page.sent", "R1", "", evidence="p")
    alert = event(at(-120), "pagerduty", "alert.received", "A1", "x", evidence="p", detail='{"suppressed": false}')
    hushed = event(at(-300), "pagerduty", "alert.received", "A2", "x", evidence="p", detail='{"suppressed": true}')

    assert [at(-120)] == [row["at"] for row in early_page_rows([alert, hushed], [page])]
    assert [] == early_page_rows([{**alert, "at": at(-1)}], [page])


def test_the_source_of_a_merge_names_the_incident_that_goes_on(tmp_path: Path) -> None:
    """Built by itself it has no end of its own."""
    lived = Account(123, ASHA)
    source = lived.trigger({**TRIGGER, "dedup_key": "d0"}, T0 - 120)
    target = lived.trigger(TRIGGER, T0)
    lived.merge(target, source, ASHA, T0 + 300)
    with served(lived) as one:
        found = collected(one, tmp_path)

    assert [("incident.merged", at(300))] == kinds(found, "incident.merged", "incident.resolved")
    assert f"merged into {target['id']}: build that one" in found.coverage[0].reason


@pytest.mark.parametrize("logged", [True, False])
def test_a_reopened_incident_is_reopened_whether_or_not_an_entry_says_so(logged: bool, tmp_path: Path) -> None:
    """Without an entry it happened between the resolve and the last change of status."""
    lived = account()
    lived.reopen(lived.state["incidents"][0], ASHA, T0 + 2600, logged=logged)
    with served(lived) as one:
        found = collected(one, tmp_path)

    assert [("incident.resolved", at(2000)), ("incident.reopened", at(2600))] == kinds(
        found, "incident.resolved", "incident.reopened"
    )
    row = found.events.filter(pl.col("kind") == "incident.reopened").row(0, named=True)
    assert (at(2600) if logged else at(2000)) == row["earliest"]


def test_an_incident_resolved_after_a_reopening_needs_no_guess() -> None:
    """Its status is resolved, so its last resolve is the last word."""
    row = event(at(0), "pagerduty", "incident.resolved", "R1", "", evidence="p")
    body = {"id": "Q1", "status": "resolved", "last_status_change_at": stamp(T0 + 60)}

    assert [] == reopened_rows([row], [(body, "")])
    assert [] == reopened_rows([], [({**body, "status": "triggered"}, "")])


def test_a_trigger_after_a_resolve_reopens_and_one_before_is_a_refire() -> None:
    """The first trigger alone is the page."""
    entries: list[tuple[dict[str, Any], str]] = [
        ({"id": f"R{n}", "type": f"{verb}_log_entry", "created_at": stamp(T0 + n)}, "p")
        for n, verb in enumerate(("trigger", "trigger", "resolve", "trigger", "resolve"))
    ]

    assert ["page.sent", "other", "incident.resolved", "incident.reopened", "incident.resolved"] == [
        row["kind"] for row in log_entry_rows(entries, None, [])
    ]


def test_changes_of_priority_and_service_say_from_what_to_what(tmp_path: Path) -> None:
    """The old value stands in the log alone; the channel of a service change has no type."""
    lived = account()
    incident = lived.state["incidents"][0]
    lived.prioritise(incident, ASHA, "P3", "P1", T0 + 400)
    lived.hand_over(incident, ASHA, "storefront", T0 + 410)
    with served(lived) as one:
        rows = collected(one, tmp_path).events.filter(pl.col("kind").str.ends_with("_changed"))

    assert [
        ("incident.priority_changed", "priority P3 -> P1"),
        ("incident.service_changed", "service storefront -> checkout"),
    ] == (list(rows.select("kind", "summary").iter_rows()))


def test_an_edited_note_stands_once_with_its_edit_beside_it(tmp_path: Path) -> None:
    """The log entry keeps the words as they were said; the note's own words are those of the edit, at its time."""
    lived = account()
    lived.edit(lived.state["notes"][0]["id"], "note 0: it was v417, sorry", T0 + 1800)
    with served(lived) as one:
        rows = collected(one, tmp_path).events.filter(pl.col("summary").str.contains("note"))

    assert [
        ("note.added", at(300), "note 0: v418 is what changed"),
        ("other", at(1800), "(note edited) note 0: it was v417, sorry"),
    ] == list(rows.select("kind", "at", "summary").iter_rows())


def test_an_edited_note_without_a_log_entry_may_have_said_something_else() -> None:
    """Its time reaches from when it was written to when it was edited."""
    note = {
        "id": "N1",
        "content": "as edited",
        "created_at": stamp(T0),
        "updated_at": stamp(T0 + 600),
        "user": {"id": "P1"},
    }
    (row,) = note_rows([(note, "p")], [], [])

    assert ("note.added", at(0), at(600)) == (row["kind"], row["at"], row["latest"])


def test_answers_to_requests_are_kept_where_no_log_entry_holds_them() -> None:
    """The entry's name is not documented; the state on the incident is."""
    person, asker = {"id": "P2", "summary": "Jonas"}, {"id": "P1", "summary": "Asha"}
    one = {"state": "declined", "user": person, "requester": asker, "requested_at": stamp(T0), "updated_at": stamp(T0 + 90),
           "message": "please join"}  # fmt: skip
    pending = {**one, "state": "pending", "user": {"id": "P3"}}
    rows = responder_rows([({"id": "Q1", "incidents_responders": [one, pending]}, "p#/incident")], [])
    asked = [row for row in rows if row["kind"] == "responder.requested"]

    assert [("responder.declined", at(90), "P2")] == [(r["kind"], r["at"], r["actor"]) for r in rows if r not in asked]
    assert [at(0), at(0)] == [row["at"] for row in asked]
    assert [] == responder_rows([({"id": "Q1", "incidents_responders": [one]}, "p")], rows)
    assert 3 == events_frame(rows)["event_id"].n_unique()


def test_who_was_on_call_is_asked_for_the_window_and_the_policy(tmp_path: Path) -> None:
    """Without since and until PagerDuty answers with who is on call now; a level may be permanent."""
    with served(account()) as one:
        found = collected(one, tmp_path)
        asked = [httpx.URL(f"http://x{line.split()[1]}").params for line in one.requests if "/oncalls" in line]

    assert [("2026-11-17T12:00:00Z", "2026-11-17T17:00:00Z", "UTC", "PESC001")] == [
        (p["since"], p["until"], p["time_zone"], p["escalation_policy_ids[]"]) for p in asked
    ]
    turns = found.paging.on_call
    assert [(1, "PASHAV1", "Shop, daily"), (2, "PASHAV1", None)] == [(t.level, t.actor, t.schedule) for t in turns]
    assert [True, True] == [turn.covers(at(0)) for turn in turns]
    assert [False, True] == [turn.covers(at(0) + timedelta(days=3)) for turn in turns]


def test_an_entry_without_a_person_is_nobodys_turn() -> None:
    """A deleted user leaves an empty reference."""
    assert () == on_call_of([({"user": None, "escalation_level": 1}, "p")])


def test_pagerdutys_own_figures_and_like_incidents_are_collected(tmp_path: Path) -> None:
    """Time to the first acknowledgement and to the resolve, who responded, and earlier incidents of the service."""
    lived = account()
    lived.trigger({**TRIGGER, "dedup_key": "d8"}, T0 - 86_400)
    lived.state["related_incidents"] = [
        {"incident": {"id": "QREL1", "title": "orders slow", "created_at": stamp(T0), "self": "x"},
         "relationships": [{"type": "service_dependency", "metadata": {}}]}
    ]  # fmt: skip
    with served(lived) as one:
        found = collected(one, tmp_path).paging

    assert [("to_acknowledge", 200.0), ("to_resolve", 2000.0), ("responders", 2.0)] == [
        (figure.name, figure.value) for figure in found.figures
    ]
    assert [("past", "PagerDuty's similarity score 46.8249"), ("related", "service dependency")] == [
        (like.relation, like.why) for like in found.like
    ]


@pytest.mark.parametrize(
    ("read", "rows", "expected"),
    [
        (
            lambda rows: figures_of(rows, [], "Q1"),
            [({"seconds_to_first_ack": None, "seconds_to_resolve": 9}, "p")],
            [9.0],
        ),
        (
            lambda rows: figures_of([], rows, "Q1"),
            [({"responder_id": "P1", "response_status": "accepted"}, "p")],
            [1.0],
        ),
        (past_incidents_of, [({"incident": {"id": "Q7"}, "score": 0}, "p"), ({"incident": None, "score": 3}, "p")], []),
        (related_incidents_of, [({"incident": {"title": "no id"}}, "p")], []),
    ],
)
def test_figures_and_likenesses_that_say_nothing_are_left_out(
    read: Callable[[Any], Any], rows: list[Any], expected: list[float]
) -> None:
    """A null figure was not worked out, a score of 0 is no likeness; the schema says joined where its example says accepted."""
    assert expected == [getattr(one, "value", one) for one in read(rows)]


@pytest.mark.parametrize("status", [402, 403])
def test_what_the_plan_lacks_is_skipped_with_the_reason_and_no_failure(status: int, tmp_path: Path) -> None:
    """Similar incidents, analytics, on call: each is named, and the build is whole."""
    parts = ("past_incidents", "related_incidents", "related_change_events", "oncalls", "responses")
    with served(account()) as one:
        one.terms = Terms(refused=dict.fromkeys(parts, status))
        found = collected(one, tmp_path)

    whole, *skipped = found.coverage
    assert whole.ok
    assert [
        f"pagerduty: {name}"
        for name in ("on call", "past incidents", "related changes", "related incidents", "responses")
    ] == [c.source for c in skipped]
    assert all(c.skipped and ("plan" in c.reason if status == 402 else "403" in c.reason) for c in skipped)
    assert "incident.resolved" in found.events["kind"].to_list()


def test_figures_that_are_not_worked_out_yet_say_when_to_come_back(tmp_path: Path) -> None:
    """Analytics lag by up to a day and answer something else until then."""
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, json={} if "analytics" in request.url.path else {"incident": {"id": "Q1"}})
    )
    collector = PagerDutyCollector()
    found = collector.collect(transport, WINDOW, collector.find_incident(transport, "123"))
    reasons = {c.source: c.reason for c in found.coverage}

    assert "within 24 hours, build again after that" in reasons["pagerduty: analytics"]
    assert "no escalation policy" in reasons["pagerduty: on call"]


def test_an_account_in_another_zone_gives_the_same_instants(tmp_path: Path) -> None:
    """`time_zone=UTC` is asked everywhere it exists, and every time that is sent ends in Z."""
    with served(account()) as one:
        utc = collected(one, tmp_path / "utc")
        one.terms = Terms("Asia/Kolkata")
        zoned = collected(one, tmp_path / "zoned")
        sent = [httpx.URL(f"http://x{line.split()[1]}") for line in one.requests]

    assert utc.events.drop("evidence").equals(zoned.events.drop("evidence"))
    assert utc.paging.on_call[0].start == zoned.paging.on_call[0].start
    spec = json.loads((SPECS / "pagerduty.json").read_text(encoding="utf-8"))
    zoned_paths = [path for path, one in spec["paths"].items() if "time_zone" in json.dumps(one["get"]["parameters"])]
    assert ["/incidents", "/incidents/{id}/log_entries", "/oncalls"] == sorted(zoned_paths)
    for url in sent:
        if url.path.rsplit("/", 1)[-1] in ("log_entries", "oncalls", "incidents"):
            assert "UTC" == url.params["time_zone"]
        assert all(url.params[name].endswith("Z") for name in ("since", "until") if name in url.params)


def test_records_whose_every_optional_field_is_null_are_read() -> None:
    """Any field that is not required may be null; nothing is lost for it and nothing fails."""
    stem = {"id": "X1", "created_at": stamp(T0), "timestamp": stamp(T0)}
    nulls = dict.fromkeys(
        ("agent", "channel", "note", "service", "summary", "html_url", "event_details", "responders", "assignees", "teams",
         "body", "integration", "severity", "user", "content", "updated_at", "links", "services", "correlation_reason", "source",
         "incidents_responders", "alert_counts", "resolve_reason", "escalation_policy", "priority", "first_trigger_log_entry")
    )  # fmt: skip
    record, unread = ({**nulls, **stem}, "p"), list[str]()
    verbs = [*KINDS, "workflow_started"]
    entries = [({**record[0], "id": f"R{n}", "type": f"{verb}_log_entry"}, "p") for n, verb in enumerate(verbs)]
    rows = log_entry_rows(entries, None, unread)
    rows += [*alert_rows([record], unread), *note_rows([record], [], unread), *change_rows([record], unread)]
    rows += responder_rows([({**record[0], "incidents_responders": [{"state": None, "user": None}]}, "p")], rows)

    assert (len(verbs) + 3, []) == (events_frame(rows).height, unread)
    assert ((), (), ()) == (
        sources_of("Q1", [record], [record]),
        past_incidents_of([record]),
        related_incidents_of([record]),
    )


@pytest.mark.parametrize("details", ["Labels:\n - alertname = X\n", {"firing": "Labels:\n - alertname = X\n"}])
def test_details_of_an_alert_may_be_a_text_or_an_error(details: object) -> None:
    """Beyond 512 kB Alertmanager sends only an error; other tools send a text."""
    alert = {"id": "A1", "created_at": stamp(T0), "body": {"details": details}}
    (row,) = alert_rows([(alert, "p")], [])
    (failed,) = alert_rows([({**alert, "body": {"details": {"error": "too large"}}}, "p")], [])

    assert ({"alertname": "X"}, None) == (
        json.loads(row["detail"])["labels"],
        json.loads(failed["detail"]).get("labels"),
    )


def test_alerts_that_the_incident_counts_and_the_list_lacks_are_said(tmp_path: Path) -> None:
    """The incident's own count is the promise."""
    lived = account()
    lived.state["incidents"][0]["alert_counts"]["all"] = 3
    with served(lived) as one:
        whole = collected(one, tmp_path).coverage[0]

    assert (False, "alerts: 1 of the 3 that the incident counts") == (whole.ok, whole.reason)


def test_log_entries_are_asked_whole_and_with_their_channels(tmp_path: Path) -> None:
    """An overview would leave entries out; the original event stands in the channel."""
    with served(account()) as one:
        collected(one, tmp_path)
        asked = [httpx.URL(f"http://x{line.split()[1]}").params for line in one.requests if "log_entries" in line]

    assert [("channels", False)] == [(p["include[]"], "is_overview" in p) for p in asked]


@pytest.mark.parametrize("wrap", [lambda row: row, lambda row: {"data": row, "time_zone": "Etc/UTC"}])
def test_analytics_are_read_bare_and_inside_data(wrap: Callable[[Any], Any]) -> None:
    """The schema has the figures bare, its example inside `data`."""

    def respond(request: httpx.Request) -> httpx.Response:
        analytics = request.url.path.startswith("/analytics") and not request.url.path.endswith("responses")
        return httpx.Response(200, json=wrap({"seconds_to_resolve": 60}) if analytics else {"incident": {"id": "Q1"}})

    collector, transport = PagerDutyCollector(), httpx.MockTransport(respond)
    found = collector.collect(transport, WINDOW, collector.find_incident(transport, "123"))

    assert [("to_resolve", 60.0)] == [(one.name, one.value) for one in found.paging.figures]
