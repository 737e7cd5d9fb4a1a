"""Facts about the archive on an S3-compatible store: the same as on a folder, with writers that know nothing of one another."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from incident_timeline.archive.store import Archive, builds, check, compact, read_table
from tests.archive.test_store import rows_of, write
from tests.lab.object_store import ObjectStore

pytestmark = pytest.mark.live
ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import json, sys, time
from incident_timeline.archive.store import Archive, upsert
from tests.archive.test_store import batch
archive = Archive(sys.argv[1], json.loads(sys.argv[2]))
for number in range(4):
    upsert(archive, batch(f"{sys.argv[3]}-{number}", "shared", build=f"b-{sys.argv[3]}"), time.sleep)
"""


def test_two_processes_that_write_at_once_lose_nothing(s3: ObjectStore) -> None:
    """Four incidents of their own each, and one that both write: each stands once, whole, also after small files are joined."""
    archive = Archive(f"{s3.url}/two-writers", s3.options)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, archive.url, json.dumps(s3.options), who], cwd=ROOT)
        for who in ("one", "other")
    ]

    assert [0, 0] == [writer.wait(timeout=120) for writer in writers]
    expected = {f"{who}-{number}" for who in ("one", "other") for number in range(4)} | {"shared"}
    assert expected == set(builds(archive))
    assert [] == check(archive)
    sizes = {name: read_table(archive, name).collect().height for name in ("incidents", "gaps", "segments")}
    assert {"incidents": 9, "gaps": 9, "segments": 18} == sizes
    before = rows_of(archive)
    compact(archive)
    assert before == rows_of(archive)


def test_what_is_written_there_is_what_a_folder_has(s3: ObjectStore, tmp_path: Path) -> None:
    """Over more commits than a log is read without a checkpoint."""
    there, here = Archive(f"{s3.url}/alone", s3.options), Archive(str(tmp_path / "archive"))
    for number in range(12):
        for archive in (there, here):
            assert 2 == write(archive, f"INC-{number}", "INC-again", build=f"b{number}")

    assert rows_of(here) == rows_of(there)
    assert [] == check(there)
