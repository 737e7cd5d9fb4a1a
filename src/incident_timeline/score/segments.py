"""Cuts a stretch of time into segments that add up to it exactly, by claims with a stated precedence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from incident_timeline.model.gaps import Segment

SEPARATE = "no_record"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A claim that [start, end) belongs to a category; where claims overlap the lower `precedence` wins."""

    start: datetime
    end: datetime
    category: str
    rule: str
    precedence: int
    evidence: tuple[str, ...] = ()
    note: str = ""
    confidence: float = 1.0


def paint(start: datetime, end: datetime, stretches: Sequence[Stretch], *, default: Stretch) -> tuple[Segment, ...]:
    """Segments of [start, end) in time order, without overlap or hole, so their lengths add up to it exactly.

    Every instant takes the stretch of lowest precedence that covers it (at a tie the one that begins later, then the
    order given); what none covers takes the category of `default`. Neighbours of one category and rule are joined,
    except silences, each of which is a question of its own.
    """
    if end <= start:
        return ()
    inside = [s for s in stretches if s.start < end and s.end > start and s.start < s.end]
    cuts = sorted({start, end, *(max(s.start, start) for s in inside), *(min(s.end, end) for s in inside)})
    painted: list[tuple[Stretch, Segment]] = []
    coming = sorted(enumerate(inside), key=lambda pair: pair[1].start, reverse=True)
    over: list[
        tuple[int, Stretch]
    ] = []  # those that cover the instants looked at, each with its place in the order given
    for left, right in pairwise(cuts):
        while coming and coming[-1][1].start <= left:
            over.append(coming.pop())
        over = [(place, s) for place, s in over if s.end >= right]
        best = min(over, key=_first_to_win)[1] if over else default
        last = painted[-1] if painted else None
        if last is not None and last[0] is best:
            painted[-1] = (best, replace(last[1], end=right))
        elif (
            last is not None
            and best.category != SEPARATE
            and (last[0].category, last[0].rule) == (best.category, best.rule)
        ):
            evidence = tuple(dict.fromkeys(last[1].evidence + best.evidence))
            least = min(last[1].confidence, best.confidence)
            painted[-1] = (best, replace(last[1], end=right, evidence=evidence, confidence=least))
        else:
            painted.append(
                (best, Segment(left, right, best.category, best.rule, best.evidence, best.note, best.confidence))
            )
    return tuple(segment for _, segment in painted)


def _first_to_win(claim: tuple[int, Stretch]) -> tuple[int, timedelta, int]:
    place, stretch = claim
    return stretch.precedence, datetime.max.replace(tzinfo=UTC) - stretch.start, place
