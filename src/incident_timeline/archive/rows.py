"""Turns one scored incident into its rows of the archive's tables."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from incident_timeline.archive.traits import Reading, traits_of
from incident_timeline.model.archived import SCHEMA_VERSION, TABLES
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.scored import Scored

Rows = dict[str, pl.DataFrame]  # every name of TABLES


def archive_rows(
    scored: Scored, build: str, reading: Reading, *, category: str | None = None, team: str | None = None
) -> Rows:
    """The rows of one incident in every table; `build` is the digest of its scores, the same for the same bytes."""
    key: dict[str, Any] = {"incident_id": scored.incident.id, "build": build}
    milestones = [
        key | {"name": m.name, "at": m.at, "earliest": m.earliest, "latest": m.latest, "basis": m.basis,
               "status": m.status, "reason": m.reason}
        for m in scored.milestones.values()
    ]  # fmt: skip
    segments = [
        key | {"ledger": ledger, "number": number, "from": one.start, "to": one.end, "seconds": one.seconds,
               "category": one.category, "rule": one.rule}
        for ledger, parts in scored.ledgers.items()
        for number, one in enumerate(parts)
    ]  # fmt: skip
    rows: dict[str, list[dict[str, Any]]] = {
        "incidents": [key | _incident(scored) | traits_of(scored, reading) | {"category": category, "team": team}],
        "milestones": milestones,
        "gaps": [key | row for row in _gaps(scored)],
        "segments": segments,
    }
    frames = {name: pl.DataFrame(rows[name], schema=TABLES[name], orient="row") for name in rows}
    events = scored.events.with_columns(*(pl.lit(value, pl.String).alias(name) for name, value in key.items()))
    return frames | {"events": events.select(list(TABLES["events"]))}


def join_rows(parts: Iterable[Rows]) -> Rows:
    """The rows of several incidents as one batch."""
    held = list(parts)
    return {name: pl.concat([part[name] for part in held]) for name in TABLES}


def _incident(scored: Scored) -> dict[str, Any]:
    incident, milestones = scored.incident, scored.milestones
    knew = milestones["knew_enough"]
    first = next((m.at for m in (milestones["started"], milestones["detected"]) if m.at), scored.window.start)
    kinds = scored.events["kind"]
    resolved = milestones["resolved"].at
    return {
        "schema_version": SCHEMA_VERSION,
        "service": incident.service,
        "severity": incident.priority or incident.urgency,
        "url": incident.url,
        "began_at": first,
        "resolved_at": resolved,
        "collected_at": scored.collected_at,
        "is_open": resolved is None,
        "knew_confirmed": knew.status == "marked",
        "knew_moved_s": _moved(knew),
        "attempts": sum(one.fate.startswith("tried") for one in scored.explanations),
        "reopened": int((kinds == "incident.reopened").sum()),
    }


def _gaps(scored: Scored) -> list[dict[str, Any]]:
    rows = []
    for gap in scored.gaps.values():
        start, end = scored.milestones[gap.start], scored.milestones[gap.end]
        running = gap.seconds is None and end.name == "resolved" and end.at is None and start.at is not None
        so_long = (scored.collected_at - start.at).total_seconds() if running and start.at else None
        rows.append(
            {"name": gap.name, "seconds": gap.seconds, "earliest": gap.earliest, "latest": gap.latest,
             "at_least": so_long, "status": gap.status, "reason": gap.reason}
        )  # fmt: skip
    return rows


def _moved(knew: Milestone) -> float | None:
    """How far a person's mark lies from what was proposed first, in seconds; null without either."""
    if knew.status != "marked" or knew.at is None or not knew.alternatives:
        return None
    return (knew.at - knew.alternatives[0].at).total_seconds()
