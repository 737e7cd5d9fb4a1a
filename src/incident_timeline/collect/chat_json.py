"""Reads messages of any tool that exports JSON: who, when and what under one of the names that such exports use."""

import json
import re
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from incident_timeline.collect.actors import names_machine
from incident_timeline.collect.chat_file import Heard
from incident_timeline.collect.clock_times import ZONE_KEY, read_instants, text_of
from incident_timeline.collect.records import decode_text, read_records
from incident_timeline.errors import InputFileError, UsageError
from incident_timeline.model.events import event, event_id
from incident_timeline.model.instants import micros

# Names that exports use, first match wins: our own, Slack-like, Discord's exporter, Teams (Graph), Zulip, Mattermost, Matrix.
TIMES = (
    "at",
    "ts",
    "timestamp",
    "time",
    "createdDateTime",
    "created_at",
    "create_at",
    "sent_at",
    "origin_server_ts",
    "date",
)
AUTHORS = ("actor", "author", "user", "from", "sender_full_name", "sender", "username", "name")
TEXTS = ("text", "content", "message", "body", "msg")
LISTS = ("messages", "value", "posts", "events", "items")
_MILLIS_FROM = 100_000_000_000  # a whole number above this is milliseconds: in seconds it would be the year 5138
_TAG = re.compile(r"<[^<>]{1,200}>")


def read_chat_json(content: bytes, name: str, where: str, zone: tzinfo | None) -> Heard:
    """chat.said rows of an array, of JSON Lines, or of an object that holds the list; a row that cannot be used is said."""
    rows: list[dict[str, Any]] = []
    unread: list[str] = []
    seen: dict[str, int] = {}
    for number, (line, record) in enumerate(_records(decode_text(content, name), name)):
        try:
            row = _row(record, f"{name}, record {line}", f"{where}#/{number}", zone, seen)
        except UsageError as error:
            unread.append(str(error))
            continue
        if row is not None:
            rows.append(row)
    lacking = (f"{len(unread)} records could not be used, the first: {unread[0]}",) if unread else ()
    return Heard(rows, lacking=lacking)


def _records(text: str, name: str) -> list[tuple[int, Mapping[str, Any]]]:
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None  # JSON Lines, or broken: the reader of records says which
    if isinstance(whole, dict) and (
        held := next((whole[key] for key in LISTS if isinstance(whole.get(key), list)), None)
    ):
        return [(number, row) for number, row in enumerate(held, start=1) if isinstance(row, dict)]
    return list(read_records(text, name))


def _row(
    record: Mapping[str, Any], what: str, pointer: str, zone: tzinfo | None, seen: dict[str, int]
) -> dict[str, Any] | None:
    stamp = next((record[key] for key in TIMES if text_of(record.get(key))), None)
    if stamp is None:
        raise InputFileError(f"{what}: no time; one of {', '.join(TIMES)} must hold it")
    if isinstance(stamp, int | float) and stamp > _MILLIS_FROM:
        stamp = stamp / 1000
    earliest, latest = read_instants(stamp, what, "time", zone, ZONE_KEY)
    author, is_bot = _author(record)
    text = _text(record)
    if not text:
        return None
    same = "\x1f".join((str(micros(earliest)), author or "", text))
    seen[same] = seen.get(same, 0) + 1
    line = " ".join(text.split())
    machine = is_bot or (author is not None and names_machine(author))
    detail = {"actor_name": None if machine else author, "text": text if text != line or len(text) > 200 else None}
    fields = {key: value for key, value in detail.items() if value}
    return event(
        earliest, "chat", "chat.said", text_of(record.get("id")) or f"json:{seen[same]}", line, evidence=pointer, latest=latest,
        actor=author, actor_kind="machine" if machine else "human" if author else "unknown",
        detail=json.dumps(fields, ensure_ascii=False, sort_keys=True), event_id=event_id("chat", "json", same, seen[same]),
    )  # fmt: skip


def _author(record: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Who, a text or an object with a name in it, and whether the export says that it is a bot."""
    value = next((record[key] for key in AUTHORS if record.get(key)), None)
    bot = bool(record.get("bot_id") or record.get("is_bot"))
    while isinstance(value, dict):
        bot = bot or bool(value.get("isBot") or value.get("is_bot") or value.get("application"))
        keys = (
            "displayName",
            "display_name",
            "real_name",
            "nickname",
            "name",
            "full_name",
            "username",
            "user",
            "application",
        )
        value = next((value[key] for key in keys if value.get(key)), None)
    return text_of(value), bot


def _text(record: Mapping[str, Any]) -> str:
    value = next((record[key] for key in TEXTS if record.get(key)), None)
    if isinstance(value, dict):  # Teams: {"contentType": "html", "content": "<p>...</p>"}; Matrix: {"body": "..."}
        plain = str(value.get("content") or value.get("body") or "")
        return _TAG.sub(" ", plain).strip() if value.get("contentType") == "html" else plain
    return text_of(value) or ""
