"""Tells chat lines about the incident from idle ones, so that a lunch order neither breaks a silence nor counts as an attempt."""

from collections.abc import Sequence

from incident_timeline.score.silence import SILENCE
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


def idle_lines(entries: Sequence[Entry]) -> frozenset[str]:
    """Event ids of chat lines without a telling cue, a word of work or a name of the incident, and hardly a word of its records.

    What somebody says within SILENCE of a telling line of their own is not idle.

    The incident's own records are alerts, pages, deploys, notes and status updates: what was written about this incident,
    where a channel holds anything.
    """
    written = [entry for entry in entries if entry.kind != "chat.said"]
    names = frozenset().union(*(entry.names for entry in written))
    words = frozenset().union(*(entry.words for entry in written))
    chat = [entry for entry in entries if entry.kind == "chat.said"]
    idle = [entry for entry in chat if not (_speaks(entry) or entry.names & names) and _alien(entry, words)]
    left = {entry.event_id for entry in idle}
    telling = [entry for entry in chat if entry.event_id not in left]
    return frozenset(entry.event_id for entry in idle if not any(_one_breath(entry, other) for other in telling))


def _speaks(entry: Entry) -> bool:
    return bool(entry.work or entry.cues & _TELLING)


def _one_breath(entry: Entry, other: Entry) -> bool:
    """Whether the same person said something telling just before or after: "yes" belongs to the question it answers."""
    return entry.actor is not None and entry.actor == other.actor and abs(entry.at - other.at) <= SILENCE


def _alien(entry: Entry, words: frozenset[str]) -> bool:
    return len(entry.words & words) < _SHARED * max(1, len(entry.words))
