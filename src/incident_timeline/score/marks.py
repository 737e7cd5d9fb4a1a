"""A person's mark wins over what was found or proposed; what it replaces stays visible beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from incident_timeline.model.incident import Change
from incident_timeline.model.marks import Marks
from incident_timeline.model.milestones import Milestone


def apply_marks(milestones: Mapping[str, Milestone], marks: Marks) -> dict[str, Milestone]:
    """The milestones with every mark applied: basis `stated`, status `marked`; the alternatives of a proposal are kept."""
    marked = dict(milestones)
    for mark in marks.milestones:
        found = milestones[mark.milestone]
        before = f"; found before: {found.reason}" if found.status == "found" and found.reason else ""
        reason = f"{mark.because or 'marked'} (by {mark.by}){before}"
        if mark.at is None:
            marked[mark.milestone] = Milestone(
                mark.milestone, None, None, None, "stated", "missing", reason, (), found.alternatives
            )
            continue
        evidence = (mark.event_id,) if mark.event_id else ()
        marked[mark.milestone] = Milestone(
            mark.milestone, mark.at, mark.at, mark.at, "stated", "marked", reason, evidence, found.alternatives
        )
    return marked


def apply_verdicts(changes: Sequence[Change], marks: Marks) -> tuple[Change, ...]:
    """The changes with what people say of them; several may have contributed."""
    said = {verdict.event_id: verdict.verdict for verdict in marks.verdicts}
    return tuple(replace(change, verdict=said.get(change.event_id, change.verdict)) for change in changes)
