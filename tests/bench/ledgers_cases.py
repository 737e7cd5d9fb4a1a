"""The response ledger's bench: gaps of the dev corpus with their labelled segments, and the product's ledgers of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from incident_timeline.model.cues import Cues
from incident_timeline.model.gaps import Segment
from incident_timeline.model.milestones import NAMES, Milestone, missing
from incident_timeline.score.closing import propose_resolved
from incident_timeline.score.entries import read_entries
from incident_timeline.score.ledgers import attempt_stretches, cut_response
from incident_timeline.score.milestones import recorded_milestones
from incident_timeline.score.relevance import idle_lines
from tests.bench.knew_enough_cases import Case, build, changes_of, events_of

# The corpus's word -> ours. Where the report is silent, we say that there is no record.
SAME = {"wrong_fix": {"attempt_without_effect"}, "unexplained": {"unexplained", "no_record"}}


@dataclass(frozen=True)
class Labelled:
    """One labelled stretch of a gap."""

    start: datetime
    end: datetime
    category: str  # the corpus's word


def labelled(case: Case) -> list[Labelled]:
    """The labelled segments of a case's gap, in order; empty where the corpus gives none."""
    rows: Sequence[Mapping[str, str]] = case.labels["gap_after_knew_enough"] or []
    return [
        Labelled(datetime.fromisoformat(row["from_ts"]), datetime.fromisoformat(row["to_ts"]), row["filled_by"])
        for row in rows
    ]


def right(predicted: str, label: str) -> bool:
    """Whether a category of ours is the corpus's word."""
    return predicted in SAME.get(label, {label})


def cut(case: Case, cues: Cues, *, until_label: bool = True) -> tuple[Segment, ...]:
    """The response ledger that a build makes of the feed, knew_enough set to its label.

    Its end is set to the gap's end too, or with `until_label` False left as found; all else is as found.
    """
    segments = labelled(case)
    events = events_of(case.rows, case.id)
    changes = changes_of(events)
    fix = build(case.rows, case.id, cues).fix
    known = {name: missing(name, "") for name in NAMES} | {"fix_started": fix.started, "fix_landed": fix.landed}
    read = read_entries(events, changes, cues)
    idle = idle_lines(read)
    entries = [entry for entry in read if entry.event_id not in idle]
    knew, resolved = _at("knew_enough", segments[0].start), _at("resolved", segments[-1].end)
    if not until_label:
        recorded = recorded_milestones(events, events["at"].max())["resolved"]
        resolved = propose_resolved(recorded, read, frozenset(events["source"]))
    attempts = attempt_stretches(fix.attempts, idle)
    return cut_response(knew, resolved, known, attempts, changes, events, entries, cues.reading)


def _at(name: str, at: datetime) -> Milestone:
    return Milestone(name, at, at, at, "stated", "marked", "the corpus's label", ())


def share_right(segments: Sequence[Segment], labels: Sequence[Labelled]) -> float:
    """The part of the gap's seconds whose category is right."""
    whole = sum((label.end - label.start).total_seconds() for label in labels)
    got = sum(
        shared(segment, label) for label in labels for segment in segments if right(segment.category, label.category)
    )
    return got / whole if whole else 0.0


def shared(segment: Segment, label: Labelled) -> float:
    """Seconds that both cover."""
    return max(0.0, (min(segment.end, label.end) - max(segment.start, label.start)).total_seconds())
