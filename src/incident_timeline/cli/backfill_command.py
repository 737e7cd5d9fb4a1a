"""`timeline backfill`: scores a history of incidents into the archive."""

import os
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from incident_timeline.cli.options import ConfigFile
from incident_timeline.cli.surroundings import load_settings, now, read_date
from incident_timeline.cli.terminal import tell
from incident_timeline.errors import UsageError


def backfill_command(
    since: Annotated[str | None, typer.Option("--since", help="Incidents created since this date: 2026-01-01.")] = None,
    service: Annotated[
        list[str] | None, typer.Option("--service", help="Only this PagerDuty service id; several times for several.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also those that are archived and closed.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Score the evidence that is kept anew; no source is contacted.")
    ] = False,
    engine: Annotated[
        str, typer.Option("--engine", help="local: processes here; or dask://HOST:PORT, a Dask scheduler.")
    ] = "local",
    config: ConfigFile = None,
) -> None:
    """Collect and score every incident since a date into the archive; stopped, it goes on where it was.

    Example: timeline backfill --since 2026-01-01
    """
    from incident_timeline.pipeline.backfill import backfill, rescore_kept
    from incident_timeline.pipeline.engine_choice import Choice
    from incident_timeline.pipeline.request import BuildRequest

    settings = load_settings(config, frozenset({"archive"}) if offline else None)
    request = BuildRequest(
        ref="", settings=settings, folder=None, base=Path.cwd(), now=now(), offline=offline,
        say=lambda line: tell(line, err=True),
    )  # fmt: skip
    choice = Choice(engine, os.cpu_count() or 1)
    if offline:
        done = rescore_kept(request, choice, timer=monotonic)
    elif since is None:
        raise UsageError("say how far back: timeline backfill --since 2026-01-01, or --offline for kept bundles")
    else:
        done = backfill(
            request, read_date(since, "--since"), tuple(service or ()), choice, again=again, timer=monotonic
        )
    tell(f"{done.listed} incidents, {done.there} there already, {done.written} written")
    for sentence in done.lacking:
        tell(f"lacking: {sentence}")
    if done.lacking and not done.written and not done.there:
        raise typer.Exit(4)
