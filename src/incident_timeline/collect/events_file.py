"""Reads a hand-made or exported list of events (`--events FILE`, JSON Lines or CSV) into the event frame."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import polars as pl

from incident_timeline.collect.actors import names_machine
from incident_timeline.collect.clock_times import read_instants, text_of
from incident_timeline.collect.records import decode_text, read_records
from incident_timeline.errors import InputFileError
from incident_timeline.model.events import ACTOR_KINDS, KINDS, event, event_id, events_frame
from incident_timeline.model.incident import Window
from incident_timeline.model.instants import micros, rfc3339, zone_named

SOURCE = "events"
KIND_OF = {
    "alert": "alert.fired",
    "page": "page.sent",
    "ack": "incident.acknowledged",
    "deploy": "service.deployed",
    "change": "change.made",
    "chat": "chat.said",
    "note": "note.added",
    "escalation": "responder.requested",
    "status_update": "status.updated",
    "resolve": "incident.resolved",
}
SUMMARY_LENGTH = 300  # characters of the one-line summary; the whole text stays in detail
_COLUMNS = ("at", "kind", "actor", "text", "service", "url", "ref", "until", "actor_kind")


@dataclass(frozen=True, slots=True)
class EventsFile:
    """The events of one file and the stretch of time they span."""

    events: pl.DataFrame  # model.events.SCHEMA
    window: Window


def read_events_file(content: bytes, name: str, zone: str | None = None, *, stored_as: str | None = None) -> EventsFile:
    """Reads rows `at, kind, actor, text` and optional `service, url, ref, until, actor_kind`; other columns go to detail.

    `at` is RFC 3339 with an offset or Unix seconds; a time without zone needs `zone` (an IANA name). Raises NaiveTimeError or
    InputFileError naming file and line. `stored_as` is the file's path in the bundle, for the evidence column.
    The id of an event is made of what the row says, so that writing rows in another order changes no id.
    """
    local = zone_named(zone) if zone else None
    seen: dict[str, int] = {}
    rows = []
    for number, (line, raw) in enumerate(read_records(decode_text(content, name), name, ("at", "kind")), start=1):
        rows.append(_row(raw, number, f"{name}, line {line}", local, stored_as or f"{SOURCE}/{name}", seen))
    if not rows:
        raise InputFileError(
            f"{name}: holds no events; write one JSON object or CSV row per event (at, kind, actor, text)"
        )
    ends = [row["until"] or row["at"] for row in rows]
    return EventsFile(events_frame(rows), Window(min(row["at"] for row in rows), max(ends)))


def _row(
    raw: Mapping[str, Any], number: int, where: str, zone: tzinfo | None, stored_as: str, seen: dict[str, int]
) -> dict[str, Any]:
    said_kind = text_of(raw.get("kind"))
    if not said_kind:
        raise InputFileError(f"{where}: no kind; use one of {', '.join(KIND_OF)} or any other word")
    if text_of(raw.get("at")) is None:
        raise InputFileError(f"{where}: no time in `at`; write RFC 3339 (2026-11-17T14:07:31Z) or Unix seconds")
    kind = KIND_OF.get(said_kind.lower(), said_kind if said_kind in KINDS else "other")
    earliest, latest = read_instants(raw["at"], where, "at", zone)
    until = None if text_of(raw.get("until")) is None else read_instants(raw["until"], where, "until", zone)[0]
    if until is not None and until < earliest:
        raise InputFileError(
            f"{where}: `until` {rfc3339(until)} lies before `at` {rfc3339(earliest)}; correct one of them"
        )
    actor, text, ref = text_of(raw.get("actor")), text_of(raw.get("text")) or "", text_of(raw.get("ref"))
    fields = {"actor": actor, "service": text_of(raw.get("service")), "url": text_of(raw.get("url")), "until": until}
    summary, detail = _said(text, {key: raw[key] for key in raw if key not in _COLUMNS}, said_kind)
    same = "\x1f".join(str(part) for part in (kind, micros(earliest), *fields.values(), text, ref))
    seen[same] = seen.get(same, 0) + 1
    return event(
        earliest, SOURCE, kind, ref or str(number), summary,
        evidence=f"{stored_as}#/{number - 1}", latest=latest, detail=detail,
        actor_kind=_actor_kind(text_of(raw.get("actor_kind")), kind, actor, where),
        event_id=event_id(SOURCE, same, seen[same]), **fields,
    )  # fmt: skip


def _said(text: str, others: Mapping[str, Any], kind: str) -> tuple[str, str]:
    """The one-line summary, and detail with the file's own kind, further columns and the text where the summary cuts it."""
    line = " ".join(text.split())
    summary = line if len(line) <= SUMMARY_LENGTH else line[: SUMMARY_LENGTH - 1] + "\u2026"
    detail = {**{str(key): value for key, value in others.items()}, "kind": kind}
    if summary != text:
        detail["text"] = text
    written = json.dumps(detail, ensure_ascii=False, sort_keys=True)
    return summary, written.encode("utf-8", "replace").decode("utf-8")


def _actor_kind(said: str | None, kind: str, actor: str | None, where: str) -> str:
    if said is not None:
        if said.lower() not in ACTOR_KINDS:
            raise InputFileError(f"{where}: actor_kind {said!r} is none of {', '.join(sorted(ACTOR_KINDS))}")
        return said.lower()
    if kind == "incident.acknowledged":
        return "human"
    if kind.startswith(("alert.", "page.")) or (actor is not None and names_machine(actor)):
        return "machine"
    return "human" if kind in {"chat.said", "note.added"} else "unknown"
