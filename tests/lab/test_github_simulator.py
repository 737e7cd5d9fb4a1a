"""The simulated GitHub answers in the shape of its official schema; statuses, runs and approvals agree."""

import pytest

from tests.lab.conformance import findings
from tests.lab.samples import SHAS, get, github
from tests.lab.simulators import GITHUB_TOKEN, Simulators


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/deployments", "/deployments"),
        ("/deployments/{deployment_id}/statuses", "/deployments/41200368/statuses"),
        ("/actions/runs", "/actions/runs"),
        ("/actions/runs/{run_id}/jobs", "/actions/runs/50200368/jobs"),
        ("/releases", "/releases"),
        ("/compare/{basehead}", "/compare/v416...v418"),
        ("/compare/{basehead}", f"/compare/{SHAS['v418']}...{SHAS['v417']}"),
    ],
)
def test_github_answers_keep_its_schema(simulators: Simulators, template: str, path: str) -> None:
    """Every answer is what GitHub's OpenAPI file says."""
    status, body, headers = github(simulators, f"/repos/acme/shop{path}")

    assert (200, []) == (status, findings("github", "/repos/{owner}/{repo}" + template, status, body))
    assert headers["X-RateLimit-Remaining"] == "4987"


def test_github_says_its_limits_in_its_schema(simulators: Simulators) -> None:
    """`/rate_limit` answers as GitHub's OpenAPI file says."""
    status, body, _ = github(simulators, "/rate_limit")

    assert (200, []) == (status, findings("github", "/rate_limit", status, body))


def test_links_lead_through_all_deployments_on_the_same_host(simulators: Simulators) -> None:
    """Newest first, one page after the other, each link on the host that was asked and with the filter kept."""
    url: str | None = f"{simulators.github_url}/repos/acme/shop/deployments?environment=production-checkout&per_page=3"
    refs: list[str] = []
    while url:
        assert url.startswith(simulators.github_url)
        _, rows, headers = get(url, f"Bearer {GITHUB_TOKEN}")
        refs += [row["ref"] for row in rows]
        url = headers["Link"].split(">")[0].removeprefix("<") if headers["Link"] else None

    assert refs == ["v417", "v418", "v417", "v416"]
    assert github(simulators, "/repos/acme/shop/deployments?environment=production-orders")[1] == []
    assert [d["ref"] for d in github(simulators, f"/repos/acme/shop/deployments?sha={SHAS['v418']}")[1]] == ["v418"]


def test_a_success_makes_the_one_before_inactive(simulators: Simulators) -> None:
    """As GitHub does: the older success gets an `inactive` status, which is no failure."""
    states = {
        d["id"]: [s["state"] for s in github(simulators, f"/repos/acme/shop/deployments/{d['id']}/statuses")[1]]
        for d in github(simulators, "/repos/acme/shop/deployments")[1]
    }

    assert list(states.values()) == [
        ["success", "in_progress", "queued", "pending"],
        *[["inactive", "success", "in_progress", "queued"]] * 3,
    ]


def test_run_job_and_approval_of_a_rollback_agree_with_its_statuses(simulators: Simulators) -> None:
    """The run was asked for first, was queued once approved, started on a runner later and ended with the last status."""
    run = github(simulators, "/repos/acme/shop/actions/runs")[1]["workflow_runs"][0]
    job = github(simulators, f"/repos/acme/shop/actions/runs/{run['id']}/jobs")[1]["jobs"][0]
    approvals = github(simulators, f"/repos/acme/shop/actions/runs/{run['id']}/approvals")[1]
    deployment = github(simulators, "/repos/acme/shop/deployments")[1][0]
    statuses = github(simulators, f"/repos/acme/shop/deployments/{deployment['id']}/statuses")[1]
    at = {status["state"]: status["created_at"] for status in statuses}

    assert (run["created_at"], job["created_at"]) == (at["pending"], at["queued"])
    assert (job["started_at"], job["completed_at"]) == (at["in_progress"], at["success"])
    assert (run["status"], run["conclusion"]) == ("completed", "success")
    assert [(a["state"], a["user"]["login"], a["environments"][0]["name"]) for a in approvals] == [
        ("approved", "tbielak", "production-checkout")
    ]
