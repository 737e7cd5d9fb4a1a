"""Facts about files of what people said: transcripts of calls, JSON of other tools, webhook payloads of an Alertmanager."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from incident_timeline.collect.alertmanager_log import read_alertmanager_log
from incident_timeline.collect.base import Collected
from incident_timeline.collect.chat_json import read_chat_json
from incident_timeline.collect.chat_webvtt import read_webvtt
from incident_timeline.collect.registry import SourceOptions, make_collector
from incident_timeline.errors import ConfigError, InputFileError, UsageError
from incident_timeline.model.events import check_events, events_frame
from incident_timeline.model.incident import Incident
from tests.collect.ci_simulators import chain_to_file
from tests.collect.sources import WINDOW

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")
START = datetime(2026, 11, 17, 14, tzinfo=UTC)
CALL = """WEBVTT

NOTE recorded by the bridge

1
00:00:01.500 --> 00:00:03.000
<v Asha Venkat>the errors began
00:00:03.200 --> 00:00:04.000

2
00:00:03.500 --> 00:00:05.000
<v Asha Venkat>with v418.</v>

00:06.000 --> 00:08.250
<v.loud Jonas Lindqvist>shall we &lt;roll back&gt;?</v>

01:00:00.000 --> 01:00:02.000
Asha Venkat: it is back

01:00:10.000 --> 01:00:11.000
[music]
"""


def test_a_transcript_counts_from_where_the_recording_began() -> None:
    """Sentences are whole, speakers are those of voice tags or of a name with a colon; `until` is where the sentence ends."""
    rows = read_webvtt(CALL.encode(), "bridge.vtt", "files/b", START, timedelta(0)).rows

    assert [] == check_events(events_frame(rows))
    assert [
        (1.5, 5.0, "Asha Venkat", "the errors began 00:00:03.200 --> 00:00:04.000 with v418."),
        (6.0, 8.25, "Jonas Lindqvist", "shall we <roll back>?"),
        (3600.0, 3602.0, "Asha Venkat", "it is back"),
        (3610.0, 3611.0, None, "[music]"),
    ] == [
        ((row["at"] - START).total_seconds(), (row["until"] - START).total_seconds(), row["actor"], row["summary"])
        for row in rows
    ]


def test_a_start_to_the_minute_leaves_a_minutes_room(tmp_path: Path) -> None:
    """`start` without seconds is the middle of that minute; and the calls are then no longer said to be lacking."""
    found = collected(tmp_path, "webvtt", CALL, start="2026-11-17T14:00Z")

    row = found.events.row(0, named=True)
    assert [1.5, 31.5, 61.5] == [(row[key] - START).total_seconds() for key in ("earliest", "at", "latest")]
    assert ("calls: talk.txt", True) == (found.coverage[0].source, found.coverage[0].ok)


@pytest.mark.parametrize("text", ["", "00:01.000 --> 00:02.000\nx", "WEBVTT\n\nnothing"])
def test_what_is_no_transcript_is_refused(text: str) -> None:
    """With what to give instead."""
    with pytest.raises(InputFileError, match="WebVTT"):
        read_webvtt(text.encode(), "x.vtt", "f", START, timedelta(0))


MESSAGES = {
    "ours": [{"at": "2026-11-17T14:00:00Z", "actor": "Asha Venkat", "text": "v418 is bad"}],
    "discord": {"messages": [{"id": "1", "timestamp": "2026-11-17T15:00:00+01:00", "content": "v418 is bad",
                              "author": {"name": "asha", "nickname": "Asha Venkat", "isBot": False}}]},
    "teams": {"value": [{"id": "1", "createdDateTime": "2026-11-17T14:00:00.000Z", "from": {"user": {"displayName": "Asha Venkat"}},
                         "body": {"contentType": "html", "content": "<p>v418 is bad</p>"}}]},
    "zulip": {"messages": [{"id": 1, "timestamp": 1794924000, "sender_full_name": "Asha Venkat", "content": "v418 is bad"}]},
    "mattermost": {"posts": [{"id": "p1", "create_at": 1794924000000, "user": "Asha Venkat", "message": "v418 is bad"}]},
}  # fmt: skip


@pytest.mark.parametrize("tool", MESSAGES)
def test_messages_of_other_tools_are_read_by_the_names_they_use(tool: str) -> None:
    """Seconds, milliseconds and offsets; authors as a text or an object; HTML taken off."""
    (row,) = read_chat_json(json.dumps(MESSAGES[tool]).encode(), "c.json", "f", None).rows

    assert (START, "Asha Venkat", "v418 is bad", "human") == (
        row["at"],
        row["actor"],
        row["summary"],
        row["actor_kind"],
    )


def test_a_record_that_cannot_be_used_costs_that_record() -> None:
    """The first is named, and the zone's fix is the one for a table."""
    lines = '{"at": "2026-11-17T14:00:00Z", "text": "x", "user": "a"}\n{"at": "2026-11-17T14:00:00", "text": "y"}\n{"text": "z"}'

    heard = read_chat_json(lines.encode(), "c.jsonl", "f", None)

    assert 1 == len(heard.rows)
    assert "2 records could not be used, the first: c.jsonl, record 2: `time`" in heard.lacking[0]
    assert "add tz =" in heard.lacking[0]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[1]"])
