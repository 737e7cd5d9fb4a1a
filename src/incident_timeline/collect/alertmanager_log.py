"""Reads stored webhook payloads of an Alertmanager (version 4): when each alert began to fire and when it ended."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from incident_timeline.collect.chat_file import Heard
from incident_timeline.collect.clock_times import text_of
from incident_timeline.collect.pagerduty_events import expression_of
from incident_timeline.collect.records import decode_text, read_records
from incident_timeline.errors import NaiveTimeError
from incident_timeline.model.events import event
from incident_timeline.model.instants import parse_instant

_INSIDE = ("payload", "body", "webhook", "data")  # where a log keeps the payload beside its own fields

Record = Mapping[str, Any]


def read_alertmanager_log(content: bytes, name: str, where: str) -> Heard:
    """alert.fired and alert.ended rows, one pair an alert and start however often it was repeated.

    `startsAt` is when it began to fire; `endsAt` counts only once the alert says resolved, because that of a firing one lies in
    the future. What truncatedAlerts left out is said.
    """
    rows: dict[str, dict[str, Any]] = {}
    unread = truncated = 0
    for number, (_, record) in enumerate(read_records(decode_text(content, name), name)):
        payload, prefix = _payload(record)
        alerts = payload.get("alerts") if payload else None
        if not isinstance(alerts, list):
            unread += 1
            continue
        truncated += payload.get("truncatedAlerts") or 0
        for index, alert in enumerate(alerts):
            if isinstance(alert, dict):
                for row in _rows(alert, payload, f"{where}#/{number}{prefix}/alerts/{index}"):
                    rows.setdefault(row["event_id"], row)
    lacking = [f"{unread} records are no webhook payload"] if unread else []
    lacking += [f"the Alertmanager left {truncated} alerts out of its payloads (max_alerts)"] if truncated else []
    return Heard(list(rows.values()), lacking=tuple(lacking))


def _payload(record: Record) -> tuple[Record, str]:
    """The payload of a log's record, and the pointer to it within the record."""
    for key in _INSIDE:
        value = record.get(key)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                continue
        if isinstance(value, dict) and "alerts" in value:
            return value, f"/{key}"
    return record, ""


def _rows(alert: Record, payload: Record, pointer: str) -> Iterable[dict[str, Any]]:
    labels = {str(k): str(v) for k, v in (alert.get("labels") or {}).items()}
    annotations = alert.get("annotations") or {}
    alertname = labels.get("alertname", "alert")
    key = text_of(alert.get("fingerprint")) or json.dumps(sorted(labels.items()))
    detail = {"labels": labels, "group": payload.get("groupKey"), "receiver": payload.get("receiver"),
              "expr": expression_of(text_of(alert.get("generatorURL"))), "description": annotations.get("summary")}  # fmt: skip
    marks = [("alert.fired", "startsAt", "firing")]
    if alert.get("status") == "resolved":
        marks.append(("alert.ended", "endsAt", "resolved"))
    for kind, field, word in marks:
        try:
            at = parse_instant(str(alert.get(field)), field)
        except NaiveTimeError:
            continue
        summary = " ".join(f"{alertname} {word} {annotations.get('summary') or ''}".split())
        yield event(
            at, "alertmanager", kind, f"{key}@{alert.get('startsAt')}", summary, evidence=pointer, actor="Alertmanager",
            actor_kind="machine", service=labels.get("service"),
            detail=json.dumps({k: v for k, v in detail.items() if v}, ensure_ascii=False, sort_keys=True),
        )  # fmt: skip
