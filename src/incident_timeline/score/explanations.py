"""Every explanation that was on the table and what became of it; when the cause was named; when the first person engaged."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from incident_timeline.model.cues import Cues
from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.scored import Explanation
from incident_timeline.score.entities import entities_of_ref
from incident_timeline.score.fixes import Fix, Recovered
from incident_timeline.score.knew_enough import rank, set_scene
from incident_timeline.score.statements import Entry, read_entries

ENOUGH_WORDS = 2  # content words in common with the fix that make an explanation the one it acted on
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
    """When the cause was named (not asked, not hedged alone); may lie after the fix; missing when nobody named it.

    Of several statements the one that the ranking of `rank` supports best, so that an early wrong guess does not count.
    """
    entries = read_entries(events, changes, cues)
    if not entries:
        return missing("diagnosed", "there are no entries to read")
    scene = set_scene(entries, detected=None, recovered=None, resolved=None, fix=fix)
    ranked, _ = rank(scene, cues.weights.features)
    named = [entry for entry, _ in ranked if _names_cause(entry)]
    if not named:
        return missing("diagnosed", "no entry names a cause")
    best = named[0]
    rule = "the best supported statement of a cause"
    return Milestone("diagnosed", best.at, best.at, best.at, "proposed", "found", rule, (best.event_id,))


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


def _names_cause(entry: Entry) -> bool:
    if entry.cues & {"question", "recovery"} and not entry.finding:
        return False
    alone = "hedge" in entry.cues and "finding" not in entry.cues
    return entry.said and not alone and (entry.finding or "lack" in entry.cues) and "escalation" not in entry.cues


def _explains(entry: Entry) -> bool:
    """Whether it offers, hedges or asks about a cause: word that users are well, or of announcements, does not."""
    if entry.cues & {"recovery", "comms", "inconclusive"} and "cause" not in entry.cues:
        return False
    if "question" in entry.cues:
        return bool(entry.cues & {"change", "cause", "lack", "hedge"})
    return entry.finding or "hedge" in entry.cues


def _stance(entry: Entry) -> str:
    if "question" in entry.cues and "finding" not in entry.cues:
        return "asked"
    if "hedge" in entry.cues:
        return "hedged"
    return "decided" if "decision" in entry.cues and not entry.finding else "stated"


def _explanation(entry: Entry, entries: Sequence[Entry], fix: Fix) -> Explanation:
    fate, evidence = _fate(entry, entries, fix)
    return Explanation(entry.at, entry.event_id, entry.text, _stance(entry), fate, evidence)


def _fate(entry: Entry, entries: Sequence[Entry], fix: Fix) -> tuple[str, tuple[str, ...]]:
    """What became of it, first by what was tried, then by who set it aside, then by what the fix acted on."""
    tried = next((attempt for attempt in fix.attempts if entry.event_id in attempt.event_ids), None)
    if tried is not None:
        return "tried, no effect", tried.event_ids
    if _fixed_by_it(entry, entries, fix):
        return "acted on, worked", fix.event_ids
    aside = next((e for e in entries if e.at > entry.at and _sets_aside(e, entry)), None)
    if aside is not None:
        return "set aside", (aside.event_id,)
    if fix.started.at is None:
        return "open", ()
    return "not followed up", ()


def _sets_aside(later: Entry, entry: Entry) -> bool:
    return (
        later.said and "inconclusive" in later.cues and bool((entry.words | entry.names) & (later.words | later.names))
    )


def _fixed_by_it(entry: Entry, entries: Sequence[Entry], fix: Fix) -> bool:
    """Whether the fix took back what it names, or shares a name or two words with it."""
    if fix.started.at is None or entry.at > fix.started.at or "question" in entry.cues:
        return False
    undone = entities_of_ref(fix.undone.ref, fix.undone.sha) if fix.undone else frozenset()
    part = [e for e in entries if e.event_id in fix.event_ids]
    names = frozenset(name for e in part for name in e.names if not name.startswith("service:"))
    words = frozenset(word for e in part for word in e.words)
    return (
        entry.event_id in fix.event_ids
        or bool(entry.names & (names | undone))
        or len(entry.words & words) >= ENOUGH_WORDS
    )
