"""Small archived tables written out by hand: a few incidents with the gaps that a fact is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.model.archived import SCHEMA_VERSION, TABLES

T0 = datetime(2026, 1, 10, tzinfo=UTC)


def incidents(*rows: dict[str, Any]) -> pl.DataFrame:
    """The incidents' table: each row's own columns over a resolved, confirmed incident, one a week."""
    held = []
    for number, row in enumerate(rows):
        began = T0 + timedelta(weeks=number)
        plain = {
            "incident_id": f"INC-{number + 1}", "build": "b", "schema_version": SCHEMA_VERSION, "title": "", "service": "checkout",
            "began_at": began, "resolved_at": began, "collected_at": began, "is_open": False, "knew_confirmed": True,
            "attempts": 0, "reopened": 0, "alerts": [], "signals": [], "changes": [], "fix": None, "words": [],
        }  # fmt: skip
        held.append(plain | row)
    return pl.DataFrame(held, schema=TABLES["incidents"], orient="row")


def gaps(name: str, rows: Sequence[tuple[str, float | None, str]], **more: Any) -> pl.DataFrame:
    """The gaps' table for one gap: (incident, seconds, status), known to the second."""
    held = [
        {"incident_id": incident, "build": "b", "name": name, "seconds": seconds, "earliest": seconds, "latest": seconds,
         "at_least": None, "status": status, "reason": ""} | more
        for incident, seconds, status in rows
    ]  # fmt: skip
    return pl.DataFrame(held, schema=TABLES["gaps"], orient="row")


def segments(*rows: tuple[str, str, str, float]) -> pl.DataFrame:
    """The segments' table: (incident, ledger, category, seconds)."""
    held = [
        {"incident_id": incident, "build": "b", "ledger": ledger, "number": i, "from": T0, "to": T0, "seconds": seconds,
         "category": category, "rule": ""}
        for i, (incident, ledger, category, seconds) in enumerate(rows)
    ]  # fmt: skip
    return pl.DataFrame(held, schema=TABLES["segments"], orient="row")
