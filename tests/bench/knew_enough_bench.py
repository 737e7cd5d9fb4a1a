"""Measures the moment they knew enough against hand labels: `python -m tests.bench.knew_enough_bench [FOLDER]`.

Weights are learned anew for each source without its cases ("held out"); the shipped weights are scored too, which have seen
every dev case ("in sample"). Ends politely where the bench folder is not there.
"""

import argparse
import csv
import importlib.util
import random
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from incident_timeline.model.cues import Cues
from tests.bench.knew_enough_cases import (
    ALL_KINDS,
    CHAT,
    Built,
    Case,
    bench_folder,
    build,
    cues_with,
    noisy,
    packaged_tables,
    read_cases,
)
from tests.bench.knew_enough_logit import held_out
from tests.bench.statistics import paired_bootstrap, wilson

Choose = Callable[[Case], Cues]


@dataclass(frozen=True)
class Answer:
    """What was answered for one case: the picked entry's number, its time, the ranked numbers and the printed range."""

    case: Case
    number: int | None
    at: datetime | None
    ranked: tuple[int, ...]
    span: tuple[datetime, datetime] | None

    @property
    def right(self) -> bool:
        """Whether the picked entry is the labelled one."""
        return self.number is not None and self.number == self.case.number

    @property
    def top_three(self) -> bool:
        """Whether the labelled entry is among the first three rivals, answered or not."""
        return self.case.number in self.ranked[:3]

    @property
    def held(self) -> bool:
        """Whether the printed range holds the labelled time."""
        label = self.case.labels["human_labels"]["knew_enough"]
        return bool(self.span and label and self.span[0] <= datetime.fromisoformat(label) <= self.span[1])


def answer(case: Case, rows: Sequence[Mapping[str, Any]], cues: Cues) -> Answer:
    """What the product answers for these rows."""
    return _answer(case, build(rows, case.id, cues))


def first_cue(case: Case, cues: Cues) -> Answer:
    """The rule to beat: the first thing said after the first signal that holds a word for a finding or a cause."""
    built = build(case.rows, case.id, cues)
    scene = built.scene
    said = [e for e in scene.entries if e.said and e.at >= scene.detected and e.cues & {"finding", "cause"}]
    if not said:
        return Answer(case, None, None, (), None)
    number = built.numbers[said[0].event_id]
    return Answer(case, number, said[0].at, (number,), (said[0].at, said[0].at))


def _answer(case: Case, built: Built) -> Answer:
    said = built.proposal
    ranked = tuple(built.numbers[rival.event_id] for rival in said.alternatives)
    if said.at is None or said.earliest is None or said.latest is None:
        return Answer(case, None, None, ranked, None)
    return Answer(case, ranked[0], said.at, ranked, (said.earliest, said.latest))


