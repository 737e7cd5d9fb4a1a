"""Attempts without effect: what was done before the fix, and after which users were hurt as before."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from incident_timeline.score.statements import Entry


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that was done and after which users were hurt as before; `event_id` is where it began."""

    event_id: str
    start: datetime
    end: datetime  # until something else was begun
    why: str
    event_ids: tuple[str, ...]  # all entries that belong to it, the word that it failed included


def find_attempts(entries: Sequence[Entry], tried: Sequence[Entry], fix_began: datetime) -> tuple[Attempt, ...]:
    """One attempt for each run of `tried` entries (in time order) about the same thing, until something else was begun.

    A remark that it did not help belongs to the attempt; that is not when it ended, because nothing else had begun yet.
    """
    near = [entry for entry in entries if entry.of_it and entry.at < fix_began]
    times = [entry.at for entry in near]
    found: list[Attempt] = []
    belong: set[str] = set()
    for first in tried:
        if first.event_id in belong:
            continue
        run, terms = [first], set(first.words | first.names)
        end, denied = fix_began, "no_effect" in first.cues
        for entry in islice(near, bisect_left(times, first.at), None):
            if entry.event_id == first.event_id:
                continue
            same = bool(terms & (entry.words | entry.names))
            if same and "no_effect" in entry.cues:
                denied = True
                run.append(entry)
            elif same and entry.acted and not denied:
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
        found.append(Attempt(first.event_id, first.at, end, why, tuple(entry.event_id for entry in run)))
    return tuple(found)


def _turn(entry: Entry) -> bool:
    """Whether something else begins: another action, a call for help, a finding, a decision."""
    if entry.kind in {"responder.requested", "incident.escalated"} or entry.acted:
        return True
    return entry.said and (entry.finding or bool(entry.cues & {"escalation", "decision"}))
