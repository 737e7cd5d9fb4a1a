"""Tells chat lines about the incident from idle ones, so that a lunch order neither breaks a silence nor counts as an attempt."""

from collections.abc import Sequence

import polars as pl

from incident_timeline.model.cues import Cues
from incident_timeline.model.incident import Change
from incident_timeline.score.entries import read_entries
from incident_timeline.score.statements import Entry

# What somebody may say about an incident without naming any of its things.
_TELLING = frozenset(
    {
        "question",
        "hedge",
        "finding",
        "cause",
        "decision",
        "rollback",
        "symptom",
        "no_effect",
        "inconclusive",
        "recovery",
        "by_itself",
    }
)


# A line that names none of the incident's things may still speak of it in its words: one in five must be the incident's.
_SHARED = 0.2


def idle_lines(events: pl.DataFrame, changes: Sequence[Change], cues: Cues) -> frozenset[str]:
    """Event ids of chat lines that hold no telling cue, name nothing of the incident and share hardly a word with its records.

    The incident's own records are alerts, pages, deploys, notes and status updates: what was written about this incident,
    where a channel holds anything.
    """
    entries = read_entries(events, changes, cues)
    written = [entry for entry in entries if entry.kind != "chat.said"]
    names = frozenset().union(*(entry.names for entry in written))
    words = frozenset().union(*(entry.words for entry in written))
    return frozenset(
        entry.event_id
        for entry in entries
        if entry.kind == "chat.said" and not entry.cues & _TELLING and not entry.names & names and _alien(entry, words)
    )


def _alien(entry: Entry, words: frozenset[str]) -> bool:
    return len(entry.words & words) < _SHARED * max(1, len(entry.words))
