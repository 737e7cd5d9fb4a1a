"""The arguments and options that several commands share, spelled once, and the folder that they name."""

from pathlib import Path
from typing import Annotated

import typer

Ref = Annotated[str, typer.Argument(help="The incident, as its folder is named: INC-123.")]
OwnFolder = Annotated[
    Path | None, typer.Option("--out", help="The incident's own folder; by default incidents/<ref> here.")
]
Speaker = Annotated[str | None, typer.Option("--by", help="Who says it; by default the user name of this machine.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The configuration file; by default timeline.toml here or above.")
]


def folder_of(ref: str, out: Path | None) -> Path:
    """The incident's own folder: as given, else `incidents/<ref>` in the working folder.

    A number alone, as `timeline build` takes it, names the one folder there that ends in it: 123 is INC-123.
    """
    incidents = Path.cwd() / "incidents"
    if out is None and ref.isdigit() and not (incidents / ref).exists():
        numbered = [path for path in incidents.glob(f"*[!0-9]{ref}") if path.is_dir()]
        if len(numbered) == 1:
            return numbered[0]
    return out or incidents / ref
