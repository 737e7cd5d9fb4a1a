"""Reads the rows of one incident as entries: what kind of remark each is, what it names and who said it."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from incident_timeline.model.cues import STEM, Cues, plain
from incident_timeline.model.incident import Change
from incident_timeline.score.entities import entities, entities_of_ref

SAID = frozenset({"chat.said", "note.added", "status.updated", "other"})
DEPLOYED = frozenset(
    {"service.deployed", "service.rolledback", "deploy.started", "deploy.requested", "change.made", "service.restarted"}
)
ALARMS = frozenset({"alert.fired", "alert.received", "page.sent"})
LOOSE = 0.5  # an entry tied less than this shares next to nothing with the others: perhaps another matter
_COMMON = 0.25  # the part of its strength that a common word keeps
_WORD = re.compile(r"[^\W\d_][\w']{2,}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as the moment they knew enough reads it."""

    at: datetime
    event_id: str
    kind: str
    service: str | None
    actor: str | None
    speaker: str  # human | machine | user | vendor | unknown
    text: str
    cues: frozenset[str]  # categories of model.cues found in the text
    words: frozenset[str]  # the beginnings of content words, without the ignored ones
    names: frozenset[str]  # entities
    tied: float = 0.0  # how strongly its words and names tie it to the rest of the incident; under LOOSE hardly at all

    @property
    def said(self) -> bool:
        """Whether somebody said it, and not a machine."""
        return self.kind in SAID and self.speaker != "machine"

    @property
    def of_it(self) -> bool:
        """Whether it clearly belongs to this incident: a system's record, or a remark tied to other entries."""
        return self.kind not in SAID or self.tied >= LOOSE

    @property
    def finding(self) -> bool:
        """Whether it states a fact or a cause, and not merely that one is looked for."""
        if self.cues & {"question", "inconclusive"} and not self.cues & {"cause", "finding"}:
            return False
        return bool(self.cues & {"finding", "cause"}) and not (
            "investigating" in self.cues and "finding" not in self.cues
        )

    @property
    def acted(self) -> bool:
        """Whether something was done: a deploy or change, or a remark that says so."""
        if self.kind in DEPLOYED:
            return True
        return (
            self.kind in SAID
            and self.speaker not in {"machine", "user"}
            and bool(self.cues & {"action", "rollback"})
            and not self.cues & {"question"}
        )

    @property
    def well(self) -> bool:
        """Whether it says that users are well again."""
        return "recovery" in self.cues and not self.cues & {"no_effect", "question", "investigating"}


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
    ties = _ties(entries, cues.common)
    tied = [replace(e, tied=math.fsum(ties.get(term, 0.0) for term in e.words | e.names)) for e in entries]
    return tuple(sorted(tied, key=lambda entry: (entry.at, entry.kind, entry.text, entry.event_id)))


def _ties(entries: Sequence[Entry], common: frozenset[str]) -> dict[str, float]:
    """How strongly each term ties an entry to the others: terms of recorded rows most, then terms that entries share.

    Terms shared among entries that themselves use a term of a recorded row count a little: a second step away.
    """
    uses = Counter(term for e in entries for term in e.words | e.names)
    recorded = frozenset().union(*(e.words | e.names for e in entries if e.kind not in SAID))
    rare = recorded - common
    near = Counter(t for e in entries if e.kind in SAID and (e.words | e.names) & rare for t in e.words | e.names)
    ties = {}
    for term, count in uses.items():
        if count > 1:
            strength = 0.5 + (1.0 if term in recorded else 0.0) + (0.25 if near[term] > 1 else 0.0)
            ties[term] = strength * (_COMMON if term in common else 1.0)
    return ties


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
        row["at"], row["event_id"], row["kind"], row["service"], row["actor"], speaker, text, cues.found(text), words, names
    )  # fmt: skip
