"""What a paging tool says beside its events: who was on call, incidents like this one, and its own figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incident_timeline.model.instants import duration


@dataclass(frozen=True, slots=True)
class OnCall:
    """One person's turn at one level of an escalation policy; `start` None: always, `end` None: without an end."""

    level: int
    actor: str  # the person's stable key, as in the event frame
    name: str
    policy: str
    schedule: str | None
    start: datetime | None
    end: datetime | None
    evidence: str

    def covers(self, at: datetime) -> bool:
        """Whether this person was on call at that moment."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class LikeIncident:
    """An incident that the paging tool takes for like this one: `past` on the same service, `related` elsewhere."""

    relation: str  # past | related
    key: str
    title: str
    at: datetime | None
    why: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ReportedFigure:
    """One figure that the paging tool worked out by itself, for one of its incidents; `name` is a key of CHECKED."""

    name: str
    value: float
    field: str  # the vendor's own name of it
    incident: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Paging:
    """All of it, for the incidents that make up one build."""

    on_call: tuple[OnCall, ...] = ()
    like: tuple[LikeIncident, ...] = ()
    figures: tuple[ReportedFigure, ...] = ()


# What can be checked against our own result: the figure, in words, and its unit.
CHECKED = {
    "to_acknowledge": ("from the page to the first acknowledgement", "s"),
    "to_resolve": ("from the page to the last resolve", "s"),
    "responders": ("people who took it or joined", "people"),
}


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """One figure of ours beside the paging tool's own; both are shown, they are never averaged."""

    name: str  # a key of CHECKED
    ours: float | None
    theirs: float
    agrees: bool
    field: str
    reason: str  # why ours is missing, or what may explain a difference
    evidence: tuple[str, ...]  # event ids of ours

    @property
    def words(self) -> str:
        """The check as a sentence without a full stop."""
        what, unit = CHECKED[self.name]
        theirs = f"{_shown(self.theirs, unit)} by PagerDuty's own analytics"
        if self.ours is None:
            return f"{what}: {theirs}, none by the record ({self.reason})"
        if self.agrees:
            return f"{what}: {_shown(self.ours, unit)}, as PagerDuty's own analytics have it"
        why = f" ({self.reason})" if self.reason else ""
        return f"{what}: {_shown(self.ours, unit)} by the record, {theirs}: they differ{why}"


def _shown(value: float, unit: str) -> str:
    return duration(value) if unit == "s" else f"{value:g}"


def join_paging(parts: Iterable[Paging]) -> Paging:
    """What several pages of one incident say, each turn and each incident once."""
    listed = list(parts)
    return Paging(
        tuple(dict.fromkeys(one for part in listed for one in part.on_call)),
        tuple({(one.relation, one.key): one for part in listed for one in part.like}.values()),
        tuple(one for part in listed for one in part.figures),
    )
