"""Scores a history: lists incidents, collects what is missing, scores it and writes it into the archive, batch by batch."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from incident_timeline.archive.store import Archive, read_table, upsert
from incident_timeline.collect.http import unrecorded_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.pagerduty_list import list_incidents
from incident_timeline.errors import ConfigError, NothingBuilt, SourceError, TimelineError
from incident_timeline.model.instants import duration
from incident_timeline.pipeline.archiving import archive_place
from incident_timeline.pipeline.build import collect_evidence
from incident_timeline.pipeline.opening import open_incident
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.pipeline.rescoring import BATCH, Rescored, kept_folders, rescore_all
from incident_timeline.pipeline.sharing import seal

Timer = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a backfill did: incidents listed, there already, written, and what could not be had, in words."""

    listed: int
    there: int
    written: int
    lacking: tuple[str, ...]


def backfill(request: BuildRequest, since: datetime, services: tuple[str, ...], *, again: bool, workers: int,
             timer: Timer) -> Backfilled:  # fmt: skip
    """Archives every incident created since a date; run again after a stop, it goes on where it was.

    `request` is a build's without reference. `services` are PagerDuty ids. An incident that is archived and closed is not
    asked for again unless `again`. Raises ConfigError without PagerDuty, NothingBuilt when it cannot be asked.
    """
    settings = request.settings.pagerduty
    if settings is None:
        raise ConfigError(
            "backfill asks PagerDuty which incidents there were: set PAGERDUTY_TOKEN, or [pagerduty] in timeline.toml; "
            "with --offline it scores the bundles that are there"
        )
    until = request.now.replace(microsecond=0)
    chain = unrecorded_transport(
        "pagerduty", "pagerduty", settings.connection, Network(), Clock(now=lambda: request.now)
    )
    try:
        rows, lacking = list_incidents(chain, since, until, services)
    except SourceError as error:
        raise NothingBuilt(str(error)) from None
    archive = Archive(*archive_place(request.settings, request.base / "incidents"))
    closed = set() if again else _closed(archive)
    named = {f"{settings.prefix}{row['incident_number']}": row["id"] for row in rows if row.get("incident_number")}
    wanted = [name for name in named if name not in closed]
    request.say(f"{len(named)} incidents since {since:%Y-%m-%d}, {len(named) - len(wanted)} of them archived already")
    total, failures, began = 0, list(lacking), timer()
    for first in range(0, len(wanted), BATCH):
        batch = wanted[first : first + BATCH]
        for number, name in enumerate(batch, start=first + 1):
            failures += _collect_one(replace(request, ref=named[name]), name)
            left = (timer() - began) / number * (len(wanted) - number)
            request.say(f"{name}: collected, {number} of {len(wanted)}, about {duration(left)} to go")
        folders = kept_folders(request.base / "incidents", batch)
        total += _write(request, archive, folders, workers, failures)
    return Backfilled(len(named), len(named) - len(wanted), total, (*failures, *_without_series(archive, named)))


def rescore_kept(request: BuildRequest, *, workers: int) -> Backfilled:
    """Archives every incident whose bundle lies in `incidents/`, without contacting anything."""
    folders = kept_folders(request.base / "incidents")
    archive = Archive(*archive_place(request.settings, request.base / "incidents"))
    failures: list[str] = []
    written = _write(request, archive, folders, workers, failures)
    names = {folder.name: "" for folder in folders}
    return Backfilled(len(folders), len(folders) - written - len(failures), written,
                      (*failures, *_without_series(archive, names)))  # fmt: skip


def _write(request: BuildRequest, archive: Archive, folders: list[Path], workers: int, failures: list[str]) -> int:
    written = 0

    def keep(found: Rescored) -> None:
        nonlocal written
        failures.extend(found.failed)
        if found.rows is not None:
            written += upsert(archive, found.rows, time.sleep)
        request.say(f"archived: {found.incidents} incidents")

    rescore_all(folders, request.settings.services, workers, keep)
    return written


def _collect_one(request: BuildRequest, name: str) -> list[str]:
    folder = request.base / "incidents" / name
    try:
        evidence = collect_evidence(request, open_incident(replace(request, folder=folder)))
        seal(request.settings, folder)
    except TimelineError as error:
        return [f"{name}: {error}"]
    return [f"{name}: {c.source}: {c.reason}" for c in evidence.coverage if not c.ok and not c.skipped]


def _closed(archive: Archive) -> set[str]:
    incidents = read_table(archive, "incidents").filter(~pl.col("is_open")).select("incident_id").collect()
    return set(incidents["incident_id"])


def _without_series(archive: Archive, names: dict[str, str]) -> tuple[str, ...]:
    """How many have no measured start: old incidents usually have no series any more."""
    missing = (
        read_table(archive, "milestones")
        .filter(
            (pl.col("name") == "started") & (pl.col("status") == "missing") & pl.col("incident_id").is_in(list(names))
        )
        .collect()
    )
    if missing.is_empty():
        return ()
    reasons = missing.group_by("reason").len().sort("len", "reason", descending=[True, False])
    told = "; ".join(f"{count}: {reason}" for reason, count in reasons.iter_rows())
    return (f"{missing.height} of {len(names)} have no measured start, so their gaps from it are missing ({told})",)
