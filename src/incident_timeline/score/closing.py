"""The end of an incident that no paging system kept: the last word that users were well, or that it was closed."""

from collections.abc import Sequence

from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.score.statements import ALARMS, Entry


def propose_resolved(resolved: Milestone, entries: Sequence[Entry], sources: frozenset[str]) -> Milestone:
    """`resolved` as it was found; where no resolve is on record and PagerDuty was not a source, a proposal by words.

    An incident that PagerDuty holds open is open, whatever people said. Without such a record the last remark that users were
    well or that it was closed stands for the end, unless somebody said later that they were not.
    """
    if resolved.at is not None or "pagerduty" in sources or any(e.kind == "incident.reopened" for e in entries):
        return resolved
    said = [entry for entry in entries if entry.kind not in ALARMS and (entry.well or _closes(entry))]
    if not said:
        return missing("resolved", "no resolve is on record, and no word that users were well or that it was closed")
    last = said[-1]
    if any(entry.at > last.at and entry.of_it and "no_effect" in entry.cues for entry in entries):
        return missing(
            "resolved", "no resolve is on record, and after the last word of a recovery came one that it was none"
        )
    why = "no resolve is on record; the last word that users were well or that it was closed"
    return Milestone("resolved", last.at, last.at, last.at, "proposed", "found", why, (last.event_id,))


def _closes(entry: Entry) -> bool:
    return "closed" in entry.work and not entry.cues & {"question", "no_effect", "investigating"}
