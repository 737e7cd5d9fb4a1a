"""What an answer of a simulated API is, and what the simulated Slack answers, computed from its state alone."""

from dataclasses import dataclass, field
from typing import Any

from tests.lab.slack_state import CHANNEL

Query = dict[str, list[str]]


@dataclass(frozen=True)
class Answer:
    """A status, a JSON body and headers."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


def slack_answer(state: dict[str, Any], method: str, query: Query) -> Answer:
    """Slack's Web API: conversations.history newest first with oldest/latest bounds, replies, users.list."""
    if method == "users.list":
        return Answer(200, {"ok": True, "members": state["users"], "response_metadata": {"next_cursor": ""}})
    if query.get("channel", [""])[0] != CHANNEL["id"]:
        return Answer(200, {"ok": False, "error": "channel_not_found"})
    if method == "conversations.history":
        oldest, latest = float(query.get("oldest", ["0"])[0]), float(query.get("latest", ["inf"])[0])
        roots = [
            m for m in state["messages"] if m.get("thread_ts", m["ts"]) == m["ts"]
        ]  # replies are not in the history
        rows = [m for m in reversed(roots) if oldest <= float(m["ts"]) <= latest]
        size, start = int(query.get("limit", ["100"])[0]), int(query.get("cursor", [""])[0] or 0)
        more = start + size < len(rows)
        cursor = {"next_cursor": str(start + size) if more else ""}
        return Answer(
            200, {"ok": True, "messages": rows[start : start + size], "has_more": more, "response_metadata": cursor}
        )
    if method == "conversations.replies":
        root = query.get("ts", [""])[0]
        rows = [m for m in state["messages"] if root in (m["ts"], m.get("thread_ts"))]
        return Answer(200, {"ok": True, "messages": rows, "has_more": False, "response_metadata": {"next_cursor": ""}})
    return Answer(200, {"ok": False, "error": "unknown_method"})
