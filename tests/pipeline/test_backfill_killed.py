"""Facts about a backfill that is killed without warning: run again to its end, it leaves what an undisturbed one leaves."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from incident_timeline.archive.store import Archive, check, read_table
from incident_timeline.model.archived import TABLES
from tests.collect.sources import PEOPLE, T0, TRIGGER, channel, repository
from tests.lab.pagerduty_state import Account
from tests.lab.simulators import PAGERDUTY_TOKEN, Simulators

ROOT = Path(__file__).resolve().parents[2]
INCIDENTS, KILLS, SEED = 6, 10, 8
# The command as it is, at one fixed time, since a build's id covers when its evidence was collected; in batches of two, so that
# collecting, scoring and writing alternate; and with one process that scores, since each takes a second to start.
COMMAND = """
import os, sys
from datetime import datetime, UTC
from incident_timeline.cli import app, backfill_command
from incident_timeline.pipeline import backfill
backfill.BATCH, os.cpu_count = 2, lambda: 1
at = datetime.fromtimestamp(float(sys.argv.pop(1)), UTC)
backfill_command.now = lambda: at
app.main()
"""


def history() -> Account:
    """Incidents an hour apart, each from page to resolve with notes."""
    one = Account(101, PEOPLE["asha"])
    for number in range(INCIDENTS):
        at = T0 + 3600 * number
        incident = one.trigger(TRIGGER | {"dedup_key": f"d{number}"}, at)
        one.acknowledge(incident, PEOPLE["asha"], at + 60 + number)
        one.note(incident, PEOPLE["asha"], f"v{400 + number} is what changed, rolling it back", at + 300)
        one.resolve(incident, PEOPLE["asha"], at + 900 + 7 * number)
    return one


@contextmanager
def backfilling(folder: Path, url: str, *, shared: bool = False) -> Iterator[subprocess.Popen[str]]:
    """A `timeline backfill` of that history in a process of its own, with evidence in its folder or in shared storage."""
    folder.mkdir(parents=True, exist_ok=True)
    bundles = 'bundles = "bundles"\n' if shared else ""
    (folder / "timeline.toml").write_text(
        f'[pagerduty]\nurl = "{url}"\ntoken = "env:PD"\n[archive]\nurl = "tables"\n{bundles}'
    )
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PAGERDUTY", "PROMETHEUS", "GITHUB", "TIMELINE"))}
    with (folder / "said.log").open("a") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(T0 + 86400), "backfill", "--since", "2026-11-01"],
            cwd=folder, env={**clean, "PD": PAGERDUTY_TOKEN, "PYTHONPATH": str(ROOT)}, stdout=said, stderr=said, text=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def tables(folder: Path) -> dict[str, pl.DataFrame]:
    """Every table of the archive, whole, in one order."""
    archive = Archive(str(folder / "tables"))
    return {name: read_table(archive, name).collect().sort(TABLES[name].keys(), nulls_last=True) for name in TABLES}


def expect_equal(expected: dict[str, pl.DataFrame], folder: Path) -> None:
    """The same rows, build ids included, and nothing that a killed write left behind."""
    found = tables(folder)
    for name, frame in expected.items():
        assert_frame_equal(frame, found[name])
    assert [] == check(Archive(str(folder / "tables")))
    assert {"000001.tar.gz"} >= {path.name for path in (folder / "bundles").rglob("*.tar.gz")}


def test_a_backfill_killed_at_ten_random_times_leaves_what_an_undisturbed_one_leaves(tmp_path: Path) -> None:
    """SIGKILL while it collects, scores or writes; a run that ended before its kill is compared, and a history begun anew.

    Every other history has its evidence in shared storage: each incident stands there in one state.
    """
    chance = random.Random(SEED)
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    with Simulators(history(), repository(), channel()) as one:
        began = time.monotonic()
        with backfilling(calm, one.pagerduty_url) as process:
            assert 0 == process.wait(), (calm / "said.log").read_text()
        takes_s, expected = time.monotonic() - began, tables(calm)
        kills, shared = 0, True
        while kills < KILLS:
            with backfilling(killed, one.pagerduty_url, shared=shared) as process:
                try:
                    process.wait(timeout=chance.uniform(0.3, 0.95) * takes_s)
                except subprocess.TimeoutExpired:
                    process.kill()
                    kills += 1
                    continue
            expect_equal(expected, killed)
            shutil.rmtree(killed)
            shared = not shared
        with backfilling(killed, one.pagerduty_url, shared=shared) as process:
            assert 0 == process.wait(), (killed / "said.log").read_text()

    assert INCIDENTS == expected["incidents"].height
    expect_equal(expected, killed)
