"""One scored incident as the sentences read it: events by id, roles in the place of names, times as the documents print them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from incident_timeline.explain.evidence import ALL_RULES, COLLECTED, series_of_events
from incident_timeline.explain.roles import Named, hide_names, names_of
from incident_timeline.explain.watching import watches
from incident_timeline.explain.wording import Cell, clean, refs
from incident_timeline.model.findings import Words
from incident_timeline.model.gaps import GAPS, Gap
from incident_timeline.model.instants import clock
from incident_timeline.model.kin import Kin
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.onset import Moved
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.scored import Scored

MOMENTS = {
    "started": "first hurt", "visible": "the first signal", "fired": "the alert", "detected": "the first page",
    "acknowledged": "an acknowledgement", "engaged": "the first action", "diagnosed": "naming the cause",
    "knew_enough": "the point of knowing enough", "contained": "the end of the spread", "fix_started": "the start of the fix",
    "fix_landed": "the end of the fix", "mitigated": "users well", "resolved": "resolved",
}  # fmt: skip
_NAME_READ = 2000  # characters of one text that are searched for names
_IDENTIFIER = re.compile(r"[A-Za-z_:][\w:]*")


@dataclass(frozen=True, slots=True)
class Case:
    """What every module of explain is given; made by `open_case`."""

    scored: Scored
    numbers: Mapping[str, str]
    roles: Mapping[str, str]
    names: Mapping[str, str]
    rows: Mapping[str, dict[str, Any]]  # event_id -> row of the event frame
    series_of: Mapping[str, str]  # event_id of an onset or recovery -> series_id
    queries: Mapping[str, str] = field(default_factory=dict)  # series_id -> query as sent
    kin: Kin | None = None  # what the archive knows, where there is one

    def milestone(self, name: str) -> Milestone:
        """The milestone of that name; missing when scoring gave none."""
        return self.scored.milestones.get(name) or missing(name, "scoring gave no answer")

    def gap(self, name: str) -> Gap | None:
        """The gap of that name when it has a length, else None."""
        gap = self.scored.gaps.get(name)
        return gap if gap is not None and gap.seconds is not None else None

    @property
    def is_open(self) -> bool:
        """Whether it was open when evidence was collected: no resolve, of a source that would have held one (status known)."""
        return self.milestone("resolved").at is None and self.scored.incident.status != "unknown"

    def why_not(self, name: str) -> str:
        """Why a gap has no length, in words: which of its ends is missing and the reason of each."""
        absent = [m for m in (self.milestone(end) for end in GAPS[name]) if m.at is None]
        return "; ".join(f"{MOMENTS[m.name]} is not on record: {self.hidden(m.reason, 200)}" for m in absent)

    def hidden(self, text: str | None, limit: int) -> str:
        """Outside text as one clean line of at most `limit` characters, roles in the place of names unless names are asked for."""
        if isinstance(self.roles, Named):
            return clean(text, limit)
        return clean(hide_names(clean(text, _NAME_READ), self.names), limit)

    def role(self, actor: str | None) -> str:
        """The role of an actor; `somebody` for none."""
        return clean(self.roles.get(actor, "somebody"), 60) if actor else "somebody"

    def time(self, at: datetime) -> str:
        """`14:07:31`; with the day before it where that is not the incident's first."""
        first = self.first_day
        return clock(at) if first is None or at.date() == first.date() else f"{at:%b} {at.day} {clock(at)}"

    @property
    def first_day(self) -> datetime | None:
        """The day that the document carries in its heading: of the first of started, detected and the creation."""
        known = [m.at for m in (self.milestone("started"), self.milestone("detected")) if m.at is not None]
        created = self.scored.incident.created_at
        return min(known, default=created or self.scored.window.start)

    def cite(self, ids: Iterable[str], *instead: str) -> Cell:
        """References to evidence that has a number, onsets as their series; else to `instead`, else to all that was collected."""
        known = [one for raw in ids if (one := self.known(raw))]
        if not known:
            known = [one for raw in instead if (one := self.known(raw))]
        if not known and COLLECTED in self.numbers:
            known = [COLLECTED]
        return refs(known)

    def known(self, raw: str) -> str | None:
        """The id under which a piece of evidence is numbered, or None."""
        if raw in self.series_of:
            raw = f"series:{self.series_of[raw]}"
        if raw in self.numbers:
            return raw
        prefixed = f"series:{raw}"
        return prefixed if prefixed in self.numbers else None

    def cite_milestone(self, milestone: Milestone) -> Cell:
        """References for one milestone: its own, for a measured one else the deciding series, else all that was collected."""
        measured = [f"series:{self.scored.decisive}"] if milestone.basis == "measured" and self.scored.decisive else []
        return self.cite(milestone.evidence, *measured)

    def decisive(self) -> dict[str, Any] | None:
        """The label row of the SLI that decided `started`, or None."""
        wanted = self.scored.decisive
        if wanted is None or wanted not in set(self.scored.series.labels["series_id"]):
            return None
        return self.scored.series.describe(wanted)

    def series_label(self, series_id: str) -> dict[str, Any]:
        """The label row of one series; an empty one when it was not collected."""
        known = self.scored.series.labels.filter(pl.col("series_id") == series_id)
        return known.row(0, named=True) if known.height else {"name": series_id, "unit": None, "signal": "other"}

    def signal_name(self, series_id: str) -> str:
        """A series as prose calls it: its query's name, underscores as spaces, with the service where several have it."""
        label = self.series_label(series_id)
        name = clean(str(label["name"]).replace("_", " "), 40)
        same = self.scored.series.labels.filter(pl.col("name") == label["name"])
        service = label.get("service")
        return f"{name} of {clean(service, 30)}" if service and same["service"].n_unique() > 1 else name

    def words_of(self, series_id: str) -> frozenset[str]:
        """The identifiers of a series' query: its metrics are among them."""
        return frozenset(_IDENTIFIER.findall(self.queries.get(series_id, "")))

    def readers(self, moved: Moved) -> tuple[AlertRule, ...]:
        """The loaded rules that read a metric of this signal's query and may be about its service."""
        words, service = self.words_of(moved.series_id), self.series_label(moved.series_id).get("service")
        return tuple(rule for rule in self.scored.rules if words & set(rule.metrics) and watches(rule, service))

    def paging_episode(self) -> AlertEpisode | None:
        """The episode of the rule that fired, as the milestone `fired` names it; else the first that fired."""
        fired = [e for e in self.scored.episodes if e.firing_at is not None]
        at = self.milestone("fired").at
        exact = [e for e in fired if e.firing_at == at]
        return min(exact or fired, key=lambda e: (str(e.firing_at), e.name), default=None)

    def rule(self, name: str) -> AlertRule | None:
        """The loaded rule of that name; the first where several groups hold one."""
        return next((rule for rule in self.scored.rules if rule.name == name), None)

    def rule_ids(self, *names: str) -> tuple[str, ...]:
        """The ids of these rules that are numbered, else of all loaded rules."""
        known = tuple(one for name in names if (one := self.known(f"rule:{name}")))
        return known or ((ALL_RULES,) if ALL_RULES in self.numbers else ())


def open_case(scored: Scored, numbers: Mapping[str, str], roles: Mapping[str, str], kin: Kin | None = None) -> Case:
    """The case of one scored incident, with its look-ups made once."""
    return Case(
        scored=scored,
        numbers=numbers,
        roles=roles,
        names=names_of(scored.events, roles),
        rows={row["event_id"]: row for row in scored.events.iter_rows(named=True)},
        series_of=series_of_events(scored),
        queries={
            series_id: query or "" for series_id, query in scored.series.labels.select("series_id", "query").iter_rows()
        },
        kin=kin,
    )


def coded(text: str) -> Cell:
    """Own words in which `backticks` set off names, as a cell with those as code."""
    parts = text.split("`")
    return tuple(Words(part, "code" if i % 2 else "plain") for i, part in enumerate(parts) if part)
