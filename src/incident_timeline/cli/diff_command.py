"""`timeline diff`: which sentences changed since a document was pasted somewhere."""

import json
from typing import Annotated

import typer

from incident_timeline.cli.options import OwnFolder, folder_of
from incident_timeline.cli.terminal import hand_over, tell


def diff_command(
    ref: Annotated[str, typer.Argument(help="The incident, e.g. INC-123.")],
    build: Annotated[
        str, typer.Argument(help="The build that the pasted document names, e.g. 7c1e04aa, or a file that holds it.")
    ],
    json_out: Annotated[bool, typer.Option("--json", help="Print old, new and the changed sentences as JSON.")] = False,
    out: OwnFolder = None,
) -> None:
    """List the sentences that changed since a pasted version, so that only these need to be pasted again.

    Ends with 0 whether any changed or none; with 2 where the build is not one that is kept.

    Example: timeline diff INC-123 7c1e04aa
    """
    from incident_timeline.pipeline.differing import diff_builds

    found = diff_builds(folder_of(ref, out), build)
    if json_out:
        rows = [{"section": one.section, "was": one.was or None, "now": one.now or None} for one in found.changed]
        hand_over(json.dumps({"old": found.old, "new": found.new, "changed": rows}, indent=2))
        return
    number = len(found.changed)
    words = "no sentence changed" if not number else f"{number} sentence{'s' if number > 1 else ''} changed"
    tell(f"build {found.old} to {found.new}: {words}")
    for one in found.changed:
        tell(f"\n{one.section}{': new' if not one.was else ': gone' if not one.now else ''}")
        for sign, text in (("-", one.was), ("+", one.now)):
            if text:
                tell(f"  {sign} {text}")
