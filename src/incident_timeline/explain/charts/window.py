"""Which stretch of time a chart shows, which changes are on it, and what is left out because nothing is in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from incident_timeline.explain.case import Case
from incident_timeline.model.incident import Change

BEFORE, AFTER = timedelta(minutes=5), timedelta(minutes=4)
_CHANGES_BEFORE = timedelta(hours=2)  # older changes are in the record; one a person gave a verdict on is always shown
_LONG = timedelta(hours=4)  # without an entry: left out, never squeezed
_LONG_BEFORE, _SQUEEZES = timedelta(minutes=30), 0.4  # before first hurt: so long, and such a part of the whole
_AROUND_BREAK = timedelta(minutes=10)
PEOPLE_KINDS = ("incident", "responder", "note", "chat", "status")
SEEN = ("alert.pending", "alert.fired", "alert.received", "page.sent", "change.made", "service.restarted")


@dataclass(frozen=True, slots=True)
class View:
    """What a chart shows: [start, end], stretches left out, and the changes in it."""

    start: datetime
    end: datetime
    breaks: tuple[tuple[datetime, datetime], ...]
    changes: tuple[Change, ...]
    earlier: int  # changes known but not in the view

    def holds(self, at: datetime) -> bool:
        """Whether an instant is shown."""
        return self.start <= at <= self.end


def by_people(row: dict[str, Any]) -> bool:
    """Whether an entry is one of a person: not by a machine, of a kind that people do."""
    if row["kind"] == "deploy.approved":
        return bool(row["actor_kind"] == "human")
    if row["kind"].split(".")[0] not in PEOPLE_KINDS:
        return False
    return (
        bool(row["actor_kind"] == "human") or (row["actor_kind"] == "unknown") or row["kind"].startswith("responder.")
    )


def choose_view(case: Case) -> View | None:
    """The view of one incident: from five minutes before its first entry to four after it was over; None without entries.

    An open incident is shown up to the moment its evidence was collected, one whose end nobody recorded up to what is known.
    """
    rows = list(case.rows.values())
    known = [m.at for m in case.scored.milestones.values() if m.at is not None]
    first = _first(case, known, rows)
    if first is None:
        return None
    resolved = case.milestone("resolved").at
    over = [at for at in (resolved, case.milestone("mitigated").at) if at is not None]
    last = max([first, *over, *([] if resolved is not None else _until(case, rows))])
    changes = tuple(c for c in case.scored.changes if _shown(c, first, last))
    start = min([first, *(c.at for c in changes)]) - BEFORE
    end = last + (timedelta(0) if case.is_open else AFTER)
    start = start.replace(second=0, microsecond=0)
    entries = [row["at"] for row in rows if by_people(row) or row["kind"] in SEEN] + known
    entries += [at for c in changes for at in (c.requested_at, c.started_at, c.finished_at) if at is not None]
    return View(start, end, _breaks(start, end, entries, first), changes, len(case.scored.changes) - len(changes))


def _first(case: Case, known: list[datetime], rows: list[dict[str, Any]]) -> datetime | None:
    anchors = [case.milestone(name).at for name in ("started", "detected")]
    found = [at for at in anchors if at is not None] or known
    if found:
        return min(found)
    people = [row["at"] for row in rows if by_people(row)] or [row["at"] for row in rows]
    return min(people, default=case.scored.incident.created_at)


def _until(case: Case, rows: list[dict[str, Any]]) -> list[datetime]:
    """Up to when an incident without a resolve is shown."""
    collected = case.scored.collected_at
    if case.is_open:
        return [collected]
    samples = case.scored.series.samples_of(case.scored.decisive)["at"] if case.scored.decisive else ()
    return [at for at in (*(row["at"] for row in rows), *samples[-1:]) if at <= collected]


def _shown(change: Change, first: datetime, last: datetime) -> bool:
    if change.requested_at > last + AFTER:
        return False
    ended = change.finished_at or change.at
    return ended >= first - _CHANGES_BEFORE or change.verdict in ("contributed", "fixed", "suspect")


def _breaks(
    start: datetime, end: datetime, entries: Iterable[datetime], first: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """Stretches without an entry that are left out: long ones, and before the incident those that would squeeze it."""
    inside = sorted({start, end, *(at for at in entries if start <= at <= end)})
    before = max(_LONG_BEFORE, (end - start) * _SQUEEZES)
    return tuple(
        (left + _AROUND_BREAK, right - _AROUND_BREAK)
        for left, right in pairwise(inside)
        if right - left > (before if right <= first else _LONG)
    )
