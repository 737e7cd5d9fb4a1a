"""`timeline export`: the post-mortem for the place where it is pasted."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.options import OwnFolder, folder_of
from incident_timeline.cli.terminal import hand_over, tell


class Target(StrEnum):
    """Where the document goes."""

    github = "github"
    gitlab = "gitlab"
    confluence = "confluence"
    html = "html"


def export_command(
    ref: Annotated[str, typer.Argument(help="The incident, e.g. INC-123.")],
    to: Annotated[
        Target,
        typer.Option(
            "--to", help="github or gitlab: Markdown; confluence: its storage format; html: one page to copy from."
        ),
    ],
    output: Annotated[Path | None, typer.Option("--output", help="The file to write; by default stdout.")] = None,
    out: OwnFolder = None,
) -> None:
    """Write postmortem.md, with what people wrote into it, as another place takes it.

    Google Docs, Notion and Jira take what is copied from the html page in a browser, charts included. Charts that must be
    attached by hand are named on stderr. Ends with 3 where the target would cut the text, and with 5 where nothing was built.

    Example: timeline export INC-123 --to html --output INC-123.html
    """
    from incident_timeline.pipeline.exporting import CHARTS, export
    from incident_timeline.pipeline.writing import write_whole

    folder = folder_of(ref, out)
    found = export(folder, to.value)
    if output is not None:
        write_whole(output, found.text.encode())
        tell(f"written: {output}", err=True)
    else:
        hand_over(found.text)
    for name in found.attach:
        drawn = folder / CHARTS / f"{name}.png"
        tell(f"attach: {drawn if drawn.is_file() else drawn.with_suffix('.svg')}", err=True)
    if found.too_long:
        tell(f"too long: {found.too_long}", err=True)
        raise typer.Exit(3)
