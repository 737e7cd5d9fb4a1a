"""`python -m tests.lab.windows plan NAME` draws a plan, `record NAME OUT` lives through it, `keep NAME OUT` makes the fixture."""

import argparse
import sys
from pathlib import Path

from tests.lab.servers import ROOT, missing_binaries
from tests.lab.windows.cases import keep
from tests.lab.windows.plan import DRAWINGS, write
from tests.lab.windows.record import record


def main() -> None:
    """Runs one of the commands."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.windows", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command, about in (
        ("plan", "draw a plan from its seed and write it"),
        ("record", "live through a plan in real time (windows 81, windows_unseen 33 minutes)"),
        ("keep", "write fixtures/NAME from a recording"),
    ):
        one = commands.add_parser(command, help=about)
        one.add_argument("name", choices=DRAWINGS)
        if command != "plan":
            one.add_argument("folder", type=Path)
    given = parser.parse_args()
    if given.command == "plan":
        write(given.name)
        return
    if absent := missing_binaries():
        sys.exit(f"not installed: {', '.join(absent)}; on Debian: apt-get install prometheus")
    if given.command == "keep":
        keep(given.folder, ROOT / "fixtures" / given.name)
        return
    record(given.folder, given.name, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
