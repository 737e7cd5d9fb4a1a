"""Measures the response ledger against hand-labelled gaps: `python -m tests.bench.ledgers_bench [FOLDER]`.

Both ends of each gap are set to their labels, then knew_enough alone; all else is what a build finds in the feed. Nothing is
learned: the weights of the reading are set by hand. Ends politely where the bench folder is not there.
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable, Sequence

from incident_timeline.config.packaged import load_cues
from tests.bench.knew_enough_cases import bench_folder, by_source, read_cases
from tests.bench.ledgers_cases import Labelled, cut, labelled, right, share_right, shared
from tests.bench.statistics import bootstrap_mean


def constant(gap: Sequence[Labelled], category: str) -> float:
    """The share that one category for the whole gap has right."""
    return _part(gap, lambda label: right(category, label.category))


def one_label(gap: Sequence[Labelled]) -> float:
    """The share that the best single category of this very gap has right: an oracle."""
    return max(constant(gap, one.category) for one in gap)


def main() -> None:
    """Runs the bench and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder", nargs="?", help="the bench folder; else TIMELINE_BENCH_KNEW_ENOUGH or its usual place"
    )
    folder = bench_folder(parser.parse_args().folder)
    if folder is None:
        print("ledgers: no bench folder here, nothing measured (set TIMELINE_BENCH_KNEW_ENOUGH)")
        return
    cases, cues = [case for case in read_cases(folder) if labelled(case)], load_cues()
    gaps = {case.id: labelled(case) for case in cases}
    cuts = {case.id: cut(case, cues) for case in cases}
    shares = {name: share_right(cuts[name], gap) for name, gap in gaps.items()}
    mean, low, high = bootstrap_mean(list(shares.values()), random.Random(20))
    print(
        f"right category, share of a gap's seconds, mean over {len(cases)} incidents: {mean:.3f} [{low:.2f} to {high:.2f}]"
    )
    found = [share_right(cut(case, cues, until_label=False), gaps[case.id]) for case in cases]
    print(f"the same with the end as found, not set: {sum(found) / len(found):.3f}")
    kinds = sorted({label.category for gap in gaps.values() for label in gap})
    best = max(kinds, key=lambda kind: sum(constant(gap, kind) for gap in gaps.values()))
    print(f"best constant ({best}): {sum(constant(gap, best) for gap in gaps.values()) / len(gaps):.3f}")
    print(f"oracle, one category a gap: {sum(one_label(gap) for gap in gaps.values()) / len(gaps):.3f}")
    means = [(source, [shares[case.id] for case in own]) for source, own, _ in by_source(cases)]
    print("by source: " + ", ".join(f"{source} {sum(all_) / len(all_):.2f} ({len(all_)})" for source, all_ in means))
    print("\nconfusion, part of an average gap in % (label: category of ours)")
    table: Counter[tuple[str, str]] = Counter()
    for name, gap in gaps.items():
        whole = (gap[-1].end - gap[0].start).total_seconds()
        for label in gap:
            for segment in cuts[name]:
                table[label.category, segment.category] += 100 * shared(segment, label) / whole / len(gaps)
    for kind in sorted(kinds, key=lambda kind: -sum(part for (label, _), part in table.items() if label == kind)):
        row = sorted(
            ((part, ours) for (label, ours), part in table.items() if label == kind and part >= 0.05), reverse=True
        )
        print(
            f"  {kind:12} {sum(part for part, _ in row):5.1f}: " + ", ".join(f"{ours} {part:.1f}" for part, ours in row)
        )


def _part(gap: Sequence[Labelled], test: Callable[[Labelled], bool]) -> float:
    whole = sum((label.end - label.start).total_seconds() for label in gap)
    return sum((label.end - label.start).total_seconds() for label in gap if test(label)) / whole if whole else 0.0


if __name__ == "__main__":
    main()
