"""What people said in a Slack channel, from the Web API or from an export (folder or zip)."""

import html
import json
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import httpx

from incident_timeline.collect.asking import check_refusal, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceError, SourceMalformed, SourceRefused
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import from_micros

Row = dict[str, Any]

PAGE = 200  # Slack recommends no more than 200 messages at a time
MOST_PAGES = 50
_USER = re.compile(r"<@(\w+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<(?:#\w+\|)?([^<>|]+)(?:\|([^<>]*))?>")
# Joins, topics and the like say nothing about the incident.
_SILENT = frozenset(
    {"channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "pinned_item"}
)


class SlackChannel:
    """Collects one channel through the Web API with a user or internal-app token."""

    name = "chat"

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Messages of the window, threads included."""
        client = open_client(transport)
        source = f"chat: {self.channel}"
        try:
            users = {
                user["id"]: user for body, _ in _pages(client, "users.list", {}) for user in body.get("members") or []
            }
            span = {
                "channel": self.channel,
                "oldest": _ts(window.start),
                "latest": _ts(window.end),
                "inclusive": "true",
            }
            found: list[tuple[Row, str]] = []
            for body, where in _pages(client, "conversations.history", span):
                found += [(row, f"{where}#/messages/{i}") for i, row in enumerate(body.get("messages") or [])]
            for root in [row["ts"] for row, _ in found if row.get("reply_count")]:
                for body, where in _pages(client, "conversations.replies", {"channel": self.channel, "ts": root}):
                    found += [(row, f"{where}#/messages/{i}") for i, row in enumerate(body.get("messages") or [])]
        except SourceError as error:
            return Collected((Coverage(source, False, reason=str(error)),))
        rows = message_rows(found, users, window, self.channel)
        reason = "" if rows else "no message in the window"
        return Collected((Coverage(source, True, reason=reason, requests=2),), events_frame(rows))


def read_export(path: Path, channel: str | None, window: Window, stored_as: str) -> Collected:
    """Messages of the window from a Slack export; `channel` is a name or id, None where the export holds one channel."""
    source = f"chat: {path.name}"
    try:
        files = _export_files(path)
        channels = json.loads(files.get("channels.json", b"[]"))
        users = {user["id"]: user for user in json.loads(files.get("users.json", b"[]"))}
        name = _folder(channels, files, channel)
        found = [
            (row, f"{stored_as}!{day}#/{i}")
            for day in sorted(files) if day.startswith(f"{name}/") and day.endswith(".json")
            for i, row in enumerate(json.loads(files[day]))
        ]  # fmt: skip
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        reason = f"{path} is no readable Slack export ({error}); give the folder or the zip that Slack made"
        return Collected((Coverage(source, False, reason=reason),))
    rows = message_rows(found, users, window, name)
    return Collected((Coverage(source, True, reason="" if rows else "no message in the window"),), events_frame(rows))


def message_rows(found: Iterable[tuple[Row, str]], users: dict[str, Row], window: Window, channel: str) -> list[Row]:
    """chat.said rows; a message that two pages hold stands once, times are exact, mentions are readable."""
    rows: dict[str, Row] = {}
    for message, pointer in found:
        at = _at(message)
        if at is None or not window.start <= at <= window.end or message.get("subtype") in _SILENT:
            continue
        user = users.get(str(message.get("user")), {})
        bot = bool(message.get("bot_id") or message.get("subtype") == "bot_message" or user.get("is_bot"))
        name = (
            None if bot else (user.get("profile") or {}).get("real_name") or user.get("real_name") or user.get("name")
        )
        text = _readable(str(message.get("text") or ""), users)
        if not text.strip():
            continue
        line = " ".join(text.split())
        detail = {
            "actor_name": name,
            "text": text if len(text) > 200 else None,
            "channel": channel,
            "thread": message.get("thread_ts"),
        }
        rows.setdefault(
            str(message["ts"]),
            event(at, "chat", "chat.said", f"{channel}:{message['ts']}", line, evidence=pointer,
                  actor=message.get("user") or message.get("username") or message.get("bot_id"),
                  actor_kind="machine" if bot else "human" if message.get("user") else "unknown",
                  detail=json.dumps({k: v for k, v in detail.items() if v}, ensure_ascii=False, sort_keys=True)),
        )  # fmt: skip
    return list(rows.values())


def _pages(client: httpx.Client, method: str, params: Row) -> Iterable[tuple[Row, str]]:
    cursor = ""
    for _ in range(MOST_PAGES):
        asked = {**params, "limit": PAGE} | ({"cursor": cursor} if cursor else {})
        answer = client.get(f"/{method}", params=asked)
        check_refusal("slack", method, answer.status_code, answer.content)
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise SourceMalformed(f"slack: {method} answered {answer.status_code} without JSON; check url")
        if not body.get("ok"):
            said = body.get("error")
            raise SourceRefused(
                f"slack: {method} says {said}; check the token, its scopes and that it is in the channel"
            )
        yield body, answer.headers.get(EVIDENCE, "chat")
        cursor = str((body.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return
    raise SourceMalformed(f"slack: {method} has more than {MOST_PAGES} pages; narrow the window")


def _export_files(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return {str(one.relative_to(path)): one.read_bytes() for one in sorted(path.rglob("*.json"))}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.endswith(".json")}


def _folder(channels: list[Row], files: dict[str, bytes], channel: str | None) -> str:
    names = {row["id"]: row["name"] for row in channels}
    folders = sorted({name.split("/")[0] for name in files if "/" in name})
    if channel is None and len(folders) == 1:
        return folders[0]
    wanted = names.get(channel or "", channel or "")
    if wanted not in folders:
        raise KeyError(f"channel {channel!r} is not in it; it holds {', '.join(folders) or 'none'}")
    return wanted


def _readable(text: str, users: dict[str, Row]) -> str:
    def who(match: re.Match[str]) -> str:
        return "@" + str(match[2] or (users.get(match[1]) or {}).get("name") or match[1])

    def where(match: re.Match[str]) -> str:
        return str(match[2] or match[1])

    return html.unescape(_LINK.sub(where, _USER.sub(who, text)))


def _at(message: Row) -> datetime | None:
    try:
        return from_micros(int(Decimal(str(message.get("ts"))) * 1_000_000))
    except InvalidOperation:
        return None


def _ts(at: datetime) -> str:
    whole = (at - from_micros(0)) // timedelta(microseconds=1)
    return f"{whole // 1_000_000}.{whole % 1_000_000:06d}"
