"""Scores simulated incidents from an S3-compatible store with every engine, one worker killed in the middle, and compares tables.

`python -m tests.bench.engines_bench [INCIDENTS]`; the incidents are made up by a seeded draw (tests/lab/families.py). The commands
are the real ones, the Dask scheduler and its two workers real processes on loopback, the store the moto server.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from incident_timeline.archive.store import Archive, read_table
from incident_timeline.model.archived import TABLES
from tests.lab.dask_cluster import Cluster, cluster
from tests.lab.families import simulate, write_simulated
from tests.lab.object_store import ObjectStore, object_store

COMMAND = (sys.executable, "-m", "incident_timeline.cli.app")


def score(folder: Path, store: ObjectStore, engine: str, seen: Callable[[int], None] = lambda _: None) -> float:
    """Seconds of one `timeline backfill --offline` in a folder, into tables of the folder's name; `seen` gets its progress."""
    folder.mkdir(exist_ok=True)
    (folder / "timeline.toml").write_text(store.table.replace("/tables", f"/{folder.name}"))
    began = time.perf_counter()
    with subprocess.Popen(
        [*COMMAND, "backfill", "--offline", "--engine", engine], cwd=folder, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **store.variables},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            words = line.split()
            if words[0] == "archived:":
                seen(int(words[1]))
            elif words[0] != "stored:":
                print(line.rstrip())
    assert process.returncode == 0, f"{engine} ended with {process.returncode}"
    took = time.perf_counter() - began
    subprocess.run(
        [*COMMAND, "archive", "check"], cwd=folder, check=True, env={**os.environ, **store.variables}
    )  # ends with 5 where something is wrong
    return took


def tables(folder: Path, store: ObjectStore) -> dict[str, pl.DataFrame]:
    """Every table whole, in one order."""
    archive = Archive(f"{store.url}/{folder.name}", store.options)
    return {name: read_table(archive, name).collect().sort(TABLES[name].keys(), nulls_last=True) for name in TABLES}


def killing(one: Cluster, count: int) -> Callable[[int], None]:
    """Kills a worker when half of the incidents are archived."""

    def seen(done: int) -> None:
        if 2 * done >= count and "worker-1" in one.servers.running:
            print(f"killing worker-1, {done} of {count} archived")
            one.kill_worker("worker-1")

    return seen


def main(count: int) -> None:
    """Prints what each engine took, and that its tables are those of `local`."""
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        with object_store(base / "moto") as store, cluster(base / "dask") as one:
            began = time.perf_counter()
            write_simulated(base / "local", simulate(count))
            print(f"{count} simulated incidents written in {time.perf_counter() - began:.0f} s")
            print(f"storing them and local: {score(base / 'local', store, 'local'):.0f} s")
            expected = tables(base / "local", store)
            print(", ".join(f"{name} {frame.height}" for name, frame in expected.items()))
            assert count == expected["incidents"]["incident_id"].n_unique() == expected["incidents"].height
            for name, seen in {"dask": lambda _: None, "killed": killing(one, count)}.items():
                took = score(base / name, store, f"dask://{one.address}", seen)
                found = tables(base / name, store)
                for table, frame in expected.items():
                    assert_frame_equal(frame, found[table])
                print(f"{name}: {took:.0f} s, every table equal to that of local; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
