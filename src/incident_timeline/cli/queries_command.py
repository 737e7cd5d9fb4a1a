"""`timeline queries`: checks, lists and discovers the queries that measure a service."""

import json
from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.options import ConfigFile
from incident_timeline.cli.surroundings import load_settings
from incident_timeline.cli.terminal import hand_over, tell

queries_app = typer.Typer(
    help="Check, list and discover the queries that measure a service.\n\nExample: timeline queries list",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@queries_app.command("check")
def check_command(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; by default the team's folder and the shipped one.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Check query files and SLO files: keys, PromQL, and what promtool says where it is installed.

    Every problem names file and line; ends with 2 when there is one.

    Example: timeline queries check queries/
    """
    from incident_timeline.pipeline.query_library import check_library, library_folders

    found = check_library(paths or library_folders(load_settings(config, frozenset()).queries_path))
    for problem in found.problems:
        tell(problem)
    checked = f"and by promtool {found.promtool}" if found.promtool else "(promtool is not installed)"
    state = f"{len(found.problems)} problems" if found.problems else "all can be used"
    tell(f"{found.queries} queries in {found.files} files, by the parser {checked}: {state}")
    if found.problems:
        raise typer.Exit(2)


@queries_app.command("list")
def list_command(
    folder: Annotated[str | None, typer.Argument(help="Only this folder, with the PromQL.")] = None,
    config: ConfigFile = None,
) -> None:
    """List the folders that a service can name in `queries`, and the question that each query answers.

    Example: timeline queries list postgresql
    """
    from incident_timeline.pipeline.query_library import list_library

    listed, unusable = list_library(load_settings(config, frozenset()).queries_path, folder)
    shown = ""
    for one in listed:
        if one.folder != shown:
            tell(one.folder)
            shown = one.folder
        tell(f"  {one.query.name}  ({one.query.signal}, {one.query.unit}, worse {one.query.worse})")
        tell(f"      {one.query.question}")
        for key in ("query", "errors", "total") if folder else ():
            if text := getattr(one.query, key):
                tell(f"      {key}: {text}")
    for problem in unusable:
        tell(problem, err=True)
    if unusable:
        raise typer.Exit(2)


@queries_app.command("discover")
def discover_command(
    service: Annotated[str, typer.Argument(help="The service, as its label service, job or app says.")],
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print the proposed queries as query files.")] = False,
    config: ConfigFile = None,
) -> None:
    """Ask Prometheus which queries of the library have data for a service, and which other metrics look like its SLIs.

    Proposals are for a person to check: their meaning is read from names and labels alone.

    Example: timeline queries discover checkout
    """
    from incident_timeline.pipeline.query_discovery import discover_queries

    found = discover_queries(load_settings(config, frozenset({"prometheus"})), service)
    if as_yaml:
        hand_over("---\n".join(one.to_yaml() for one in found.candidates))
        return
    tell(f"{found.metrics} metrics; for {service} these queries of the library have data:")
    folders = list(dict.fromkeys(one.folder for one in found.with_data))
    for folder in folders:
        tell(f"  {folder}: {', '.join(one.name for one in found.with_data if one.folder == folder)}")
    tell(f"  queries = {json.dumps(folders)}" if folders else "  none")
    for other in found.elsewhere:
        shown = ", ".join(other.values[:5]) + (f" and {len(other.values) - 5} more" if len(other.values) > 5 else "")
        tell(f"under another name ({other.label}): {other.folder}@NAME, where NAME is one of {shown}")
    for one in found.candidates:
        tell(f"proposed, from {one.metric}: {one.name}; --yaml prints it")
