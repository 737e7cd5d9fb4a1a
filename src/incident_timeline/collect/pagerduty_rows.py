"""What reading any PagerDuty record needs: its time, who acted, one line of text, a detail as JSON."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from incident_timeline.errors import NaiveTimeError
from incident_timeline.model.instants import parse_instant

Row = dict[str, Any]
Found = list[tuple[Row, str]]  # records, each with its pointer into the bundle
# The same act in two lists is dated by two writes of whole seconds.
SAME = timedelta(seconds=2)


def dated(rows: Found, key: str, unread: list[str]) -> list[tuple[datetime, Row, str]]:
    """(time, row, pointer) of the rows with a readable time; the others are told in `unread`."""
    found = []
    for row, pointer in rows:
        at = instant(row.get(key))
        if at is None:
            unread.append(f"{row.get('type') or 'record'} {row.get('id')} has no readable {key}")
        else:
            found.append((at, row, pointer))
    return found


def instant(value: Any) -> datetime | None:
    """The instant that a value names, None for anything else, a time without a zone included."""
    try:
        return parse_instant(value, "pagerduty") if isinstance(value, str) else None
    except NaiveTimeError:
        return None


def kind_of(agent: Row) -> str:
    """human for a user, machine for a service, an integration or a bot, unknown where nothing is said."""
    kind = str(agent.get("type") or "")
    if kind.startswith("user"):
        return "human"
    return "machine" if kind else "unknown"


def of(row: Row, name: str) -> Row:
    """An object inside a record; empty where it is null, absent or no object."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def line(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


def as_json(detail: Row) -> str:
    """A detail without what is empty."""
    return json.dumps({k: v for k, v in detail.items() if v not in (None, [], {})}, ensure_ascii=False, sort_keys=True)


def same_act(rows: Iterable[Row], kind: str, at: datetime, actor: str | None) -> bool:
    """Whether an event row already holds this act: its kind, its actor, within two seconds."""
    return any(row["kind"] == kind and row["actor"] == actor and abs(row["at"] - at) <= SAME for row in rows)
