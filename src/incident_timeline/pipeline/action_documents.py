"""Reads documents with action items from files, and knows when the incident was from what was scored beside them."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from incident_timeline.actions.issues import read_issues
from incident_timeline.actions.lint import lint_actions, projects_of
from incident_timeline.actions.parse import parse_actions
from incident_timeline.errors import InputFileError, system_words
from incident_timeline.model.actions import ActionFinding, ActionItem, ActionsDocument
from incident_timeline.model.instants import parse_instant

POSTMORTEM = "postmortem.md"


@dataclass(frozen=True, slots=True)
class Linted:
    """What lint found in some documents; `projects` are the items that need longer than two weeks."""

    items: int
    findings: tuple[ActionFinding, ...]
    projects: tuple[ActionItem, ...]
    undated: tuple[str, ...]  # documents that do not say when the incident was


def read_document(path: Path) -> ActionsDocument:
    """The action items of a file, or of the post-mortem of an incident's folder; InputFileError where it cannot be read."""
    file = path / POSTMORTEM if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(
            f"cannot read {file}: {system_words(error)}; give a Markdown or HTML file, or an incident's folder"
        ) from None
    return read_text(text, str(file))


def read_text(text: str, name: str) -> ActionsDocument:
    """The action items of a document's text; a JSON list is GitHub's list of issues."""
    if text.lstrip().startswith(("[{", "[\n", "[]")):
        try:
            rows = json.loads(text)
        except ValueError:
            rows = None
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            return read_issues(rows, name)
    return parse_actions(text, name)


def incident_day(document: ActionsDocument) -> date | None:
    """The day on which the incident ended by the scores beside the document, else what the document says."""
    scores = Path(document.path).parent / "scores.json"
    try:
        milestones: Any = json.loads(scores.read_text(encoding="utf-8"))["milestones"]
        at = next(milestones[name]["at"] for name in ("resolved", "mitigated", "detected") if milestones[name]["at"])
        return parse_instant(at).date()
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return document.incident_on


def lint_documents(
    documents: list[ActionsDocument], today: date, incident_on: date | None = None, project: str | None = None
) -> Linted:
    """Every finding in the documents; `incident_on` is given for all of them, else each has its own."""
    findings: list[ActionFinding] = []
    projects: list[ActionItem] = []
    undated = []
    for document in documents:
        begun = incident_on or incident_day(document)
        findings += lint_actions(document, today, begun, project)
        projects += projects_of(document, begun)
        if begun is None and document.items:
            undated.append(document.path)
    return Linted(sum(len(one.items) for one in documents), tuple(findings), tuple(projects), tuple(undated))
