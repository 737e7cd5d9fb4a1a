"""`timeline mark` and `timeline verdict`: what people say about an incident, and the folder built again with it."""

from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.options import OwnFolder, Ref, Speaker, folder_of
from incident_timeline.cli.surroundings import load_settings, now, speaker
from incident_timeline.cli.terminal import tell


def mark_command(
    ref: Ref,
    milestone: Annotated[str | None, typer.Argument(help="The milestone, e.g. knew_enough.")] = None,
    time: Annotated[str | None, typer.Argument(help="14:32 (UTC, or --tz) or a full time with its zone.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="The time, as an option.")] = None,
    pick: Annotated[int | None, typer.Option("--pick", help="Take this rival, by its number in the report.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Say that it did not happen: nobody knew.")] = False,
    because: Annotated[str, typer.Option("--because", help="Why; it stands beside the mark.")] = "",
    event: Annotated[str | None, typer.Option("--event", help="The event id that it rests on.")] = None,
    tz: Annotated[str | None, typer.Option("--tz", help="Zone of a bare clock time, e.g. Europe/Berlin.")] = None,
    by: Speaker = None,
    show: Annotated[bool, typer.Option("--list", help="List marks and what can be picked.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last mark back.")] = False,
    out: OwnFolder = None,
) -> None:
    """Confirm or correct a milestone; a person's mark always wins, and what it replaces stays visible.

    Example: timeline mark INC-123 knew_enough 14:32 --because "said on the call"
    """
    from incident_timeline.errors import UsageError
    from incident_timeline.pipeline import marking as work

    if show:
        work.list_marks(folder_of(ref, out), tell)
        return
    given = work.Marking(folder_of(ref, out), speaker(by), now(), tz)
    if undo:
        tell(work.undo(given))
    elif time is not None and at is not None:
        raise UsageError(f"the time is given twice, as {time} and with --at {at}; give it once")
    elif milestone is None:
        raise UsageError("name the milestone, e.g. timeline mark INC-123 knew_enough 14:32; or use --list or --undo")
    else:
        said = work.mark(given, milestone, time=time or at, pick=pick, none=none, because=because, event_id=event)
        tell(said)
    rebuild(ref, given.folder)


def verdict_command(
    ref: Ref,
    change: Annotated[
        str,
        typer.Argument(
            help="The event id of a change, or of an entry that tells of one, as scores.json has it; or its beginning."
        ),
    ],
    verdict: Annotated[str, typer.Argument(help="contributed, fixed, suspect or dismissed.")],
    why: Annotated[str, typer.Option("--why", help="Why; it stands beside the verdict.")] = "",
    by: Speaker = None,
    out: OwnFolder = None,
) -> None:
    """Say what a change had to do with the incident; several may have contributed.

    Example: timeline verdict INC-123 4d1c8a contributed --why "its new query had no index"
    """
    from incident_timeline.pipeline import marking as work

    given = work.Marking(folder_of(ref, out), speaker(by), now())
    tell(work.give_verdict(given, change, verdict, why))
    rebuild(ref, given.folder)


def rebuild(ref: str, folder: Path) -> None:
    """Builds the folder again from its evidence, with what people said."""
    from incident_timeline.pipeline.build import build
    from incident_timeline.pipeline.request import BuildRequest

    settings = load_settings(None, frozenset({"archive"}))
    result = build(
        BuildRequest(ref=ref, settings=settings, folder=folder, base=folder, now=now(), offline=True, png=True)
    )
    tell(f"built again: {folder / 'postmortem.md'}")
    if result.kin:
        tell(f"archive: {result.kin}", err=True)
