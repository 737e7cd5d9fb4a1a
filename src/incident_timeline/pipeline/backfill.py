"""Scores a history: lists incidents, collects what is missing, scores it and writes it into the archive, batch by batch."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from incident_timeline.archive.store import Archive, read_table, upsert
from incident_timeline.collect.http import unrecorded_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.pagerduty_list import list_incidents
from incident_timeline.engines.spread import Engine
from incident_timeline.errors import ConfigError, NothingBuilt, SourceError, TimelineError
from incident_timeline.model.instants import duration
from incident_timeline.pipeline.archiving import archive_place
from incident_timeline.pipeline.build import collect_evidence
from incident_timeline.pipeline.engine_choice import Choice, open_engine
from incident_timeline.pipeline.opening import open_incident
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.pipeline.rescoring import BATCH, Kept, in_batches, kept_folders, rescore_all
from incident_timeline.pipeline.sharing import bundle_store, seal

Timer = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a backfill did: incidents listed, there already as they are, written, and what could not be had, in words."""

    listed: int
    there: int
    written: int
    lacking: tuple[str, ...]


def backfill(request: BuildRequest, since: datetime, services: tuple[str, ...], choice: Choice, *, again: bool,
             timer: Timer) -> Backfilled:  # fmt: skip
    """Archives every incident created since a date; run again after a stop, it goes on where it was.

    `request` is a build's without reference. `services` are PagerDuty ids. An incident that is archived and closed is not
    asked for again unless `again`. Raises ConfigError without PagerDuty, NothingBuilt when it cannot be asked, EngineError
    when the cluster cannot be used.
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
    with closing(open_engine(choice, request.settings)) as engine:
        try:
            rows, lacking = list_incidents(chain, since, until, services)
        except SourceError as error:
            raise NothingBuilt(str(error)) from None
        archive = Archive(*archive_place(request.settings, request.base / "incidents"))
        closed = set() if again else _closed(archive)
        named = {f"{settings.prefix}{row['incident_number']}": row["id"] for row in rows if row.get("incident_number")}
        wanted = {name: key for name, key in named.items() if name not in closed}
        request.say(
            f"{len(named)} incidents since {since:%Y-%m-%d}, {len(named) - len(wanted)} of them archived already"
        )
        failures = list(lacking)
        batches = _collected(request, wanted, failures, timer)
        written, same = _archive(request, archive, batches, len(wanted), engine, failures, timer)
    there = len(named) - len(wanted) + same
    return Backfilled(len(named), there, written, (*failures, *_without_series(archive, set(named))))


def rescore_kept(request: BuildRequest, choice: Choice, *, timer: Timer) -> Backfilled:
    """Archives every incident whose evidence lies in `incidents/` or in shared storage; no source is contacted."""
    archive = Archive(*archive_place(request.settings, request.base / "incidents"))
    failures: list[str] = []
    with closing(open_engine(choice, request.settings)) as engine:
        kept = _all_kept(request, failures)
        written, there = _archive(request, archive, in_batches(kept), len(kept), engine, failures, timer)
    lacking = (*failures, *_without_series(archive, {one.name for one in kept}))
    return Backfilled(len(kept), there, written, lacking)


def _archive(
    request: BuildRequest,
    archive: Archive,
    batches: Iterable[Sequence[Kept]],
    total: int,
    engine: Engine,
    failures: list[str],
    timer: Timer,
) -> tuple[int, int]:
    """Scores batches and writes each as it is done; gives how many incidents were written and how many were there just so.

    The client alone writes, so that a worker's death leaves nothing behind.
    """
    written, same, done, began = 0, 0, 0, timer()
    store, services = bundle_store(request.settings), request.settings.services
    for found in rescore_all(batches, store, services, engine):
        failures.extend(found.failed)
        if found.rows is not None:
            new = upsert(archive, found.rows, time.sleep)
            written, same = written + new, same + found.incidents - len(found.failed) - new
        done += found.incidents
        left = (timer() - began) / done * (total - done)
        request.say(f"archived: {done} of {total} incidents" + (f", about {duration(left)} to go" if left > 0 else ""))
    return written, same


def _collected(
    request: BuildRequest, wanted: dict[str, str], failures: list[str], timer: Timer
) -> Iterator[Sequence[Kept]]:
    """Collects incident after incident, within the sources' limits, and gives them in batches while workers score others."""
    batch: list[Kept] = []
    began = timer()
    for number, (name, key) in enumerate(wanted.items(), start=1):
        kept = _collect_one(replace(request, ref=key), name, failures)
        batch += [kept] if kept is not None else []
        left = (timer() - began) / number * (len(wanted) - number)
        request.say(f"{name}: collected, {number} of {len(wanted)}, about {duration(left)} to go")
        if len(batch) == BATCH or (batch and number == len(wanted)):
            yield batch
            batch = []


def _collect_one(request: BuildRequest, name: str, failures: list[str]) -> Kept | None:
    folder = request.base / "incidents" / name
    state = None
    try:
        evidence = collect_evidence(request, open_incident(replace(request, folder=folder)))
        failures += [f"{name}: {c.source}: {c.reason}" for c in evidence.coverage if not c.ok and not c.skipped]
        state = seal(request.settings, folder)
    except TimelineError as error:
        failures.append(f"{name}: {error}")
    if state is not None or bundle_store(request.settings) is not None:
        return state
    return folder if (folder / "evidence" / "manifest.json").is_file() else None


def _all_kept(request: BuildRequest, failures: list[str]) -> list[Kept]:
    """Every incident with evidence; what lies in `incidents/` is stored first, where storage is shared."""
    folders, store = kept_folders(request.base / "incidents"), bundle_store(request.settings)
    if store is None:
        return list(folders)
    store.every_newest()  # storage that cannot be used is said once, not for every folder
    for number, folder in enumerate(folders, start=1):
        try:
            seal(request.settings, folder)
        except TimelineError as error:
            failures.append(f"{folder.name}: {error}")
        if number % BATCH == 0 or number == len(folders):
            request.say(f"stored: {number} of {len(folders)} incidents")
    return list(store.every_newest().values())


def _closed(archive: Archive) -> set[str]:
    incidents = read_table(archive, "incidents").filter(~pl.col("is_open")).select("incident_id").collect()
    return set(incidents["incident_id"])


def _without_series(archive: Archive, names: set[str]) -> tuple[str, ...]:
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
