"""Facts about the archive: idempotent, whole after a kill, nothing lost between two writers, readable by others."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from incident_timeline.archive import store
from incident_timeline.archive.store import Archive, builds, check, compact, export, read_table, upsert
from incident_timeline.errors import StorageError
from incident_timeline.model.archived import SCHEMA_VERSION, TABLES, empty_table
from tests.compare.archived import gaps, incidents, segments

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys, time
from incident_timeline.archive import store
from incident_timeline.archive.store import Archive, upsert
from tests.archive.test_store import batch
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    upsert(Archive(sys.argv[1]), batch(*sys.argv[4].format(number).split(","), build=sys.argv[3]), time.sleep)
"""


def batch(*names: str, build: str = "b1") -> dict[str, pl.DataFrame]:
    """The rows of some incidents: one gap and two segments each."""
    rows = {name: empty_table(name) for name in TABLES}
    rows["incidents"] = incidents(*({"incident_id": name} for name in names))
    rows["gaps"] = gaps("response_gap", [(name, 60.0, "stated") for name in names])
    rows["segments"] = segments(*((name, "response", kind, 30.0) for name in names for kind in ("deploy", "verify")))
    return {name: frame.with_columns(build=pl.lit(build)) for name, frame in rows.items()}


def write(archive: Archive, *names: str, build: str = "b1") -> int:
    """How many incidents an upsert changed."""
    return upsert(archive, batch(*names, build=build), time.sleep)


def rows_of(archive: Archive) -> dict[str, list[tuple[object, ...]]]:
    """Every table's rows in one order."""
    return {name: sorted(read_table(archive, name).collect().rows(), key=repr) for name in TABLES}


def test_the_same_batch_twice_writes_once(tmp_path: Path) -> None:
    """The second upsert changes nothing, not even the tables' version."""
    archive = Archive(str(tmp_path / "archive"))

    assert 2 == write(archive, "INC-1", "INC-2")
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    assert 0 == write(archive, "INC-1", "INC-2")
    assert before == sorted(str(p) for p in tmp_path.rglob("*"))


def test_a_new_build_replaces_every_row_of_its_incident_and_no_other(tmp_path: Path) -> None:
    """INC-1 is built again: its old gap and segments are gone, those of INC-2 are still there."""
    archive = Archive(str(tmp_path / "archive"))
    write(archive, "INC-1", "INC-2")

    assert 1 == write(archive, "INC-1", build="b2")
    assert {"INC-1": "b2", "INC-2": "b1"} == builds(archive)
    segments_there = read_table(archive, "segments").select("incident_id", "build").collect()
    assert [("INC-1", "b2")] * 2 + [("INC-2", "b1")] * 2 == sorted(segments_there.rows())
    assert [] == check(archive)


