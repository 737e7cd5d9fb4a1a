"""The archive's Delta tables: written idempotently, batch by batch, by as many writers as like."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from incident_timeline.errors import StorageError
from incident_timeline.model.archived import SCHEMA_VERSION, TABLES, empty_table

_ORDER = (
    "events",
    "segments",
    "gaps",
    "milestones",
    "incidents",
)  # the incident's own row last: it says the rest is there
_TRIES = 40  # a writer loses at most one commit to each other writer at a time
_LOG = {
    "delta.checkpointInterval": "10"
}  # whoever opens a table reads each commit since the last checkpoint, one by one
_RETENTION_H = 168  # Delta's own default: readers of an older version have a week

Wait = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Archive:
    """Where the tables lie (a folder or s3://, gs://, az://) and what the object store needs."""

    url: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def table(self, name: str) -> str:
        """The address of one table."""
        return f"{self.url.rstrip('/')}/{name}"


def upsert(archive: Archive, rows: Mapping[str, pl.DataFrame], wait: Wait) -> int:
    """Replaces all rows of the batch's incidents, one transaction a table; gives how many incidents were new or different.

    An incident whose archived build is the batch's own is left alone, so the same batch twice writes once. Two writers never
    lose a row: a commit that another overtook is tried again, and of two builds of one incident the one whose own row came last
    stands in every table. StorageError when the place cannot be written.
    """
    known = builds(archive)
    changed = [
        row["incident_id"]
        for row in rows["incidents"].iter_rows(named=True)
        if known.get(row["incident_id"]) != row["build"]
    ]
    if not changed:
        return 0
    versions = {}
    for name in _ORDER:
        frame = rows[name].filter(pl.col("incident_id").is_in(changed))
        versions[name] = _replace(archive, name, frame, changed, wait)
    _make_whole(archive, rows, changed, versions, wait)
    return len(changed)


def builds(archive: Archive) -> dict[str, str]:
    """The build of every archived incident."""
    frame = _scan(archive, "incidents").select("incident_id", "build").collect()
    return dict(frame.iter_rows())


def read_table(archive: Archive, name: str) -> pl.LazyFrame:
    """One table, without rows that a write cut short left behind. StorageError for a newer schema than this program knows."""
    incidents = _scan(archive, "incidents")
    newest = incidents.select(pl.col("schema_version").max()).collect().item()
    if newest is not None and newest > SCHEMA_VERSION:
        raise StorageError(
            f"{archive.url} holds rows of schema {newest}, this program knows {SCHEMA_VERSION}: update incident-timeline"
        )
    if name == "incidents":
        return incidents
    return _scan(archive, name).join(incidents.select("incident_id", "build"), on=["incident_id", "build"], how="semi")


def check(archive: Archive) -> list[str]:
    """What is wrong with the tables, in words; empty when every row belongs to the build of its incident."""
    wrong = []
    incidents = _scan(archive, "incidents").select("incident_id", "build").collect()
    twice = incidents.height - incidents["incident_id"].n_unique()
    if twice:
        wrong.append(f"incidents: {twice} rows too many; build one of those incidents again")
    for name in _ORDER[:-1]:
        rows = _scan(archive, name).select("incident_id", "build").collect()
        left = rows.join(incidents, on=["incident_id", "build"], how="anti")
        if left.height:
            named = ", ".join(sorted(set(left["incident_id"]))[:5])
            wrong.append(f"{name}: {left.height} rows of a write that was cut short ({named}); build these again")
    return wrong


def compact(archive: Archive) -> dict[str, int]:
    """Joins small files and removes files that no version of the last week needs; files removed by table."""
    removed = {}
    for name in _ORDER:
        found = _open(archive, name)
        if found is None:
            continue
        try:
            found.optimize.compact()
            removed[name] = len(found.vacuum(retention_hours=_RETENTION_H, dry_run=False))
        except (DeltaError, OSError) as error:
            raise _cannot(archive, name, error) from None
    return removed


def export(archive: Archive, folder: Path) -> list[Path]:
    """Every table as one Parquet file in a folder; the files in order."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            path = folder / f"{name}.parquet"
            read_table(archive, name).collect().write_parquet(path)
            written.append(path)
    except OSError as error:
        raise StorageError(f"cannot write {folder}: {error}; choose another folder") from None
    return written


def _make_whole(
    archive: Archive, rows: Mapping[str, pl.DataFrame], changed: Sequence[str], versions: Mapping[str, int], wait: Wait
) -> None:
    """Writes rows again that another writer of the same incidents replaced, where this one's `incidents` row came after its."""
    now = {name: table.version() for name in _ORDER[:-1] if (table := _open(archive, name))}
    overtaken = [name for name, version in now.items() if version != versions[name]]
    if not overtaken:
        return
    known = builds(archive)
    ours = rows["incidents"].filter(pl.col("incident_id").is_in(changed)).select("incident_id", "build")
    last = [one for one, build in ours.iter_rows() if known.get(one) == build]
    for name in overtaken:
        mine = pl.col("incident_id").is_in(last)
        frame, key = rows[name].filter(mine), ("incident_id", "build")
        there = _scan(archive, name).filter(mine).select(key).collect()
        if not there.sort(key).equals(frame.select(key).sort(key)):
            _replace(archive, name, frame, last, wait)


def _replace(archive: Archive, name: str, frame: pl.DataFrame, incidents: Sequence[str], wait: Wait) -> int:
    """Replaces the rows of some incidents in one table; gives the version that makes, if no other writer comes between."""
    quoted = ", ".join("'" + one.replace("'", "''") + "'" for one in sorted(incidents))
    for number in range(_TRIES):
        try:
            table = _open(archive, name) or _create(archive, name)
            version = table.version()
            write_deltalake(table, frame, mode="overwrite", predicate=f"incident_id IN ({quoted})", schema_mode="merge")
            return version + 1
        except CommitFailedError:
            wait(random.uniform(0.01, 0.05) * (number + 1))  # noqa: S311 - so that two writers do not meet again
        except (DeltaError, OSError) as error:
            if "already exists" not in str(error):
                raise _cannot(archive, name, error) from None
    raise StorageError(
        f"{archive.table(name)}: {_TRIES} commits were overtaken by other writers; run the command again"
    )


def _create(archive: Archive, name: str) -> DeltaTable:
    """A table without rows; where two create it at once, the second tries again."""
    options = dict(archive.options)
    write_deltalake(archive.table(name), empty_table(name), mode="error", configuration=_LOG, storage_options=options)
    return DeltaTable(archive.table(name), storage_options=options)


def _scan(archive: Archive, name: str) -> pl.LazyFrame:
    found = _open(archive, name)
    if found is None:
        return empty_table(name).lazy()
    frame = pl.scan_delta(found)
    there = frame.collect_schema().names()
    return frame.select(
        (pl.col(column) if column in there else pl.lit(None).alias(column)).cast(kind)  # a column of a later schema
        for column, kind in TABLES[name].items()
    )


def _open(archive: Archive, name: str) -> DeltaTable | None:
    try:
        return DeltaTable(archive.table(name), storage_options=dict(archive.options))
    except TableNotFoundError:
        return None
    except (DeltaError, OSError) as error:
        raise _cannot(archive, name, error) from None


def _cannot(archive: Archive, name: str, error: Exception) -> StorageError:
    # The library draws its causes as a coloured tree over many lines, and may add where in itself it was; a sentence has one.
    causes = re.split(r"\n\s*0: ", str(error))[0]
    why = " ".join(re.sub(r"\x1b\[[0-9;]*m|↳", " ", causes).split())[:400]
    return StorageError(
        f"cannot use the archive table {archive.table(name)}: {why}; check [archive] in timeline.toml; a damaged archive can be "
        "moved away and written anew with `timeline backfill --offline`"
    )
