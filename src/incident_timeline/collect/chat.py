"""What people said in a Slack channel, from the Web API."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx

from incident_timeline.collect.asking import check_refusal, in_flight, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.chat_rows import Row, huddles, instant_of, message_rows
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceError, SourceMalformed, SourceRefused
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import micros

PAGE = 200  # Slack recommends no more than 200 messages at a time
MOST_PAGES = 50
THREADS = timedelta(hours=24)  # a thread that began that long before the window may be answered within it


class SlackChannel:
    """Collects one channel through the Web API with a user or internal-app token."""

    name = "chat"

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Messages of the window and the replies to them; a token that may not list users costs the names only."""
        client = open_client(transport)
        source = f"chat: {self.channel}"
        oldest = _ts(window.start - THREADS)
        span = {"channel": self.channel, "oldest": oldest, "latest": _ts(window.end), "inclusive": "true"}
        nothing: dict[str, str] = {}
        asked = (("users.list", "members", nothing), ("conversations.history", "messages", span))
        people, said = in_flight(lambda one: _attempt(client, *one), asked)
        if isinstance(said, SourceError):
            return Collected((Coverage(source, False, reason=str(said)),))
        roots = [row["ts"] for row, _ in said if row.get("reply_count") and _answered(row, window)]
        threads = in_flight(
            lambda root: _attempt(client, "conversations.replies", "messages", {"channel": self.channel, "ts": root}),
            roots,
        )
        lacking = [f"replies: {one}" for one in threads if isinstance(one, SourceError)]
        notes = [f"names of people: {people}"] if isinstance(people, SourceError) else []
        users = {} if isinstance(people, SourceError) else {user["id"]: user for user, _ in people if "id" in user}
        found = said + [pair for one in threads if not isinstance(one, SourceError) for pair in one]
        rows = message_rows(found, users, window, self.channel)
        notes += huddles(found, window)
        notes += [] if rows else ["no message in the window"]
        reason = "; ".join(dict.fromkeys([*lacking, *notes]))
        return Collected((Coverage(source, not lacking, reason=reason, requests=2 + len(roots)),), events_frame(rows))


def _attempt(
    client: httpx.Client, method: str, name: str, params: dict[str, str]
) -> list[tuple[Row, str]] | SourceError:
    try:
        return list(_pages(client, method, name, params))
    except SourceError as error:
        return error


def _pages(client: httpx.Client, method: str, name: str, params: dict[str, str]) -> Iterator[tuple[Row, str]]:
    """Every row of a list with its place in the bundle, page by page: a cursor is known only from the page before."""
    cursor = ""
    for _ in range(MOST_PAGES):
        asked: dict[str, Any] = {**params, "limit": PAGE} | ({"cursor": cursor} if cursor else {})
        answer = client.get(f"/{method}", params=asked)
        check_refusal("slack", method, answer.status_code, answer.content)
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise SourceMalformed(f"slack: {method} answered {answer.status_code} without JSON; check url")
        if not body.get("ok"):
            raise SourceRefused(
                f"slack: {method} says {body.get('error')}; check the token, its scopes and that it is in the channel"
            )
        where = answer.headers.get(EVIDENCE, "chat")
        for index, row in enumerate(body.get(name) or []):
            if isinstance(row, dict):
                yield row, f"{where}#/{name}/{index}"
        cursor = str((body.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return
    raise SourceMalformed(f"slack: {method} has more than {MOST_PAGES} pages; narrow the window")


def _answered(root: Row, window: Window) -> bool:
    """Whether a thread may hold a reply of the window: history lists roots only, so an older root is asked for as well."""
    latest = instant_of(root.get("latest_reply"))
    return latest is None or latest >= window.start


def _ts(at: datetime) -> str:
    return f"{micros(at) // 1_000_000}.{micros(at) % 1_000_000:06d}"
