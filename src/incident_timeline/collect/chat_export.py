"""What people said in a channel of a Slack export, read over the chain so that the bundle keeps what was read."""

from datetime import date, timedelta
from typing import Any

import httpx

from incident_timeline.collect.asking import in_flight, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.chat_rows import Row, huddles, message_rows
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceError, SourceMalformed, SourceMissing
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window

# Day files are by the workspace's date, which no file of the export names; no zone is further from UTC than this.
_ZONES = timedelta(hours=14)


class SlackExport:
    """Collects one channel of an export; `channel` is its id or name, None where the export holds one channel.

    The transport is `folder_transport` over the export, or a replay.
    """

    name = "chat"

    def __init__(self, channel: str | None) -> None:
        self.channel = channel

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Messages of the window; only the days that it touches are read."""
        client = open_client(transport)
        source = f"chat: {self.channel or 'export'}"
        try:
            folders, _ = _read(client, "/")
            folder, key = self._folder(client, folders)
            users = {user["id"]: user for user in _rows(client, "/users.json")[0] if "id" in user}
            paths = [f"/{folder}/{day.isoformat()}.json" for day in _days(window)]
            read = in_flight(lambda path: _rows(client, path), paths)
        except SourceError as error:
            return Collected((Coverage(source, False, reason=str(error)),))
        found = [(row, f"{where}#/{i}") for rows, where in read for i, row in enumerate(rows)]
        rows = message_rows(found, users, window, key)
        reason = "; ".join([*huddles(found, window), *([] if rows else ["no message in the window"])])
        return Collected((Coverage(source, True, reason=reason, requests=len(paths) + 4),), events_frame(rows))

    def _folder(self, client: httpx.Client, listed: Any) -> tuple[str, str]:
        """The channel's folder and id (its name where the export lists no id)."""
        folders = [str(one) for one in listed.get("folders", [])] if isinstance(listed, dict) else []
        channels = [row for name in ("channels", "groups") for row in _rows(client, f"/{name}.json")[0]]
        ids = {str(row.get("name")): str(row.get("id")) for row in channels if row.get("id")}
        wanted = self.channel or (folders[0] if len(folders) == 1 else "")
        name = next((name for name, key in ids.items() if key == wanted), wanted)
        if name not in folders:
            held = ", ".join(folders[:20]) or "none"
            raise SourceMissing(f"chat: channel {self.channel!r} is not in the export, which holds {held}; set channel")
        return name, ids.get(name, name)


def _read(client: httpx.Client, path: str) -> tuple[Any, str]:
    """The JSON of a file and its place in the bundle; None where the export has no such file."""
    answer = client.get(path)
    if answer.status_code == 404:
        return None, ""
    try:
        return answer.json(), answer.headers.get(EVIDENCE, "chat")
    except ValueError:
        raise SourceMalformed(f"chat: {path} is not JSON; give the folder or the zip that Slack made") from None


def _rows(client: httpx.Client, path: str) -> tuple[list[Row], str]:
    body, where = _read(client, path)
    return [row for row in body if isinstance(row, dict)] if isinstance(body, list) else [], where


def _days(window: Window) -> list[date]:
    first, last = (window.start - _ZONES).date(), (window.end + _ZONES).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
