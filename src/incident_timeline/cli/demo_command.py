"""`timeline demo`: builds the recorded incident that ships with the package, without account, server or network."""

from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.surroundings import now
from incident_timeline.cli.terminal import tell


def demo_command(
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write; by default incidents/INC-123 here.")
    ] = None,
) -> None:
    """Build the recorded incident INC-123 through the real collectors over its recorded answers.

    It was recorded from a small shop under load, a real Prometheus and a real Alertmanager; people, PagerDuty and the deploy
    API were simulated. Nothing is contacted.

    Example: timeline demo
    """
    from incident_timeline.pipeline.demo import build_demo

    result = build_demo(out or Path.cwd() / "incidents" / "INC-123", now(), lambda line: tell(line, err=True))
    tell(f"The post-mortem lies in {result.folder / 'postmortem.md'}")
    tell(f"The report lies in      {result.folder / 'report.html'}")
    if result.exit_code:
        raise typer.Exit(result.exit_code)
