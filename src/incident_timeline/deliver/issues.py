"""Keeps GitHub issues in step with action items: made once, changed when the words change, and never twice."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from incident_timeline.errors import SourceMalformed, SourceMissing, SourceRefused
from incident_timeline.model.actions import ActionItem

_MARK = re.compile(r"<!-- timeline:action ([\w.-]+) ([0-9a-f]{10}) -->")


@dataclass(frozen=True, slots=True)
class Synced:
    """What became of one item: `created`, `changed` or `same`, the issue's number, address and state."""

    key: str
    title: str
    did: str
    number: int
    url: str
    state: str  # open | closed, as GitHub says after it


def issue_of(item: ActionItem, incident: str, label: str) -> dict[str, Any]:
    """The issue that an item becomes: its title, its label, and a body in the form that `timeline actions lint` reads."""
    rows = [("WHAT", item.what), ("OWNER", item.owner), ("DUE", item.due), ("VERIFY", item.verify), ("DEMO", item.demo)]
    lines = [f"{name}: {' '.join(one.text for one in values)}" for name, values in rows[:1] if values]
    lines += [f"DONE WHEN: {one.text}" for one in item.done]
    lines += [f"{name}: {' '.join(one.text for one in values)}" for name, values in rows[1:] if values]
    mark = f"<!-- timeline:action {incident} {item.key} -->"
    return {
        "title": _title(item),
        "body": "\n".join([f"Action item of {incident}.", "", *lines, "", mark]),
        "labels": [label],
    }


def sync_issues(
    transport: httpx.BaseTransport, repo: str, incident: str, items: Sequence[ActionItem], label: str,
    there: Sequence[Mapping[str, Any]],
) -> tuple[Synced, ...]:  # fmt: skip
    """Creates or changes one issue an item; an item that is closed closes its issue, and a closed issue stays closed.

    `there` are the issues with the label, oldest first; an issue is found again by the mark in its body, whatever people made
    of its title. Raises SourceRefused, SourceMissing or SourceMalformed at the first answer that is none of GitHub's; what
    was sent until then is found again next time.
    """
    client = httpx.Client(transport=transport, base_url="http://github", trust_env=False, follow_redirects=False)
    known = _marked(there, incident)
    return tuple(_sync(client, repo, item, issue_of(item, incident, label), known.get(item.key)) for item in items)


def _sync(
    client: httpx.Client, repo: str, item: ActionItem, wanted: dict[str, Any], there: Mapping[str, Any] | None
) -> Synced:
    if there is None:
        made = _answer(client.post(f"/repos/{repo}/issues", json=wanted), repo, 201)
        if not item.closed:
            return _synced(item, "created", made)
        path = f"/repos/{repo}/issues/{made['number']}"
        return _synced(item, "created", _answer(client.patch(path, json={"state": "closed"}), repo, 200))
    changes = {key: wanted[key] for key in ("title", "body") if _lines(there.get(key)) != _lines(wanted[key])}
    if item.closed and there.get("state") == "open":
        changes["state"] = "closed"
    if not changes:
        return _synced(item, "same", there)
    path = f"/repos/{repo}/issues/{there['number']}"
    return _synced(item, "changed", _answer(client.patch(path, json=changes), repo, 200))


def _marked(there: Sequence[Mapping[str, Any]], incident: str) -> dict[str, Mapping[str, Any]]:
    """The issues of an incident by the key of their item; the oldest where there are two."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in there:
        mark = _MARK.search(str(row.get("body") or ""))
        if mark and mark[1] == incident:
            found.setdefault(mark[2], row)
    return found


def _answer(answer: httpx.Response, repo: str, expected: int) -> Any:
    said = " ".join(answer.text[:200].split())
    if answer.status_code in (401, 403):
        raise SourceRefused(f"github: {answer.status_code} ({said}); the token needs write access to issues of {repo}")
    if answer.status_code in (404, 410):
        raise SourceMissing(
            f"github: {repo} has no issues that the token may see ({answer.status_code}); check --repo and the token"
        )
    if answer.status_code != expected:
        raise SourceMalformed(f"github: answers {answer.status_code} ({said}); look at the item and send again")
    try:
        return answer.json()
    except ValueError:
        raise SourceMalformed("github: answers without JSON; check that url is the API's address") from None


def _synced(item: ActionItem, did: str, row: Mapping[str, Any]) -> Synced:
    return Synced(item.key, _title(item), did, int(row["number"]), str(row["html_url"]), str(row["state"]))


def _title(item: ActionItem) -> str:
    return " ".join((item.title or item.what[0].text).split())[:250]


def _lines(text: Any) -> str:
    return str(text or "").replace("\r\n", "\n").strip()