def test_json_that_is_no_list_of_objects_is_refused(text: str) -> None:
    """Nested without end, or numbers."""
    with pytest.raises(InputFileError, match=r"c\.json"):
        read_chat_json(text.encode(), "c.json", "f", None)


@pytest.mark.parametrize("time", ["NaN", "1e300", "[]", "true"])
def test_a_time_that_is_none_is_said(time: str) -> None:
    """It costs that record."""
    assert read_chat_json(f'{{"at": {time}, "text": "x"}}'.encode(), "c.json", "f", None).lacking


def alert(status: str, starts: str, ends: str, name: str = "CheckoutErrors") -> dict[str, Any]:
    """An alert of a webhook payload, as Alertmanager's documentation shows it (version 4)."""
    return {"status": status, "labels": {"alertname": name, "service": "checkout", "severity": "page"}, "fingerprint": f"f-{name}",
            "annotations": {"summary": "checkout fails"}, "startsAt": f"2026-11-17T{starts}Z", "endsAt": f"2026-11-17T{ends}Z",
            "generatorURL": "http://prometheus.example:9090/graph?g0.expr=rate%28x%5B1m%5D%29+%3E+1&g0.tab=1"}  # fmt: skip


def payload(*alerts: dict[str, Any], truncated: int = 0) -> dict[str, Any]:
    """One call of the webhook."""
    return {"version": "4", "groupKey": '{}:{alertname="CheckoutErrors"}', "truncatedAlerts": truncated,
            "status": alerts[0]["status"], "receiver": "team", "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
            "externalURL": "http://alertmanager.example", "alerts": list(alerts)}  # fmt: skip


def test_an_alert_that_was_repeated_fired_once_and_ended_once() -> None:
    """The end of a firing alert lies in the future and counts for nothing."""
    calls = [payload(alert("firing", "14:00:00", "14:05:00")), payload(alert("firing", "14:00:00", "14:09:00")),
             {"received_at": "x", "payload": payload(alert("resolved", "14:00:00", "14:20:30"))}]  # fmt: skip
    heard = read_alertmanager_log("\n".join(map(json.dumps, calls)).encode(), "am.jsonl", "f")

    rows = [(row["kind"], row["at"] - START, row["service"], json.loads(row["detail"])["expr"]) for row in heard.rows]
    expr = "rate(x[1m]) > 1"
    assert [
        ("alert.fired", timedelta(0), "checkout", expr),
        ("alert.ended", timedelta(minutes=20, seconds=30), "checkout", expr),
    ] == rows
    assert () == heard.lacking
    assert "f#/2/payload/alerts/0" == heard.rows[1]["evidence"]


def test_alerts_that_the_alertmanager_left_out_are_said() -> None:
    """`truncatedAlerts` of the payload; records that are none are counted."""
    calls = [payload(alert("firing", "14:00:00", "14:05:00"), truncated=7), {"hello": "world"}]

    heard = read_alertmanager_log(json.dumps(calls).encode(), "am.json", "f")

    assert (
        "1 records are no webhook payload",
        "the Alertmanager left 7 alerts out of its payloads (max_alerts)",
    ) == heard.lacking


def collected(folder: Path, kind: str, text: str, **options: str) -> Collected:
    """What a configured kind makes of a file."""
    (folder / "talk.txt").write_text(text, encoding="utf-8")
    collector = make_collector("chat", SourceOptions(kind, {"path": "some/talk.txt", **options}))
    return collector.collect(chain_to_file(folder / "evidence", folder / "talk.txt", "chat")[0], WINDOW, INCIDENT)


def test_a_configured_paste_says_its_zone_and_day_in_its_table(tmp_path: Path) -> None:
    """Without them it is coverage with the keys to add, not an end of the build."""
    text = "[15:31] asha: x\n[23:59] asha: late"

    lacking = collected(tmp_path, "paste", text).coverage[0]
    found = collected(tmp_path, "paste", text, tz="Europe/Berlin", date="2026-11-17")

    assert (False, True) == (lacking.ok, 'add tz = "Europe/Berlin" (its own zone) to its table' in lacking.reason)
    assert (["x"], "1 entries before or after the window are left out") == (
        found.events["summary"].to_list(),
        found.coverage[0].reason,
    )


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [("paste", {"date": "yesterday"}, ConfigError), ("webvtt", {}, ConfigError), ("webvtt", {"start": "14:00"}, UsageError),
     ("json", {"tz": "Mars/Olympus"}, UsageError)],
)  # fmt: skip
def test_options_that_mean_nothing_are_refused(kind: str, options: dict[str, str], error: type[UsageError]) -> None:
    """Before anything is read."""
    with pytest.raises(error):
        make_collector("chat", SourceOptions(kind, {"path": "x", **options}))
