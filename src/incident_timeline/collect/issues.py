"""Lists the GitHub issues that carry a label, oldest first."""

from typing import Any

import httpx

from incident_timeline.collect.asking import check_refusal, open_client
from incident_timeline.errors import SourceMalformed, SourceMissing

LABEL = "action-item"  # of the issues that are action items
_PAGE, _MOST_PAGES = 100, 100


def list_issues(transport: httpx.BaseTransport, repo: str, label: str = LABEL) -> list[dict[str, Any]]:
    """Every issue with the label, open or closed, pull requests left out.

    Raises SourceRefused, SourceMissing or SourceMalformed.
    """
    client, path = open_client(transport), f"/repos/{repo}/issues"
    found: list[dict[str, Any]] = []
    for page in range(1, _MOST_PAGES + 1):
        params: dict[str, str | int] = {
            "state": "all", "labels": label, "per_page": _PAGE, "page": page, "sort": "created", "direction": "asc",
        }  # fmt: skip
        answer = client.get(path, params=params)
        check_refusal("github", path, answer.status_code, answer.content)
        if answer.status_code in (301, 404, 410):
            raise SourceMissing(
                f"github: {path} answers {answer.status_code}; check the repository's name and the token"
            )
        try:
            rows = answer.json()
        except ValueError:
            rows = None
        if answer.status_code != 200 or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise SourceMalformed(f"github: {path} answers {answer.status_code} and no list of issues; check url")
        found += [row for row in rows if "pull_request" not in row]
        if len(rows) < _PAGE:
            break
    return found
