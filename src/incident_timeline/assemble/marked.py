"""The event frame as people corrected it: entries hidden, given another time, or added."""

import json

import polars as pl

from incident_timeline.model.events import SCHEMA, event, events_frame, sort_events
from incident_timeline.model.marks import EventMark, Marks

MARKED = "marks.toml"


def apply_event_marks(events: pl.DataFrame, marks: Marks) -> pl.DataFrame:
    """The frame with every mark on an entry applied, in the total order; ids stay, so evidence numbers keep their meaning.

    What is hidden is left out; a re-timed entry says in its detail when its source had it; what is added has the source
    `marks` and the person who added it as its actor. A mark on an id that the frame lacks changes nothing.
    """
    hidden = [mark.event_id for mark in marks.events if mark.action == "hide"]
    frame = events.filter(~pl.col("event_id").is_in([one for one in hidden if one]))
    moved = {mark.event_id: mark for mark in marks.events if mark.action == "retime" and mark.at is not None}
    rows = [_moved(row, moved[row["event_id"]]) for row in frame.iter_rows(named=True) if row["event_id"] in moved]
    rows += [
        _added(mark, number) for number, mark in enumerate(marks.events) if mark.action == "add" and mark.at is not None
    ]
    if not rows:
        return frame
    kept = frame.filter(~pl.col("event_id").is_in(list(moved)))
    return sort_events(pl.concat([kept.select(*SCHEMA), events_frame(rows)]))


def _moved(row: dict[str, object], mark: EventMark) -> dict[str, object]:
    detail = json.loads(str(row["detail"])) if row["detail"] else {}
    said = {"source_time": str(row["at"]), "retimed_by": mark.by, "retimed_why": mark.why}
    return row | {
        "at": mark.at,
        "earliest": mark.at,
        "latest": mark.at,
        "detail": json.dumps(detail | said, sort_keys=True),
    }


def _added(mark: EventMark, number: int) -> dict[str, object]:
    assert mark.at is not None
    return event(
        mark.at, "marks", mark.kind, f"{number}:{mark.text[:80]}", mark.text, evidence=f"{MARKED}#/event/{number}",
        actor=mark.by, actor_kind="human", detail=json.dumps({"why": mark.why} if mark.why else {}, ensure_ascii=False),
    )  # fmt: skip
