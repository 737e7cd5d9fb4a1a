"""`timeline actions`: lints the action items of post-mortems."""

import json
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from incident_timeline.cli.surroundings import now
from incident_timeline.errors import UsageError

actions_app = typer.Typer(
    help="Check the action items of post-mortems.\n\nExample: timeline actions lint",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_ESCAPES = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))


class Format(StrEnum):
    """How findings are printed."""

    text = "text"
    github = "github"
    json = "json"


@actions_app.command("lint")
def lint_command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Markdown, HTML, GitHub's JSON list of issues, incident folders, - for stdin; by default incidents/*."
        ),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="text, github (annotations of a workflow) or json.")
    ] = Format.text,
    incident_date: Annotated[
        str | None, typer.Option("--incident-date", help="The day of the incident, where the document does not say it.")
    ] = None,
    project: Annotated[
        str | None,
        typer.Option("--project", help="Address of the list of projects: what is due later is listed for it."),
    ] = None,
) -> None:
    """Say what keeps action items from changing something: WHAT, DONE WHEN, OWNER, DUE and VERIFY, one by one.

    Ends with 2 when there is a finding, so it fits CI and a pre-commit hook.

    Example: timeline actions lint incidents/INC-123/postmortem.md
    """
    from incident_timeline.pipeline.action_documents import POSTMORTEM, lint_documents, read_document, read_text

    given = paths or [str(path.parent) for path in sorted(Path("incidents").glob(f"*/{POSTMORTEM}"))]
    documents = [read_text(sys.stdin.read(), "stdin") if path == "-" else read_document(Path(path)) for path in given]
    found = lint_documents(documents, now().date(), _day(incident_date), project)
    if form is Format.json:
        rows = [
            {"rule": f.rule, "path": f.path, "line": f.line, "message": f.words, "item": f.key} for f in found.findings
        ]
        typer.echo(json.dumps({"items": found.items, "findings": rows}, indent=2))
    else:
        for f in found.findings:
            if form is Format.github:
                path = _escaped(f.path).replace(":", "%3A").replace(",", "%2C")
                typer.echo(f"::error file={path},line={f.line},title={f.rule}::{_escaped(f.words)}")
            else:
                typer.echo(f"{f.path}, line {f.line}: {f.words} ({f.rule})")
    if form is Format.text:
        for item in found.projects:
            place = project or (item.project[0].text if item.project else "")
            typer.echo(f"project{f' for {place}' if place else ''}: {item.title}")
        for path in found.undated:
            typer.echo(f"{path}: it does not say when the incident was, so no due date is called late; --incident-date")
        typer.echo(f"{found.items} action items, {len(found.findings)} findings")
    if found.findings:
        raise typer.Exit(2)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--incident-date {text!r} is no day; write it as 2026-11-17") from None


def _escaped(text: str) -> str:
    for sign, escape in _ESCAPES:
        text = text.replace(sign, escape)
    return text
