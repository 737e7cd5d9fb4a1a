"""PagerDuty: finds the incident behind a reference, and collects its log entries, alerts, notes and related changes."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from incident_timeline.collect.asking import in_flight
from incident_timeline.collect.base import Collected
from incident_timeline.collect.pagerduty_client import Session, ask, ask_all, open_session
from incident_timeline.collect.pagerduty_events import Found, alert_rows, change_rows, log_entry_rows, note_rows
from incident_timeline.errors import RefError, SourceError, SourceMalformed, SourceMissing
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import parse_instant, rfc3339

_ID = re.compile(r"[PQR][A-Z0-9]{6,13}")
_URL = re.compile(r"https?://[\w.-]+/incidents/([A-Za-z0-9]+)")
OPEN_AT_MOST = timedelta(days=30)  # PagerDuty's list goes by creation, six months at most
# Parts that an account's plan may lack: their absence is said and is no failure.
_OPTIONAL = frozenset({"related changes"})


def key_of(ref: str, prefix: str) -> str:
    """The number or id that PagerDuty knows, from `INC-123`, `123`, an id or a pasted incident URL; RefError otherwise."""
    text = ref.strip()
    if match := _URL.match(text):
        return match[1]
    bare = text[len(prefix) :] if prefix and text.upper().startswith(prefix.upper()) else text
    if bare.isascii() and (bare.isdigit() or _ID.fullmatch(bare)):
        return bare
    raise RefError(
        f"{ref!r} is no PagerDuty incident: give a number like {prefix}123, an id like Q2U8NVNBMCM7JW or an incident's URL, "
        "or use --events FILE"
    )


class PagerDutyCollector:
    """Collects one incident through PagerDuty's official client over the given transport."""

    name = "pagerduty"

    def __init__(self, prefix: str = "INC-") -> None:
        self.prefix = prefix

    def find_incident(self, transport: httpx.BaseTransport, ref: str) -> Incident:
        """The incident behind a reference. Raises SourceMissing, SourceRefused, SourceUnreachable or RefError."""
        key = key_of(ref, self.prefix)
        session = open_session(transport)
        try:
            body, _ = ask(session, f"/incidents/{key}")
        except SourceMissing:
            raise SourceMissing(
                f"PagerDuty has no incident {key}: check the number, the account of the token, and the region (url)"
            ) from None
        incident = body.get("incident")
        if not isinstance(incident, dict) or "id" not in incident:
            raise SourceMalformed(f"pagerduty: /incidents/{key} answered without an incident; check url")
        return self._incident(incident)

    def list_resolved(
        self, transport: httpx.BaseTransport, since: datetime, until: datetime
    ) -> tuple[list[Incident], str]:
        """Incidents that were resolved in [since, until], oldest first, and what the list lacks in words.

        PagerDuty selects by creation and looks back six months at most, so those that were open for longer than
        `OPEN_AT_MOST` are not found. Raises SourceRefused or SourceUnreachable.
        """
        span = {
            "since": rfc3339(since - OPEN_AT_MOST),
            "until": rfc3339(until),
            "statuses[]": "resolved",
            "time_zone": "UTC",
        }
        found, lacking = ask_all(open_session(transport), "/incidents", "incidents", span)
        incidents = [self._incident(row) for row, _ in found]
        ended = [(one.resolved_at, one) for one in incidents if one.resolved_at is not None]
        return [
            one for at, one in sorted(ended, key=lambda pair: (pair[0], pair[1].id)) if since <= at <= until
        ], lacking

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:
        """All records of the incident that lie in the window; its lists are asked for together."""
        session = open_session(transport)
        key = incident.source_id or key_of(incident.id, self.prefix)
        path = f"/incidents/{key}"
        channels = {"time_zone": "UTC", "include[]": "channels"}
        lists: dict[str, Callable[[], tuple[Found, str]]] = {
            "the incident": lambda: _alone(session, path, "incident"),
            "log entries": lambda: ask_all(session, f"{path}/log_entries", "log_entries", channels),
            "alerts": lambda: ask_all(session, f"{path}/alerts", "alerts", {}),
            "notes": lambda: _unpaged(session, f"{path}/notes", "notes"),
            "related changes": lambda: _unpaged(session, f"{path}/related_change_events", "change_events"),
        }
        answers = dict(zip(lists, in_flight(lambda name: _attempt(lists[name]), lists), strict=True))
        got = {name: rows for name, (rows, _) in answers.items()}
        lacking = {name: why for name, (_, why) in answers.items() if why}
        if missed := _missed_alerts(got["the incident"], got["alerts"]):
            lacking.setdefault("alerts", missed)
        unread: list[str] = []
        entries = log_entry_rows(got["log entries"], _merged_into(got["the incident"]), unread)
        rows = [*entries, *alert_rows(got["alerts"], unread), *note_rows(got["notes"], entries, unread)]
        rows += change_rows(got["related changes"], unread)
        inside = [row for row in rows if window.start <= row["at"] <= window.end]
        told = [f"{name}: {why}" for name, why in lacking.items()] + unread
        if len(inside) < len(rows):
            told.append(f"{len(rows) - len(inside)} records before or after the window are left out")
        failed = bool(unread) or bool(lacking.keys() - _OPTIONAL)
        coverage = Coverage("pagerduty", not failed, reason="; ".join(told), requests=len(lists) + 1)
        return Collected((coverage,), events_frame(inside))

    def _incident(self, row: dict[str, Any]) -> Incident:
        number = row.get("incident_number")
        created, resolved = row.get("created_at"), row.get("resolved_at")
        return Incident(
            id=f"{self.prefix}{number}" if number is not None else str(row["id"]),
            title=str(row.get("title") or row.get("summary") or ""),
            service=(row.get("service") or {}).get("summary"),
            url=row.get("html_url"),
            created_at=parse_instant(created, "pagerduty: created_at") if created else None,
            resolved_at=parse_instant(resolved, "pagerduty: resolved_at")
            if resolved and row.get("status") == "resolved"
            else None,
            status=str(row.get("status") or "unknown"),
            urgency=row.get("urgency"),
            priority=(row.get("priority") or {}).get("summary"),
            services=tuple(filter(None, [(row.get("service") or {}).get("id")])),
            source_id=str(row["id"]),
        )


