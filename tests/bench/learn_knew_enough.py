"""Learns the weights of the knew-enough model and writes them into the package: `python -m tests.bench.learn_knew_enough`."""

import argparse
import json
from pathlib import Path

from tests.bench.knew_enough_cases import bench_folder, cues_with, packaged_tables, read_cases
from tests.bench.knew_enough_logit import learn

WEIGHTS = Path(__file__).resolve().parents[2] / "src" / "incident_timeline" / "data" / "knew_enough" / "weights.json"


def main() -> None:
    """Reads the dev cases, fits, and rewrites `features`; `prior` and the cut-offs stay as they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", nargs="?", help="the bench folder; else TIMELINE_BENCH_KNEW_ENOUGH or its usual place"
    )
    folder = bench_folder(parser.parse_args().folder)
    if folder is None:
        print("no bench folder, nothing learned")
        return
    _, table = packaged_tables()
    learned = learn(read_cases(folder), cues_with(table), table)
    WEIGHTS.write_text(json.dumps(learned, indent=1, sort_keys=False) + "\n", encoding="utf-8")
    moved = sorted(learned["features"], key=lambda name: -abs(learned["features"][name] - table["prior"][name]))
    for name in moved[:15]:
        print(f"{name:24} {table['prior'][name]:6.2f} -> {learned['features'][name]:6.2f}")


if __name__ == "__main__":
    main()
