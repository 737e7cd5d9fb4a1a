"""The parts of an incident that PagerDuty is asked for: those that every account has, and those that a plan may lack."""

from collections.abc import Callable, Hashable
from typing import Any

from incident_timeline.collect.pagerduty_client import Session, ask, ask_all
from incident_timeline.collect.pagerduty_rows import Found, Row, of
from incident_timeline.errors import SourceMissing
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import rfc3339

Part = Callable[[], tuple[Found, str]]  # the records with their pointers, and in words what is lacking
Parts = dict[str, Part]
# What an account's plan, a token's scope or a feature may lack: said, skipped, and no failure.
OPTIONAL = frozenset(
    {"related changes", "on call", "past incidents", "related incidents", "analytics", "responses", "merged incidents"}
)
_PAST = 20  # similar incidents that are worth showing; PagerDuty gives 5 unless asked and 999 at most
_UTC = {"time_zone": "UTC"}


def needed_parts(session: Session, key: str) -> Parts:
    """The incident itself and its records, by the names that reports give them."""
    path = f"/incidents/{key}"
    return {
        "the incident": lambda: _alone(session, path, "incident"),
        "log entries": entries_part(session, key),
        "alerts": lambda: ask_all(session, f"{path}/alerts", "alerts", {}),
        "notes": lambda: _unpaged(session, f"{path}/notes", "notes", {}),
    }


def entries_part(session: Session, key: str) -> Part:
    """The log entries of one incident, in UTC and with their channels in full."""
    channels = {**_UTC, "include[]": "channels"}
    return lambda: ask_all(session, f"/incidents/{key}/log_entries", "log_entries", channels)


def optional_parts(session: Session, key: str, incident: Incident, window: Window) -> Parts:
    """What PagerDuty says beside the records; times are sent with `Z`, without it they are read in the account's zone."""
    path, figures = f"/incidents/{key}", f"/analytics/raw/incidents/{key}"
    span = {**_UTC, "since": rfc3339(window.start), "until": rfc3339(window.end)}
    return {
        "related changes": lambda: _unpaged(session, f"{path}/related_change_events", "change_events", {}),
        "on call": lambda: _on_call(session, incident.policies, span),
        "past incidents": lambda: _unpaged(session, f"{path}/past_incidents", "past_incidents", {"limit": _PAST}),
        "related incidents": lambda: _unpaged(session, f"{path}/related_incidents", "related_incidents", {}),
        "analytics": lambda: _analytics(session, figures),
        "responses": lambda: _unpaged(session, f"{figures}/responses", "responses", {}),
        "merged incidents": lambda: ask_all(session, "/incidents", "incidents", {**span, "statuses[]": "resolved"}),
    }


def missed_alerts(incidents: Found, alerts: Found) -> str:
    """In words, when fewer alerts came than the incident itself counts."""
    for incident, _ in incidents:
        counted = of(incident, "alert_counts").get("all")
        if isinstance(counted, int) and len(alerts) < counted:
            return f"{len(alerts)} of the {counted} that the incident counts"
    return ""


def _alone(session: Session, path: str, name: str) -> tuple[Found, str]:
    body, where = ask(session, path)
    row = body.get(name)
    return ([(row, f"{where}#/{name}")], "") if isinstance(row, dict) else ([], f"{path} answered without {name}")


def _unpaged(session: Session, path: str, name: str, params: dict[str, Any]) -> tuple[Found, str]:
    body, where = ask(session, path, params)
    listed = body.get(name) or []
    rows = [row for row in (listed if isinstance(listed, list) else [listed]) if isinstance(row, dict)]
    return [(row, f"{where}#/{name}/{index}") for index, row in enumerate(rows)], ""


def _on_call(session: Session, policies: tuple[str, ...], span: dict[str, Any]) -> tuple[Found, str]:
    """Without since and until PagerDuty says who is on call now; without policies it would list the whole account."""
    if not policies:
        raise SourceMissing("the incident names no escalation policy, so nobody can be asked for")
    return ask_all(session, "/oncalls", "oncalls", {**span, "escalation_policy_ids[]": list(policies)}, key=_turn)


def _turn(row: Row) -> Hashable:
    """What makes an entry of /oncalls one entry: it has no id."""
    held = tuple(of(row, name).get("id") for name in ("user", "escalation_policy", "schedule"))
    return (*held, row.get("escalation_level"), row.get("start"), row.get("end"))


def _analytics(session: Session, path: str) -> tuple[Found, str]:
    """The incident's own figures: the schema has them bare, its example inside `data`."""
    body, where = ask(session, path)
    inner = isinstance(body.get("data"), dict)
    row = body["data"] if inner else body
    if "seconds_to_first_ack" not in row and "seconds_to_resolve" not in row:
        raise SourceMissing(
            "PagerDuty has no figures of this incident; it works them out within 24 hours, build again after that"
        )
    return [(row, f"{where}#/data" if inner else where)], ""