def _attempt(ask_for: Callable[[], tuple[Found, str]]) -> tuple[Found, str]:
    """A list and what it lacks; nothing and the reason where it could not be had at all."""
    try:
        return ask_for()
    except SourceError as error:
        return [], str(error)


def _missed_alerts(incidents: Found, alerts: Found) -> str:
    """In words, when fewer alerts came than the incident itself counts."""
    for incident, _ in incidents:
        counted = (incident.get("alert_counts") or {}).get("all")
        if isinstance(counted, int) and len(alerts) < counted:
            return f"{len(alerts)} of the {counted} that the incident counts"
    return ""


def _alone(session: Session, path: str, name: str) -> tuple[Found, str]:
    body, where = ask(session, path)
    row = body.get(name)
    return ([(row, f"{where}#/{name}")], "") if isinstance(row, dict) else ([], f"{path} answered without {name}")


def _merged_into(incidents: Found) -> str | None:
    """The incident that took this one's alerts, where it was merged away: its resolve is then no fix."""
    for incident, _ in incidents:
        reason = incident.get("resolve_reason")
        if isinstance(reason, dict) and str(reason.get("type", "")).startswith("merge"):
            return str((reason.get("incident") or {}).get("id") or "another")
    return None


def _unpaged(session: Session, path: str, name: str) -> tuple[Found, str]:
    body, where = ask(session, path)
    rows = [row for row in body.get(name) or [] if isinstance(row, dict) and row.get("id")]
    return [(row, f"{where}#/{name}/{index}") for index, row in enumerate(rows)], ""
