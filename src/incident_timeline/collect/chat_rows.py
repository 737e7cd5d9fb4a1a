"""Turns Slack's messages, from the Web API or from an export, into rows of the event frame."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from incident_timeline.model.events import event
from incident_timeline.model.incident import Window
from incident_timeline.model.instants import clock, from_micros, from_seconds, rfc3339

Row = dict[str, Any]

_USER = re.compile(r"<@(\w+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<(?:#\w+\|)?([^<>|]+)(?:\|([^<>]*))?>")
# Joins, topics and the like say nothing about the incident.
_SILENT = frozenset(
    {"channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "pinned_item"}
)


def message_rows(found: Iterable[tuple[Row, str]], users: Mapping[str, Row], window: Window, channel: str) -> list[Row]:
    """chat.said rows; a message that two pages hold stands once, times are exact, mentions are readable.

    `channel` is the channel's id, so that one conversation has the same event ids from the API and from an export.
    """
    rows: dict[str, Row] = {}
    for message, pointer in found:
        at = instant_of(message.get("ts"))
        if at is None or not window.start <= at <= window.end or message.get("subtype") in _SILENT:
            continue
        text = _readable(_text(message), users)
        if not text.strip():
            continue
        user = users.get(str(message.get("user")), {})
        bot = bool(message.get("bot_id") or message.get("subtype") == "bot_message" or user.get("is_bot"))
        named = (user.get("profile") or {}).get("real_name") or user.get("real_name") or user.get("name")
        edited = instant_of((message.get("edited") or {}).get("ts"))
        line = " ".join(text.split())
        detail = {
            "actor_name": None if bot else named,
            "text": text if text != line or len(text) > 200 else None,
            "channel": channel,
            "thread": message.get("thread_ts"),
            "edited_at": rfc3339(edited),
        }
        fields = {key: value for key, value in detail.items() if value}
        rows.setdefault(
            str(message["ts"]),
            event(at, "chat", "chat.said", f"{channel}:{message['ts']}", line, evidence=pointer,
                  actor=message.get("user") or message.get("username") or message.get("bot_id"),
                  actor_kind="machine" if bot else "human" if message.get("user") else "unknown",
                  detail=json.dumps(fields, ensure_ascii=False, sort_keys=True)),
        )  # fmt: skip
    return list(rows.values())


def huddles(found: Iterable[tuple[Row, str]], window: Window) -> list[str]:
    """A sentence for each call that was held in the channel: Slack keeps when, and no word of it."""
    told = []
    for message, _ in found:
        at, room = instant_of(message.get("ts")), message.get("room")
        if message.get("subtype") != "huddle_thread" or at is None or not window.start <= at <= window.end:
            continue
        end = room.get("date_end") if isinstance(room, dict) else None
        until = f" to {clock(from_seconds(end))}" if isinstance(end, int) and end else ""
        told.append(f"a huddle from {clock(at)}{until} UTC: what was said there is not on record")
    return list(dict.fromkeys(told))


def instant_of(ts: Any) -> datetime | None:
    """The instant of Slack's `ts`, a decimal text that must not pass through a float; None for anything else."""
    try:
        return from_micros(int(Decimal(str(ts)) * 1_000_000))
    except (InvalidOperation, OverflowError, ValueError):
        return None


def _text(message: Row) -> str:
    """The message's text; bots often leave it empty and write into attachments or blocks, and a file has its title."""
    if text := str(message.get("text") or ""):
        return text
    parts = [one for key in ("attachments", "files") for one in message.get(key) or [] if isinstance(one, dict)]
    said = [str(one.get("text") or one.get("fallback") or one.get("title") or "") for one in parts]
    return "\n".join([*_block_texts(message.get("blocks")), *said])


def _block_texts(block: Any) -> Iterator[str]:
    """Every text in blocks, in order: sections, headers and rich text nest it differently."""
    if isinstance(block, list):
        for one in block:
            yield from _block_texts(one)
    elif isinstance(block, dict):
        if isinstance(block.get("text"), str):
            yield block["text"]
        for key in ("text", "fields", "elements"):
            if isinstance(block.get(key), dict | list):
                yield from _block_texts(block[key])


def _readable(text: str, users: Mapping[str, Row]) -> str:
    def who(match: re.Match[str]) -> str:
        return "@" + str(match[2] or (users.get(match[1]) or {}).get("name") or match[1])

    def where(match: re.Match[str]) -> str:
        return str(match[2] or match[1])

    return html.unescape(_LINK.sub(where, _USER.sub(who, text)))
