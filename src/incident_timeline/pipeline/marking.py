"""Marks an incident: what a person says goes into marks.toml, and the folder is built again from its evidence."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from incident_timeline.errors import StorageError, UsageError, system_words
from incident_timeline.model.instants import instants_of, parse_instant, rfc3339, zone_named
from incident_timeline.model.marks import VERDICTS, Category, EventMark, Mark, Marks, Verdict
from incident_timeline.model.milestones import NAMES
from incident_timeline.pipeline.marks_file import (
    FILE,
    append_category,
    append_event,
    append_mark,
    append_verdict,
    read_marks,
    undo_last,
)
from incident_timeline.pipeline.writing import read_if_there, write_whole

_STEPS = ("deploy.", "service.")  # kinds of entries that are steps of a change, and none of their own
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*(UTC|Z))?")


@dataclass(frozen=True, slots=True)
class Marking:
    """Who marks, when, and in which folder."""

    folder: Path
    by: str
    now: datetime
    zone: str | None = None


# What people add, in the words of the events file; other kinds of the event frame are taken as they are.
ADDED = {"note": "note.added", "change": "change.made", "deploy": "service.deployed"}


def mark(
    marking: Marking,
    milestone: str,
    *,
    time: str | None,
    pick: int | None,
    none: bool,
    because: str,
    event_id: str | None,
) -> str:
    """Adds a mark for a milestone by time, by rival, by event or as `none`; returns the sentence that echoes it in full.

    An event alone gives its own time. Raises UsageError for a milestone, time, rival or event that does not exist in this
    incident.
    """
    scores = _scores(marking.folder)
    if milestone not in NAMES:
        raise UsageError(f"{milestone!r} is no milestone; the milestones are {', '.join(NAMES)}")
    by_event = event_id is not None and time is None and pick is None and not none
    if sum((time is not None, pick is not None, none, by_event)) != 1:
        raise UsageError(
            "say one of: a time like 14:32, --pick 2 for a listed rival, --event with an event id, or --none that it did not happen"
        )
    known_at: datetime | None = _record(marking.folder, "at").get(event_id) if event_id is not None else None
    if event_id is not None and known_at is None:
        raise UsageError(
            f"--event {event_id} is no event of this incident; event ids stand in scores.json and the report"
        )
    if pick is not None:
        rivals = scores["milestones"][milestone]["alternatives"]
        if not 1 <= pick <= len(rivals):
            raise UsageError(f"--pick {pick}: {milestone} has {len(rivals)} alternatives; see timeline mark --list")
        chosen = rivals[pick - 1]
        at: datetime | None = parse_instant(chosen["at"])
        event_id = chosen["event_id"]
        because = because or f"confirmed: {chosen['text']}"[:200]
    else:
        at = None if none else known_at if by_event else _instant(str(time), scores, marking)
    path = marking.folder / FILE
    text = append_mark(
        read_if_there(path), Mark(milestone, at, because, event_id, marking.by, marking.now.replace(microsecond=0))
    )
    read_marks(text)
    write_whole(path, text.encode())
    return f"{milestone}: {rfc3339(at) if at else 'did not happen'}, marked by {marking.by}" + (
        f": {because}" if because else ""
    )


def give_verdict(marking: Marking, change: str, verdict: str, why: str) -> str:
    """Adds a verdict on a change, named by its event id or its start; returns the sentence that echoes it.

    An entry of the record that is no change becomes one by it: a bot's line in the channel is often all that is left of one.
    """
    if verdict not in VERDICTS:
        raise UsageError(f"{verdict!r} is no verdict; say one of {', '.join(VERDICTS)}")
    changes = _scores(marking.folder)["changes"]
    found = [row for row in changes if row["event_id"].startswith(change)] if change else []
    ids = [row["event_id"] for row in found]
    if change and not ids:
        ids = [one for one, kind in _record(marking.folder, "kind").items()
               if one.startswith(change) and not kind.startswith(_STEPS)]  # fmt: skip
    if len(ids) != 1:
        listed = (
            "; ".join(f"{row['event_id']} {row['service'] or ''} {row['ref'] or ''} {row['at']}" for row in changes)
            or "none"
        )
        raise UsageError(
            f"{change!r} names {len(ids)} changes or entries of this incident; its changes are: {listed}; any other entry "
            "can be named by its event id"
        )
    path = marking.folder / FILE
    said = Verdict(ids[0], verdict, why, marking.by, marking.now.replace(microsecond=0))
    write_whole(path, append_verdict(read_if_there(path), said).encode())
    return f"{(found[0]['ref'] if found else None) or ids[0]}: {verdict}, said by {marking.by}"


def correct_event(
    marking: Marking, action: str, event_id: str | None, time: str | None, text: str, why: str, kind: str = "note"
) -> str:
    """Adds a correction of the record: an entry hidden, given another time, or added; returns the sentence that echoes it.

    Raises UsageError for an entry or a time that this incident does not have.
    """
    scores = _scores(marking.folder)
    if event_id is not None and _record(marking.folder, "at").get(event_id) is None:
        raise UsageError(f"{event_id} is no event of this incident; event ids stand in scores.json and the report")
    at = _instant(time, scores, marking) if time is not None else None
    said = EventMark(
        action, event_id, at, text, ADDED.get(kind, kind), why, marking.by, marking.now.replace(microsecond=0)
    )
    path = marking.folder / FILE
    new = append_event(read_if_there(path), said)
    read_marks(new)
    write_whole(path, new.encode())
    when = f" at {rfc3339(at)}" if at else ""
    return f"{action} {event_id or text!r}{when}, said by {marking.by}"


def categorize(marking: Marking, name: str) -> str:
    """Puts the incident into a category; returns the sentence that echoes it."""
    if not (marking.folder / "evidence").is_dir():
        raise StorageError(
            f"{marking.folder} holds no evidence; run timeline build first, or name the folder with --out"
        )
    if not name.strip():
        raise UsageError("the category is empty; give a few words that other incidents can share, such as bad deploy")
    path = marking.folder / FILE
    new = append_category(read_if_there(path), Category(name.strip(), marking.by, marking.now.replace(microsecond=0)))
    read_marks(new)
    write_whole(path, new.encode())
    return f"category: {name.strip()}, said by {marking.by}"


def undo(marking: Marking) -> str:
    """Takes the last mark or verdict back."""
    path = marking.folder / FILE
    write_whole(path, undo_last(read_if_there(path)).encode())
    return "the last mark was taken back"


def list_marks(folder: Path, say: Callable[[str], None]) -> None:
    """Says every mark, and for each milestone with rivals their numbers, so that what was proposed stays visible under a mark."""
    marks: Marks = read_marks(read_if_there(folder / FILE))
    for one in marks.milestones:
        say(f"{one.milestone}: {rfc3339(one.at) if one.at else 'did not happen'} by {one.by}: {one.because}")
    for verdict in marks.verdicts:
        say(f"change {verdict.event_id}: {verdict.verdict} by {verdict.by}: {verdict.why}")
    for event in marks.events:
        say(f"{event.action} {event.event_id or event.text!r} by {event.by}: {event.why}")
    for name, row in _scores(folder)["milestones"].items():
        confirmed = row["basis"] == "stated"
        if row["basis"] == "proposed" or row["alternatives"]:
            say(f"{name}: " + ("marked; what was proposed" if confirmed else "not confirmed"))
            for number, rival in enumerate(row["alternatives"], start=1):
                say(f"  {number}  {rival['at']}  {rival['text'][:100]}")


def _scores(folder: Path) -> dict[str, Any]:
    text = read_if_there(folder / "scores.json")
    if text is None:
        raise StorageError(f"{folder} holds no scores.json; run timeline build first, or name the folder with --out")
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise StorageError(f"{folder / 'scores.json'} is not JSON ({error}); build again with --offline") from None
    return found


def _record(folder: Path, column: str) -> dict[str, Any]:
    """One column of the record, such as when every entry was, by event id."""
    import polars as pl

    path = folder / "timeline.parquet"
    try:
        events = pl.read_parquet(path, columns=["event_id", column])
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StorageError(f"cannot read {path}: {system_words(error)}; build again with --offline") from None
    return dict(zip(events["event_id"], events[column], strict=True))


def _instant(text: str, scores: dict[str, Any], marking: Marking) -> datetime:
    """A full RFC 3339 time that has come, or a clock time that falls exactly once within half an hour of the milestones."""
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        at, about = parse_instant(text, "the time of the mark"), scores["incident"]
        if at > max(marking.now, *(parse_instant(one) for one in (about["collected_at"], about["window"]["to"]))):
            raise UsageError(f"{rfc3339(at)} lies in the future; look at its day and year, and say when it was")
        return at
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise UsageError(f"{text!r} is no time of day")
    known = [parse_instant(row["at"]) for row in scores["milestones"].values() if row["at"]]
    if not known:
        raise UsageError("no milestone says which day it was; give a full time like 2026-11-17T14:32:00Z")
    start, end = min(known) - timedelta(minutes=30), max(known) + timedelta(minutes=30)
    zone = zone_named(marking.zone) if marking.zone and not match[4] else UTC
    first = start.astimezone(zone).replace(hour=hour, minute=minute, second=second, microsecond=0, tzinfo=None)
    shown = (first + timedelta(days=day) for day in range((end - start).days + 2))
    found = [at for clock in shown for at in instants_of(clock, zone) if start <= at <= end]
    if len(found) != 1:
        span = f"{rfc3339(start)} to {rfc3339(end)}"
        raise UsageError(
            f"{text} falls {len(found)} times into the incident's window, {span}; give the full time with its date"
        )
    return found[0]
