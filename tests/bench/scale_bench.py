"""Measures scoring and comparing at size, against pandas and DuckDB in one run: `python -m tests.bench.scale_bench`.

The recorded milestones of 100,000 incidents with 100 events each, by this project, by pandas and by DuckDB, in turns, best of
TURNS, all answers equal; then what comparing 100,000 incidents takes beyond its tables; then how both grow from 1,000 to a
million incidents. Ratios are what counts: seconds hang on the machine. Needs 6 GB of memory and ten minutes on two cores.
"""

import multiprocessing
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import polars as pl

from incident_timeline.compare.cohorts import cohorts_at
from incident_timeline.compare.gaps import compare_gaps
from incident_timeline.score.gaps import gap_lengths
from incident_timeline.score.recorded import find_recorded
from tests.bench.scale_cases import many_events, many_tables
from tests.bench.scale_peers import as_table, by_duckdb, by_pandas, to_duckdb, to_pandas

INCIDENTS, EVENTS, TURNS = 100_000, 100, 3
SIZES, FEW = (1_000, 10_000, 100_000, 1_000_000), 10  # events of an incident where growth is measured
CHANGE = datetime(2022, 1, 1, tzinfo=UTC)


def score(events: pl.DataFrame) -> pl.DataFrame:
    """The scoring step: recorded milestones, and the gap between those that have one."""
    found = find_recorded(events)
    ends = found.select(gap=pl.lit("time_to_acknowledge"), start="detected", end="acknowledged")
    return found.hstack(gap_lengths(ends).select("length", "least", "most", "status"))


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call by the wall clock, and of this process's processors: the second is steadier on a busy machine."""
    start = perf_counter(), process_time()
    work()
    return perf_counter() - start[0], process_time() - start[1]


def race(folder: Path) -> None:
    """The three in turns on the same events, with equal answers."""
    events = many_events(INCIDENTS, EVENTS)
    frame, base = to_pandas(events), to_duckdb(events, folder)
    forms: dict[str, Callable[[], object]] = {
        "timeline": lambda: score(events),
        "pandas": lambda: by_pandas(frame),
        "DuckDB": lambda: by_duckdb(base),
    }
    ours = as_table(find_recorded(events))
    for name, other in (("pandas", by_pandas(frame)), ("DuckDB", by_duckdb(base))):
        assert ours.equals(as_table(other)), name
    turns = [{name: seconds(work) for name, work in forms.items()} for _ in range(TURNS)]
    best = {name: tuple(min(turn[name][clock] for turn in turns) for clock in (0, 1)) for name in forms}
    print(f"{INCIDENTS:,} incidents x {EVENTS} events, {events.height:,} rows; answers equal")
    for name, (wall, processor) in best.items():
        times = f"{wall / best['timeline'][0]:.1f} times by the clock, {processor / best['timeline'][1]:.1f} by the processors"
        print(f"  {name:9} {wall:.3f} s, of processors {processor:.3f} s: {times}")


def memory() -> tuple[float, float]:
    """Resident memory now and at its highest since the last reset, in MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    now, most = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def compare(incidents: int) -> None:
    """What comparing takes beyond its tables, in a process of its own."""
    table, gaps, segments = many_tables(incidents)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the high-water mark begins anew
    before, _ = memory()
    wall, processor = seconds(
        lambda: compare_gaps(table, gaps, segments, cohorts_at(table, CHANGE), by="date", at=CHANGE)
    )
    added = memory()[1] - before
    print(
        f"  {incidents:9,} incidents: {wall:.2f} s, of processors {processor:.2f} s, {added:.0f} MB beyond the tables",
        flush=True,
    )


def grow(incidents: int) -> None:
    """What scoring takes, in a process of its own."""
    events = many_events(incidents, FEW)
    wall, processor = (min(one) for one in zip(*(seconds(lambda: score(events)) for _ in range(TURNS)), strict=True))
    print(f"  {incidents:9,} incidents: {wall * 1e3:.1f} ms, of processors {processor * 1e3:.1f} ms "
          f"({processor / incidents * 1e6:.2f} us an incident)", flush=True)  # fmt: skip


def apart(work: Callable[[int], None], size: int) -> None:
    """Runs a measurement in a fresh process, so that nothing of an earlier one is in its memory."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=(size,))
    process.start()
    process.join()
    assert process.exitcode == 0


def main() -> None:
    """Prints everything."""
    with tempfile.TemporaryDirectory() as folder:
        race(Path(folder))
    print(f"scoring, {FEW} events each")
    for size in SIZES:
        apart(grow, size)
    print("comparing seven gaps before and since a date, scipy's import included")
    for size in SIZES:
        apart(compare, size)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
