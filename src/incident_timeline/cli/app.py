"""The `timeline` command: registers the commands, and turns every known error into one sentence and an exit code."""

import io
import sys
from contextlib import suppress
from typing import NoReturn

import typer

from incident_timeline import __version__
from incident_timeline.cli.actions_command import actions_app
from incident_timeline.cli.archive_command import archive_app
from incident_timeline.cli.backfill_command import backfill_command
from incident_timeline.cli.build_command import build_command
from incident_timeline.cli.compare_command import (
    categorize_command,
    compare_command,
    outcome_command,
    similar_command,
)
from incident_timeline.cli.demo_command import demo_command
from incident_timeline.cli.detect_command import detect_command
from incident_timeline.cli.diff_command import diff_command
from incident_timeline.cli.doctor_command import doctor_command
from incident_timeline.cli.event_command import event_command
from incident_timeline.cli.export_command import export_command
from incident_timeline.cli.init_command import init_command
from incident_timeline.cli.keep_command import keep_command
from incident_timeline.cli.mark_command import mark_command, verdict_command
from incident_timeline.cli.onset_command import onset_command
from incident_timeline.cli.queries_command import queries_app
from incident_timeline.cli.show_command import show_command
from incident_timeline.cli.terminal import tell
from incident_timeline.errors import StorageError, TimelineError, system_words

_EPILOG = (
    "Exit codes: 0 built; 2 usage or configuration; 3 built, but a configured source gave less than was asked; "
    "4 nothing could be built; 5 storage; 1 a bug."
)

app = typer.Typer(
    name="timeline",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("build")(build_command)
app.command("init")(init_command)
app.command("doctor")(doctor_command)
app.command("keep")(keep_command)
app.command("demo")(demo_command)
app.command("mark")(mark_command)
app.command("verdict")(verdict_command)
app.command("event")(event_command)
app.command("detect")(detect_command)
app.command("onset")(onset_command)
app.command("show")(show_command)
app.command("export")(export_command)
app.command("diff")(diff_command)
app.add_typer(queries_app, name="queries")
app.add_typer(actions_app, name="actions")
app.command("backfill")(backfill_command)
app.command("compare")(compare_command)
app.command("similar")(similar_command)
app.command("categorize")(categorize_command)
app.command("outcome")(outcome_command)
app.add_typer(archive_app, name="archive")


def _version(value: bool) -> None:
    if value:
        tell(f"timeline {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_version, is_eager=True
    ),
) -> None:
    """Reconstruct an incident from what the systems recorded, and measure where the time went.

    Example: timeline build INC-123
    """


_INTERRUPTED = 130  # 128 + SIGINT, as shells and typer have it


def main() -> None:
    """Runs the command line; a TimelineError, a full disk or Ctrl-C becomes one sentence on stderr and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 gets `?` for what it cannot show
    try:
        app(prog_name="timeline")
    except TimelineError as error:
        _end(f"timeline: {error}", error.exit_code)
    except OSError as error:
        what = error.filename
        if what is None:
            what, sys.stdout = "what this command prints", None  # Python would try again at exit, and complain
        _end(
            f"timeline: {what}: {system_words(error)}; check the disk, its permissions and its space",
            StorageError.exit_code,
        )
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _end("timeline: interrupted; what was fetched is kept, run the same command to go on", _INTERRUPTED)
        raise


def _end(sentence: str, code: int) -> NoReturn:
    with suppress(OSError):  # stderr may lie on the disk that is full; the exit code still says it
        tell(sentence, err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
