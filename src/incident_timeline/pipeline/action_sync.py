"""Sends action items to GitHub issues when told to, and keeps what came back beside the document as their state."""

import json
import re
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from incident_timeline.actions.issues import read_issues
from incident_timeline.collect.http import unrecorded_transport
from incident_timeline.collect.issues import LABEL, list_issues
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.retry import Patience
from incident_timeline.config import Connection
from incident_timeline.deliver.issues import Synced, issue_of, sync_issues
from incident_timeline.errors import StorageError, UsageError
from incident_timeline.model.actions import ActionsDocument
from incident_timeline.model.instants import rfc3339
from incident_timeline.pipeline.writing import write_whole

STATE = "issues.json"
_ONCE = Patience(tries=1, total_s=60.0)  # a second try of a request that was carried out would make a second issue


def planned_issues(document: ActionsDocument, incident: str) -> tuple[dict[str, Any], ...]:
    """What would be sent; nobody is asked. Raises UsageError for an incident whose name cannot mark an issue."""
    if not re.fullmatch(r"[\w.-]+", incident):
        raise UsageError(
            f"{incident!r} cannot mark an issue; name the folder with letters, digits, dot, dash and underscore"
        )
    return tuple(issue_of(item, incident, LABEL) for item in document.items if item.what)


def send_issues(
    document: ActionsDocument, incident: str, repo: str, connection: Connection, now: datetime
) -> tuple[Synced, ...]:
    """Creates and changes the issues of a document's items, and writes their state to `issues.json` beside it.

    Raises UsageError for a repository that is no OWNER/NAME, and the SourceErrors of sending.
    """
    _check(repo)
    planned_issues(document, incident)
    if connection.token is None and not connection.headers and connection.bearer is None:
        raise UsageError(
            "GitHub needs a token that may write issues: set GITHUB_TOKEN, or a [[deploys]] of kind github"
        )
    network = Network()
    chain = unrecorded_transport("github", "github", connection, network, Clock(now=lambda: now), _ONCE)
    there = list_issues(chain, repo)
    done = sync_issues(chain, repo, incident, [item for item in document.items if item.what], LABEL, there)
    network.close()
    row = {"at": rfc3339(now), "repo": repo, "issues": {one.key: asdict(one) for one in done}}
    text = json.dumps(row, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    write_whole(Path(document.path).parent / STATE, text.encode())
    return done


def read_repository(repo: str, connection: Connection, now: datetime) -> ActionsDocument:
    """The issues of a repository that are labelled as action items, as action items; UsageError or the SourceErrors of asking."""
    _check(repo)
    network = Network()
    chain = unrecorded_transport("github", "github", connection, network, Clock(now=lambda: now), _ONCE)
    rows = list_issues(chain, repo)
    network.close()
    return read_issues(rows, repo)


def with_issue_states(document: ActionsDocument) -> ActionsDocument:
    """The document with items closed whose issue was closed when it was last looked at; StorageError for a broken file."""
    path = Path(document.path).parent / STATE
    if not path.is_file():
        return document
    try:
        issues = json.loads(path.read_text(encoding="utf-8"))["issues"]
        closed = {key for key, row in issues.items() if row["state"] == "closed"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"{path} is no state of issues ({error}); remove it, or sync again") from None
    items = tuple(replace(item, closed=item.closed or item.key in closed) for item in document.items)
    return replace(document, items=items)


def _check(repo: str) -> None:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise UsageError(f"{repo!r} is no repository; write OWNER/NAME")
