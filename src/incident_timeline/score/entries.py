"""Reads the rows of one incident as entries: their words, what they name, who said them, how they hang together."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from incident_timeline.model.cues import STEM, Cues, plain
from incident_timeline.model.incident import Change
from incident_timeline.score.entities import entities, entities_of_ref
from incident_timeline.score.statements import Entry
from incident_timeline.score.ties import tie

_WORD = re.compile(r"[^\W\d_][\w']{2,}")


def text_of(row: Mapping[str, Any]) -> str:
    """The full text of a row: key `text` of its detail where it has one, else its summary."""
    detail = row.get("detail")
    if detail and '"text"' in detail:
        try:
            full = json.loads(detail).get("text")
        except (ValueError, AttributeError):
            full = None
        if isinstance(full, str) and full.strip():
            return full
    return str(row.get("summary") or "")


def read_entries(events: pl.DataFrame, changes: Sequence[Change], cues: Cues) -> tuple[Entry, ...]:
    """Every row of the event frame as an Entry, in an order that does not depend on how equal times were written."""
    services = sorted(
        {str(name) for name in events["service"].drop_nulls()} | {c.service for c in changes if c.service}
    )
    by_id = {change.event_id: change for change in changes}
    columns = ("at", "event_id", "kind", "service", "actor", "actor_kind", "summary", "detail")
    entries = [_entry(row, by_id.get(row["event_id"]), services, cues) for row in events.select(columns).to_dicts()]
    return tuple(tie(sorted(entries, key=lambda e: (e.at, e.kind, e.text, e.event_id)), cues.common))


def _entry(row: Mapping[str, Any], change: Change | None, services: Iterable[str], cues: Cues) -> Entry:
    text = text_of(row)
    names = entities(text, services)
    if change is not None:
        names |= entities_of_ref(change.ref, change.sha) | entities_of_ref(None, change.to_sha)
    words = frozenset(word[:STEM] for word in _WORD.findall(plain(text)) if word not in cues.ignored)
    role = cues.actor_role(row["actor"])
    known = str(row["actor_kind"])
    speaker = "machine" if known == "machine" else role or known
    if known == "human" and role == "machine":
        speaker = "human"
    return Entry(
        row["at"], row["event_id"], row["kind"], row["service"], row["actor"], speaker, text, cues.found(text), words, names,
        cues.work(text),
    )  # fmt: skip
