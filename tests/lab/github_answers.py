"""What the simulated GitHub answers, computed from its state alone: filters, paging with links, errors in its own words."""

import re
from typing import Any

from tests.lab.answers import Answer, Query
from tests.lab.github_shapes import comparison, with_commit
from tests.lab.github_state import REPO

LIMITS = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4987", "X-RateLimit-Reset": "4102444800",
          "X-RateLimit-Used": "13", "X-RateLimit-Resource": "core"}  # fmt: skip
_RATE = {"limit": 5000, "used": 13, "remaining": 4987, "reset": 4102444800}
_ROOT = f"/repos/{REPO}"


def github_answer(state: dict[str, Any], path: str, query: Query, base: str) -> Answer:
    """GitHub's REST API, read only, newest first. Links to the next page name the host that was asked."""
    url = f"{base}{path}"
    if path == "/rate_limit":
        return Answer(200, {"resources": {"core": _RATE, "search": _RATE}, "rate": _RATE}, LIMITS)
    if path == f"{_ROOT}/deployments":
        return _page(_where(state["deployments"], query, ("sha", "ref", "task", "environment")), query, url)
    if match := re.fullmatch(rf"{_ROOT}/deployments/(\d+)/statuses", path):
        rows = state["statuses"].get(match[1])
        return _missing() if rows is None else _page(rows[::-1], query, url)
    if path == f"{_ROOT}/actions/runs":
        rows = [with_commit(run) for run in _where(state["runs"], query, ("head_sha", "event", "status"))]
        page = _page(rows, query, url)
        return Answer(200, {"total_count": len(rows), "workflow_runs": page.body}, page.headers)
    if match := re.fullmatch(rf"{_ROOT}/actions/runs/(\d+)/(jobs|approvals)", path):
        if match[1] not in state["jobs"]:
            return _missing()
        rows = state[match[2]].get(match[1], [])
        return Answer(200, {"total_count": len(rows), "jobs": rows} if match[2] == "jobs" else rows, LIMITS)
    if match := re.fullmatch(rf"{_ROOT}/compare/([^/]+?)\.\.\.([^/]+)", path):
        found = comparison(state, match[1], match[2])
        return _missing() if found is None else Answer(200, found, LIMITS)
    if path == f"{_ROOT}/releases":
        return Answer(200, [], LIMITS)
    return _missing()


def _where(rows: list[dict[str, Any]], query: Query, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows whose fields are as asked, newest first."""
    return [row for row in reversed(rows) if all(row[name] == query[name][0] for name in names if name in query)]


def _page(rows: list[dict[str, Any]], query: Query, url: str) -> Answer:
    size, page = min(100, int(query.get("per_page", ["30"])[0])), int(query.get("page", ["1"])[0])
    headers = dict(LIMITS)
    if page * size < len(rows):
        kept = "".join(f"{name}={query[name][0]}&" for name in query if name not in ("per_page", "page"))
        headers["Link"] = f'<{url}?{kept}per_page={size}&page={page + 1}>; rel="next"'
    return Answer(200, rows[(page - 1) * size : page * size], headers)


def _missing() -> Answer:
    return Answer(
        404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}, LIMITS
    )
