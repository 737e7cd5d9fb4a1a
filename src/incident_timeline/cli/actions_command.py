"""`timeline actions`: lints and verifies the action items of post-mortems, and says what became of them."""

import json
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from incident_timeline.cli.options import ConfigFile
from incident_timeline.cli.surroundings import load_settings, now, variables
from incident_timeline.cli.terminal import hand_over, tell
from incident_timeline.errors import UsageError

if TYPE_CHECKING:
    from incident_timeline.model.actions import ActionsDocument

actions_app = typer.Typer(
    help="Check, verify and follow the action items of post-mortems.\n\nExample: timeline actions lint",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_STATES = {"holds": "verified", "does not hold": "NOT done", "could not test": "not verified"}
_GITHUB = "github:"
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
            help="Markdown, HTML, GitHub's JSON list of issues, incident folders, github:OWNER/NAME for the issues labelled "
            "action-item, - for stdin; by default incidents/*."
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
    config: ConfigFile = None,
) -> None:
    """Say what keeps action items from changing something: WHAT, DONE WHEN, OWNER, DUE and VERIFY, one by one.

    Ends with 2 when there is a finding, so it fits CI and a pre-commit hook.

    Example: timeline actions lint incidents/INC-123/postmortem.md
    """
    from incident_timeline.pipeline.action_documents import POSTMORTEM, lint_documents, read_document, read_text

    given = paths or [str(path.parent) for path in sorted(Path("incidents").glob(f"*/{POSTMORTEM}"))]
    documents = []
    for path in given:
        if path.startswith(_GITHUB):
            documents.append(_repository(path.removeprefix(_GITHUB), config))
        else:
            documents.append(read_text(_stdin(), "stdin") if path == "-" else read_document(Path(path)))
    found = lint_documents(documents, now().date(), _day(incident_date), project)
    if form is Format.json:
        rows = [
            {"rule": f.rule, "path": f.path, "line": f.line, "message": f.words, "item": f.key} for f in found.findings
        ]
        hand_over(json.dumps({"items": found.items, "findings": rows}, indent=2))
    else:
        for f in found.findings:
            if form is Format.github:
                path = _escaped(f.path).replace(":", "%3A").replace(",", "%2C")
                tell(f"::error file={path},line={f.line},title={f.rule}::{_escaped(f.words)}")
            else:
                tell(f"{f.path}, line {f.line}: {f.words} ({f.rule})")
    if form is Format.text:
        for item in found.projects:
            place = project or (item.project[0].text if item.project else "")
            tell(f"project{f' for {place}' if place else ''}: {item.title}")
        for path in found.undated:
            tell(f"{path}: it does not say when the incident was, so no due date is called late; --incident-date")
        tell(f"{_many(found.items, 'action item')}, {_many(len(found.findings), 'finding')}")
    if found.findings:
        raise typer.Exit(2)


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"stdin: byte {error.start} is not UTF-8; give the text as UTF-8") from None


def _repository(repo: str, config: Path | None) -> "ActionsDocument":
    from incident_timeline.pipeline.action_proofs import github_connection
    from incident_timeline.pipeline.action_sync import read_repository

    settings = load_settings(config, frozenset({"deploys"}))
    return read_repository(repo, github_connection(settings, variables().get("GITHUB_TOKEN")), now())


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--incident-date {text!r} is no day; write it as 2026-11-17") from None


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _escaped(text: str) -> str:
    for sign, escape in _ESCAPES:
        text = text.replace(sign, escape)
    return text


