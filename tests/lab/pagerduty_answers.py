"""What the simulated PagerDuty answers, computed from its state alone: paging, lookups, zones, plans, errors in its words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.lab.answers import Answer, Query
from tests.lab.pagerduty_state import API, POLICY, SERVICE, WEB

LIMITS = {"ratelimit-limit": "960", "ratelimit-remaining": "948", "ratelimit-reset": "31"}
SCHEDULE = {"id": "PSCH001", "type": "schedule_reference", "summary": "Shop, daily", "self": f"{API}/schedules/PSCH001",
            "html_url": f"{WEB}/schedules/PSCH001"}  # fmt: skip
_ZONED = ("created_at", "start", "end")  # rendered in the account's zone where `time_zone` is not given


@dataclass(frozen=True)
class Terms:
    """What an account is like: its time zone, and the paths that its plan or the token's scope refuses, with the status."""

    zone: str = "UTC"
    refused: Mapping[str, int] = field(default_factory=dict)  # last part of the path -> 402 or 403


def pagerduty_answer(state: dict[str, Any], path: str, query: Query, terms: Terms | None = None) -> Answer:
    """PagerDuty's REST API, read only. Sub-resources take the id, not the number (apis.md 1.2)."""
    terms = terms or Terms()
    refused = terms.refused.get(path.rsplit("/", 1)[-1] if path.count("/") > 2 else path.strip("/"))
    if refused:
        return _refusal(refused)
    if path == "/incidents":
        return _page("incidents", _within(state["incidents"], query, terms), query)
    match = re.fullmatch(r"/(incidents|analytics/raw/incidents)/([^/]+)(?:/(\w+))?", path)
    if match:
        root, key, part = match.groups()
        alone = part is None and root == "incidents"
        found = [i for i in state["incidents"] if key == i["id"] or (alone and key == str(i["incident_number"]))]
        if not found:
            return _not_found()
        answer = _analytics if root.startswith("analytics") else _incident_part
        return answer(state, found[0], part, query, terms)
    if path == f"/services/{SERVICE['id']}":
        return Answer(200, {"service": {**SERVICE, "type": "service", "name": "checkout", "status": "active",
                                        "escalation_policy": POLICY}}, LIMITS)  # fmt: skip
    if path == "/oncalls":
        return _page("oncalls", [_zoned(row, query, terms) for row in _on_call(state, query)], query)
    if path in ("/change_events", f"/services/{SERVICE['id']}/change_events"):
        return _page("change_events", [], query)
    return _not_found()


def _incident_part(
    state: dict[str, Any], incident: dict[str, Any], part: str | None, query: Query, terms: Terms
) -> Answer:
    key = incident["id"]
    if part is None:
        return Answer(200, {"incident": incident}, LIMITS)
    if part in ("log_entries", "alerts"):
        rows = [row for row in state[part] if row["incident"]["id"] == key]
        if part == "log_entries":
            rows = [_zoned(row, query, terms) for row in _entries(rows, query)]
        return _page(part, rows, query)
    if part == "notes":
        rows = [{k: v for k, v in n.items() if k != "incident_id"} for n in state["notes"] if n["incident_id"] == key]
        return Answer(200, {"notes": rows}, LIMITS)
    if part == "related_change_events":
        return Answer(200, {"change_events": state.get("related_changes", [])}, LIMITS)
    if part == "past_incidents":
        rows = [{"incident": {k: i[k] for k in ("id", "created_at", "self", "title")}, "score": 46.8249 / (n + 1)}
                for n, i in enumerate(i for i in state["incidents"] if i["created_at"] < incident["created_at"])]  # fmt: skip
        most = int(query.get("limit", ["5"])[0])
        return Answer(200, {"past_incidents": rows[:most], "total": None, "limit": most}, LIMITS)
    if part == "related_incidents":
        return Answer(200, {"related_incidents": state.get("related_incidents", [])}, LIMITS)
    return _not_found()


