"""Measures onset on labelled cases: `python -m tests.bench.onset_bench [FOLDER]`.

Runs what `timeline onset FILE --by case_id --csv` runs over the dev half of a bench folder, writes the predictions, scores
them with the scorer that lies there, prints the shares with 95 % Wilson intervals and the time per series against
ruptures' PELT (l2, penalty 3 ln n, jump 1) in the same run. Ends politely where the folder is not there.
"""

import argparse
import contextlib
import importlib.util
import os
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from incident_timeline.pipeline.onset_file import answer_onsets, to_csv
from tests.bench.statistics import wilson

SOURCES = ("dbsherlock", "local_bed", "nezha_ob", "nezha_tt")  # the injected ones, on which goals are set
ALL_SOURCES = (*SOURCES, "msft")
SHARES = ("within_60s", "within_3_steps", "within_1_step", "false_early", "interval_cover", "control_no_onset")
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "bench" / "onset"


def bench_folder(given: str | None) -> Path | None:
    """The folder of cases: the argument, TIMELINE_BENCH_ONSET, or the usual place beside the repository."""
    folder = Path(given or os.environ.get("TIMELINE_BENCH_ONSET") or BESIDE)
    return folder if (folder / "dev" / "series.parquet").is_file() else None


def scorer_of(folder: Path) -> Any:
    """The scorer that lies in the bench folder, as a module."""
    spec = importlib.util.spec_from_file_location("score_onset", folder / "score_onset.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "score_onset.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def predict(folder: Path, out: Path, *, bounded: bool) -> tuple[Path, float]:
    """The predictions in the scorer's format, and the seconds that finding all of them took."""
    latest = folder / "dev" / "first_alert.csv" if bounded else None
    answers, numeric = answer_onsets(folder / "dev" / "series.parquet", "case_id", latest, None, perf_counter)
    path = out / ("bounded.csv" if bounded else "independent.csv")
    text = to_csv(answers, numeric=numeric)
    path.write_text(text.replace("case,onset,earliest,latest", "case_id,onset_unix_s,lo,hi", 1), encoding="utf-8")
    return path, sum(answer.runtime_s for answer in answers)


def show(title: str, rows: Sequence[Any], scorer: Any) -> None:
    """The scorer's figures, macro over the injected sources and for each source, the shares with Wilson intervals."""
    print(f"\n{title}")
    macro = scorer.macro([row for row in rows if row["source"] in SOURCES])
    shares = "  ".join(f"{name} {macro[name]:.3f}" for name in (*SHARES, "balanced_3"))
    print(f"  mean of {len(SOURCES)} sources: {shares}; median width {macro['interval_width_steps']:.1f} steps")
    for source in ALL_SOURCES:
        part = [row for row in rows if row["source"] == source]
        found = scorer.metrics(part)
        print(f"  {source} ({found['n_visible']} visible, {found['n_hidden']} hidden, {found['n_control']} controls)")
        for name in SHARES:
            n = {
                "interval_cover": round(found["n_visible"] * found["answered"]),
                "control_no_onset": found["n_control"],
            }
            count = n.get(name, found["n_visible"])
            hits = round((found[name] or 0.0) * count)
            low, high = wilson(hits, count)
            print(
                f"    {name:18} {hits:3}/{count:<3} {100 * hits / max(count, 1):4.0f} %  [{100 * low:.0f} to {100 * high:.0f}]"
            )


def time_of_pelt(folder: Path) -> tuple[float, int] | None:
    """Seconds that PELT takes for all service-level series one by one, and how many there are; None without ruptures."""
    try:
        import ruptures
    except ImportError:
        return None
    frame = pl.read_parquet(folder / "dev" / "series.parquet").filter(pl.col("role") != "resource")
    whole, count = 0.0, 0
    for part in frame.partition_by("case_id", "service", "metric"):
        value = part.sort("timestamp")["value"].cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
        if len(value) < 12:
            continue
        spread = float(np.std(value)) or 1.0
        begun = perf_counter()
        ruptures.Pelt(model="l2", min_size=2, jump=1).fit(value / spread).predict(pen=3 * float(np.log(len(value))))
        whole, count = whole + perf_counter() - begun, count + 1
    return whole, count


def main() -> None:
    """Runs the bench and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help="the bench folder; else TIMELINE_BENCH_ONSET or its usual place")
    parser.add_argument("--out", type=Path, help="where the predictions are written; else a temporary folder")
    parser.add_argument("--full", action="store_true", help="also print all that the scorer prints")
    given = parser.parse_args()
    folder = bench_folder(given.folder)
    if folder is None:
        print("onset: no bench folder here, nothing measured (set TIMELINE_BENCH_ONSET)")
        return
    out = given.out or Path(tempfile.mkdtemp(prefix="onset_"))
    out.mkdir(parents=True, exist_ok=True)
    scorer = scorer_of(folder)
    labels = str(folder / "dev" / "labels.csv")
    times = []
    for title, bounded in (("no alert known", False), ("first alert as the latest possible onset", True)):
        path, seconds = predict(folder, out, bounded=bounded)
        times.append(seconds)
        show(f"onset, {title}", scorer.load(labels, str(path)), scorer)
        if given.full:
            scorer.main(["--labels", labels, "--pred", str(path), "--boot", "0"])
    pelt = time_of_pelt(folder)
    if pelt is None:
        print("\ntime: ruptures is not installed, so there is no ratio (pip install ruptures)")
    else:
        whole, count = pelt
        ours = statistics.mean(times)
        print(
            f"\ntime per series: {1000 * ours / count:.2f} ms, PELT {1000 * whole / count:.2f} ms, ratio {ours / whole:.2f}"
        )
    print(f"predictions: {out}")


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
