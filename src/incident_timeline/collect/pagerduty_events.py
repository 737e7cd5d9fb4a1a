"""Turns PagerDuty's log entries, alerts and notes into rows of the event frame."""

import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from incident_timeline.errors import NaiveTimeError
from incident_timeline.model.events import event
from incident_timeline.model.instants import parse_instant

Row = dict[str, Any]
Found = list[tuple[Row, str]]  # records, each with its pointer into the bundle

# Verbs of log entry types. Those after the gap are not in the schema's list of 17 and occur all the same: apis.md 1.4.
_KINDS = {
    "acknowledge": "incident.acknowledged", "acknowledgement": "incident.acknowledged", "annotate": "note.added",
    "assign": "incident.assigned", "delegate": "incident.assigned", "escalate": "incident.escalated",
    "exhaust_escalation_path": "incident.escalated", "repeat_escalation_path": "incident.escalated",
    "notify": "page.notified", "resolve": "incident.resolved", "snooze": "incident.snoozed", "trigger": "page.sent",
    "unacknowledge": "incident.unacknowledged", "urgency_change": "incident.urgency_changed",

    "reassign": "incident.assigned", "priority_change": "incident.priority_changed", "status_update": "status.updated",
    "responder_request": "responder.requested", "responder_accept": "responder.joined", "responder_decline": "responder.declined",
    "service_change": "incident.service_changed", "reopen": "incident.reopened", "merge": "incident.merged",
}  # fmt: skip


def log_entry_rows(entries: Found, merged_into: str | None, unread: list[str]) -> list[Row]:
    """Rows of all log entries; an unknown type is `other` with its summary, never dropped.

    The first trigger is the page, later ones are re-fires of an open alert. A resolve that only closed a merged source
    (`merged_into`) is no fix and is told apart. Entries without a readable time go into `unread`, in words.
    """
    rows, paged = [], False
    for at, entry, pointer in sorted(
        _dated(entries, "created_at", unread), key=lambda one: (one[0], str(one[1]["id"]))
    ):
        verb = str(entry.get("type", "")).removesuffix("_log_entry")
        kind = _KINDS.get(verb, "other")
        if kind == "page.sent":
            kind, paged = ("other" if paged else "page.sent"), True
        if kind == "incident.resolved" and merged_into:
            kind = "incident.merged"
        rows.append(_entry(at, entry, kind, verb, pointer))
    return rows


def _entry(at: datetime, entry: Row, kind: str, verb: str, pointer: str) -> Row:
    agent = entry.get("agent") or {}
    text = _text(entry) or str(entry.get("summary") or verb.replace("_", " "))
    detail = {"verb": verb, "actor_name": agent.get("summary") if _kind_of(agent) == "human" else None,
              "text": text if len(text) > 200 else None, "summary": entry.get("summary"),
              "how": _how(verb, agent, kind),
              "whom": [one.get("summary") for one in entry.get("responders") or entry.get("assignees") or []]}  # fmt: skip
    return event(
        at, "pagerduty", kind, str(entry["id"]), _line(text), evidence=pointer,
        actor=agent.get("id") if _kind_of(agent) == "human" else agent.get("summary") or agent.get("id"),
        actor_kind=_kind_of(agent), service=(entry.get("service") or {}).get("summary"),
        url=entry.get("html_url"), detail=_json(detail),
    )  # fmt: skip


def _how(verb: str, agent: Row, kind: str) -> str | None:
    """How a resolve came about: by a person (human), by a service or integration (auto), or by a merge; else None."""
    if verb != "resolve":
        return None
    return "merge" if kind == "incident.merged" else {"human": "human", "machine": "auto"}.get(_kind_of(agent))


def alert_rows(alerts: Found, unread: list[str]) -> list[Row]:
    """One row an alert, when PagerDuty received it, with the labels and the expression of its Alertmanager text."""
    rows = []
    for at, alert, pointer in _dated(alerts, "created_at", unread):
        details = (alert.get("body") or {}).get("details")
        firing = details.get("firing") if isinstance(details, dict) else details
        labels, source = read_alertmanager_text(firing if isinstance(firing, str) else "")
        detail = {"labels": labels, "source_url": source, "expr": expression_of(source), "severity": alert.get("severity"),
                  "alert_key": alert.get("alert_key"), "suppressed": alert.get("suppressed")}  # fmt: skip
        rows.append(
            event(at, "pagerduty", "alert.received", str(alert["id"]), _line(str(alert.get("summary"))),
                  evidence=pointer, actor=(alert.get("integration") or {}).get("summary"), actor_kind="machine",
                  service=(alert.get("service") or {}).get("summary"), url=alert.get("html_url"), detail=_json(detail))
        )  # fmt: skip
    return rows


