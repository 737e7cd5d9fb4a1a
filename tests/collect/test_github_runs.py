"""Facts about what GitHub Actions adds to deployments: jobs, attempts, comparisons, releases, and runs that are deploys."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.github import GitHubDeploys
from incident_timeline.model.incident import Incident
from tests.collect.ci_simulators import stamp
from tests.collect.sources import T0, WINDOW, chain, connection, simulators

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")
Respond = Callable[[httpx.Request], httpx.Response]
RUN = "https://github.com/acme/shop/actions/runs/77/job/7702"


def deployment(number: int, sha: str, at: float) -> dict[str, Any]:
    """A deployment at a time."""
    return {"id": number, "sha": sha, "ref": "main", "task": "deploy", "environment": "production", "payload": {},
            "description": None, "creator": {"login": "asha-v", "type": "User"}, "created_at": stamp(at)}  # fmt: skip


def job(number: int, attempt: int, created: float, started: float, ended: float, conclusion: str) -> dict[str, Any]:
    """A job of run 77."""
    return {"id": number, "run_id": 77, "run_attempt": attempt, "name": "roll out", "status": "completed", "conclusion": conclusion,
            "created_at": stamp(created), "started_at": stamp(started), "completed_at": stamp(ended)}  # fmt: skip


def answering(**answers: Any) -> Respond:
    """GitHub with these answers by the last part of the path; 404 for the rest."""

    def respond(request: httpx.Request) -> httpx.Response:
        part = request.url.path.rsplit("/", 1)[-1].split("...")[0]
        part = "compare" if "/compare/" in request.url.path else part
        body = answers.get(part, [] if part == "releases" else None)
        body = body(request) if callable(body) else body
        return httpx.Response(404, json={}) if body is None else httpx.Response(200, json=body)

    return respond


def collected(respond: Respond, incident: Incident = INCIDENT, workflow: str | None = None) -> Collected:
    """What the collector makes of these answers."""
    collector = GitHubDeploys("acme/shop", None, ("checkout",), workflow)
    return collector.collect(httpx.MockTransport(respond), WINDOW, incident)


def steps(found: Collected) -> list[tuple[str, float]]:
    """Kinds and seconds after T0."""
    return [(kind, at.timestamp() - T0) for kind, at in found.events.select("kind", "at").rows()]


def test_jobs_say_what_no_status_says() -> None:
    """A deployment that only ends: its job tells when it asked for a runner and had one; `run_started_at` is never read."""
    success = {"id": 1, "state": "success", "created_at": stamp(T0 + 90), "log_url": RUN, "creator": None}
    jobs = {"jobs": [job(7702, 1, T0 + 5, T0 + 30, T0 + 90, "success")]}

    found = collected(answering(deployments=[deployment(1, "a", T0)], statuses=[success], jobs=jobs))

    assert [("deploy.requested", 0), ("deploy.queued", 5), ("deploy.started", 30), ("service.deployed", 90)] == steps(
        found
    )
    (change,) = changes_of(found.events)
    assert change.started_at is not None
    assert 30 == change.started_at.timestamp() - T0


def test_an_earlier_attempt_that_failed_stands_in_the_timeline() -> None:
    """`filter=all` lists the jobs of all attempts; the re-run made the deployment."""
    asked: list[str] = []

    def jobs(request: httpx.Request) -> dict[str, Any]:
        asked.append(request.url.params["filter"])
        return {
            "jobs": [
                job(7701, 1, T0 - 600, T0 - 590, T0 - 500, "failure"),
                job(7702, 2, T0, T0 + 1, T0 + 90, "success"),
            ]
        }

    status = {
        "id": 1,
        "state": "success",
        "created_at": stamp(T0 + 90),
        "log_url": RUN.replace("/job/7702", ""),
        "creator": None,
    }
    found = collected(answering(deployments=[deployment(1, "a", T0)], statuses=[status], jobs=jobs))

    row = found.events.filter(pl.col("kind") == "other").row(0, named=True)
    assert (["all"], "production main: attempt 1 of roll out failed", -500) == (
        asked,
        row["summary"],
        row["at"].timestamp() - T0,
    )
    assert ["succeeded"] == [change.status for change in changes_of(found.events)]


def test_statuses_go_before_jobs(tmp_path: Path) -> None:
    """What statuses say of queue and start is not said twice."""
    with simulators() as one:
        found = GitHubDeploys("acme/shop", None, ("checkout",)).collect(
            chain(tmp_path, connection(one, "github"), "github", "github")[0], WINDOW, INCIDENT
        )

    started = found.events.filter(pl.col("kind") == "deploy.started")
    assert 3 == started.height
    assert [True] * 3 == started["evidence"].str.contains("#/").to_list()


@pytest.mark.parametrize(
    ("status", "back", "why"),
    [
        ("behind", True, "GitHub's comparison: its commit lies 3 behind the one that was live"),
        ("ahead", False, "a sha that was not live in the days before; GitHub's comparison: ahead, 2 commits ahead"),
    ],
)
def test_an_older_commit_that_was_never_live_is_a_rollback(status: str, back: bool, why: str) -> None:
    """Shas alone cannot tell; GitHub's comparison with what was live can."""
    done = [{"id": 1, "state": "success", "created_at": stamp(T0 + 9), "creator": None}]
    asked: list[str] = []

    def compare(request: httpx.Request) -> dict[str, Any]:
        asked.append(request.url.path.rsplit("/", 1)[-1])
        return {"status": status, "ahead_by": 2, "behind_by": 3}

    rows = [deployment(2, "old", T0), deployment(1, "live", T0 - 4000)]
    found = collected(answering(deployments=rows, statuses=done, compare=compare), _paged(T0 - 100))

    change = changes_of(found.events)[-1]
    assert (["live...old"], back, why) == (asked, change.is_rollback, change.why)


