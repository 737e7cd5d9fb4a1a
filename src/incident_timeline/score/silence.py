"""Stretches between what people are on record for: looking, with entries close together, or no record at all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import polars as pl

from incident_timeline.score.segments import Stretch

# A convention, printed with every such stretch: two entries of people closer than this count as one activity. In the
# reference example silences of 4:35 and more are asked about and 2:30 are not; three minutes lies between.
SILENCE = timedelta(minutes=3)
_HUMAN_KINDS = (
    "incident.acknowledged", "note.added", "chat.said", "status.updated", "responder.requested", "responder.joined",
    "incident.escalated", "incident.assigned", "incident.resolved", "deploy.requested", "deploy.approved",
    "change.made", "service.restarted", "service.deployed", "service.rolledback",
)  # fmt: skip


def entries_of_people(events: pl.DataFrame, start: datetime, end: datetime) -> pl.DataFrame:
    """The rows in [start, end] that people are on record for, in order."""
    by_people = pl.col("kind").is_in(_HUMAN_KINDS) & (pl.col("actor_kind") != "machine")
    return events.filter(by_people & pl.col("at").is_between(start, end))


def stretch_silences(
    events: pl.DataFrame, start: datetime, end: datetime, busy: str, precedence: int
) -> Sequence[Stretch]:
    """[start, end) cut at people's entries: `busy` where two are within SILENCE, `no_record` where they are not."""
    rows = list(entries_of_people(events, start, end).select("at", "event_id", "summary").iter_rows())
    points = [(start, "", ""), *rows, (end, "", "")]
    found = []
    for (left, before_id, before), (right, after_id, after) in pairwise(points):
        if right <= left:
            continue
        silent = right - left > SILENCE
        rule = f"{'over' if silent else 'within'} {SILENCE.seconds // 60} min between entries of people"
        evidence = tuple(event_id for event_id in (before_id, after_id) if event_id)
        note = f"{before} ... {after}" if silent else ""
        found.append(Stretch(left, right, "no_record" if silent else busy, rule, precedence, evidence, note))
    return found
