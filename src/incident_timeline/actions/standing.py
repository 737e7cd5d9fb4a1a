"""Says how each action item of an incident stands: open, a project, closed, or verified, and since when."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from incident_timeline.actions.dates import find_dates
from incident_timeline.actions.lint import due_of, is_late
from incident_timeline.model.actions import ActionItem, Standing
from incident_timeline.model.instants import parse_instant


def standings_of(
    incident: str, items: Sequence[ActionItem], day: date | None, verified: Mapping[str, str]
) -> tuple[Standing, ...]:
    """Every item in the order of its document; `day` is the incident's, `verified` maps the key of a proven item to its instant."""
    return tuple(_standing(incident, number, item, day, verified.get(item.key)) for number, item in enumerate(items, 1))


def _standing(incident: str, number: int, item: ActionItem, day: date | None, proven: str | None) -> Standing:
    since = parse_instant(proven) if proven is not None else _closed_on(item) if item.closed else None
    late = item.project or is_late(item, day)
    state = "verified" if proven is not None else "closed" if item.closed else "project" if late else "open"
    verify = tuple(sorted({day for one in item.verify for day in find_dates(one.text)}))
    what = re.sub(rf"^\W*{re.escape(item.label)}\W*", "", item.title) if item.label else item.title
    return Standing(incident, number, item.label, item.key, what, state, due_of(item), verify, since)


def _closed_on(item: ActionItem) -> datetime | None:
    """Midnight of the day that STATUS names, UTC; None where people only said that it is closed."""
    days = [day for one in item.status for day in find_dates(one.text)]
    return datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC) if days else None
