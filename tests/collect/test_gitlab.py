"""Facts about deployments of a GitLab project, against a simulator that keeps GitLab's own rules."""

from pathlib import Path

import httpx
import polars as pl
import pytest

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.gitlab import GitLabDeploys
from incident_timeline.model.incident import Incident
from tests.collect.ci_simulators import GitLab, chain_to, stamp
from tests.collect.sources import T0, WINDOW

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")


def collected(folder: Path, one: GitLab, project: str = "acme/shop") -> Collected:
    """What the collector makes of a project."""
    collector = GitLabDeploys(project, "production", ("checkout",))
    return collector.collect(chain_to(folder, "gitlab", one.respond)[0], WINDOW, INCIDENT)


def test_a_job_gives_the_times_from_the_question_to_the_end(tmp_path: Path) -> None:
    """Asked for, queued for a runner, running, finished, in order; service, sha, person and link with it."""
    one = GitLab()
    one.run(one.deploy("a" * 40, T0), T0 + 20, T0 + 80)

    found = collected(tmp_path, one)

    (change,) = changes_of(found.events)
    rows = [(kind, at.timestamp() - T0) for kind, at in found.events.select("kind", "at").rows()]
    assert [("deploy.queued", 0), ("deploy.requested", 0), ("deploy.started", 20), ("service.deployed", 80)] == rows
    assert ("checkout", "production", "a" * 40, "asha-v", "succeeded") == (
        change.service, change.environment, change.sha, change.actor, change.status,
    )  # fmt: skip
    assert change.url is not None
    assert change.url.endswith("/pipelines/40")


def test_waiting_for_approval_ends_with_who_approved(tmp_path: Path) -> None:
    """GitLab says when, unlike GitHub; the queue for a runner begins after it."""
    one = GitLab()
    approval = {"user": {"username": "jonas"}, "status": "approved", "created_at": stamp(T0 + 300), "comment": "go"}
    one.run(one.deploy("a" * 40, T0, approvals=[approval]), T0 + 330, T0 + 400)

    found = collected(tmp_path, one).events

    rows = [(kind, at.timestamp() - T0, actor) for kind, at, actor in found.select("kind", "at", "actor").rows()]
    assert ("deploy.waiting", 0, "asha-v") in rows
    assert ("deploy.approved", 300, "jonas") in rows
    assert ("deploy.queued", 300, "asha-v") in rows


def test_failed_ones_come_from_a_second_question(tmp_path: Path) -> None:
    """finished_after gives successes only (GitLab answers 400 otherwise); the failed ones are found by updated_at."""
    one = GitLab()
    one.run(one.deploy("a" * 40, T0), T0 + 20, T0 + 80, "failed")
    one.run(one.deploy("b" * 40, T0 + 100), T0 + 120, T0 + 180, "canceled")
    one.run(one.deploy("c" * 40, T0 + 200), T0 + 220)

    found = collected(tmp_path, one)

    assert ["failed", "cancelled", "running"] == [change.status for change in changes_of(found.events)]


def test_a_success_that_was_touched_long_after_is_found_by_its_end(tmp_path: Path) -> None:
    """`updated_at` moves later; it is then asked for by the time at which it finished."""
    one = GitLab()
    row = one.deploy("a" * 40, T0)
    one.run(row, T0 + 20, T0 + 80)
    row["updated_at"] = stamp(T0 + 40 * 86_400)

    assert [80] == [
        c.finished_at.timestamp() - T0 for c in changes_of(collected(tmp_path, one).events) if c.finished_at
    ]


def test_one_that_was_made_through_the_api_has_no_job(tmp_path: Path) -> None:
    """It ended at some time up to its last change, and its row says so."""
    one = GitLab()
    one.deploy("a" * 40, T0, deployable=None, status="success", updated_at=stamp(T0 + 500))

    row = _simple(one, tmp_path).filter(pl.col("kind") == "service.deployed").row(0, named=True)

    assert [0, 500, 500] == [row[key].timestamp() - T0 for key in ("earliest", "at", "latest")]


def _simple(one: GitLab, folder: Path) -> pl.DataFrame:
    """Without GitLab's own selection by the end, which needs a job here."""
    respond = lambda request: httpx.Response(200, headers={"x-next-page": ""}, json=one.rows)  # noqa: E731
    return (
        GitLabDeploys("acme/shop", None, ("checkout",))
        .collect(chain_to(folder, "gitlab", respond)[0], WINDOW, INCIDENT)
        .events
    )


def test_all_pages_are_read_by_number(tmp_path: Path) -> None:
    """X-Next-Page says whether there is another; default order would be the oldest first."""
    one = GitLab()
    for number in range(230):
        one.run(one.deploy(f"{number:040x}", T0 + number), T0 + number + 1, T0 + number + 2)

    found = collected(tmp_path, one)

    assert (230, True) == (len(changes_of(found.events)), found.coverage[0].ok)


@pytest.mark.parametrize(("project", "words"), [("acme/other", "check project and the token")])
def test_a_project_that_is_not_there_is_coverage(project: str, words: str, tmp_path: Path) -> None:
    """404 is missing or no permission."""
    found = collected(tmp_path, GitLab(), project)

    assert (False, True) == (found.coverage[0].ok, words in found.coverage[0].reason)
