"""`python -m tests.lab.windows plan` draws the plan anew; `record OUT` lives through it; `keep OUT` makes the fixture of it."""

import argparse
import sys
from pathlib import Path

from tests.lab.servers import missing_binaries
from tests.lab.windows.cases import keep
from tests.lab.windows.plan import draw, write
from tests.lab.windows.record import record
from tests.lab.windows.recorded import FOLDER


def main() -> None:
    """Runs one of the commands."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.windows", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("plan", help="draw the plan from its seed and write it")
    one = commands.add_parser("record", help="live through the plan in real time (81 minutes)")
    one.add_argument("out", type=Path)
    two = commands.add_parser("keep", help="write fixtures/windows from a recording")
    two.add_argument("recorded", type=Path)
    given = parser.parse_args()
    if given.command == "plan":
        write(draw())
        return
    if absent := missing_binaries():
        sys.exit(f"not installed: {', '.join(absent)}; on Debian: apt-get install prometheus")
    if given.command == "keep":
        keep(given.recorded, FOLDER)
        return
    record(given.out, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
