"""`timeline doctor`: says of each configured source whether a build could use it."""

import typer

from incident_timeline.cli.options import ConfigFile
from incident_timeline.cli.surroundings import load_settings, now
from incident_timeline.cli.terminal import tell


def doctor_command(
    config: ConfigFile = None,
) -> None:
    """Check every configured source: reached or not, what its token may read, how far back it sees, its clock.

    Ends with 3 when one cannot be used, and says the next step for it.

    Example: timeline doctor
    """
    from incident_timeline.pipeline.doctor import check_sources

    settings = load_settings(config, None)
    found = check_sources(settings, now())
    tell(f"configuration: {settings.origin}")
    for one in found:
        state = "reached" if one.reached else "NOT reached"
        tell(f"{one.source}: {'not usable, ' + state if one.problem else state}")
        details = [*one.may, f"sees back to: {one.sees_back}" if one.sees_back else ""]
        details.append("" if one.clock_s is None else f"clock: {one.clock_s:+.0f} s against ours (whole seconds)")
        details += [f"next: {step}" for step in one.next_steps]
        for line in filter(None, details):
            tell(f"  {line}")
    if any(one.problem for one in found):
        raise typer.Exit(3)
