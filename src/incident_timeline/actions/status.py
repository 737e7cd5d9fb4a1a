"""What became of the action items of several incidents: closed, verified, overdue, projects, and what comes back unfinished."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from incident_timeline.actions.lint import due_of, is_decidable, is_late, is_person
from incident_timeline.actions.parse import is_empty
from incident_timeline.model.actions import ActionItem
from incident_timeline.model.predicates.testing import HOLDS

# The first that fits names what an item is for; the words are the field's own.
CATEGORIES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for name, words in (
        ("detection", r"alert|page\b|paging|metric|monitor|dashboard|probe|slo\b|slis?\b|detect|trace"),
        (
            "resolution",
            r"roll(?:s|ed|ing)? ?back|revert|switch(?:es)? back|runbook|restor|fail ?over|drain|kill ?switch",
        ),
        (
            "containment",
            r"limit|quota|throttl|circuit|bulkhead|isolat|shed|timeout|retr(?:y|ies)|canary|dead[- ]?letter|cap\b|reject",
        ),
        ("capacity", r"capacity|scal(?:e|ing)|pool|replica|second |redundan"),
        ("knowledge", r"document|wiki|train|talk|blog|remind|communicat|onboard"),
    )
)


@dataclass(frozen=True, slots=True)
class Past:
    """The action items of one incident, with what is known of the incident and of their proofs."""

    incident: str
    service: str | None
    day: date | None
    items: tuple[ActionItem, ...]
    proofs: Mapping[str, tuple[str, str]]  # key -> (instant, verdict) of the last proof


@dataclass(frozen=True, slots=True)
class Open:
    """One unfinished item."""

    incident: str
    item: ActionItem
    category: str
    age_days: int | None  # since the incident
    due: date | None
    overdue: bool
    whole: bool  # a person, a done-when that can be decided, a day that has not passed


@dataclass(frozen=True, slots=True)
class Status:
    """Counts over all given incidents, and the open items, oldest first."""

    items: int
    closed: int
    closed_verified: int
    verified: int  # closed or not
    projects: int
    open: tuple[Open, ...]
    recurring: tuple[tuple[str, tuple[str, ...]], ...]  # category -> incidents with unfinished items of it, two or more

    @property
    def median_age(self) -> float | None:
        """Of the open items, in days."""
        ages = [one.age_days for one in self.open if one.age_days is not None]
        return median(ages) if ages else None


def status_of(past: Sequence[Past], today: date) -> Status:
    """What became of the items; completed is what people say, verified is what was proven, and the two are never mixed."""
    rows = [(one, item) for one in past for item in one.items]
    proven = {(one.incident, item.key) for one, item in rows if one.proofs.get(item.key, ("", ""))[1] == HOLDS}
    projects = [(one, item) for one, item in rows if not item.closed and (item.project or is_late(item, one.day))]
    waiting = [_open(one, item, today) for one, item in rows if not item.closed and (one, item) not in projects]
    waiting.sort(key=lambda row: (-(row.age_days or 0), row.incident, row.item.line))
    held: dict[str, dict[str, None]] = {}
    for row in waiting:
        held.setdefault(row.category, {})[row.incident] = None
    closed = [(one.incident, item.key) for one, item in rows if item.closed]
    return Status(
        items=len(rows), closed=len(closed), closed_verified=sum(one in proven for one in closed), verified=len(proven),
        projects=len(projects), open=tuple(waiting),
        recurring=tuple((name, tuple(where)) for name, where in sorted(held.items()) if len(where) > 1),
    )  # fmt: skip


def matching(status: Status, past: Sequence[Past], service: str | None, words: str) -> tuple[Open, ...]:
    """The unfinished items of earlier incidents that meet a new one: of the same service, or naming it or its alert.

    `words` are the names that the new incident goes by, such as its service and its alerts; a name is met as a whole word.
    """
    services = {one.incident: one.service for one in past}
    names = [re.escape(name) for name in words.split() if len(name) > 3]
    named = re.compile(rf"\b(?:{'|'.join(names)})\b", re.IGNORECASE) if names else None
    return tuple(
        row
        for row in status.open
        if (service and services.get(row.incident) == service)
        or (named and any(named.search(one.text) for one in (*row.item.what, *row.item.done)))
    )


def category_of(item: ActionItem) -> str:
    """What an item is for, by its own words."""
    text = " ".join(one.text for one in (*item.what, *item.done))
    return next((name for name, words in CATEGORIES if words.search(text)), "other")


def _open(one: Past, item: ActionItem, today: date) -> Open:
    due = due_of(item)
    overdue = due is not None and due < today
    owner = [value for value in item.owner if not is_empty(value.text)]
    whole = (
        len(owner) == 1
        and is_person(owner[0].text)
        and any(is_decidable(value.text) for value in item.done if not is_empty(value.text))
        and due is not None
        and not overdue
    )
    age = (today - one.day).days if one.day is not None else None
    return Open(one.incident, item, category_of(item), age, due, overdue, whole)