@actions_app.command("verify")
def verify_command(
    path: Annotated[str, typer.Argument(help="An incident's folder, or a document with action items.")],
    alertmanager: Annotated[
        Path | None,
        typer.Option("--alertmanager", help="Alertmanager's configuration file, for `alert NAME reaches NAME`."),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Test every DONE WHEN against the real systems, and keep the dated proof beside the document.

    A condition that no machine tests asks for a demo: `DEMO: role, day, link`. Ends with 3 unless every item is verified.

    Example: timeline actions verify incidents/INC-123
    """
    from incident_timeline.pipeline.action_documents import read_document
    from incident_timeline.pipeline.action_proofs import github_connection, verify_document

    if alertmanager is not None and not alertmanager.is_file():
        raise UsageError(f"--alertmanager {alertmanager} is no file; give Alertmanager's configuration file")
    settings = load_settings(config, frozenset({"prometheus", "deploys"}))
    github = github_connection(settings, variables().get("GITHUB_TOKEN"))
    found = verify_document(read_document(Path(path)), settings, now(), alertmanager, github)
    for proof in found.proofs:
        tell(f"{proof.path}, line {proof.line}: {proof.title}: {_STATES[proof.verdict]}")
        for one in proof.conditions:
            tell(f"  line {one.line}: {one.text}: {one.verdict}; {one.because}")
        for words in filter(None, (f"demo: {proof.demo}" if proof.demo else "", proof.asks)):
            tell(f"  {words}")
    green = sum(one.verdict == "holds" for one in found.proofs)
    tell(f"{green} of {len(found.proofs)} items verified; proof in {found.folder}")
    if green < len(found.proofs):
        raise typer.Exit(3)


@actions_app.command("status")
def status_command(
    last: Annotated[
        int | None, typer.Option("--last", min=1, help="Only so many incidents, the latest by day.")
    ] = None,
    across: Annotated[
        bool, typer.Option("--across", help="All incidents of the folder, which is the default.")
    ] = False,
    new: Annotated[
        str | None,
        typer.Option("--new", help="An incident: which earlier unfinished items does it meet? Ends with 3 if any."),
    ] = None,
    incidents: Annotated[Path, typer.Option("--incidents", help="The folder of incidents.")] = Path("incidents"),
) -> None:
    """Say what became of action items: closed, verified, overdue, projects; and which kinds come back unfinished.

    Example: timeline actions status --last 5
    """
    from incident_timeline.pipeline.action_status import report_status

    if last is not None and across:
        raise UsageError("--last and --across exclude one another; leave one out")
    found = report_status(incidents, now().date(), last, new)
    status, waiting = found.status, found.status.open
    tell(f"{_many(status.items, 'action item')} of {_many(found.incidents, 'incident')}")
    tell(f"  closed: {status.closed}, of these verified: {status.closed_verified}; verified in all: {status.verified}")
    whole = sum(one.whole for one in waiting)
    tell(f"  open: {len(waiting)}, of these with a person, a condition that can be decided and a day to come: {whole}")
    age = "" if status.median_age is None else f"; median age {status.median_age:g} days"
    tell(f"  overdue: {sum(one.overdue for one in waiting)}; became a project: {status.projects}{age}")
    for one in waiting:
        due = f"due {one.due.isoformat()}{', overdue' if one.overdue else ''}" if one.due else "no day"
        years = "" if one.age_days is None else f", {one.age_days} days old"
        tell(f"  {one.incident}: {one.item.title} ({one.category}, {due}{years})")
    for name, where in status.recurring:
        tell(f"{name} comes back unfinished: {', '.join(where)}")
    for one in found.matches:
        tell(f"{new} meets an unfinished item of {one.incident}: {one.item.title}")
    if found.matches:
        raise typer.Exit(3)


@actions_app.command("sync")
def sync_command(
    path: Annotated[str, typer.Argument(help="An incident's folder, or a document with action items.")],
    repo: Annotated[str, typer.Option("--repo", help="The GitHub repository, OWNER/NAME.")],
    send: Annotated[
        bool, typer.Option("--send", help="Really create and change issues; without it nothing is sent.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Keep GitHub issues in step with the action items, each made once, and read their state back.

    Without --send it prints what would be sent and ends with 2. A second run changes only what was changed.

    Example: timeline actions sync incidents/INC-123 --repo acme/shop --send
    """
    from incident_timeline.pipeline.action_documents import read_document
    from incident_timeline.pipeline.action_proofs import github_connection
    from incident_timeline.pipeline.action_sync import planned_issues, send_issues

    document = read_document(Path(path))
    incident = Path(document.path).resolve().parent.name
    if not send:
        for issue in planned_issues(document, incident):
            tell(f"would become an issue of {repo}: {issue['title']}\n{issue['body']}\n")
        raise UsageError("nothing was sent: issues are created and changed only with --send")
    settings = load_settings(config, frozenset({"deploys"}))
    connection = github_connection(settings, variables().get("GITHUB_TOKEN"))
    for one in send_issues(document, incident, repo, connection, now()):
        tell(f"{one.did}: #{one.number} {one.title} ({one.state}) {one.url}")
