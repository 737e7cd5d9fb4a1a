"""Reads the archive and asks it: compare, similar, outcome, and what is due to be tested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import polars as pl

from incident_timeline.archive.store import Archive, builds, read_table
from incident_timeline.compare.cohorts import BY, cohorts_at, cohorts_by
from incident_timeline.compare.due import list_due
from incident_timeline.compare.gaps import SHOWN, compare_gaps
from incident_timeline.compare.outcome import measure_outcome
from incident_timeline.config import Settings
from incident_timeline.errors import UsageError
from incident_timeline.model.actions import Standing
from incident_timeline.model.compared import Comparison, Due, Outcome
from incident_timeline.model.gaps import GAPS
from incident_timeline.model.kin import Kin
from incident_timeline.pipeline.action_standing import find_action, read_standings
from incident_timeline.pipeline.archiving import archive_place
from incident_timeline.pipeline.kin import kin_in
from incident_timeline.pipeline.writing import write_whole
from incident_timeline.report.across import comparison_csv, comparison_text, value_json
from incident_timeline.report.across_page import render_across
from incident_timeline.report.kin import similar_text
from incident_timeline.report.outcome import due_text, outcome_text


@dataclass(frozen=True, slots=True)
class Asked:
    """What `timeline compare` was asked: the cohorts, the gaps, and which incidents take part."""

    by: str = "quarter"
    at: datetime | None = None  # before and since this date instead of `by`
    gaps: tuple[str, ...] = SHOWN
    only: tuple[tuple[str, str], ...] = ()  # (column of incidents, value) that incidents must have
    proposed: bool = False
    cut: float = 0.3


__all__ = [
    "SHOWN", "Archive", "Asked", "compare", "comparison_csv", "due", "due_text", "in_words", "open_archive", "outcome", "similar",
    "similar_text", "since_action", "value_json", "write_page",
]  # fmt: skip


# The columns that comparing reads: words and alerts of a hundred thousand incidents would be most of what is held in memory.
_COMPARED = ("incident_id", "began_at", "knew_confirmed", "knew_moved_s", *(name for name in BY if name != "quarter"))
_MINUTES = ("incident_id", "ledger", "category", "seconds")


def open_archive(settings: Settings, base: Path) -> Archive:
    """The archive of this run; UsageError when it holds no incident."""
    archive = Archive(*archive_place(settings, base / "incidents"))
    if not builds(archive):
        raise UsageError(
            f"the archive {archive.url} holds no incident yet; timeline build and timeline backfill fill it"
        )
    return archive


def compare(archive: Archive, asked: Asked) -> Comparison:
    """The comparison of the archive's incidents; UsageError for an unknown cohort, gap or an empty choice."""
    if asked.by not in BY:
        raise UsageError(f"--by {asked.by!r} is not known; say one of {', '.join(BY)}")
    unknown = [name for name in asked.gaps if name not in GAPS]
    if unknown:
        raise UsageError(f"--gap {unknown[0]!r} is no gap; the gaps are {', '.join(GAPS)}")
    incidents = _chosen(read_table(archive, "incidents").select(_COMPARED).collect(), asked.only)
    cohorts = cohorts_at(incidents, asked.at) if asked.at else cohorts_by(incidents, asked.by)
    chosen = pl.col("incident_id").is_in(incidents["incident_id"].implode())
    gaps = read_table(archive, "gaps").filter(chosen & pl.col("name").is_in(asked.gaps)).collect()
    segments = read_table(archive, "segments").filter(chosen).select(*_MINUTES).collect()
    return compare_gaps(
        incidents, gaps, segments, cohorts, by="date" if asked.at else asked.by, at=asked.at, names=asked.gaps,
        proposed=asked.proposed, cut=asked.cut,
    )  # fmt: skip


def _chosen(incidents: pl.DataFrame, only: Sequence[tuple[str, str]]) -> pl.DataFrame:
    for column, value in only:
        kept = incidents.filter(pl.col(column) == value)
        if kept.is_empty():
            there = ", ".join(sorted(set(incidents[column].drop_nulls()))) or "none"
            raise UsageError(f"no archived incident has {column} {value!r}; there are: {there}")
        incidents = kept
    return incidents


def similar(archive: Archive, base: Path, incident: str, most: int) -> Kin:
    """What the archive knows of incidents like one; UsageError when it is not archived, or the only one."""
    if incident not in builds(archive):
        raise UsageError(f"{incident} is not in the archive {archive.url}; run timeline build {incident} first")
    found = kin_in(partial(read_table, archive), incident, base / "incidents", most=most)
    if found is None:
        raise UsageError(f"the archive {archive.url} holds no other incident yet; timeline backfill scores a history")
    return found


def outcome(
    archive: Archive, category: str, since: datetime, now: datetime, *, because: str = "", proposed: bool = False
) -> Outcome:
    """The outcome test of one category since a date; UsageError when nothing archived is of that category."""
    incidents = read_table(archive, "incidents").collect()
    mine = _chosen(incidents, (("category", category),))["incident_id"].to_list()
    gaps, segments = (
        read_table(archive, name).filter(pl.col("incident_id").is_in(mine)).collect() for name in ("gaps", "segments")
    )
    return measure_outcome(incidents, gaps, segments, category, since, now, because=because, proposed=proposed)


def since_action(archive: Archive, base: Path, category: str, said: str | None) -> tuple[datetime, str]:
    """When an action item was verified, else closed, and that in words; UsageError where neither is on record.

    Without a name it is the category's own item that was verified last, else the one that was closed last.
    """
    standings = read_standings(base / "incidents")
    item = find_action(standings, said) if said is not None else _latest(archive, standings, category)
    if item.since is None:
        how = "is closed, but STATUS names no day" if item.state == "closed" else "is neither verified nor closed"
        raise UsageError(
            f"{item.full_name} ({item.what}) {how}: run timeline actions verify, write `STATUS: done 2026-08-15`, or give --since"
        )
    how = "verified" if item.state == "verified" else "closed; it was not verified"
    return item.since, f"{item.full_name} ({item.what}) was {how}"


def _latest(archive: Archive, standings: Sequence[Standing], category: str) -> Standing:
    category_of = _categories(archive)
    mine = [one for one in standings if one.since is not None and category_of.get(one.incident) == category]
    if not mine:
        raise UsageError(f"no action item of {category!r} was verified, or closed with a day: give --since 2026-08-15")
    return max(mine, key=lambda one: (one.state == "verified", one.since, one.incident, one.number))


def due(archive: Archive, base: Path, now: datetime) -> tuple[Due, ...]:
    """What is due to be tested, of all action items of the kept incidents."""
    standings, category_of = read_standings(base / "incidents"), _categories(archive)
    tested = [
        (one, outcome(archive, category, one.since, now))
        for one in standings
        if one.since is not None and (category := category_of.get(one.incident)) is not None
    ]
    return list_due(standings, tested, now.date())


def _categories(archive: Archive) -> dict[str, str | None]:
    return dict(read_table(archive, "incidents").select("incident_id", "category").collect().iter_rows())


def in_words(found: Comparison | Outcome) -> str:
    """A comparison or an outcome test in lines for a terminal."""
    return outcome_text(found) if isinstance(found, Outcome) else comparison_text(found)


def write_page(path: Path, comparison: Comparison, templates: Mapping[str, str]) -> None:
    """Writes the comparison as one self-contained page."""
    write_whole(path, render_across(comparison, templates).encode())
