"""What the archive knows about incidents like one: which they are, what they share, their action items and if these helped."""

from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from incident_timeline.model.actions import Standing
from incident_timeline.model.compared import Alike, Outcome, OwnFind

# What each kind of likeness is called, in the order in which they are said.
KINDS = {
    "alerts": "alerts", "named": "alerts named alike", "signals": "signals that moved", "service": "service",
    "changes": "before it", "fix": "how it ended", "words": "words",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """A category that nobody gave yet: `votes` of the `of` nearest categorized incidents have it. Only people set it."""

    category: str
    votes: int
    of: int
    nearest: str  # the nearest incident of it

    def command(self, incident: str) -> str:
        """What a person types to agree, safe to paste whatever the category is called."""
        return f"timeline categorize {quote(incident)} {quote(self.category)}"


@dataclass(frozen=True, slots=True)
class Shared:
    """One thing that several incidents of a group have: `alerts`, `WebhooksTLS`, held by 3."""

    kind: str
    thing: str
    held: int


@dataclass(frozen=True, slots=True)
class Tested:
    """The outcome test of one action item that was verified or closed."""

    action: Standing
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Kin:
    """All of it, as the archive stood when its newest incident was collected."""

    incident: str
    as_of: datetime  # the latest collection of any archived incident, this one included
    others: int  # archived incidents beside this one
    category: str | None  # as a person gave it
    number: int  # the how-manyth of its category by its beginning; 0 without a category
    kind: tuple[str, ...]  # the others of its category, the latest first
    proposal: Proposal | None
    alike: tuple[Alike, ...]
    group: int  # incidents that `shared` speaks of: those of its category with itself, else the like ones with itself
    shared: tuple[Shared, ...]
    actions: tuple[Standing, ...]  # of its kind and of the like ones, as their post-mortems say
    without: int  # incidents among these whose post-mortem is not at hand
    tests: tuple[Tested, ...]
    own_finds: tuple[OwnFind, ...]  # what the paging tool itself takes for like this one
    own_lacks: str | None  # why the paging tool gave none
