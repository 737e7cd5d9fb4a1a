"""The one schema of the event frame: columns, kinds, event ids and the total order of rows."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

INSTANT = pl.Datetime("us", "UTC")

SCHEMA: dict[str, pl.DataType] = {
    "at": INSTANT,  # what the row's time is: the instant its source says it happened
    "earliest": INSTANT,  # the instant may be as early as this ...
    "latest": INSTANT,  # ... or as late as this; equal to `at` where the source's clock is taken at its word
    "until": INSTANT,  # end of what began at `at`, where it has an end (a deploy); else null
    "observed_at": INSTANT,  # when the source learned of it, if that differs; else null
    "source": pl.String(),  # pagerduty, prometheus, deploys, chat, events, series, marks, score
    "kind": pl.String(),  # dotted, past tense: see KINDS; unknown source kinds are `other`
    "service": pl.String(),
    "actor": pl.String(),  # stable key of who did it (a person's id or login, a system's name); roles are given later
    "actor_kind": pl.String(),  # human | machine | unknown
    "summary": pl.String(),  # one line, as the source said it
    "detail": pl.String(),  # JSON object with the source's own fields that rules may read
    "url": pl.String(),
    "ref": pl.String(),  # the source's own id of the thing (log entry id, deployment id, message ts)
    "event_id": pl.String(),  # stable hash of source and ref
    "evidence": pl.String(),  # bundle path and JSON pointer of the record: `pagerduty/ab12.json.gz#/log_entries/3`
}

KINDS: frozenset[str] = frozenset(
    {
        "alert.pending", "alert.fired", "alert.ended", "alert.received",
        "page.sent", "page.notified",
        "incident.acknowledged", "incident.unacknowledged", "incident.assigned", "incident.escalated",
        "incident.snoozed", "incident.merged", "incident.resolved", "incident.reopened",
        "incident.priority_changed", "incident.urgency_changed", "incident.service_changed",
        "responder.requested", "responder.joined", "responder.declined",
        "note.added", "chat.said", "status.updated",
        "service.deployed", "service.rolledback", "service.deploy_failed",
        "deploy.requested", "deploy.waiting", "deploy.approved", "deploy.queued", "deploy.started",
        "change.made", "service.restarted",
        "metric.onset", "metric.recovered",
        "other",
    }
)  # fmt: skip

KIND = pl.Enum(sorted(KINDS))  # the column's type where many incidents are read at once: compared as a number

ORDER = ("at", "source", "kind", "event_id")  # the one total sort key: event_id is unique, so no two rows are equal
ACTOR_KINDS = frozenset({"human", "machine", "unknown"})


def event_id(source: str, *parts: object) -> str:
    """A stable id of 12 hex digits for one record of one source; the same record gives the same id in every build."""
    text = "\x1f".join([source, *(str(part) for part in parts)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def empty_events() -> pl.DataFrame:
    """An event frame without rows."""
    return pl.DataFrame(schema=SCHEMA)


def event(
    at: datetime, source: str, kind: str, ref: str, summary: str, *, evidence: str, **fields: Any
) -> dict[str, Any]:
    """One row as a dict: required columns by position, others by name; `earliest` and `latest` default to `at`."""
    row: dict[str, Any] = dict.fromkeys(SCHEMA)
    row |= {"at": at, "earliest": at, "latest": at, "source": source, "kind": kind, "ref": ref, "summary": summary}
    row |= {"evidence": evidence, "actor_kind": "unknown", "event_id": event_id(source, kind, ref)}
    unknown = fields.keys() - SCHEMA.keys()
    if unknown:
        raise TypeError(f"not columns of the event frame: {sorted(unknown)}")
    return row | fields


def events_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """The event frame of rows as made by `event`, in the total order."""
    return sort_events(pl.DataFrame(list(rows), schema=SCHEMA, orient="row"))


def sort_events(events: pl.DataFrame) -> pl.DataFrame:
    """The frame in its one total order."""
    return events.sort(ORDER, nulls_last=True)


def check_events(events: pl.DataFrame) -> list[str]:
    """What is wrong with a frame, in words; empty when it keeps the schema."""
    wrong = [] if dict(events.schema) == SCHEMA else [f"schema differs: {dict(events.schema)}"]
    if wrong:
        return wrong
    filled = ("at", "earliest", "latest", "source", "kind", "event_id", "evidence", "actor_kind")
    wrong += [
        f"column {name} has {events[name].null_count()} empty values" for name in filled if events[name].null_count()
    ]
    if not set(events["kind"]) <= KINDS:
        wrong.append(f"unknown kinds: {sorted(set(events['kind']) - KINDS)}")
    if not set(events["actor_kind"]) <= ACTOR_KINDS:
        wrong.append("actor_kind holds other values than human, machine, unknown")
    if events["event_id"].n_unique() != events.height:
        wrong.append("event_id is not unique")
    if events.filter((pl.col("earliest") > pl.col("at")) | (pl.col("latest") < pl.col("at"))).height:
        wrong.append("a row's range does not hold its time")
    return wrong
