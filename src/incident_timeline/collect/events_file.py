"""Reads a hand-made or exported list of events (`--events FILE`, JSON Lines or CSV) into the event frame."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import polars as pl

from incident_timeline.errors import InputFileError, NaiveTimeError
from incident_timeline.model.events import ACTOR_KINDS, KINDS, event, event_id, events_frame
from incident_timeline.model.incident import Window
from incident_timeline.model.instants import from_seconds, micros, rfc3339, zone_named

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
_MACHINE = re.compile(
    r"\bbot\b|[-_]bot\b|bot\]|\b(?:monitoring|automation|alertmanager|prometheus|grafana|pagerduty|opsgenie|jenkins|webhook"
    r"|argocd|nagios|zabbix|datadog|sentry|pingdom|statuspage|github.actions|deploy tool|system|scheduler|ci)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_LATEST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z


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
    for number, (line, raw) in enumerate(_records(_decode(content, name), name), start=1):
        rows.append(_row(raw, number, f"{name}, line {line}", local, stored_as or f"{SOURCE}/{name}", seen))
    if not rows:
        raise InputFileError(
            f"{name}: holds no events; write one JSON object or CSV row per event (at, kind, actor, text)"
        )
    ends = [row["until"] or row["at"] for row in rows]
    return EventsFile(events_frame(rows), Window(min(row["at"] for row in rows), max(ends)))


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputFileError(f"{name}: byte {error.start} is not UTF-8; save the file as UTF-8") from None


def _records(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(line number, record) of JSON Lines when the first character is a brace, else of CSV with a header."""
    if text.lstrip()[:1] == "{":
        yield from _json_lines(text, name)
    elif text.strip():
        yield from _csv_rows(text, name)


def _json_lines(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            record = json.loads(row)
        except (ValueError, RecursionError) as error:
            raise InputFileError(f"{name}, line {line}: not JSON ({error}); write one object per line") from None
        if not isinstance(record, dict):
            raise InputFileError(f"{name}, line {line}: expected an object, got {type(record).__name__}")
        yield line, record


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    csv.field_size_limit(
        max(csv.field_size_limit(), len(text) + 1)
    )  # a message may be longer than the 128 KiB that csv allows by default
    columns = [column.strip().lower() for column in reader.fieldnames or ()]
    lacking = [column for column in ("at", "kind") if column not in columns]
    if lacking:
        raise InputFileError(
            f"{name}, line 1: no column {' and '.join(lacking)}; the header must name at, kind, actor, text"
        )
    reader.fieldnames = columns
    try:
        for record in reader:
            if record.get(None) is not None:
                raise InputFileError(
                    f"{name}, line {reader.line_num}: more fields than the header has; quote texts with commas"
                )
            yield reader.line_num, {key: value for key, value in record.items() if value is not None and value != ""}
    except csv.Error as error:
        raise InputFileError(f"{name}, line {reader.line_num}: not CSV ({error})") from None


def _row(
    raw: Mapping[str, Any], number: int, where: str, zone: tzinfo | None, stored_as: str, seen: dict[str, int]
) -> dict[str, Any]:
    said_kind = _text(raw.get("kind"))
    if not said_kind:
        raise InputFileError(f"{where}: no kind; use one of {', '.join(KIND_OF)} or any other word")
    if _text(raw.get("at")) is None:
        raise InputFileError(f"{where}: no time in `at`")
    kind = KIND_OF.get(said_kind.lower(), said_kind if said_kind in KINDS else "other")
    earliest, latest = _instant(raw["at"], where, "at", zone)
    until = None if _text(raw.get("until")) is None else _instant(raw["until"], where, "until", zone)[0]
    if until is not None and until < earliest:
        raise InputFileError(f"{where}: `until` {rfc3339(until)} lies before `at` {rfc3339(earliest)}")
    actor, text, ref = _text(raw.get("actor")), _text(raw.get("text")) or "", _text(raw.get("ref"))
    fields = {"actor": actor, "service": _text(raw.get("service")), "url": _text(raw.get("url")), "until": until}
    summary, detail = _said(text, {key: raw[key] for key in raw if key not in _COLUMNS}, said_kind)
    same = "\x1f".join(str(part) for part in (kind, micros(earliest), *fields.values(), text, ref))
    seen[same] = seen.get(same, 0) + 1
    return event(
        earliest, SOURCE, kind, ref or str(number), summary,
        evidence=f"{stored_as}#/{number - 1}", latest=latest, detail=detail,
        actor_kind=_actor_kind(_text(raw.get("actor_kind")), kind, actor, where),
        event_id=event_id(SOURCE, same, seen[same]), **fields,
    )  # fmt: skip


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    # lone surrogates (an escape cut in two) cannot be written as UTF-8
    return text.strip().encode("utf-8", "replace").decode("utf-8") or None


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
    if kind.startswith(("alert.", "page.")) or (actor is not None and _MACHINE.search(actor)):
        return "machine"
    return "human" if kind in {"chat.said", "note.added"} else "unknown"


def _instant(value: Any, where: str, column: str, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """The earliest and latest instant that a value can mean: two only for a clock time that happened twice."""
    text = _text(value) or ""
    if _NUMBER.fullmatch(text):
        if abs(float(text)) > _LATEST_SECOND:
            raise InputFileError(
                f"{where}: `{column}` {text} is not a time in Unix seconds; divide milliseconds by 1000"
            )
        return from_seconds(float(text)), from_seconds(float(text))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputFileError(
            f"{where}: `{column}` {text[:60]!r} is not a time; write RFC 3339 (2026-11-17T14:07:31Z) or Unix seconds"
        ) from None
    if at.tzinfo is None:
        if zone is None:
            raise NaiveTimeError(
                f"{where}: `{column}` {text!r} has no zone, so it names no instant; add Z or an offset, or say the zone with --tz"
            )
        return _local(at, zone, where, column)
    return at.astimezone(UTC), at.astimezone(UTC)


def _local(at: datetime, zone: tzinfo, where: str, column: str) -> tuple[datetime, datetime]:
    instants = sorted(at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if all(instant.astimezone(zone).replace(tzinfo=None) != at for instant in instants):
        raise InputFileError(f"{where}: `{column}` {at} did not happen in {zone}: clocks were put forward over it")
    return instants[0], instants[1]
