"""Attempts without effect: what was done before the fix, and after which users were hurt as before."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from incident_timeline.score.statements import Entry

FEW_WORDS = 5  # "no change from that, 503s are where they were": what it speaks of stands in the line before
SOON = timedelta(minutes=5)  # a convention: what one person says within five minutes is one conversation


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that was done and after which users were hurt as before; `event_id` is where it began."""

    event_id: str
    start: datetime
    end: datetime  # until something else was begun
    why: str
    event_ids: tuple[str, ...]  # all entries that belong to it, the word that it failed included


def is_denied(act: Entry, entries: Sequence[Entry], acts: Sequence[Entry]) -> bool:
    """Whether somebody said that an act had not helped, in the same breath or before anything else was done."""
    if "no_effect" in act.cues and act.said:
        return True
    following = next((other.at for other in acts if other.at > act.at), None)
    after = [e for e in entries if e.at > act.at and (following is None or e.at <= following)]
    return any(_denies(e, act, frozenset(act.words | act.names)) for e in after)


def find_attempts(entries: Sequence[Entry], tried: Sequence[Entry], fix_began: datetime) -> tuple[Attempt, ...]:
    """One attempt for each run of `tried` entries (in time order) about the same thing, until something else was begun.

    It begins with the remark that offered it, where the same person made one shortly before. A remark that it did not help
    belongs to the attempt; that is not when it ended, because nothing else had begun yet.
    """
    near = [entry for entry in entries if entry.at < fix_began and (entry.of_it or "no_effect" in entry.cues)]
    times = [entry.at for entry in near]
    found: list[Attempt] = []
    belong: set[str] = set()
    for first in tried:
        if first.event_id in belong:
            continue
        run, terms = [*_offered(first, near), first], set(first.words | first.names)
        end, denied = fix_began, "no_effect" in first.cues
        for entry in islice(near, bisect_left(times, first.at), None):
            if entry.event_id == first.event_id:
                continue
            if _denies(entry, first, terms):
                denied = True
                run.append(entry)
            elif not entry.of_it:
                continue
            elif entry.acted and not denied and terms & (entry.words | entry.names):
                run.append(entry)
                terms |= entry.words | entry.names
            elif _turn(entry):
                end = entry.at
                break
        belong.update(entry.event_id for entry in run)
        why = (
            "it was said to have had no effect"
            if denied
            else "users were not well after it, and something else was begun"
        )
        found.append(Attempt(first.event_id, run[0].at, end, why, tuple(entry.event_id for entry in run)))
    return tuple(found)


def _denies(entry: Entry, act: Entry, terms: Collection[str]) -> bool:
    """Whether it says that the act did not help: by naming the same thing, or at once and with hardly a word of its own."""
    if "no_effect" not in entry.cues or entry.at < act.at:
        return False
    if entry.of_it and not (entry.words | entry.names).isdisjoint(terms):
        return True
    return entry.said and len(entry.words) <= FEW_WORDS and entry.at - act.at <= SOON


def _offered(act: Entry, near: Sequence[Entry]) -> list[Entry]:
    """The last remark before an act in which the same person spoke of the same thing; none for what a system recorded."""
    if not act.said or act.actor is None:
        return []
    about = act.words | act.names
    before = [e for e in near if act.at - SOON <= e.at < act.at and e.said and e.actor == act.actor and not e.acted]
    return [e for e in before[-1:] if about & (e.words | e.names) and "question" not in e.cues]


def _turn(entry: Entry) -> bool:
    """Whether something else begins: another action, a call for help, a finding, a decision."""
    if entry.kind in {"responder.requested", "incident.escalated"} or entry.acted:
        return True
    return entry.said and (entry.finding or bool(entry.cues & {"escalation", "decision"}))
