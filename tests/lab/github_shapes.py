"""What GitHub's API shows around deployments: the repository, commits, a comparison; each computed from the simulator's state."""

from typing import Any

from tests.lab.github_state import API, REPO, WEB, account

_URL = f"{API}/repos/{REPO}"
_LINKS = {
    "archive": "/{archive_format}{/ref}", "assignees": "/assignees{/user}", "blobs": "/git/blobs{/sha}",
    "branches": "/branches{/branch}", "collaborators": "/collaborators{/collaborator}", "comments": "/comments{/number}",
    "commits": "/commits{/sha}", "compare": "/compare/{base}...{head}", "contents": "/contents/{+path}",
    "contributors": "/contributors", "deployments": "/deployments", "downloads": "/downloads", "events": "/events",
    "forks": "/forks", "git_commits": "/git/commits{/sha}", "git_refs": "/git/refs{/sha}", "git_tags": "/git/tags{/sha}",
    "hooks": "/hooks", "issue_comment": "/issues/comments{/number}", "issue_events": "/issues/events{/number}",
    "issues": "/issues{/number}", "keys": "/keys{/key_id}", "labels": "/labels{/name}", "languages": "/languages",
    "merges": "/merges", "milestones": "/milestones{/number}", "notifications": "/notifications{?since,all,participating}",
    "pulls": "/pulls{/number}", "releases": "/releases{/id}", "stargazers": "/stargazers", "statuses": "/statuses/{sha}",
    "subscribers": "/subscribers", "subscription": "/subscription", "tags": "/tags", "teams": "/teams",
    "trees": "/git/trees{/sha}",
}  # fmt: skip


def repository() -> dict[str, Any]:
    """The repository as a `minimal-repository`."""
    owner, name = REPO.split("/")
    return {
        "id": 61_200_001, "node_id": "R_61200001", "name": name, "full_name": REPO, "owner": account(owner), "private": True,
        "html_url": f"{WEB}/{REPO}", "description": None, "fork": False, "url": _URL,
        **{f"{name}_url": f"{_URL}{path}" for name, path in _LINKS.items()},
    }  # fmt: skip


def with_commit(run: dict[str, Any]) -> dict[str, Any]:
    """A workflow run with the repository and the head commit that the API shows inside it."""
    author = {"name": run["actor"]["login"], "email": f"{run['actor']['login']}@example.com"}
    head = {
        "id": run["head_sha"], "tree_id": run["head_sha"][::-1], "message": run["head_branch"],
        "timestamp": run["created_at"], "author": author, "committer": author,
    }  # fmt: skip
    return {**run, "head_commit": head, "repository": repository(), "head_repository": repository()}


def comparison(state: dict[str, Any], base: str, head: str) -> dict[str, Any] | None:
    """Two commits or refs of one service compared, one commit a version; None when the state does not know both."""
    for environment in dict.fromkeys(row["environment"] for row in state["deployments"]):
        known: dict[str, dict[str, Any]] = {}
        for row in state["deployments"]:
            if row["environment"] == environment:
                known.setdefault(row["sha"], row)
        order = list(known.values())
        at = {name: index for index, row in enumerate(order) for name in (row["sha"], row["ref"])}
        if base in at and head in at:
            return _comparison(order, at[base], at[head], f"{base}...{head}")
    return None


def _comparison(order: list[dict[str, Any]], base: int, head: int, spec: str) -> dict[str, Any]:
    status = "identical" if base == head else "ahead" if head > base else "behind"
    commits = [_commit(order, index) for index in range(base + 1, head + 1)]
    return {
        "url": f"{_URL}/compare/{spec}", "html_url": f"{WEB}/{REPO}/compare/{spec}",
        "permalink_url": f"{WEB}/{REPO}/compare/{spec}", "diff_url": f"{WEB}/{REPO}/compare/{spec}.diff",
        "patch_url": f"{WEB}/{REPO}/compare/{spec}.patch", "base_commit": _commit(order, base),
        "merge_base_commit": _commit(order, min(base, head)), "status": status, "ahead_by": max(0, head - base),
        "behind_by": max(0, base - head), "total_commits": len(commits), "commits": commits, "files": [],
    }  # fmt: skip


def _commit(order: list[dict[str, Any]], index: int) -> dict[str, Any]:
    row, sha = order[index], order[index]["sha"]
    login = row["creator"]["login"]
    who = {"name": login, "email": f"{login}@example.com", "date": row["created_at"]}
    parents = [order[index - 1]["sha"]] if index else []
    return {
        "url": f"{_URL}/commits/{sha}", "sha": sha, "node_id": f"C_{sha[:12]}", "html_url": f"{WEB}/{REPO}/commit/{sha}",
        "comments_url": f"{_URL}/commits/{sha}/comments", "author": account(login), "committer": account(login),
        "commit": {"author": who, "committer": who, "comment_count": 0, "message": row["ref"], "url": f"{_URL}/git/commits/{sha}",
                   "tree": {"sha": sha[::-1], "url": f"{_URL}/git/trees/{sha[::-1]}"}},
        "parents": [{"sha": one, "url": f"{_URL}/commits/{one}", "html_url": f"{WEB}/{REPO}/commit/{one}"} for one in parents],
    }  # fmt: skip
