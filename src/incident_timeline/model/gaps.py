"""Gaps between milestones and the segments of the ledgers that cut them up."""

from dataclasses import dataclass
from datetime import datetime

# name -> (from milestone, to milestone); design section 5
GAPS: dict[str, tuple[str, str]] = {
    "time_to_detect": ("started", "detected"),
    "time_to_acknowledge": ("detected", "acknowledged"),
    "time_to_diagnose": ("detected", "diagnosed"),
    "time_to_know": ("detected", "knew_enough"),
    "response_gap": ("knew_enough", "resolved"),
    "decide": ("knew_enough", "fix_started"),
    "apply": ("fix_started", "fix_landed"),
    "recover": ("fix_landed", "mitigated"),
    "confirm": ("mitigated", "resolved"),
    "knew_to_mitigated": ("knew_enough", "mitigated"),
    "time_to_contain": ("started", "contained"),
    "time_to_mitigate": ("started", "mitigated"),
    "time_to_resolve": ("started", "resolved"),
}

LEDGERS: dict[str, tuple[str, str]] = {
    "detection": ("started", "detected"),
    "knowing": ("detected", "knew_enough"),
    "response": ("knew_enough", "resolved"),
}

CATEGORIES: dict[str, tuple[str, ...]] = {
    "detection": (
        "unmeasured", "no_rule", "below_threshold", "pending", "evaluation", "grouping", "unexplained",
    ),
    "knowing": (
        "notifying", "page_to_ack", "mobilising", "escalating", "investigating", "attempt_without_effect",
        "no_record", "unexplained",
    ),
    "response": (
        "approval", "implement", "execute", "deploy", "tooling", "capacity", "attempt_without_effect", "incomplete",
        "recovery", "verify", "third_party", "comms", "closing", "deferred", "investigate", "no_record",
        "unexplained", "unattended",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """Seconds from one milestone to another with the range that its ends allow; `status` is a basis, missing or invalid."""

    name: str
    seconds: float | None
    earliest: float | None  # the least it can be, seconds
    latest: float | None  # the most it can be, seconds
    status: str  # measured | recorded | stated | proposed | missing | invalid
    reason: str
    start: str  # milestone names
    end: str
    evidence: tuple[str, ...] = ()  # the event ids of both ends, where they have one


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a ledger, [start, end), with its category, the rule that decided and what it rests on."""

    start: datetime
    end: datetime
    category: str
    rule: str
    evidence: tuple[str, ...] = ()
    note: str = ""  # what stands before and after, in words, for the report
    confidence: float = 1.0  # 1 where records give both ends and the kind of work; a reading of words has its share

    @property
    def seconds(self) -> float:
        """Its length in seconds."""
        return (self.end - self.start).total_seconds()
