"""Every explanation that was on the table and what became of it; when the cause was named."""

from collections.abc import Sequence
from dataclasses import dataclass

from incident_timeline.model.cues import Cues
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.scored import Explanation
from incident_timeline.score.fixes import Fix, Recovered, first_signal
from incident_timeline.score.knew_enough import rank, set_scene
from incident_timeline.score.knew_enough_features import undone_names
from incident_timeline.score.statements import ALARMS, Entry

ENOUGH_WORDS = 2  # content words in common with the fix that make an explanation the one it acted on


@dataclass(frozen=True, slots=True)
class _Terms:
    names: frozenset[str]
    words: frozenset[str]
    tried: tuple[
        frozenset[str], ...
    ]  # what each attempt acted on, without what the alarms say themselves and what most incidents share


def list_explanations(
    entries: Sequence[Entry], fix: Fix, recovered: Recovered | None, cues: Cues
) -> tuple[Explanation, ...]:
    """Causes that were stated, hedged or asked about, in the order they were said.

    From the first signal on, or before it where the remark is tied to the incident; until the fix landed, else until recovery.
    """
    if not entries:
        return ()
    first = first_signal(entries)
    end = fix.landed.at or (recovered[2] if recovered else entries[-1].at)
    within = [entry for entry in entries if entry.said and entry.at <= end and (entry.of_it or entry.at >= first)]
    terms = _terms_of(fix, entries, cues)
    said = [entry for entry in within if _explains(entry) or (_states(entry) and _fixed_by_it(entry, fix, terms))]
    doubts = [entry for entry in entries if entry.said and "inconclusive" in entry.cues]
    return tuple(_explanation(entry, doubts, fix, terms) for entry in said)


def find_diagnosed(entries: Sequence[Entry], fix: Fix, cues: Cues) -> Milestone:
    """When the cause was named (not asked, not hedged alone); may lie after the fix; missing when nobody named it.

    Of several statements the one that the ranking of `rank` supports best, so that an early wrong guess does not count. A plain
    statement without any word for a cause counts where it speaks of what the fix acted on.
    """
    if not entries:
        return missing("diagnosed", "there are no entries to read")
    scene = set_scene(entries, detected=None, recovered=None, resolved=None, fix=fix)
    ranked, _ = rank(scene, cues.weights.features)
    terms = _terms_of(fix, entries, cues)
    named = [
        entry for entry, _ in ranked if _names_cause(entry) or (_states(entry) and _fixed_by_it(entry, fix, terms))
    ]
    if not named:
        return missing("diagnosed", "no entry names a cause")
    best = named[0]
    rule = "the best supported statement of a cause"
    return Milestone("diagnosed", best.at, best.at, best.at, "proposed", "found", rule, (best.event_id,))


_NO_STATEMENT = frozenset(
    {"question", "decision", "rollback", "action", "recovery", "comms", "escalation", "investigating", "report", "inconclusive",
     "no_effect", "hedge"}
)  # fmt: skip


def _states(entry: Entry) -> bool:
    """Whether it says how things are, and neither asks, decides, does, reports nor hedges."""
    return entry.said and not entry.cues & _NO_STATEMENT


def _names_cause(entry: Entry) -> bool:
    if entry.cues & {"question", "recovery", "symptom"} and not entry.finding:
        return False
    alone = "hedge" in entry.cues and "finding" not in entry.cues
    return entry.said and not alone and (entry.finding or "lack" in entry.cues) and "escalation" not in entry.cues


def _explains(entry: Entry) -> bool:
    """Whether it offers, hedges or asks about a cause: word that users are well, or of announcements, does not."""
    if entry.cues & {"comms", "inconclusive"} and "cause" not in entry.cues:
        return False
    if "recovery" in entry.cues and not entry.cues & {"cause", "question"}:
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


def _explanation(entry: Entry, doubts: Sequence[Entry], fix: Fix, terms: _Terms) -> Explanation:
    fate, evidence = _fate(entry, doubts, fix, terms)
    return Explanation(entry.at, entry.event_id, entry.text, _stance(entry), fate, evidence)


def _fate(entry: Entry, doubts: Sequence[Entry], fix: Fix, terms: _Terms) -> tuple[str, tuple[str, ...]]:
    """What became of it, first by what was tried, then by what the fix acted on, then by who set it aside."""
    for attempt, about in zip(fix.attempts, terms.tried, strict=True):
        if entry.event_id in attempt.event_ids or (entry.at <= attempt.start and about & (entry.names | entry.words)):
            return "tried, no effect", attempt.event_ids
    if _fixed_by_it(entry, fix, terms):
        return "acted on, worked", fix.event_ids
    about = entry.words | entry.names
    aside = next((doubt for doubt in doubts if doubt.at > entry.at and about & (doubt.words | doubt.names)), None)
    if aside is not None:
        return "set aside", (aside.event_id,)
    return ("open", ()) if fix.started.at is None else ("not followed up", ())


def _fixed_by_it(entry: Entry, fix: Fix, terms: _Terms) -> bool:
    """Whether the fix took back what it names, or shares a name or two words with it."""
    if fix.started.at is None or entry.at > fix.started.at or "question" in entry.cues:
        return False
    return (
        entry.event_id in fix.event_ids
        or bool(entry.names & terms.names)
        or len(entry.words & terms.words) >= ENOUGH_WORDS
    )


def _terms_of(fix: Fix, entries: Sequence[Entry], cues: Cues) -> _Terms:
    """What the fix and the deploy that it took back name, services left out, because everybody names those."""
    part = frozenset(fix.event_ids)
    of_fix = [entry for entry in entries if entry.event_id in part]
    names = frozenset(name for entry in of_fix for name in entry.names if not name.startswith("service:"))
    everywhere = cues.common.union(*(entry.names | entry.words for entry in entries if entry.kind in ALARMS))
    acts = {entry.event_id: entry for entry in entries}
    tried = (acts[attempt.event_id].names | acts[attempt.event_id].words for attempt in fix.attempts)
    return _Terms(
        names | undone_names(fix, entries),
        frozenset(word for entry in of_fix for word in entry.words),
        tuple(about - everywhere for about in tried),
    )
