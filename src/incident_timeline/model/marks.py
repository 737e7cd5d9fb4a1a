"""What people say about an incident: milestones that they confirm, correct or deny, and verdicts on changes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """One milestone as a person marked it; `at` None says that it did not happen (nobody knew)."""

    milestone: str
    at: datetime | None
    because: str
    event_id: str | None  # the entry it rests on, where one was named
    by: str
    on: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says about a change: contributed, fixed, suspect or dismissed; several may contribute."""

    event_id: str
    verdict: str
    why: str
    by: str
    on: datetime


@dataclass(frozen=True, slots=True)
class EventMark:
    """What a person says about an entry: hide it, give it another time, or add one that no source holds."""

    action: str  # hide | retime | add
    event_id: str | None  # of the entry; None for one that is added
    at: datetime | None  # the other time, or the time of what is added
    text: str  # what is added
    kind: str  # the kind of what is added
    why: str
    by: str
    on: datetime


@dataclass(frozen=True, slots=True)
class Category:
    """The category of incidents that a person puts this one into."""

    name: str
    by: str
    on: datetime


ACTIONS = ("hide", "retime", "add")
VERDICTS = ("contributed", "fixed", "suspect", "dismissed")


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of one incident, in the order of the file; of several on one thing the last counts."""

    milestones: tuple[Mark, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    events: tuple[EventMark, ...] = ()
    categories: tuple[Category, ...] = ()

    @property
    def category(self) -> str | None:
        """The category that counts, None where nobody gave one."""
        return self.categories[-1].name if self.categories else None
