"""Lists PagerDuty's incidents of any span, over the limits of its list: six months and 10,000 rows a request."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx

from incident_timeline.collect.pagerduty_client import MOST, Session, ask, ask_all, open_session
from incident_timeline.model.instants import parse_instant, rfc3339

SPAN = timedelta(days=90)  # below the six months that one request may span
SECOND = timedelta(seconds=1)  # PagerDuty's clock; two incidents of one second cannot be told apart by asking


def list_incidents(
    transport: httpx.BaseTransport, since: datetime, until: datetime, services: tuple[str, ...] = ()
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Every incident created in [since, until], oldest first, as PagerDuty shows it, and what the list lacks in words.

    A span that holds more than the list serves is halved until it fits. Raises SourceRefused or SourceUnreachable.
    """
    session = open_session(transport)
    rows: dict[str, dict[str, Any]] = {}
    lacking: list[str] = []
    for start, end in _spans(session, since, until, services):
        found, lacks = ask_all(session, "/incidents", "incidents", _params(start, end, services))
        rows |= {row["id"]: row for row, _ in found}
        lacking += [lacks] if lacks else []
    return sorted(rows.values(), key=_created), tuple(dict.fromkeys(lacking))


def _created(row: dict[str, Any]) -> tuple[datetime, str]:
    return parse_instant(str(row["created_at"]), "created_at"), row["id"]


def _spans(
    session: Session, since: datetime, until: datetime, services: tuple[str, ...]
) -> Iterator[tuple[datetime, datetime]]:
    """Spans of at most SPAN that hold at most what one list serves; they share their ends, so that nothing falls between."""
    start = since
    while start < until:
        end = min(start + SPAN, until)
        yield from _halved(session, start, end, services)
        start = end


def _halved(
    session: Session, start: datetime, end: datetime, services: tuple[str, ...]
) -> Iterator[tuple[datetime, datetime]]:
    body, _ = ask(session, "/incidents", _params(start, end, services) | {"limit": 1, "offset": 0, "total": "true"})
    total = body.get("total")
    if not isinstance(total, int) or total <= MOST or end - start <= SECOND:
        yield start, end
        return
    middle = (start + (end - start) / 2).replace(microsecond=0)
    yield from _halved(session, start, middle, services)
    yield from _halved(session, middle, end, services)


def _params(start: datetime, end: datetime, services: tuple[str, ...]) -> dict[str, Any]:
    params: dict[str, Any] = {
        "since": rfc3339(start),
        "until": rfc3339(end),
        "time_zone": "UTC",
        "sort_by": "created_at:asc",
    }
    return params | ({"service_ids[]": list(services)} if services else {})
