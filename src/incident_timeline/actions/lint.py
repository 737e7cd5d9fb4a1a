"""Says what keeps an action item from changing something: a field that lacks or says nothing, a team as owner, a date."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from incident_timeline.actions.dates import find_dates
from incident_timeline.actions.parse import is_empty
from incident_timeline.actions.words import CONCRETE, SHORTENS, TEAMS, TICKED, VAGUE_STATES, VAGUE_VERBS
from incident_timeline.model.actions import ActionFinding, ActionItem, ActionsDocument, Written
from incident_timeline.model.predicates import NotUnderstood, parse_predicate
from incident_timeline.model.predicates.values import (
    AlertFired,
    AlertReaches,
    MetricExists,
    Not,
    PromqlHolds,
    RuleExists,
    RuleReads,
)

SOON = timedelta(days=14)  # after the incident; what takes longer is a project (design section 8)
_WATCHES = (AlertFired, AlertReaches, MetricExists, PromqlHolds, RuleExists, RuleReads)


def lint_actions(
    document: ActionsDocument, today: date, incident_on: date | None = None, project: str | None = None
) -> tuple[ActionFinding, ...]:
    """Every finding, in the order of the lines; closed items are history and are not looked at.

    `incident_on` wins over the date that the document says; without either nobody can tell what is later than two weeks.
    With `project`, the address of a list of projects, what is due later is no finding (see `projects_of`).
    """
    begun = incident_on or document.incident_on
    items = [item for item in document.items if not item.closed]
    found = [one for item in items for one in _lint_item(item, today, begun, project)]
    if len(items) > 1 and not any(shortens(item) for item in items):
        words = "no item makes the next incident shorter; add one by which it is seen sooner, spreads less or ends more surely"
        found.append(ActionFinding("set.one_sided", document.path, items[0].line, words))
    return tuple(sorted(found, key=lambda one: (one.line, one.rule)))


def projects_of(document: ActionsDocument, incident_on: date | None = None) -> tuple[ActionItem, ...]:
    """The items that are projects: they say so, or are due later than two weeks after the incident."""
    begun = incident_on or document.incident_on
    return tuple(item for item in document.items if item.project or is_late(item, begun))


def is_late(item: ActionItem, incident_on: date | None) -> bool:
    """Whether an item is due later than two weeks after the incident."""
    due = due_of(item)
    return due is not None and incident_on is not None and due > incident_on + SOON


def due_of(item: ActionItem) -> date | None:
    """The day on which an item is due, None where it names none."""
    return next((day for one in item.due for day in find_dates(one.text)), None)


def is_person(text: str) -> bool:
    """Whether an owner is one person: a name or a handle, no group and no list."""
    plain = text.strip().strip("*_`")
    if TEAMS.search(re.sub(r"\([^()]*\)", "", plain)) or "/" in plain:
        return False
    return len(re.split(r"\s*(?:,|&|\+|;|\band\b|\bor\b)\s*", plain)) == 1 and bool(re.search(r"[^\W\d_]{2}", plain))


def is_decidable(text: str) -> bool:
    """Whether a condition can be decided by looking at a system: a line that a machine tests, or one that is concrete."""
    if not isinstance(parse_predicate(text), NotUnderstood):
        return True
    return bool(CONCRETE.search(text)) or not (TICKED.search(text) or VAGUE_STATES.search(text))


def shortens(item: ActionItem) -> bool:
    """Whether an item helps to see, contain or end the next incident."""
    parsed = [parse_predicate(one.text) for one in item.done]
    plain = [one.plain if isinstance(one, Not) else one for one in parsed]
    return any(isinstance(one, _WATCHES) for one in plain) or any(
        SHORTENS.search(one.text) for one in (*item.what, *item.done) if not VAGUE_VERBS.match(one.text)
    )


def _lint_item(item: ActionItem, today: date, begun: date | None, project: str | None) -> list[ActionFinding]:
    found: list[tuple[str, int, str]] = [*_what(item), *_done(item), *_owner(item)]
    if not item.project:
        found += _due(item, today, begun, project)
    verify = _said(item.verify)
    if not verify and not item.demo:
        line = item.verify[0].line if item.verify else item.line
        found.append(
            ("verify.missing", line, "VERIFY says nothing; say who shows it to whom on which day, or which test does")
        )
    return [ActionFinding(rule, item.path, line, words, item.key) for rule, line, words in found]


def _said(values: Sequence[Written]) -> list[Written]:
    return [one for one in values if not is_empty(one.text)]


def _what(item: ActionItem) -> list[tuple[str, int, str]]:
    said = _said(item.what)
    if not said:
        return [("what.missing", item.line, "WHAT is missing; say what will be different afterwards")]
    if all(VAGUE_VERBS.match(one.text) and not CONCRETE.search(one.text) for one in said):
        verb = " ".join(said[0].text.split()[:3])
        words = f"WHAT ({verb!r} ...) names no change that somebody could see; say what will be different"
        return [("what.vague", said[0].line, words)]
    return []


def _done(item: ActionItem) -> list[tuple[str, int, str]]:
    said = _said(item.done)
    if not said:
        words = "DONE WHEN is missing; give conditions that somebody else can check, such as `rule NAME exists`"
        return [("done.missing", item.done[0].line if item.done else item.line, words)]
    open_ones = [one for one in said if not is_decidable(one.text)]
    ticked = [one for one in open_ones if TICKED.search(one.text)]
    first = (ticked or said)[0]
    if ticked:  # also beside one that can be decided: the item is not done before all of them are
        words = f"DONE WHEN ({first.text[:60]!r}) can be ticked although nothing changed; name what a system then does"
        return [("done.ticked", first.line, words)]
    if len(open_ones) < len(said):
        return []
    words = f"DONE WHEN ({first.text[:60]!r}) is decided by nobody; name a number, a test or a line that a machine can check"
    return [("done.vague", first.line, words)]


def _owner(item: ActionItem) -> list[tuple[str, int, str]]:
    said = _said(item.owner)
    if not said:
        return [("owner.missing", item.owner[0].line if item.owner else item.line, "OWNER is missing; one person")]
    if is_person(said[0].text) and len(said) == 1:
        return []
    words = f"OWNER is {said[0].text[:40]!r}; an item of a team is nobody's, so name one person"
    return [("owner.team", said[0].line, words)]


def _due(item: ActionItem, today: date, begun: date | None, project: str | None) -> list[tuple[str, int, str]]:
    said = _said(item.due)
    if not said:
        return [
            ("due.missing", item.due[0].line if item.due else item.line, "DUE is missing; a date such as 2026-12-01")
        ]
    due, line = due_of(item), said[0].line
    if due is None:
        return [("due.unclear", line, f"DUE is {said[0].text[:40]!r}, which names no day; write it as 2026-12-01")]
    if due < today:
        return [
            ("due.past", line, f"DUE was {due.isoformat()} and it is still open; give a new date and why, or close it")
        ]
    if is_late(item, begun) and project is None:
        assert begun is not None
        last = (begun + SOON).isoformat()
        words = f"DUE is {due.isoformat()}, later than two weeks after the incident ({last}): that is a project"
        return [("due.project", line, f"{words}; cut off what can be done by then, or say PROJECT: URL")]
    return []
