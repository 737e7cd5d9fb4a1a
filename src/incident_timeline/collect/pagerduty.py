"""PagerDuty: finds the incident behind a reference, and collects its log entries, alerts, notes and related changes."""

import re
from collections.abc import Callable
from typing import Any

import httpx

from incident_timeline.collect.asking import in_flight
from incident_timeline.collect.base import Collected
from incident_timeline.collect.pagerduty_client import Session, ask, ask_all, open_session
from incident_timeline.collect.pagerduty_events import alert_rows, log_entry_rows, note_rows
from incident_timeline.errors import NotInBundle, RefError, SourceError, SourceMalformed, SourceMissing, SourceRefused
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import parse_instant

_ID = re.compile(r"[PQR][A-Z0-9]{6,13}")
_URL = re.compile(r"https?://[\w.-]+/incidents/([A-Za-z0-9]+)")
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
    """Collects one incident; `session` (a client of the caller's own) goes before the one made from the transport."""

    name = "pagerduty"

    def __init__(self, prefix: str = "INC-", session: Session | None = None) -> None:
        self.prefix, self.session = prefix, session

    def find_incident(self, transport: httpx.BaseTransport, ref: str) -> Incident:
        """The incident behind a reference. Raises SourceMissing, SourceRefused, SourceUnreachable or RefError."""
        key = key_of(ref, self.prefix)
        session = self.session or open_session(transport)
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

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:
        """All records of the incident that lie in the window; the incident's own entries set it, so that is all of them."""
        session = self.session or open_session(transport)
        key = incident.source_id or key_of(incident.id, self.prefix)
        lists: dict[str, Callable[[], tuple[list[tuple[dict[str, Any], str]], str]]] = {
            "log entries": lambda: ask_all(
                session, f"/incidents/{key}/log_entries", "log_entries", {"time_zone": "UTC", "include[]": "channels"}
            ),
            "alerts": lambda: ask_all(session, f"/incidents/{key}/alerts", "alerts", {}),
            "notes": lambda: _unpaged(session, f"/incidents/{key}/notes", "notes"),
            "related changes": lambda: _unpaged(session, f"/incidents/{key}/related_change_events", "change_events"),
        }
        got = dict(zip(lists, in_flight(lambda name: _attempt(lists[name]), lists), strict=True))
        try:
            entries = log_entry_rows(got["log entries"][0], None)
            rows = [*entries, *alert_rows(got["alerts"][0]), *note_rows(got["notes"][0], entries)]
            rows += _change_rows(got["related changes"][0])
        except SourceError as error:
            return Collected((Coverage("pagerduty", False, reason=str(error)),))
        lacking = [f"{name}: {why}" for name, (_, why, _) in got.items() if why and name not in _OPTIONAL]
        asides = [f"{name}: {why}" for name, (_, why, _) in got.items() if why and name in _OPTIONAL]
        coverage = Coverage("pagerduty", not lacking, reason="; ".join([*lacking, *asides]), requests=len(lists) + 1)
        rows = [row for row in rows if window.start <= row["at"] <= window.end]
        return Collected((coverage,), events_frame(rows))

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


def _attempt(
    ask_for: Callable[[], tuple[list[tuple[dict[str, Any], str]], str]],
) -> tuple[list[tuple[dict[str, Any], str]], str, bool]:
    try:
        rows, lacking = ask_for()
    except (SourceRefused, SourceMissing, NotInBundle) as error:
        return [], str(error), True
    except SourceError as error:
        return [], str(error), False
    return rows, lacking, False


def _unpaged(session: Session, path: str, name: str) -> tuple[list[tuple[dict[str, Any], str]], str]:
    body, where = ask(session, path)
    rows = [row for row in body.get(name) or [] if isinstance(row, dict) and row.get("id")]
    return [(row, f"{where}#/{name}/{index}") for index, row in enumerate(rows)], ""


def _change_rows(changes: list[tuple[dict[str, Any], str]]) -> list[dict[str, Any]]:
    rows = []
    for change, pointer in changes:
        if not isinstance(change.get("timestamp"), str):
            continue
        at = parse_instant(change["timestamp"], f"pagerduty: change {change['id']}")
        rows.append(
            event(at, "pagerduty", "change.made", str(change["id"]), str(change.get("summary") or "change"), evidence=pointer,
                  actor=change.get("source"), url=next((link.get("href") for link in change.get("links") or []), None))
        )  # fmt: skip
    return rows
