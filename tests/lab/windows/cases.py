"""What the shipped queries say about each recorded window, and its truth beside it, as tables that need no server.

The exact PromQL stands in queries.csv; the labels have the columns of the onset benchmark, so one scorer reads both.
"""

import csv
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl

from incident_timeline.collect.queries import Query
from incident_timeline.collect.query_files import find_queries
from incident_timeline.collect.range_jobs import RangeJob, query_jobs
from tests.lab.servers import ROOT, Servers, fetch, free_port
from tests.lab.windows.plan import Plan, Slot, read
from tests.lab.windows.record import SCRAPE_S

WATCHED = ("checkout", "payments", "orders")  # what a spreading fault reaches
SPREADING = ("error_ratio", "latency_p50", "latency_p99")  # asked of all of them; the rest of checkout alone
ORACLE_SAMPLES = 12
SEPARATION, SHIFT = 0.8, 3.0


def shipped_queries() -> tuple[Query, ...]:
    """Every query file of the project."""
    folder = ROOT / "queries"
    queries, unusable = find_queries(sorted(path.name for path in folder.iterdir() if path.is_dir()), [folder])
    assert not unusable, unusable
    return queries


def jobs_of(shop: str, queries: tuple[Query, ...]) -> Iterator[RangeJob]:
    """What a build of the shop's checkout asks over its window, and the requests of the services behind it."""
    for query in queries:
        for service in WATCHED if query.name in SPREADING else WATCHED[:1]:
            for job in query_jobs(f"{shop}-{service}", query, SCRAPE_S):
                if job.role in ("sli", "resource", "raw"):
                    yield job


def ask(url: str, begun: float, plan: Plan) -> pl.DataFrame:
    """The answers over the whole recording: one row a sample, NaN left out."""
    queries, rows = shipped_queries(), []
    start, end = begun - begun % SCRAPE_S, begun + plan.lasts
    for shop in plan.per_s:
        for job in jobs_of(shop, queries):
            path = f"query_range?query={quote(job.promql)}&start={start:.0f}&end={end:.0f}&step={SCRAPE_S}"
            for one in fetch(f"{url}/api/v1/{path}")["data"]["result"]:
                labels = json.dumps(dict(sorted(one["metric"].items())))
                about = (shop, job.service, job.name, job.role, job.signal, job.unit, job.worse, job.range_s, labels)
                rows += [(*about, int(at), float(value)) for at, value in one["values"] if value != "NaN"]
    names = ("shop", "service", "name", "role", "signal", "unit", "worse", "range_s", "labels", "at", "value")
    return pl.DataFrame(rows, schema=list(names), orient="row")


def asked(plan: Plan) -> list[dict[str, Any]]:
    """The PromQL of each series, word for word."""
    queries = shipped_queries()
    jobs = [job for shop in plan.per_s for job in jobs_of(shop, queries)]
    return [{"service": job.service, "name": job.name, "role": job.role, "promql": job.promql} for job in jobs]


def alerts(url: str, begun: float, plan: Plan) -> dict[str, list[float]]:
    """When each shop's alerts were firing, by shop: raw samples of ALERTS."""
    query = f'ALERTS{{alertstate="firing"}}[{round(plan.lasts + 60)}s]'
    found = fetch(f"{url}/api/v1/query?query={quote(query)}&time={begun + plan.lasts:.3f}")["data"]["result"]
    firing: dict[str, list[float]] = {}
    for one in found:
        shop = one["metric"]["service"].partition("-")[0]
        firing.setdefault(shop, []).extend(at for at, _ in one["values"])
    return {shop: sorted(times) for shop, times in firing.items()}


def labels_of(plan: Plan, begun: float, series: pl.DataFrame) -> list[dict[str, Any]]:
    """One row a window, in the benchmark's columns."""
    return [_label(slot, begun, series) for slot in plan.slots]


def _label(slot: Slot, begun: float, series: pl.DataFrame) -> dict[str, Any]:
    fault = slot.fault
    score = None if fault is None else oracle(slot, begun, series)
    return {
        "case_id": slot.case, "source": "windows", "group": slot.case, "fault_kind": fault.kind if fault else "none",
        "service": f"{slot.shop}-checkout", "step_s": SCRAPE_S, "window_start": round(begun + slot.starts, 3),
        "window_end": round(begun + slot.ends, 3), "inject_time": "" if fault is None else round(begun + fault.begins, 3),
        "label_kind": "planned" if fault else "none", "licence": "ours", "note": fault.flavour if fault else "",
        "visible": "" if score is None else str(score >= 1), "oracle_score": "" if score is None else round(score, 3),
        "label_tol_s": 0, "role_of_source": "recorded",
        "fault_ends": "" if fault is None else round(begun + fault.ends, 3),
    }  # fmt: skip


