"""`timeline show`: lanes, gaps and ledgers of a built incident in the terminal."""

import shutil
from typing import Annotated

import typer

from incident_timeline.cli.options import OwnFolder, folder_of
from incident_timeline.cli.surroundings import load_settings, now
from incident_timeline.cli.terminal import hand_over
from incident_timeline.model.texts import visible

_WIDEST, _NARROWEST = 140, 60  # columns; beyond, lines are hard to follow
# Hues of the charts as a terminal has them; `plain` is whatever its user chose.
_STYLES = {
    "plain": "", "mild": "dim", "strong": "bold", "hurt": "bold red", "alert": "yellow", "people": "blue",
    "change": "magenta", "well": "green", "no": "", "phase": "dim",
}  # fmt: skip


def show_command(
    ref: Annotated[str, typer.Argument(help="The incident, e.g. INC-123.")],
    json_out: Annotated[bool, typer.Option("--json", help="Print scores.json on stdout instead.")] = False,
    names: Annotated[bool, typer.Option("--names", help="People by name, not by role.")] = False,
    width: Annotated[int | None, typer.Option("--width", help="Columns; by default as wide as the terminal.")] = None,
    out: OwnFolder = None,
) -> None:
    """Show what a build found: the numbers, the timeline in lanes, and where the minutes went. Nothing is written.

    Ends with 3 where a configured source had given less than was asked, and with 5 where nothing was built.

    Example: timeline show INC-123
    """
    from rich.console import Console
    from rich.text import Text

    from incident_timeline.pipeline.request import BuildRequest
    from incident_timeline.pipeline.showing import show

    folder = folder_of(ref, out)
    settings = load_settings(None, frozenset({"archive"}))
    request = BuildRequest(ref=ref, settings=settings, folder=folder, base=folder, now=now(), offline=True, names=names)
    columns = width or shutil.get_terminal_size((100, 40)).columns
    found = show(request, max(_NARROWEST, min(_WIDEST, columns)))
    if json_out:
        hand_over(found.scores.decode())
    else:
        console = Console(highlight=False, soft_wrap=True)
        for line in found.lines:
            console.print(Text.assemble(*((visible(piece.text), _STYLES.get(piece.style, "")) for piece in line)))
    if found.exit_code:
        raise typer.Exit(found.exit_code)
