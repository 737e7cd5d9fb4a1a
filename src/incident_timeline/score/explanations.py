"""Every explanation that was on the table and what became of it; when the cause was named; when the first person engaged."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from incident_timeline.model.cues import Cues
from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.scored import Explanation
from incident_timeline.score.fixes import Fix, Recovered
from incident_timeline.score.statements import Entry, read_entries

ENGAGING = frozenset({"note.added", "chat.said", "responder.joined"})


def list_explanations(
    events: pl.DataFrame, changes: Sequence[Change], fix: Fix, recovered: Recovered | None, cues: Cues
) -> tuple[Explanation, ...]:
    """Causes that were stated, hedged or asked about, and decisions, in the order they were said."""
    entries = read_entries(events, changes, cues)
    end = recovered[2] if recovered else None
    said = [entry for entry in entries if entry.said and _explains(entry) and (end is None or entry.at <= end)]
    return tuple(_explanation(entry, entries, fix) for entry in said)


def find_diagnosed(events: pl.DataFrame, changes: Sequence[Change], fix: Fix, cues: Cues) -> Milestone:
    """When the cause was first stated (not asked, not hedged alone); may lie after the fix; missing when nobody named it."""
    entries = read_entries(events, changes, cues)
    stated = [e for e in entries if e.said and e.finding and not e.cues & {"question", "investigating", "recovery"}]
    named = [e for e in stated if "cause" in e.cues] or [e for e in stated if e.cues & {"lack", "change"}] or stated
    if not named:
        return missing("diagnosed", "no entry names a cause")
    first = named[0]
    return Milestone(
        "diagnosed",
        first.at,
        first.at,
        first.at,
        "proposed",
        "found",
        "the first entry that names a cause",
        (first.event_id,),
    )


def find_engaged(events: pl.DataFrame, acknowledged: datetime | None) -> Milestone:
    """The first note, chat line or joining of a person after the acknowledgement; missing when there is none."""
    rows = events.filter(pl.col("kind").is_in(sorted(ENGAGING)) & (pl.col("actor_kind") == "human"))
    if acknowledged is not None:
        rows = rows.filter(pl.col("at") >= acknowledged)
    if rows.is_empty():
        return missing("engaged", "no note, chat line or joining of a person is on record")
    row = rows.sort("at", "event_id").row(0, named=True)
    rule = "first human action" + (" after the acknowledgement" if acknowledged else "")
    return Milestone(
        "engaged", row["at"], row["earliest"], row["latest"], "recorded", "found", rule, (row["event_id"],)
    )


def _explains(entry: Entry) -> bool:
    if entry.cues & {"recovery", "comms"} and "cause" not in entry.cues:
        return False
    return (
        entry.finding
        or bool(entry.cues & {"hedge"})
        or ("question" in entry.cues and bool(entry.cues & {"change", "cause", "lack"}))
    )


def _stance(entry: Entry) -> str:
    if "question" in entry.cues:
        return "asked"
    if "hedge" in entry.cues:
        return "hedged"
    return "decided" if "decision" in entry.cues and not entry.finding else "stated"


def _explanation(entry: Entry, entries: Sequence[Entry], fix: Fix) -> Explanation:
    fate, evidence = _fate(entry, entries, fix)
    return Explanation(entry.at, entry.event_id, entry.text, _stance(entry), fate, evidence)


def _fate(entry: Entry, entries: Sequence[Entry], fix: Fix) -> tuple[str, tuple[str, ...]]:
    tried = [attempt for attempt in fix.attempts if attempt.event_id == entry.event_id]
    if tried:
        return "tried, no effect", tuple(a.event_id for a in tried)
    later = [e for e in entries if e.at > entry.at]
    about = entry.words | entry.names
    aside = next((e for e in later if e.said and e.cues & {"inconclusive"} and about & (e.words | e.names)), None)
    if aside is not None:
        return "set aside", (aside.event_id,)
    part = [e for e in entries if e.event_id in fix.event_ids]
    begun = fix.started.at
    if begun is not None and entry.at <= begun and any(about & (e.words | e.names) for e in part):
        return "acted on, worked", fix.event_ids
    return "not followed up", ()
