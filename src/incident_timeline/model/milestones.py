"""Milestones of an incident: names, bases, and the value that carries a range, evidence and rivals."""

from dataclasses import dataclass
from datetime import datetime

NAMES = (
    "started", "visible", "fired", "detected", "acknowledged", "engaged", "diagnosed", "knew_enough", "contained",
    "fix_started", "fix_landed", "mitigated", "resolved",
)  # fmt: skip

BASES = ("measured", "recorded", "stated", "proposed")  # strongest first: a gap takes the weaker of its ends


@dataclass(frozen=True, slots=True)
class Alternative:
    """A rival for a proposed milestone: the event, its score in [0, 1], and what speaks for and against it."""

    at: datetime
    event_id: str
    text: str
    score: float
    why: str  # what speaks for it
    against: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """When something happened, how sure that is and what it rests on; `reason` says why it is missing."""

    name: str
    at: datetime | None
    earliest: datetime | None
    latest: datetime | None
    basis: str | None  # one of BASES; None when missing
    status: str  # found | marked | missing
    reason: str = ""  # missing: why; found: which rule decided
    evidence: tuple[str, ...] = ()  # event ids
    alternatives: tuple[Alternative, ...] = ()  # ranked, the proposed one first where the basis is proposed


def missing(name: str, reason: str, alternatives: tuple[Alternative, ...] = ()) -> Milestone:
    """A milestone that could not be found, with the reason."""
    return Milestone(name, None, None, None, None, "missing", reason, (), alternatives)


LISTED = 3  # candidates of an unconfirmed moment that documents and charts show


def candidates(milestone: Milestone) -> tuple[Alternative, ...]:
    """The candidates of an unconfirmed moment that are shown, best first, at most three; empty once a person marked or denied it.

    Those inside the printed range, or, where that holds fewer than two, the first three: the moment is given as the range
    over what this returns and never as one number (design section 4).
    """
    if milestone.status == "marked" or milestone.basis not in ("proposed", None):
        return ()
    rivals = milestone.alternatives
    if milestone.earliest is not None and milestone.latest is not None:
        near = tuple(a for a in rivals if milestone.earliest <= a.at <= milestone.latest)
        rivals = near if len(near) > 1 else rivals
    return rivals[:LISTED]