def test_of_two_builds_written_at_once_one_stands_in_every_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer's whole upsert of the same incident falls between two tables of ours: the last one's rows are all there."""
    archive = Archive(str(tmp_path / "archive"))
    replace, between = store._replace, ["b-other"]

    def interrupted(place: Archive, name: str, *rest: Any) -> int:
        if name == "incidents" and between:
            write(archive, "INC-1", "INC-2", build=between.pop())
        return replace(place, name, *rest)

    monkeypatch.setattr(store, "_replace", interrupted)
    write(archive, "INC-1", build="b-ours")

    assert {"INC-1": "b-ours", "INC-2": "b-other"} == builds(archive)
    assert [] == check(archive)
    assert {"incidents": 2, "gaps": 2, "segments": 4} == {n: len(r) for n, r in rows_of(archive).items() if r}


def test_a_name_with_a_quote_is_a_name(tmp_path: Path) -> None:
    """What stands in a reference never becomes part of a predicate."""
    archive = Archive(str(tmp_path / "archive"))
    write(archive, "o'clock' OR 1=1 --", "INC-2")
    write(archive, "o'clock' OR 1=1 --", build="b2")

    assert {"o'clock' OR 1=1 --": "b2", "INC-2": "b1"} == builds(archive)


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """Eight incidents of their own each, and one that both write: each stands once, whole."""
    archive = Archive(str(tmp_path / "archive"))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, archive.url, "8", f"b-{who}", f"{who}-{{}},shared"], cwd=ROOT)
        for who in ("one", "other")
    ]

    assert [0, 0] == [writer.wait(timeout=120) for writer in writers]
    expected = {f"{who}-{number}" for who in ("one", "other") for number in range(8)} | {"shared"}
    assert expected == set(builds(archive))
    assert len(expected) == read_table(archive, "incidents").collect().height
    assert len(expected) == read_table(archive, "gaps").collect().height
    assert 2 * len(expected) == read_table(archive, "segments").collect().height


@pytest.mark.parametrize("after_s", [0.05, 0.15, 0.3, 0.5])
def test_a_writer_that_is_killed_leaves_an_archive_that_the_next_run_completes(tmp_path: Path, after_s: float) -> None:
    """Killed at some point of six batches; what readers see is whole, and writing them again gives the undisturbed archive."""
    killed, calm = Archive(str(tmp_path / "killed")), Archive(str(tmp_path / "calm"))
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, killed.url, "6", "b1", "a-{0},b-{0}"], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(after_s)  # a moment of the run, whichever it is: what is asserted holds for every one
    writer.kill()
    writer.wait()
    seen = read_table(killed, "segments").collect()
    assert seen.height == 2 * len(builds(killed))

    for number in range(6):
        for archive in (killed, calm):
            write(archive, f"a-{number}", f"b-{number}")
    assert rows_of(killed) == rows_of(calm)
    assert [] == check(killed)


def test_rows_of_a_write_that_was_cut_short_are_not_read_and_are_named(tmp_path: Path) -> None:
    """An incident whose own row never came: readers do not see its gaps, `check` does."""
    archive = Archive(str(tmp_path / "archive"))
    write(archive, "INC-1")
    half = batch("INC-2")["gaps"]
    half.write_delta(archive.table("gaps"), mode="append")

    assert ["INC-1"] == read_table(archive, "gaps").collect()["incident_id"].to_list()
    assert check(archive) == ["gaps: 1 rows of a write that was cut short (INC-2); build these again"]


def test_joining_small_files_changes_no_row(tmp_path: Path) -> None:
    """Six writes, one file afterwards, the same rows."""
    archive = Archive(str(tmp_path / "archive"))
    for number in range(6):
        write(archive, f"INC-{number}")
    before = read_table(archive, "segments").collect().sort(pl.all())
    compact(archive)

    assert before.equals(read_table(archive, "segments").collect().sort(pl.all()))


def test_an_export_holds_every_table(tmp_path: Path) -> None:
    """One Parquet file a table, with the tables' own schemas."""
    archive = Archive(str(tmp_path / "archive"))
    write(archive, "INC-1")
    written = export(archive, tmp_path / "tables")

    assert [f"{name}.parquet" for name in TABLES] == [path.name for path in written]
    assert TABLES["gaps"] == dict(pl.read_parquet(tmp_path / "tables" / "gaps.parquet").schema)


def test_a_newer_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Rows of a later program are not misread."""
    archive = Archive(str(tmp_path / "archive"))
    rows = batch("INC-1")
    rows["incidents"] = rows["incidents"].with_columns(schema_version=pl.lit(SCHEMA_VERSION + 1, pl.Int32))
    upsert(archive, rows, time.sleep)

    with pytest.raises(StorageError, match="update incident-timeline"):
        read_table(archive, "gaps")


def test_a_damaged_table_is_one_sentence_with_the_way_out(tmp_path: Path) -> None:
    """Its log holds no JSON; what the library says of its own insides is left out."""
    archive = Archive(str(tmp_path / "archive"))
    write(archive, "INC-1")
    (tmp_path / "archive/incidents/_delta_log/00000000000000000000.json").write_text("junk\n")

    with pytest.raises(StorageError, match="backfill --offline") as caught:
        read_table(archive, "incidents").collect()

    assert "<unknown>" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file stands where the archive's folder should be."""
    (tmp_path / "archive").write_text("no folder")

    with pytest.raises(StorageError, match=r"\[archive\]"):
        write(Archive(str(tmp_path / "archive")), "INC-1")


def test_tables_of_an_older_schema_are_read_and_take_new_rows(tmp_path: Path) -> None:
    """Columns that they lack are null; a later build writes them beside, and its own rows have them."""
    archive = Archive(str(tmp_path / "archive"))
    old = batch("INC-1")
    old["incidents"] = (
        old["incidents"].drop("fix_said", "pagerduty_like").with_columns(schema_version=pl.lit(1, pl.Int32))
    )
    for name, frame in old.items():
        frame.write_delta(archive.table(name))
    assert [(None, None)] == read_table(archive, "incidents").select("fix_said", "pagerduty_like").collect().rows()

    new = batch("INC-2")
    new["incidents"] = new["incidents"].with_columns(fix_said=pl.lit("drained the node"))
    assert 1 == upsert(archive, new, time.sleep)

    held = read_table(archive, "incidents").select("incident_id", "schema_version", "fix_said").collect()
    assert [("INC-1", 1, None), ("INC-2", SCHEMA_VERSION, "drained the node")] == sorted(held.rows())
    assert 1 == write(archive, "INC-1", build="b2")
    assert [] == check(archive)
