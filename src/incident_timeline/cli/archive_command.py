"""`timeline archive check|vacuum|export`: the tables that hold every scored incident."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from incident_timeline.cli.options import ConfigFile
from incident_timeline.cli.surroundings import load_settings
from incident_timeline.cli.terminal import tell

if TYPE_CHECKING:
    from incident_timeline.config import Settings


archive_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look after the archive: Delta tables of every scored incident.\n\nExample: timeline archive check",
)


@archive_app.command("check")
def check_command(config: ConfigFile = None) -> None:
    """Say whether the archive is whole, and scored by today's rules; ends with 5 where it is not.

    Every row must belong to the last build of its incident; recorded milestones
    are read anew from the archived events, gaps from the milestones.

    Example: timeline archive check
    """
    from incident_timeline.pipeline.tending import check_archive

    said, wrong = check_archive(_settings(config), Path.cwd())
    tell(said)
    if wrong:
        raise typer.Exit(5)


@archive_app.command("vacuum")
def vacuum_command(config: ConfigFile = None) -> None:
    """Join small files and remove those that no version of the last week needs.

    Example: timeline archive vacuum
    """
    from incident_timeline.pipeline.tending import vacuum_archive

    for name, removed in vacuum_archive(_settings(config), Path.cwd()).items():
        tell(f"{name}: {removed} files removed")


@archive_app.command("export")
def export_command(
    folder: Annotated[Path, typer.Argument(help="Where to write one Parquet file for each table.")],
    config: ConfigFile = None,
) -> None:
    """Write every table as one Parquet file.

    Example: timeline archive export tables/
    """
    from incident_timeline.pipeline.tending import export_archive

    for path in export_archive(_settings(config), Path.cwd(), folder):
        tell(str(path))


def _settings(config: Path | None) -> "Settings":
    return load_settings(config, frozenset({"archive"}))