def scorer_of(folder: Path) -> Any:
    """The scorer that lies in the bench folder, as a module."""
    spec = importlib.util.spec_from_file_location("score_knew_enough", folder / "score_knew_enough.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "score_knew_enough.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_predictions(answers: Sequence[Answer], path: Path) -> None:
    """The scorer's own format: id, label, ts, event; an abstention is no row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label", "ts", "event"])
        for one in answers:
            if one.at is not None:
                writer.writerow([one.case.id, "knew_enough", one.at.isoformat(), one.number])


def show(name: str, answers: Sequence[Answer], folder: Path, out: Path) -> None:
    """One block of figures: the scorer's, then those it does not know, each with its 95 % Wilson interval."""
    scorer = scorer_of(folder)
    path = out / f"{name.replace(' ', '_').replace(',', '')}.csv"
    write_predictions(answers, path)
    found = scorer.score(scorer.load(str(folder), "dev"), scorer.read_pred(str(path)), "knew_enough")
    scored = [one for one in answers if one.case.scored]
    n = found["n"]
    print(f"\n{name} (n = {n}, answered {found['answered']}; {path.name})")
    for label, share in (
        ("right event", found["right"]),
        ("lenient", found["lenient"]),
        ("within 2 minutes", found["w2"]),
        ("within 5 minutes", found["w5"]),
        ("within 15 minutes", found["w15"]),
        ("top three, strict", sum(one.top_three for one in scored) / n),
        ("range holds the label", sum(one.held for one in scored) / n),
    ):
        low, high = wilson(round(share * n), n)
        print(f"  {label:22} {round(share * n):3}/{n} {100 * share:4.0f} %  [{100 * low:.0f} to {100 * high:.0f}]")
    widths = [(one.span[1] - one.span[0]).total_seconds() / 60 for one in scored if one.span]
    print(f"  median error {found['med']:.1f} min; median width of the range {statistics.median(widths):.0f} min")
    print(f"  answered where nobody said it: {found['false']} of {found['neg']}")


def show_noise(cases: Sequence[Case], choose: Choose, seeds: int, kinds: frozenset[str], name: str) -> None:
    """Right event with 0, 1, 3, 10 lines of other feeds for each own line, mean over seeds."""
    print(f"\nnoise, {name}, {seeds} seeds: lines per own line, right event, top three, answered where nobody said it")
    scored = sum(case.scored for case in cases)
    for per_line in (0, 1, 3, 10):
        right, three, false = [], [], []
        for seed in range(seeds if per_line else 1):
            answers = [answer(case, noisy(case, cases, per_line, seed, kinds), choose(case)) for case in cases]
            right.append(sum(one.right for one in answers if one.case.scored) / scored)
            three.append(sum(one.top_three for one in answers if one.case.scored) / scored)
            false.append(sum(one.number is not None for one in answers if one.case.type == "none"))
        spread = statistics.stdev(right) if len(right) > 1 else 0.0
        print(
            f"  {per_line:3}  {100 * statistics.mean(right):4.1f} % (sd {100 * spread:.1f})  "
            f"{100 * statistics.mean(three):4.1f} %  {statistics.mean(false):.1f} of 5"
        )


def main() -> None:
    """Runs the bench and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder", nargs="?", help="the bench folder; else TIMELINE_BENCH_KNEW_ENOUGH or its usual place"
    )
    parser.add_argument("--noise", type=int, default=0, metavar="SEEDS", help="also measure noise, with so many seeds")
    parser.add_argument("--out", type=Path, help="where the predictions are written; else a temporary folder")
    given = parser.parse_args()
    folder = bench_folder(given.folder)
    if folder is None:
        print("knew enough: no bench folder here, nothing measured (set TIMELINE_BENCH_KNEW_ENOUGH)")
        return
    out = given.out or Path(tempfile.mkdtemp(prefix="knew_enough_"))
    out.mkdir(parents=True, exist_ok=True)
    cases = read_cases(folder)
    _, table = packaged_tables()
    shipped = cues_with(table)
    by_source = held_out(cases, shipped, table)
    held = [answer(case, case.rows, by_source[case.source]) for case in cases]
    rule = [first_cue(case, shipped) for case in cases]
    show("held out by source", held, folder, out)
    show("shipped weights, in sample", [answer(case, case.rows, shipped) for case in cases], folder, out)
    show("first cue rule", rule, folder, out)
    pairs = [(a.right, b.right) for a, b in zip(held, rule, strict=True) if a.case.scored]
    mean, low, high = paired_bootstrap(pairs, random.Random(20))
    print(
        f"\nheld out minus first cue, right event: {100 * mean:+.0f} points"
        f" [{100 * low:+.0f} to {100 * high:+.0f}], paired bootstrap"
    )
    if given.noise:
        choose = lambda case: by_source[case.source]  # noqa: E731
        show_noise(cases, choose, given.noise, CHAT, "chat lines")
        show_noise(cases, choose, given.noise, ALL_KINDS, "lines of all kinds")
    print(f"\npredictions: {out}")


if __name__ == "__main__":
    main()