def _analytics(state: dict[str, Any], incident: dict[str, Any], part: str | None, _: Query, __: Terms) -> Answer:
    """The figures that PagerDuty works out by itself; bare, as the schema has them."""
    key, created = incident["id"], datetime.fromisoformat(incident["created_at"])
    taken = [e for e in state["log_entries"] if e["incident"]["id"] == key and e["type"] == "acknowledge_log_entry"]
    asked = incident["incidents_responders"]
    if part == "responses":
        rows = [_response(e["agent"], "assigned", "joined", incident["created_at"], e["created_at"]) for e in taken]
        rows += [_response(r["user"], "added_responder", r["state"], r["requested_at"], r["updated_at"]) for r in asked]
        body = {"incident_id": key, "limit": 100, "order": "desc", "order_by": "requested_at", "time_zone": "Etc/UTC"}
        return Answer(200, {**body, "responses": rows}, LIMITS)
    if part is not None:
        return _not_found()

    def seconds(at: str | None) -> int | None:
        return None if at is None else int((datetime.fromisoformat(at) - created).total_seconds())

    first = min((e["created_at"] for e in taken), default=None)
    return Answer(200, {"id": key, "incident_number": incident["incident_number"], "created_at": incident["created_at"],
                        "resolved_at": incident["resolved_at"], "status": incident["status"], "urgency": incident["urgency"],
                        "seconds_to_first_ack": seconds(first), "seconds_to_resolve": seconds(incident["resolved_at"]),
                        "acknowledgement_count": len(taken), "service_id": SERVICE["id"]}, LIMITS)  # fmt: skip


def _response(person: dict[str, Any], how: str, status: str, asked: str, answered: str) -> dict[str, Any]:
    took = datetime.fromisoformat(answered) - datetime.fromisoformat(asked)
    return {"responder_id": person["id"], "responder_name": person["summary"], "response_status": status, "responder_type": how,
            "requested_at": asked, "responded_at": answered, "time_to_respond_seconds": int(took.total_seconds())}  # fmt: skip


def _on_call(state: dict[str, Any], query: Query) -> list[dict[str, Any]]:
    """Daily turns from 09:00 UTC at level 1, for whoever incidents were assigned to; level 2 is always the same person."""
    policies = query.get("escalation_policy_ids[]", [POLICY["id"]])
    people = [one for e in state["log_entries"] if e["type"] == "assign_log_entry" for one in e["assignees"]]
    if POLICY["id"] not in policies or not people:
        return []
    since, until = (
        datetime.fromisoformat(query[k][0]) if k in query else datetime.now(UTC) for k in ("since", "until")
    )
    rows = [
        {
            "escalation_policy": POLICY,
            "user": people[-1],
            "schedule": None,
            "escalation_level": 2,
            "start": None,
            "end": None,
        }
    ]
    start = since.astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
    while start <= until:
        end = start + timedelta(days=1)
        if end > since:
            turn = {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
            rows.append(
                {"escalation_policy": POLICY, "user": people[0], "schedule": SCHEDULE, "escalation_level": 1, **turn}
            )
        start = end
    return rows


def _entries(rows: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
    """Newest first, as PagerDuty lists them; channels in full only when asked for."""
    rows = sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True)
    if "channels" in query.get("include[]", []):
        return rows
    return [{**row, "channel": {k: v for k, v in row["channel"].items() if k in ("type", "summary")}} for row in rows]


def _zoned(row: dict[str, Any], query: Query, terms: Terms) -> dict[str, Any]:
    """A row with its times in the zone that was asked for, else in the account's."""
    zone = query.get("time_zone", [terms.zone])[0]
    if zone == "UTC":
        return row
    shown = {k: datetime.fromisoformat(row[k]).astimezone(ZoneInfo(zone)).isoformat() for k in _ZONED if row.get(k)}
    return {**row, **shown}


def _within(rows: list[dict[str, Any]], query: Query, terms: Terms) -> list[dict[str, Any]]:
    """Incidents by time of creation and status; `date_range=all` makes since and until count for nothing.

    A since or until without an offset is read in the account's zone.
    """
    whole = query.get("date_range") == ["all"]
    since, until = ("" if whole else query.get(k, [""])[0] for k in ("since", "until"))
    wanted = query.get("statuses[]")

    def moment(text: str) -> datetime:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(terms.zone))

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
    return Answer(200, {**body, "total": total}, LIMITS)


def _refusal(status: int) -> Answer:
    said = {402: ("Account does not have the abilities to perform the action", 2012), 403: ("Access Denied", 2010)}[
        status
    ]
    return Answer(status, {"error": {"message": said[0], "code": said[1]}}, LIMITS)


def _not_found() -> Answer:
    return Answer(404, {"error": {"message": "Not Found", "code": 2100}}, LIMITS)
