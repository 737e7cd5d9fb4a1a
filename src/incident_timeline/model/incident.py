"""What the incident is: its reference, its window, and the changes around it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident as its source names it; `services` are names from the configuration where it has them."""

    id: str  # the folder's name: prefix + number, or the reference
    title: str
    service: str | None
    url: str | None
    created_at: datetime | None
    resolved_at: datetime | None  # None while open
    status: str  # triggered | acknowledged | resolved | unknown
    urgency: str | None = None
    priority: str | None = None
    services: tuple[str, ...] = ()  # ids that its source gives its services
    source_id: str | None = None  # the source's own id
    policies: tuple[str, ...] = ()  # ids of the escalation policies that it pages by


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time that collectors ask for, both ends inclusive, UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One deploy or change near the incident, in the model of design section 2; times None where not recorded."""

    event_id: str
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    status: str  # queued | running | succeeded | failed | cancelled | superseded | unknown
    service: str | None
    environment: str | None
    ref: str | None
    sha: str | None
    actor: str | None
    url: str | None
    is_rollback: bool
    to_sha: str | None
    why: str  # why it is (not) taken for a rollback, in words
    verdict: str | None = None  # contributed | fixed | suspect | dismissed, by a person only

    @property
    def at(self) -> datetime:
        """When it began to act: started, else requested."""
        return self.started_at or self.requested_at
