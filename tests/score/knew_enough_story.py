"""A small made-up incident as frames: a bad release, a restart that did nothing, a finding, a rollback, talk about lunch."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.config.packaged import load_cues
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Milestone
from incident_timeline.score.entries import read_entries
from incident_timeline.score.fixes import Fix, find_fix
from incident_timeline.score.knew_enough import propose_knew_enough
from incident_timeline.score.statements import Entry

START = datetime(2026, 11, 17, 14, 7, 31, tzinfo=UTC)  # the page
CUES = load_cues()
Line = tuple[float, str, str, str]  # minutes after the page, kind, actor, text

TALK: tuple[Line, ...] = (
    (0, "page.sent", "pagerduty", "SearchErrors firing for search"),
    (3.5, "incident.acknowledged", "ana", "acknowledged"),
    (5, "chat.said", "ana", "was anything released before two?"),
    (6, "chat.said", "kim", "the canteen has soup today"),
    (11.5, "chat.said", "ana", "restarting the search shard workers, looks like leaked sockets"),
    (16, "note.added", "ana", "shard workers restarted, error rate as before, the restart changed nothing"),
    (17, "responder.requested", "ana", "please join: index team"),
    (22, "chat.said", "bo", "r91 sorts on an unindexed column, the shard workers queue behind it"),
    (26.5, "chat.said", "ana", "rolling back search to r90"),
    (50, "note.added", "ana", "error rate is back to normal, watching"),
    (64, "incident.resolved", "ana", "resolved"),
)


def at(minutes: float) -> datetime:
    """A time of the story."""
    return START + timedelta(minutes=minutes)


def frame(lines: Sequence[Line], shift: timedelta = timedelta()) -> pl.DataFrame:
    """Lines as an event frame; ids come from what is said, so that their order changes none."""
    machines = {"pagerduty", "deploys", "monitoring"}
    return events_frame(
        event(
            at(minutes) + shift, "events", kind, f"{minutes}{kind}{actor}{text}", text[:300], evidence="x", actor=actor,
            actor_kind="machine" if actor in machines else "human", service="search" if actor in machines else None,
            detail=None if len(text) <= 300 else pl.DataFrame({"text": [text]}).write_json()[1:-1],
        )
        for minutes, kind, actor, text in lines
    )  # fmt: skip


RELEASES: tuple[Line, ...] = (
    (-3000, "service.deployed", "deploys", "search r90"),
    (-13, "service.deployed", "deploys", "search r91"),
    (36, "service.rolledback", "deploys", "search r90"),
)
STORY = (*RELEASES, *TALK)


def changes(events: pl.DataFrame, shift: timedelta = timedelta()) -> list[Change]:
    """The three releases of the story; the rollback waited nine minutes for an approval."""
    shas = {"search r90": "4be1f09c55d2", "search r91": "90aa3c17e6f8"}
    rows = events.filter(pl.col("kind").is_in(["service.deployed", "service.rolledback"])).sort("at").to_dicts()
    return [_change(row, shas[row["summary"]]) for row in rows]


def _change(row: dict[str, Any], sha: str) -> Change:
    back = row["kind"] == "service.rolledback"
    return Change(
        event_id=row["event_id"],
        requested_at=row["at"] - timedelta(minutes=9 if back else 0),
        started_at=row["at"],
        finished_at=row["at"] + timedelta(minutes=8),
        status="succeeded",
        service="search",
        environment="production",
        ref=row["summary"].removeprefix("search "),
        sha=sha,
        actor=None,
        url=None,
        is_rollback=back,
        to_sha=sha if back else None,
        why="",
    )


def read(events: pl.DataFrame, known: Sequence[Change] = ()) -> tuple[Entry, ...]:
    """The rows of a frame as entries, by the shipped cues."""
    return read_entries(events, known, CUES)


def fix_of(events: pl.DataFrame, known: Sequence[Change] = (), well: datetime | None = None) -> Fix:
    """The fix of a frame, with the SLI back at `well` if given."""
    return find_fix(read(events, known), known, measured(well), closed(events))


def propose(events: pl.DataFrame, known: Sequence[Change] = (), well: datetime | None = None) -> Milestone:
    """The proposal for a frame, as a build asks for it."""
    pages = events.filter(pl.col("kind") == "page.sent")["at"]
    return propose_knew_enough(
        read(events, known),
        detected=pages[0] if pages.len() else None,
        recovered=measured(well),
        resolved=closed(events),
        fix=fix_of(events, known, well),
        cues=CUES,
    )


def measured(well: datetime | None) -> tuple[datetime, datetime, datetime] | None:
    """A recovery that the series give within half a minute."""
    return (well, well - timedelta(seconds=30), well + timedelta(seconds=30)) if well else None


def closed(events: pl.DataFrame) -> datetime | None:
    """The last resolve."""
    resolved = events.filter(pl.col("kind") == "incident.resolved")["at"]
    return resolved[-1] if resolved.len() else None
