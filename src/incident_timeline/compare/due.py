"""Lists by day what is due to be tested: action items to be verified, and outcomes that the data could then tell."""

from collections.abc import Iterable, Sequence
from datetime import date

from incident_timeline.model.actions import Standing
from incident_timeline.model.compared import Due, Outcome


def list_due(standings: Sequence[Standing], tested: Iterable[tuple[Standing, Outcome]], today: date) -> tuple[Due, ...]:
    """Everything that waits for a test, the earliest first, what names no day last.

    An item that is not proven is due on the days that its VERIFY names, else on its DUE. An outcome is due on the day from
    which the data could call its category rarer; one that the data tell already, or that no data could tell, is not listed.
    """
    found = [one for item in standings for one in _verifying(item, today)]
    found += [one for item, outcome in tested for one in _telling(item, outcome, today)]
    return tuple(sorted(found, key=lambda one: (one.day or date.max, one.incident, one.action, one.what)))


def _verifying(item: Standing, today: date) -> list[Due]:
    if item.state == "verified":
        return []
    days: Sequence[date | None] = item.verify or (() if item.state == "closed" else (item.due,))
    return [
        Due(
            day,
            "verify",
            item.incident,
            item.full_name,
            item.what,
            f"{item.state}, not verified",
            day is not None and day < today,
        )
        for day in days
    ]


def _telling(item: Standing, outcome: Outcome, today: date) -> list[Due]:
    until = outcome.recurrence.quiet_until
    if until is None:
        return []
    since = f"{item.state} {outcome.since:%Y-%m-%d}, {outcome.recurrence.after[0]} of {outcome.category!r} since"
    words = f"{since}; from this day on, were there no more, it would count as rarer"
    return [Due(until.date(), "outcome", item.incident, item.full_name, item.what, words, until.date() < today)]
