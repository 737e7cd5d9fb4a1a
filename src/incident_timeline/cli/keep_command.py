"""`timeline keep`: seals the evidence of incidents resolved lately, fit for a nightly job."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.options import ConfigFile
from incident_timeline.cli.surroundings import load_settings, now
from incident_timeline.cli.terminal import tell
from incident_timeline.errors import UsageError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def keep_command(
    resolved_since: Annotated[str, typer.Option("--resolved-since", help="How far back: 12h, 2d, 1w.")] = "2d",
    config: ConfigFile = None,
) -> None:
    """Collect the evidence of every incident resolved lately, before it expires; nothing is scored or overwritten.

    Prometheus keeps 15 days unless told otherwise. Run it nightly; a second run fetches only what is missing.

    Example: timeline keep --resolved-since 2d
    """
    from incident_timeline.pipeline.keep import Kept, keep
    from incident_timeline.pipeline.request import BuildRequest

    since = _duration(resolved_since)

    def report(one: Kept) -> None:
        state = f"{one.requests} answers kept, {one.new} new" if one.requests else "nothing kept"
        tell(f"{one.incident}: {state}" + "".join(f"\n  {why}" for why in one.lacking))

    request = BuildRequest(ref="", settings=load_settings(config, None), folder=None, base=Path.cwd(), now=now())
    kept, lacking = keep(request, since, report)
    tell(
        f"{len(kept)} incident{'' if len(kept) == 1 else 's'} resolved in the last {resolved_since}"
        + (f"; {lacking}" if lacking else "")
    )
    if lacking or any(one.lacking for one in kept):
        raise typer.Exit(3)


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,4})([mhdw])", text.strip())
    if match is None:
        raise UsageError(f"--resolved-since {text!r} is no duration; write 12h, 2d or 1w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
