"""Scores onset, recovery, containment, impact and moved signals on the recorded windows, against what was planned and counted.

    python -m tests.bench.windows_bench [BENCH_FOLDER]

Two recordings: `windows`, which was looked at while the methods were mended, and `windows_unseen`, planned and recorded after
that. Onset is scored by the benchmark's own scorer where its folder lies beside; everything else needs the fixtures alone.
"""

import csv
import statistics
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from incident_timeline.model.milestones import Milestone
from incident_timeline.model.onset import NoOnset, Onset, Recovery
from incident_timeline.model.scored import Impact
from incident_timeline.score.containment import contain
from incident_timeline.score.impact import measure_impact
from incident_timeline.score.milestones import find_mitigated, find_started
from incident_timeline.score.onset import find_moved, find_onset
from incident_timeline.score.onset_bound import SymptomAlert, with_bound
from incident_timeline.score.recovery import find_recovery
from tests.bench.onset_bench import bench_folder, scorer_of
from tests.bench.statistics import wilson
from tests.lab.windows.faults import KINDS, SPREAD
from tests.lab.windows.record import SCRAPE_S
from tests.lab.windows.recorded import FOLDERS, Recorded, recorded


@dataclass(frozen=True)
class Answered:
    """What the tool says about one window."""

    window: Recorded
    onset: Onset | NoOnset
    bounded: Onset | NoOnset
    built: Onset | NoOnset  # what a build says of the two
    recovery: Recovery | None
    contained: Milestone | None
    impact: Impact | None
    moved: tuple[str, ...]


def answer(window: Recorded, alert: datetime | None) -> Answered:
    """Everything about one window; recovery, containment and impact where there is an onset."""
    series = window.series("checkout")
    onset = find_onset(series)
    bounded = find_onset(series, latest=alert) if alert else onset
    built = with_bound(onset, series, SymptomAlert("the first alert", alert) if alert else None)
    moved = tuple(one.name for one in find_moved(series))
    if isinstance(onset, NoOnset):
        return Answered(window, onset, bounded, built, None, None, None, moved)
    found = find_recovery(series, onset)
    impact = measure_impact(series, find_started(onset, None), find_mitigated(found, None))
    recovery = found if isinstance(found, Recovery) else None
    return Answered(window, onset, bounded, built, recovery, contain(window.series(), onset), impact, moved)


def first_alerts(folder: Path) -> dict[str, datetime]:
    """When the first alert on a symptom fired in each window of a recording that has one."""
    with (folder / "first_alert.csv").open(encoding="utf-8") as file:
        return {row["case"]: datetime.fromtimestamp(float(row["at"]), UTC) for row in csv.DictReader(file) if row["at"]}


@cache
def answers(folder: Path) -> list[Answered]:
    """All windows of a recording answered."""
    alerts = first_alerts(folder)
    return [answer(window, alerts.get(window.slot.case)) for window in recorded(folder)]


def share(hits: Iterable[bool]) -> str:
    """`hits/all percent [Wilson interval]`."""
    told = list(hits)
    low, high = wilson(sum(told), len(told))
    return f"{sum(told)}/{len(told)} {100 * sum(told) / max(len(told), 1):.0f} % [{100 * low:.0f} to {100 * high:.0f}]"


def onsets(found: list[Answered], folder: Path, bench: Path | None) -> None:
    """The scorer's figures, whole and by kind of fault."""
    if bench is None:
        print("onset: no bench folder here, so its scorer is not either (set TIMELINE_BENCH_ONSET)")
        return
    scorer = scorer_of(bench)
    for title, one in (
        ("no alert known", "onset"),
        ("first alert as the latest possible onset", "bounded"),
        ("as a build says it", "built"),
    ):
        with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("case_id", "onset_unix_s", "lo", "hi"))
            for a in found:
                onset = getattr(a, one)
                if isinstance(onset, Onset):
                    rows.writerow(
                        (a.window.slot.case, *(t.timestamp() for t in (onset.at, onset.earliest, onset.latest)))
                    )
            file.flush()
            table = scorer.load(str(folder / "labels.csv"), file.name)
        print(f"\nonset, {title}")
        for name, part in (
            ("all", table),
            *((kind, [r for r in table if r["fault"] == kind or r["kind"] == "control"]) for kind in (*KINDS, SPREAD)),
        ):  # fmt: skip
            told(name, part, scorer.metrics(part))


