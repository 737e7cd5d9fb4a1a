"""`timeline init`: writes the configuration file that a build without one would have used."""

from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.surroundings import NAME, load_settings
from incident_timeline.cli.terminal import tell
from incident_timeline.config.starter import starter_config
from incident_timeline.errors import UsageError


def init_command(
    service: Annotated[
        list[str] | None, typer.Option("--service", help="A service to list; may be given several times.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a timeline.toml that is there.")] = False,
) -> None:
    """Write timeline.toml here, with what the environment gives and every other source as a comment to fill in.

    Example: timeline init --service checkout
    """
    from incident_timeline.pipeline.writing import write_whole

    path = Path.cwd() / NAME
    if path.exists() and not force:
        raise UsageError(f"{path} is there already; edit it, or write over it with --force")
    settings = load_settings(None, frozenset())
    write_whole(path, starter_config(settings, tuple(service or ())).encode())
    tell(f"written: {path}")
