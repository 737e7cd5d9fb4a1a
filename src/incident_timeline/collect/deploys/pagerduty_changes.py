"""PagerDuty's change events of the whole account: what CI systems and feature flags announced there, for 90 days."""

from datetime import timedelta
from typing import Any

import httpx

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.reading import ask_json
from incident_timeline.collect.deploys.rows import LEAD
from incident_timeline.collect.pagerduty_events import change_rows
from incident_timeline.errors import SourceError, SourceMalformed
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import rfc3339

PER_PAGE = 100
MOST_PAGES = 20
KEPT = timedelta(days=90)  # PagerDuty forgets change events after that (apis.md 1.6)


class PagerDutyChanges:
    """Collects /change_events; the same event that the incident's own page relates to it stands once."""

    name = "deploys"

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Changes of the window and the 24 h before it."""
        client, source = open_client(transport), "deploys: pagerduty"
        found: list[tuple[dict[str, Any], str]] = []
        told: list[str] = []
        try:
            for page in range(MOST_PAGES):
                listed, more = self._page(client, window, page)
                found += listed
                if not more:
                    break
            else:
                told.append(f"only {MOST_PAGES * PER_PAGE} change events were read")
        except SourceError as error:
            return Collected((Coverage(source, False, reason=str(error), requests=1),))
        rows = change_rows(found, told)
        note = (
            ""
            if rows
            else f"no change event in the window or the 24 h before it; PagerDuty keeps {KEPT.days} days of them"
        )
        reason = "; ".join(filter(None, [*told, note]))
        return Collected((Coverage(source, not told, reason=reason, requests=page + 1),), events_frame(rows))

    def _page(self, client: httpx.Client, window: Window, page: int) -> tuple[list[tuple[dict[str, Any], str]], bool]:
        """One page; times end in `Z`, since PagerDuty answers 400 to any other zone here."""
        params = {
            "since": rfc3339((window.start - LEAD).replace(microsecond=0)), "until": rfc3339(window.end.replace(microsecond=0)),
            "limit": PER_PAGE, "offset": page * PER_PAGE,
        }  # fmt: skip
        body, where, _ = ask_json(client, "pagerduty", "/change_events", params, "its token")
        rows = body.get("change_events") if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise SourceMalformed("pagerduty: /change_events answered without change_events; check url")
        named = [
            (row, f"{where}#/change_events/{i}")
            for i, row in enumerate(rows)
            if isinstance(row, dict) and row.get("id")
        ]
        return named, bool(body.get("more"))