def _paged(at: float) -> Incident:
    return Incident("INC-123", "", "checkout", None, datetime.fromtimestamp(at, UTC), None, "resolved")


def test_a_release_without_a_deployment_is_a_change() -> None:
    """By the time at which it was published; one that a deployment carries is that deployment."""
    author = {"login": "jonas", "type": "User"}
    releases = [
        {"id": 1, "tag_name": "main", "published_at": stamp(T0), "created_at": stamp(T0 - 9), "author": author},
        {"id": 2, "tag_name": "v9", "published_at": stamp(T0 + 60), "created_at": stamp(T0 - 90_000), "author": author},
        {"id": 3, "tag_name": "v10", "published_at": None, "created_at": stamp(T0), "author": author},
    ]

    found = collected(answering(deployments=[deployment(1, "a", T0)], statuses=[], releases=releases))

    rows = found.events.filter(pl.col("kind") == "change.made").select("summary", "at", "actor").rows()
    assert [("release v9 published", 60, "jonas")] == [(text, at.timestamp() - T0, actor) for text, at, actor in rows]


def test_releases_that_reach_back_no_further_than_the_window_are_said_to_be_the_newest() -> None:
    """One page is read: a repository that releases every minute may have more of them in the window."""
    many = [{"id": n, "tag_name": f"n{n}", "published_at": stamp(T0 + 5000 - n)} for n in range(100)]

    found = collected(answering(deployments=[], releases=many))

    assert (True, True) == (found.coverage[0].ok, "only the newest 100 releases were read" in found.coverage[0].reason)


def run(number: int, at: float, **fields: Any) -> dict[str, Any]:
    """A run of the workflow deploy.yml."""
    return {"id": number, "name": "deploy", "path": ".github/workflows/deploy.yml@refs/heads/main",
            "display_title": "deploy checkout v9", "head_branch": "v9", "head_sha": "c" * 40, "status": "completed",
            "conclusion": "success", "run_attempt": 1,
            "created_at": stamp(at), "run_started_at": stamp(at + 5000), "updated_at": stamp(at + 9000),
            "html_url": f"https://github.com/acme/shop/actions/runs/{number}",
            "actor": {"login": "asha-v", "type": "User"}} | fields  # fmt: skip


def test_runs_of_a_named_workflow_are_deploys() -> None:
    """Their jobs say when: neither `run_started_at`, which begins anew with a re-run, nor `updated_at` is an end."""
    listed = [run(77, T0), run(78, T0, path=".github/workflows/test.yml")]

    def runs(request: httpx.Request) -> dict[str, Any]:
        return {"workflow_runs": listed if request.url.params["created"].startswith("2026-11-17") else []}

    jobs = {"jobs": [job(7702, 1, T0 + 5, T0 + 30, T0 + 90, "success")]}

    found = collected(answering(deployments=[], runs=runs, jobs=jobs), workflow="deploy.yml")

    (change,) = changes_of(found.events)
    assert [0, 30, 90] == [
        at.timestamp() - T0 for at in (change.requested_at, change.started_at, change.finished_at) if at
    ]
    assert ("checkout", "v9", "asha-v", "succeeded") == (change.service, change.ref, change.actor, change.status)


def test_more_runs_than_github_lists_is_said() -> None:
    """It gives 1,000 of a filtered list at most, so each day is asked for by itself."""
    asked: list[str] = []

    def full(request: httpx.Request) -> dict[str, Any]:
        asked.append(request.url.params["created"])
        busy = request.url.params["created"].startswith("2026-11-17")
        return {"workflow_runs": [run(n, T0, path=".github/workflows/test.yml") for n in range(100)] if busy else []}

    found = collected(answering(deployments=[], runs=full), workflow="deploy.yml")

    assert not found.coverage[0].ok
    assert "GitHub lists only 1000 of the runs of 2026-11-17" in found.coverage[0].reason
    assert 17 == len(asked)  # ten pages of the busy day, one of each of the seven before it


def test_what_actions_may_not_be_read_costs_only_that() -> None:
    """A token for deployments alone is normal: the source is whole, and the notes say what is not known."""
    status = {"id": 1, "state": "success", "created_at": stamp(T0 + 90), "log_url": RUN, "creator": None}

    found = collected(answering(deployments=[deployment(1, "a", T0)], statuses=[status]))

    assert (True, True) == (found.coverage[0].ok, "the jobs of deployment 1 are not known" in found.coverage[0].reason)
