"""Reads GitHub issues, as its API lists them, as action items."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from incident_timeline.actions.parse import key_of, parse_actions
from incident_timeline.model.actions import ActionItem, ActionsDocument, Written

_HEAD = "## Action items\n"  # so that the form is read in an issue that has nothing else


def read_issues(rows: Sequence[Mapping[str, Any]], repo: str) -> ActionsDocument:
    """One item an issue: its title is WHAT, its one assignee the OWNER and its milestone DUE, where its body does not say.

    Pull requests, which the API lists as issues, are left out. Lines are those of the issue's body.
    """
    items = [_item(row, f"{repo}#{row.get('number')}") for row in rows if "pull_request" not in row]
    return ActionsDocument(repo, tuple(items), None, ())


def _item(row: Mapping[str, Any], path: str) -> ActionItem:
    title = str(row.get("title") or "")
    body = str(row.get("body") or "").replace("\r\n", "\n")
    found = parse_actions(body, path).items or parse_actions(f"{_HEAD}1. WHAT: {title}\n{body}", path).items[:1]
    first = found[0] if found else ActionItem("", title, path, 1)
    what = first.what or ((Written(title, 1),) if title else ())
    people = [str(one.get("login")) for one in row.get("assignees") or [] if isinstance(one, Mapping)]
    due = (row.get("milestone") or {}).get("due_on")
    return replace(
        first, key=key_of(what[0].text if what else title), title=title, path=path, line=1, what=what,
        owner=first.owner or tuple(Written(f"@{one}", 1) for one in people),
        due=first.due or ((Written(str(due)[:10], 1),) if due else ()),
        closed=first.closed or row.get("state") == "closed",
    )  # fmt: skip
