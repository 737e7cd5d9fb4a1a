"""Turns PagerDuty's log entries, alerts and related changes into rows of the event frame."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from incident_timeline.collect.pagerduty_rows import SAME, Found, Row, as_json, dated, instant, kind_of, line, of
from incident_timeline.model.events import event

# Verbs of log entry types. Those after the gap are not in the schema's list of 17 and occur all the same (apis.md 1.4);
# `reach_*_limit` and the changes of fields are known and have no kind of their own.
KINDS = {
    "acknowledge": "incident.acknowledged", "acknowledgement": "incident.acknowledged", "annotate": "note.added",
    "assign": "incident.assigned", "delegate": "incident.assigned", "escalate": "incident.escalated",
    "exhaust_escalation_path": "incident.escalated", "repeat_escalation_path": "incident.escalated",
    "notify": "page.notified", "resolve": "incident.resolved", "snooze": "incident.snoozed", "trigger": "page.sent",
    "unacknowledge": "incident.unacknowledged", "urgency_change": "incident.urgency_changed",
    "reach_ack_limit": "other", "reach_trigger_limit": "other", "field_value_change": "other",
    "custom_field_value_change": "other",

    "reassign": "incident.assigned", "priority_change": "incident.priority_changed", "status_update": "status.updated",
    "responder_request": "responder.requested", "responder_accept": "responder.joined", "responder_decline": "responder.declined",
    "service_change": "incident.service_changed", "reopen": "incident.reopened", "merge": "incident.merged",
    "unsnooze": "other", "link": "other", "unlink": "other", "event_rule_action": "other",
}  # fmt: skip


def log_entry_rows(entries: Found, merged_into: str | None, unread: list[str]) -> list[Row]:
    """Rows of all log entries; an unknown type is `other` with its summary, never dropped.

    The first trigger is the page, later ones are re-fires of an open alert, one after a resolve re-opens. A resolve that
    only closed a merged source (`merged_into`) is no fix and is told apart. Entries without a readable time go into
    `unread`, in words.
    """
    rows, paged, closed = [], False, False
    for at, entry, pointer in sorted(dated(entries, "created_at", unread), key=lambda one: (one[0], str(one[1]["id"]))):
        verb = str(entry.get("type", "")).removesuffix("_log_entry")
        kind = KINDS.get(verb, "other")
        if kind == "page.sent" and paged:
            kind = "incident.reopened" if closed else "other"
        if kind == "incident.resolved" and merged_into:
            kind = "incident.merged"
        paged = paged or kind == "page.sent"
        closed = kind == "incident.resolved" or (closed and kind != "incident.reopened")
        rows.append(_entry(at, entry, kind, verb, pointer))
    return rows


def reopened_rows(rows: list[Row], incident: Found) -> list[Row]:
    """A re-opening that no entry names: the last resolve is over, and the incident is not resolved now.

    PagerDuty lets a resolved incident be re-opened since 2025-09-18 (API changelog), and the type of the log entry is not
    documented. It happened after that resolve and no later than the last change of status.
    """
    resolves = [row for row in rows if row["kind"] == "incident.resolved"]
    for body, pointer in incident if resolves else []:
        last, changed = max(row["at"] for row in resolves), instant(body.get("last_status_change_at"))
        if body.get("status") == "resolved" or changed is None or changed < last:
            continue
        if any(row["kind"] == "incident.reopened" and row["at"] >= last for row in rows):
            continue
        after = [row["at"] for row in rows if row["at"] > last and row["kind"].startswith("incident.")]
        at = min([*after, changed])
        detail = {"why": f"its status is {body.get('status')} after a resolve, and no entry says when it was re-opened"}
        return [
            event(at, "pagerduty", "incident.reopened", f"{body['id']}:reopened", "re-opened, no entry says when",
                  evidence=pointer, earliest=last, service=of(body, "service").get("summary"), detail=as_json(detail))
        ]  # fmt: skip
    return []


def _entry(at: datetime, entry: Row, kind: str, verb: str, pointer: str) -> Row:
    agent = of(entry, "agent")
    text = _text(entry) or _changed(entry) or str(entry.get("summary") or verb.replace("_", " "))
    detail = {"verb": verb, "actor_name": agent.get("summary") if kind_of(agent) == "human" else None,
              "text": text if len(text) > 200 else None, "summary": entry.get("summary"),
              "how": _how(verb, agent, kind),
              "whom": [one.get("summary") for one in entry.get("responders") or entry.get("assignees") or []]}  # fmt: skip
    return event(
        at, "pagerduty", kind, str(entry["id"]), line(text), evidence=pointer,
        actor=agent.get("id") if kind_of(agent) == "human" else agent.get("summary") or agent.get("id"),
        actor_kind=kind_of(agent), service=of(entry, "service").get("summary"),
        url=entry.get("html_url"), detail=as_json(detail),
    )  # fmt: skip


def _how(verb: str, agent: Row, kind: str) -> str | None:
    """How a resolve came about: by a person (human), by a service or integration (auto), or by a merge; else None."""
    if verb != "resolve":
        return None
    return "merge" if kind == "incident.merged" else {"human": "human", "machine": "auto"}.get(kind_of(agent))


def _text(entry: Row) -> str:
    channel = of(entry, "channel")
    for value in (entry.get("note"), entry.get("message"), channel.get("message")):
        if isinstance(value, str) and value.strip():
            return value
    if str(entry.get("type", "")).startswith("trigger"):
        return str(of(entry, "event_details").get("description") or channel.get("summary") or "")
    return ""


def _changed(entry: Row) -> str:
    """What a change was from and to, where the channel says it: `priority P3 -> P1`; the channel may have no `type`."""
    channel = of(entry, "channel")
    for what in ("priority", "urgency", "service"):
        old, new = (_name(channel.get(f"{age}_{what}")) for age in ("old", "new"))
        if what == "service" and old and not new:
            new = of(entry, "service").get("summary")
        if old or new:
            return f"{what} {old or 'none'} -> {new or 'none'}"
    return ""


def _name(value: Any) -> str | None:
    return str(value.get("summary") or value.get("name") or value.get("id")) if isinstance(value, dict) else value


def alert_rows(alerts: Found, unread: list[str]) -> list[Row]:
    """One row an alert, when PagerDuty received it, with the labels and the expression of its Alertmanager text."""
    rows = []
    for at, alert, pointer in dated(alerts, "created_at", unread):
        details = of(alert, "body").get("details")
        firing = details.get("firing") if isinstance(details, dict) else details
        labels, source = read_alertmanager_text(firing if isinstance(firing, str) else "")
        detail = {"labels": labels, "source_url": source, "expr": expression_of(source), "severity": alert.get("severity"),
                  "alert_key": alert.get("alert_key"), "suppressed": alert.get("suppressed")}  # fmt: skip
        rows.append(
            event(at, "pagerduty", "alert.received", str(alert["id"]), line(str(alert.get("summary"))),
                  evidence=pointer, actor=of(alert, "integration").get("summary"), actor_kind="machine",
                  service=of(alert, "service").get("summary"), url=alert.get("html_url"), detail=as_json(detail))
        )  # fmt: skip
    return rows


def early_page_rows(alerts: Iterable[Row], entries: Iterable[Row]) -> list[Row]:
    """The page of an alert that is older than every page on record: it was sent for an incident merged into this one."""
    pages = [row["at"] for row in entries if row["kind"] == "page.sent"]
    early = [
        row for row in alerts if pages and row["at"] < min(pages) - SAME and '"suppressed": true' not in row["detail"]
    ]
    if not early:
        return []
    first = min(early, key=lambda row: (row["at"], row["ref"]))
    why = "its alert is older than this incident, so it paged on one that was merged into it"
    return [
        event(first["at"], "pagerduty", "page.sent", f"{first['ref']}:page", first["summary"], evidence=first["evidence"],
              actor=first["actor"], actor_kind="machine", service=first["service"], url=first["url"],
              detail=as_json({"why": why}))
    ]  # fmt: skip


def change_rows(changes: Found, unread: list[str]) -> list[Row]:
    """One row a related change event, with the reason for which PagerDuty relates it."""
    rows = []
    for at, change, pointer in dated(changes, "timestamp", unread):
        reason = of(change, "correlation_reason").get("reason")
        link = next((one.get("href") for one in change.get("links") or [] if isinstance(one, dict)), None)
        services = change.get("services") or [{}]
        rows.append(
            event(at, "pagerduty", "change.made", str(change["id"]), line(str(change.get("summary") or "change")),
                  evidence=pointer, actor=change.get("source"), actor_kind="machine", url=link,
                  service=services[0].get("summary"), detail=as_json({"related_by": reason}))
        )  # fmt: skip
    return rows


def read_alertmanager_text(text: str) -> tuple[dict[str, str], str | None]:
    """Labels and Source URL of the first alert in Alertmanager's rendered details (`Labels:\\n - a = b ... Source: ...`)."""
    labels: dict[str, str] = {}
    section, source = "", None
    for one in text.splitlines():
        if one.startswith("Source: "):
            source = one.removeprefix("Source: ").strip() or None
            break
        if re.fullmatch(r"\w+:", one.strip()):
            section = one.strip()
        elif section == "Labels:" and (match := re.match(r" - (\w+) = (.*)", one)):
            labels[match[1]] = match[2]
    return labels, source


def expression_of(source_url: str | None) -> str | None:
    """The PromQL in a Source URL's `g0.expr`; its host is never contacted."""
    if not source_url:
        return None
    return next(iter(parse_qs(urlsplit(source_url).query).get("g0.expr", [])), None)
