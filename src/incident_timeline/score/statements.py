"""What one row of an incident says, as the moment they knew enough reads it: kind of remark, things named, speaker."""

from dataclasses import dataclass
from datetime import datetime

SAID = frozenset({"chat.said", "note.added", "status.updated", "other"})
DEPLOYED = frozenset(
    {"service.deployed", "service.rolledback", "deploy.started", "deploy.requested", "change.made", "service.restarted"}
)
ALARMS = frozenset({"alert.fired", "alert.received", "page.sent"})


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
    work: frozenset[str] = frozenset()  # kinds of work that the text speaks of, for the ledgers
    tied: float = 0.0  # how strongly its words and names tie it to the rest of the incident
    reach: float = 1.0  # how close it lies to the incident's own records, 1 for the average entry
    of_it: bool = (
        True  # whether it clearly belongs to this incident: a system's record, or a remark tied to other entries
    )

    @property
    def said(self) -> bool:
        """Whether somebody said it, and not a machine."""
        return self.kind in SAID and self.speaker != "machine"

    @property
    def finding(self) -> bool:
        """Whether it states a fact or a cause, and not merely that one is looked for."""
        if self.cues & {"question", "inconclusive"} and not self.cues & {"cause", "finding"}:
            return False
        return bool(self.cues & {"finding", "cause"}) and not (
            "investigating" in self.cues and "finding" not in self.cues
        )

    @property
    def recorded(self) -> bool:
        """Whether a system says that something was changed: a deploy's or change's own row, or a bot's line in the chat."""
        if self.kind in DEPLOYED:
            return True
        announced = "announced" in self.cues and not self.cues & {"symptom", "no_effect", "question"}
        return self.kind in SAID and self.speaker == "machine" and announced

    @property
    def acted(self) -> bool:
        """Whether something was done: a deploy or change, what a bot announces of one, or a person's remark that says so."""
        if self.recorded:
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