def oracle(slot: Slot, begun: float, series: pl.DataFrame) -> float:
    """How plainly the fault shows in any SLI of checkout to somebody who knows when it began; visible from 1 on.

    The smaller of rank separation over 0.8 and robust shift over 3 between the samples before and the first twelve after, as
    in the benchmark.
    """
    assert slot.fault is not None
    part = in_window(series, slot, begun).filter(
        (pl.col("role") == "sli") & (pl.col("service") == f"{slot.shop}-checkout")
    )
    begins, best = begun + slot.fault.begins, 0.0
    for one in part.partition_by("name", "labels"):
        before = one.filter(pl.col("at") < begins)["value"].to_numpy()
        after = one.filter(pl.col("at") >= begins).sort("at")["value"].to_numpy()[:ORACLE_SAMPLES]
        if len(before) < 4 or len(after) < 4:
            continue
        above = np.mean(np.sign(after[:, None] - before[None, :]))
        spread = 1.4826 * np.median(np.abs(before - np.median(before))) or float(np.std(before)) or 1e-12
        shift = (np.median(after) - np.median(before)) / spread
        best = max(best, float(min(above / SEPARATION, shift / SHIFT, 1.25)))
    return best


def in_window(series: pl.DataFrame, slot: Slot, begun: float) -> pl.DataFrame:
    """The samples of one window."""
    inside = (pl.col("at") >= begun + slot.starts) & (pl.col("at") <= begun + slot.ends)
    return series.filter((pl.col("shop") == slot.shop) & inside)


def first_alerts(plan: Plan, begun: float, firing: dict[str, list[float]]) -> list[dict[str, Any]]:
    """The first firing sample in each window, where there is one."""
    rows = []
    for slot in plan.slots:
        inside = [at for at in firing.get(slot.shop, []) if begun + slot.starts <= at <= begun + slot.ends]
        rows.append({"case": slot.case, "at": round(inside[0], 3) if inside else ""})
    return rows


def client_counts(folder: Path) -> pl.DataFrame:
    """What the users of every shop counted, second by second."""
    parts = [
        pl.read_csv(path).select(pl.lit(path.stem).alias("shop"), pl.all()) for path in sorted(folder.glob("*.csv"))
    ]
    return pl.concat(parts).with_columns(pl.col("total", "failed", "slow", "hurt").cast(pl.UInt16))


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes rows with one header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def tabulate(url: str, recorded: Path, out: Path) -> None:
    """Writes series.parquet, queries.csv, labels.csv and first_alert.csv of a recording that a Prometheus serves.

    The folder `out` has the name of the plan.
    """
    plan, begun = read(out.name), float((recorded / "begun.txt").read_text(encoding="utf-8"))
    series = ask(url, begun, plan)
    series.write_parquet(out / "series.parquet", compression="zstd", compression_level=19)
    answered = set(series.select("service", "name").unique().iter_rows())
    write_csv(out / "queries.csv", [row for row in asked(plan) if (row["service"], row["name"]) in answered])
    write_csv(out / "labels.csv", labels_of(plan, begun, series))
    write_csv(out / "first_alert.csv", first_alerts(plan, begun, alerts(url, begun, plan)))


def keep(recorded: Path, out: Path) -> None:
    """Makes the fixture of a recording: its own files, and what the shipped queries answer on its snapshot."""
    out.mkdir(exist_ok=True)
    for name in ("begun.txt", "prometheus.yml", "rules.yml"):
        if recorded != out:
            shutil.copy(recorded / name, out / name)
    if (recorded / "clients").is_dir():
        table = client_counts(recorded / "clients")
        table.write_parquet(out / "clients.parquet", compression="zstd", compression_level=19)
    with tempfile.TemporaryDirectory() as work, Servers(Path(work)) as servers:
        shutil.copytree(recorded / "tsdb", Path(work) / "tsdb")
        url = servers.prometheus(f"global: {{scrape_interval: {SCRAPE_S}s}}\n", Path(work) / "tsdb", free_port())
        tabulate(url, out if recorded == out else recorded, out)