def told(name: str, rows: list[dict[str, object]], m: dict[str, float | None]) -> None:
    """One line of shares with their counts."""
    visible = [r for r in rows if r["kind"] == "visible"]
    words = [f"{name}: {len(visible)} visible, {m['n_hidden']} hidden, {m['n_control']} quiet"]
    for key, count in (
        ("within_60s", len(visible)), ("within_3_steps", len(visible)), ("within_1_step", len(visible)),
        ("false_early", len(visible)), ("interval_cover", sum(bool(r["answered"]) for r in visible)),
        ("control_no_onset", int(m["n_control"] or 0)), ("hidden_no_onset", int(m["n_hidden"] or 0)),
    ):  # fmt: skip
        hits = round((m[key] or 0.0) * count)
        words.append(f"{key} {share([True] * hits + [False] * (count - hits))}")
    steps, signed = m["interval_width_steps"], m["median_signed_s"]
    print("  " + "; ".join(words) + f"; median width {steps or 0:.1f} steps, median signed error {signed or 0:.0f} s")


def endings(found: list[Answered]) -> None:
    """Recovery, containment and impact against the plan and the clients."""
    ends = [(a, a.window.slot.fault) for a in found if a.window.slot.fault is not None and isinstance(a.onset, Onset)]
    back = [
        (a, *(a.window.since(t, f.ends) for t in (a.recovery.at, a.recovery.earliest, a.recovery.latest)))
        for a, f in ends
        if a.recovery
    ]
    errors = [at for _, at, *_ in back]
    print(
        f"  mitigated: in its range {share(low <= 0 <= high for *_, low, high in back)}; median error "
        f"{statistics.median(errors):.0f} s, median size {statistics.median(map(abs, errors)):.0f} s"
    )
    print(f"  never recovered, although it had: {sum(a.recovery is None for a, _ in ends)} of {len(ends)}")
    spread = [
        (a, f, a.contained, f.begins + max(f.reaches.values())) for a, f in ends if f.kind == SPREAD and a.contained
    ]
    for a, f, one, last in spread:
        off = "missing" if one.at is None else f"{a.window.since(one.at, last):+.0f} s"
        print(f"  contained, {a.window.slot.case} ({f.flavour}): {off}: {one.reason}")
    within = (one.at is not None and abs(a.window.since(one.at, last)) <= 2 * SCRAPE_S for a, _, one, last in spread)
    print(f"  contained within two scrapes, of the spreading faults with an onset: {share(within)}")
    held = [
        a.window.since(one.earliest, last) <= 0 <= a.window.since(one.latest, last)
        for a, _, one, last in spread
        if one.at
    ]
    print(f"  contained in its range: {share(held)}")
    counts = [
        (a, a.window.failed(), a.impact.bad)
        for a, f in ends
        if f.flavour == "errors" and a.impact is not None and a.impact.bad.value is not None
    ]
    print(f"  failed requests, the client's count in the range: {share(b.low <= n <= b.high for _, n, b in counts)}")
    for a, n, b in counts:
        if not b.low <= n <= b.high:
            print(f"    not: {a.window.slot.case}: {n} counted, {b.value:.0f} [{b.low:.0f} to {b.high:.0f}]")


def quiet(found: list[Answered]) -> None:
    """How often anything is said to have moved although nothing was wrong."""
    still = [a for a in found if a.window.slot.fault is None]
    print(f"  quiet windows in which any signal moved: {share(bool(a.moved) for a in still)}")
    print(f"  named in them: {', '.join(sorted(name for a in still for name in a.moved)) or 'none'}")
    faults = [a for a in found if a.window.slot.fault is not None]
    print(f"  windows with a fault in which any signal moved: {share(bool(a.moved) for a in faults)}")


def main() -> None:
    """Prints all figures."""
    bench = bench_folder(sys.argv[1] if len(sys.argv) > 1 else None)
    for folder in FOLDERS:
        print(f"\n== {folder.name}")
        found = answers(folder)
        onsets(found, folder, bench)
        print("\nendings")
        endings(found)
        print("\nmoved")
        quiet(found)


if __name__ == "__main__":
    main()
