"""What the simulated APIs answer, computed from their state alone: paging, lookups, errors in each vendor's words."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.lab.pagerduty_state import POLICY, SERVICE
from tests.lab.slack_state import CHANNEL

Query = dict[str, list[str]]


@dataclass(frozen=True)
class Answer:
    """A status, a JSON body and headers."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


_LIMITS = {"ratelimit-limit": "960", "ratelimit-remaining": "948", "ratelimit-reset": "31"}


def pagerduty_answer(state: dict[str, Any], path: str, query: Query) -> Answer:
    """PagerDuty's REST API, read only. Sub-resources take the id, not the number (apis.md 1.2)."""
    if path == "/incidents":
        return _page("incidents", _within(state["incidents"], query), query)
    match = re.fullmatch(r"/incidents/([^/]+)(?:/(\w+))?", path)
    if match:
        key, part = match.groups()
        found = [i for i in state["incidents"] if key == i["id"] or (part is None and key == str(i["incident_number"]))]
        if not found:
            return _not_found()
        return _incident_part(state, found[0], part, query)
    if path == f"/services/{SERVICE['id']}":
        return Answer(200, {"service": {**SERVICE, "type": "service", "name": "checkout", "status": "active",
                                        "escalation_policy": POLICY}}, _LIMITS)  # fmt: skip
    if path in ("/oncalls", "/change_events", f"/services/{SERVICE['id']}/change_events"):
        return _page(path.rsplit("/", 1)[-1], [], query)
    return _not_found()


def _incident_part(state: dict[str, Any], incident: dict[str, Any], part: str | None, query: Query) -> Answer:
    key = incident["id"]
    if part is None:
        return Answer(200, {"incident": incident}, _LIMITS)
    if part in ("log_entries", "alerts"):
        rows = [row for row in state[part] if row["incident"]["id"] == key]
        if part == "log_entries":
            rows = _entries(rows, query)
        return _page(part, rows, query)
    if part == "notes":
        rows = [{k: v for k, v in n.items() if k != "incident_id"} for n in state["notes"] if n["incident_id"] == key]
        return Answer(200, {"notes": rows}, _LIMITS)
    if part == "related_change_events":
        return Answer(200, {"change_events": []}, _LIMITS)
    if part == "past_incidents":
        return Answer(
            402, {"error": {"message": "Account does not have the abilities to perform the action", "code": 2012}}
        )
    return _not_found()


def _entries(rows: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """Newest first, as PagerDuty lists them; channels in full only when asked for."""
    rows = sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True)
    if "channels" in query.get("include[]", []):
        return rows
    return [{**row, "channel": {k: v for k, v in row["channel"].items() if k in ("type", "summary")}} for row in rows]


def _within(rows: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """Incidents by time of creation and status; `date_range=all` makes since and until count for nothing."""
    whole = query.get("date_range") == ["all"]
    since, until = ("" if whole else query.get(k, [""])[0] for k in ("since", "until"))
    moment = datetime.fromisoformat
    wanted = query.get("statuses[]")
    return [
        row for row in rows
        if (not since or moment(row["created_at"]) >= moment(since)) and (not until or moment(row["created_at"]) < moment(until))
        and (not wanted or row["status"] in wanted)
    ]  # fmt: skip


def _page(name: str, rows: list[dict[str, Any]], query: Query) -> Answer:
    offset, limit = int(query.get("offset", ["0"])[0]), min(100, int(query.get("limit", ["25"])[0]))
    if offset + limit > 10_000:
        return Answer(
            400, {"error": {"message": "Invalid Input Provided", "code": 2001, "errors": ["Offset must be less."]}}
        )
    total = len(rows) if query.get("total", ["false"])[0] == "true" else None
    body = {name: rows[offset : offset + limit], "limit": limit, "offset": offset, "more": offset + limit < len(rows)}
    return Answer(200, {**body, "total": total}, _LIMITS)


def _not_found() -> Answer:
    return Answer(404, {"error": {"message": "Not Found", "code": 2100}}, _LIMITS)


def slack_answer(state: dict[str, Any], method: str, query: Query) -> Answer:
    """Slack's Web API: conversations.history newest first with oldest/latest bounds, replies, users.list."""
    if method == "users.list":
        return Answer(200, {"ok": True, "members": state["users"], "response_metadata": {"next_cursor": ""}})
    if query.get("channel", [""])[0] != CHANNEL["id"]:
        return Answer(200, {"ok": False, "error": "channel_not_found"})
    if method == "conversations.history":
        oldest, latest = float(query.get("oldest", ["0"])[0]), float(query.get("latest", ["inf"])[0])
        rows = [m for m in reversed(state["messages"]) if oldest <= float(m["ts"]) <= latest]
        size, start = int(query.get("limit", ["100"])[0]), int(query.get("cursor", [""])[0] or 0)
        more = start + size < len(rows)
        cursor = {"next_cursor": str(start + size) if more else ""}
        return Answer(
            200, {"ok": True, "messages": rows[start : start + size], "has_more": more, "response_metadata": cursor}
        )
    if method == "conversations.replies":
        rows = [m for m in state["messages"] if m["ts"] == query.get("ts", [""])[0]]
        return Answer(200, {"ok": True, "messages": rows, "has_more": False, "response_metadata": {"next_cursor": ""}})
    return Answer(200, {"ok": False, "error": "unknown_method"})
