"""Turns one scored incident into its rows of the archive's tables."""

import re
from collections.abc import Iterable
from typing import Any

import polars as pl

from incident_timeline.model.archived import SCHEMA_VERSION, TABLES
from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.scored import Scored

_SPOKEN = ("chat.said", "note.added", "status.updated")
_WORD = re.compile(r"[^\W\d_]{4,24}")
_MOST_WORDS = 300  # of the most frequent: enough to find the like, and a row stays small

Rows = dict[str, pl.DataFrame]  # every name of TABLES


def archive_rows(scored: Scored, build: str, *, category: str | None = None, team: str | None = None) -> Rows:
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
        "incidents": [key | _incident(scored) | {"category": category, "team": team}],
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
        "title": incident.title,
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
        "alerts": sorted({one.name for one in scored.episodes} | _alert_names(scored.events)),
        "signals": list(dict.fromkeys(one.name for one in scored.moved)),
        "changes": sorted({_change_words(one) for one in scored.changes if _may_matter(one, scored)}),
        "fix": _fix(scored),
        "words": _words(scored),
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


def _alert_names(events: pl.DataFrame) -> set[str]:
    return {
        text.split(" ")[0] for text in events.filter(pl.col("kind") == "alert.fired")["summary"].drop_nulls() if text
    }


def _may_matter(change: Change, scored: Scored) -> bool:
    """A change that began before users were hurt, and that no person has dismissed."""
    started = scored.milestones["started"].latest or scored.milestones["detected"].at
    return change.verdict != "dismissed" and not change.is_rollback and (started is None or change.at <= started)


def _change_words(change: Change) -> str:
    return f"change of {change.service or 'an unnamed service'}"


def _fix(scored: Scored) -> str:
    landed = scored.milestones["fix_landed"]
    by_id = {change.event_id: change for change in scored.changes}
    change = next((by_id[one] for one in landed.evidence if one in by_id), None)
    if change is not None:
        return f"{'rollback' if change.is_rollback else 'change'} of {change.service or 'an unnamed service'}"
    return landed.reason if landed.at is None else "an action that is no deploy"


def _words(scored: Scored) -> list[str]:
    """Content words of the title and of what people said, the most frequent first, ties in alphabetical order."""
    said = scored.events.filter(pl.col("kind").is_in(_SPOKEN) & (pl.col("actor_kind") != "machine"))["summary"]
    counts: dict[str, int] = {}
    for text in (scored.incident.title, *said.drop_nulls()):
        for word in _WORD.findall(text.lower()):
            counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda word: (-counts[word], word))[:_MOST_WORDS]
