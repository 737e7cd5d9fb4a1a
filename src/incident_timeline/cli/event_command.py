"""`timeline event`: corrects the record: hides an entry, gives it another time, or adds one that no source holds."""

from typing import Annotated

import typer

from incident_timeline.cli.mark_command import rebuild
from incident_timeline.cli.options import OwnFolder, Ref, Speaker, folder_of
from incident_timeline.cli.surroundings import now, speaker
from incident_timeline.cli.terminal import tell
from incident_timeline.errors import UsageError


def event_command(
    ref: Ref,
    hide: Annotated[str | None, typer.Option("--hide", help="The event id of an entry to leave out.")] = None,
    retime: Annotated[
        str | None, typer.Option("--retime", help="The event id of an entry whose time is wrong.")
    ] = None,
    add: Annotated[str | None, typer.Option("--add", help="What was said or done and stands in no source.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="14:32 (UTC, or --tz) or a full time, for --retime and --add.")
    ] = None,
    kind: Annotated[
        str, typer.Option("--kind", help="What --add adds: note, change or deploy; a change can be given a verdict.")
    ] = "note",
    why: Annotated[str, typer.Option("--why", help="Why; it stands beside the correction.")] = "",
    tz: Annotated[str | None, typer.Option("--tz", help="Zone of a bare clock time, e.g. Europe/Berlin.")] = None,
    by: Speaker = None,
    out: OwnFolder = None,
) -> None:
    """Correct the record; the source's own entry stays in the evidence, and `timeline mark INC-123 --undo` takes it back.

    Example: timeline event INC-123 --add "asked the vendor by phone" --at 14:05
    """
    from incident_timeline.pipeline import marking as work

    said = [name for name, value in (("hide", hide), ("retime", retime), ("add", add)) if value]
    if len(said) != 1:
        raise UsageError("say one of --hide ID, --retime ID or --add TEXT")
    if (said[0] == "hide") == (at is not None):
        raise UsageError("--retime and --add need --at; --hide takes none")
    given = work.Marking(folder_of(ref, out), speaker(by), now(), tz)
    tell(work.correct_event(given, said[0], hide or retime, at, add or "", why, kind))
    rebuild(ref, given.folder)
