"""The lab by hand: `python -m tests.lab play short OUT`, `python -m tests.lab serve INC-123`."""

import argparse
import sys
import time
from pathlib import Path

from tests.lab.collect import collect
from tests.lab.record import record, served, tell
from tests.lab.servers import missing_binaries


def main() -> None:
    """Runs one of the lab's commands."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("play", help="play a scenario in real time and keep everything")
    one.add_argument("scenario")
    one.add_argument("out", type=Path)
    two = commands.add_parser("serve", help="serve a recording on loopback until interrupted")
    two.add_argument("name", nargs="?", default="INC-123")
    three = commands.add_parser(
        "collect", help="serve a recording and collect its evidence bundle anew, without replaying it"
    )
    three.add_argument("name", nargs="?", default="INC-123")
    four = commands.add_parser("truth", help="compute a recording's truth.json anew from its own files")
    four.add_argument("name", nargs="?", default="INC-123")
    given = parser.parse_args()
    if absent := missing_binaries():
        sys.exit(f"not installed: {', '.join(absent)}; on Debian: apt-get install prometheus prometheus-alertmanager")
    if given.command == "play":
        record(given.scenario, given.out, lambda line: print(line, flush=True))
        return
    if given.command == "collect":
        collect(given.name, lambda line: print(line, flush=True))
        return
    if given.command == "truth":
        tell(given.name)
        return
    with served(given.name) as place:
        for name, value in place.variables.items():
            print(f"export {name}={value}")
        print(place.config(), flush=True)
        try:
            while True:
                time.sleep(60)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
