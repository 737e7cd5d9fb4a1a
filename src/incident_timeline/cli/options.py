"""The arguments and options that several commands share, spelled once."""

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
