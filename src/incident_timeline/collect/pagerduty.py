"""PagerDuty: finds the incident behind a reference, and collects all that PagerDuty knows about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import polars as pl

from incident_timeline.collect.asking import in_flight
from incident_timeline.collect.base import Collected
from incident_timeline.collect.pagerduty_client import Session, ask, ask_all, open_session
from incident_timeline.collect.pagerduty_events import (
    alert_rows,
    change_rows,
    early_page_rows,
    log_entry_rows,
    reopened_rows,
)
from incident_timeline.collect.pagerduty_insights import figures_of, past_incidents_of, related_incidents_of
from incident_timeline.collect.pagerduty_merged import merged_into, sources_of
from incident_timeline.collect.pagerduty_parts import (
    OPTIONAL,
    Part,
    Parts,
    entries_part,
    missed_alerts,
    needed_parts,
    optional_parts,
)
from incident_timeline.collect.pagerduty_people import note_rows, on_call_of, responder_rows
from incident_timeline.collect.pagerduty_rows import Found, Row, of
from incident_timeline.errors import RefError, SourceError, SourceMalformed, SourceMissing
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import parse_instant, rfc3339
from incident_timeline.model.paging import Paging

_ID = re.compile(r"[PQR][A-Z0-9]{6,13}")
_URL = re.compile(r"https?://[\w.-]+/incidents/([A-Za-z0-9]+)")
OPEN_AT_MOST = timedelta(days=30)  # PagerDuty's list goes by creation, six months at most


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

    def collect_alerts(self, transport: httpx.BaseTransport, incident: Incident) -> pl.DataFrame:
        """The incident's alerts alone, whose labels and expressions say what to ask of other sources; none where they fail."""
        key = incident.source_id or key_of(incident.id, self.prefix)
        found, _, _ = _attempt(needed_parts(open_session(transport), key)["alerts"])
        return events_frame(alert_rows(found, []))

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:
        """All records of the incident that lie in the window, and what PagerDuty says beside them.

        Everything is asked for together, but for the entries of incidents that were merged into this one.
        """
        session = open_session(transport)
        key = incident.source_id or key_of(incident.id, self.prefix)
        answers = _ask_parts(needed_parts(session, key) | optional_parts(session, key, incident, window))
        got, unread = answers.got, list[str]()
        if missed := missed_alerts(got["the incident"], got["alerts"]):
            answers.lacking.setdefault("alerts", missed)
        entries = self._entries(session, answers, key, unread)
        alerts = alert_rows(got["alerts"], unread)
        rows = [*entries, *alerts, *early_page_rows(alerts, entries), *note_rows(got["notes"], entries, unread)]
        rows += [*responder_rows(got["the incident"], entries), *change_rows(got["related changes"], unread)]
        inside = [row for row in rows if window.start <= row["at"] <= window.end]
        if len(inside) < len(rows):
            answers.told.append(f"{len(rows) - len(inside)} records before or after the window are left out")
        paging = Paging(
            on_call_of(got["on call"]),
            (*past_incidents_of(got["past incidents"]), *related_incidents_of(got["related incidents"])),
            figures_of(got["analytics"], got["responses"], key),
        )
        return Collected(answers.coverage(unread), events_frame(inside), paging=paging)

    def _entries(self, session: Session, answers: "_Answers", key: str, unread: list[str]) -> list[Row]:
        """The log entries of the incident and of those merged into it, with the re-opening that no entry names."""
        got, told = answers.got, answers.told
        body = [row for row, _ in got["the incident"]]
        taken_by = merged_into(body[0]) if body else None
        if taken_by:
            told.append(f"merged into {taken_by}: build that one for what happened afterwards")
        rows = log_entry_rows(got["log entries"], taken_by, unread)
        rows += reopened_rows(rows, got["the incident"])
        merged = sources_of(key, got["merged incidents"], got["alerts"])
        theirs = _ask_parts({f"log entries of {one}, merged into it": entries_part(session, one) for one in merged})
        answers.lacking.update(theirs.lacking)
        for found in theirs.got.values():
            rows += log_entry_rows(found, key, unread)
        told += [f"{one} was merged into it, its log entries are part of this" for one in merged]
        return rows

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
            policies=tuple(filter(None, [of(row, "escalation_policy").get("id")])),
        )


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the parts of an incident answered, and what is to be said about those that did not; made by `_ask_parts`."""

    got: dict[str, Found]
    lacking: dict[str, str]  # part -> why it is not whole
    failed: frozenset[str]  # parts of which nothing could be had
    told: list[str]  # what is worth saying and lacks nothing

    def coverage(self, unread: Sequence[str]) -> tuple[Coverage, ...]:
        """PagerDuty's own line, and a skipped one for each part that could not be had and that an account may lack."""
        absent = sorted(self.failed & OPTIONAL)
        needed = self.lacking.keys() - OPTIONAL
        told = [f"{name}: {why}" for name, why in self.lacking.items() if name not in absent]
        reason = "; ".join([*told, *unread, *self.told])
        whole = Coverage("pagerduty", not needed and not unread, reason=reason, requests=len(self.got) + 1)
        return whole, *(Coverage(f"pagerduty: {one}", False, skipped=True, reason=self.lacking[one]) for one in absent)


def _ask_parts(parts: Parts) -> _Answers:
    """Asks for all parts together."""
    asked = dict(zip(parts, in_flight(_attempt, parts.values()), strict=True))
    return _Answers(
        {name: rows for name, (rows, _, _) in asked.items()},
        {name: why for name, (_, why, _) in asked.items() if why},
        frozenset(name for name, (_, _, failed) in asked.items() if failed),
        [],
    )


def _attempt(ask_for: Part) -> tuple[Found, str, bool]:
    """A part, what it lacks, and whether nothing could be had at all."""
    try:
        return *ask_for(), False
    except SourceError as error:
        return [], str(error), True