def note_rows(notes: Found, entries: list[Row], unread: list[str]) -> list[Row]:
    """Rows of the notes that no annotate entry repeats (same words within two seconds), and of edits made later."""
    said = [
        (row["at"], json.loads(row["detail"]).get("text") or row["summary"])
        for row in entries
        if row["kind"] == "note.added"
    ]
    rows = []
    for at, note, pointer in _dated(notes, "created_at", unread):
        text, user = str(note.get("content") or ""), note.get("user") or {}
        known = any(abs((at - when).total_seconds()) <= 2 and _line(text) == _line(words) for when, words in said)
        edited_at = _instant(note.get("updated_at"))
        edited = edited_at is not None and edited_at > at
        if known and not edited:
            continue
        moment = edited_at if known and edited_at is not None else at
        detail = {"actor_name": user.get("summary"), "text": text if len(text) > 200 else None,
                  "edited_at": note.get("updated_at") if edited else None}  # fmt: skip
        summary = f"(note edited) {text}" if known else text
        rows.append(
            event(moment, "pagerduty", "other" if known else "note.added", str(note["id"]), _line(summary), evidence=pointer,
                  actor=user.get("id"), actor_kind="machine" if user.get("type") == "bot_user_reference" else "human",
                  detail=_json(detail))
        )  # fmt: skip
    return rows


def change_rows(changes: Found, unread: list[str]) -> list[Row]:
    """One row a related change event, with the reason for which PagerDuty relates it."""
    rows = []
    for at, change, pointer in _dated(changes, "timestamp", unread):
        reason = (change.get("correlation_reason") or {}).get("reason")
        link = next((one.get("href") for one in change.get("links") or [] if isinstance(one, dict)), None)
        services = change.get("services") or [{}]
        rows.append(
            event(at, "pagerduty", "change.made", str(change["id"]), _line(str(change.get("summary") or "change")),
                  evidence=pointer, actor=change.get("source"), actor_kind="machine", url=link,
                  service=services[0].get("summary"), detail=_json({"related_by": reason}))
        )  # fmt: skip
    return rows


def read_alertmanager_text(text: str) -> tuple[dict[str, str], str | None]:
    """Labels and Source URL of the first alert in Alertmanager's rendered details (`Labels:\\n - a = b ... Source: ...`)."""
    labels: dict[str, str] = {}
    section, source = "", None
    for line in text.splitlines():
        if line.startswith("Source: "):
            source = line.removeprefix("Source: ").strip() or None
            break
        if re.fullmatch(r"\w+:", line.strip()):
            section = line.strip()
        elif section == "Labels:" and (match := re.match(r" - (\w+) = (.*)", line)):
            labels[match[1]] = match[2]
    return labels, source


def expression_of(source_url: str | None) -> str | None:
    """The PromQL in a Source URL's `g0.expr`; its host is never contacted."""
    if not source_url:
        return None
    return next(iter(parse_qs(urlsplit(source_url).query).get("g0.expr", [])), None)


def _text(entry: Row) -> str:
    channel = entry.get("channel") or {}
    for value in (entry.get("note"), entry.get("message"), channel.get("message")):
        if isinstance(value, str) and value.strip():
            return value
    verb = str(entry.get("type", ""))
    if verb.startswith("trigger"):
        described = (entry.get("event_details") or {}).get("description") or channel.get("summary")
        return str(described or "")
    return ""


def _kind_of(agent: Row) -> str:
    kind = str(agent.get("type") or "")
    if kind.startswith("user"):
        return "human"
    return "machine" if kind else "unknown"


def _dated(rows: Found, key: str, unread: list[str]) -> list[tuple[datetime, Row, str]]:
    """(time, row, pointer) of the rows with a readable time; the others are told in `unread`."""
    found = []
    for row, pointer in rows:
        at = _instant(row.get(key))
        if at is None:
            unread.append(f"{row.get('type') or 'record'} {row.get('id')} has no readable {key}")
        else:
            found.append((at, row, pointer))
    return found


def _instant(value: Any) -> datetime | None:
    try:
        return parse_instant(value, "pagerduty") if isinstance(value, str) else None
    except NaiveTimeError:
        return None


def _line(text: str) -> str:
    return " ".join(text.split())


def _json(detail: Row) -> str:
    return json.dumps({k: v for k, v in detail.items() if v not in (None, [], {})}, ensure_ascii=False, sort_keys=True)
