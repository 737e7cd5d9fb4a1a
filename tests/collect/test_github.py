"""Facts about collecting GitHub deployments, against the simulator and against answers of a test's own."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.github import MOST_PAGES, GitHubDeploys
from incident_timeline.model.incident import Incident, Window
from tests.collect.sources import T0, WINDOW, chain, connection, repository, simulators
from tests.lab.simulators import Simulators

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")
Respond = Callable[[httpx.Request], httpx.Response]


def simulated(folder: Path, one: Simulators) -> Collected:
    """What the collector makes of the simulated repository."""
    transport = chain(folder, connection(one, "github"), "github", "github")[0]
    return GitHubDeploys("acme/shop", None, ("checkout",)).collect(transport, WINDOW, INCIDENT)


def collected(respond: Respond) -> Collected:
    """What the collector makes of a function's answers."""
    return GitHubDeploys("acme/shop", None, ("checkout", "search")).collect(
        httpx.MockTransport(respond), WINDOW, INCIDENT
    )


def deployment(number: int, hours: float = 0.0, **fields: Any) -> dict[str, Any]:
    """A deployment so many hours before the window's end."""
    at = (WINDOW.end - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": number, "sha": f"{number:040x}", "ref": "main", "task": "deploy", "environment": "production", "payload": {},
            "description": None, "creator": {"login": "asha-v", "type": "User"}, "created_at": at} | fields  # fmt: skip


def serving(
    rows: list[dict[str, Any]], statuses: dict[int, list[dict[str, Any]]] | None = None, *, last: bool = False
) -> Respond:
    """A repository with these deployments, newest first, and statuses."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/releases"):
            return httpx.Response(200, json=[])
        if "/deployments" not in request.url.path:
            return httpx.Response(404, json={"message": "Not Found"})
        if request.url.path.endswith("/statuses"):
            return httpx.Response(200, json=(statuses or {}).get(int(request.url.path.split("/")[-2]), []))
        page, size = int(request.url.params["page"]), int(request.url.params["per_page"])
        more = page * size < len(rows)
        link = (
            f'</repos/x?page={page + 1}>; rel="next", </repos/x?per_page=100&page={-(-len(rows) // size)}>; rel="last"'
        )
        return httpx.Response(
            200, headers={"link": link} if more and last else {}, json=rows[(page - 1) * size : page * size]
        )

    return respond


def status(number: int, state: str, minutes: float) -> dict[str, Any]:
    """A status so many minutes before the window's end."""
    at = (WINDOW.end - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": number,
        "state": state,
        "created_at": at,
        "description": "",
        "creator": {"login": "ci[bot]", "type": "Bot"},
    }


def test_a_rollback_is_followed_from_the_question_to_the_end(tmp_path: Path) -> None:
    """Asked for, waited, queued, started, back on the sha of the morning: with times, person and reason."""
    with simulators() as one:
        found = simulated(tmp_path, one)
    back = changes_of(found.events)[-1]

    seconds = [(at.timestamp() - T0) for at in (back.requested_at, back.started_at, back.finished_at) if at]
    assert [1000, 1260, 1350] == seconds
    assert (True, "a" * 40, "checkout", "asha-v", "succeeded") == (
        back.is_rollback,
        back.to_sha,
        back.service,
        back.actor,
        back.status,
    )
    assert "a sha that was live before, with another in between" == back.why


def test_who_approved_is_placed_between_the_wait_and_the_next_step(tmp_path: Path) -> None:
    """GitHub does not say when: the range does."""
    repo = repository()
    number = repo.state["deployments"][-1]["id"]
    repo.approve(number, "jlindqvist", "go")
    with simulators() as one:
        one.repository = repo
        found = simulated(tmp_path, one)

    row = found.events.filter(pl.col("kind") == "deploy.approved").row(0, named=True)
    assert ("jlindqvist", "human", [1000, 1200]) == (
        row["actor"],
        row["actor_kind"],
        [row[k].timestamp() - T0 for k in ("earliest", "at")],
    )


def test_inactive_is_no_failure_and_does_not_hide_the_success(tmp_path: Path) -> None:
    """GitHub adds it to the older deployment when a newer one succeeds."""
    with simulators() as one:
        found = simulated(tmp_path, one)

    assert ["succeeded"] * 3 == [one.status for one in changes_of(found.events)]
    assert found.events.filter(pl.col("kind") == "service.deploy_failed").is_empty()


def test_a_rollback_to_what_was_live_days_ago_is_seen(tmp_path: Path) -> None:
    """Older deployments give no rows, but they tell what was live."""
    rows = [deployment(3, 1, sha="old"), deployment(2, 2, sha="new"), deployment(1, 90, sha="old")]
    answers = {n: [status(n, "success", 60)] for n in (2, 3)}

    found = collected(serving(rows, answers))

    changes = changes_of(found.events)
    assert [("new", False), ("old", True)] == [(one.sha, one.is_rollback) for one in changes]


def test_pages_end_where_a_whole_page_is_older_than_a_week(tmp_path: Path) -> None:
    """450 deployments, one every hour: 168 of them are younger than a week before the window."""
    asked: list[str] = []
    respond = serving([deployment(450 - n, n) for n in range(450)])

    def counting(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/deployments"):
            asked.append(request.url.params["page"])
        return respond(request)

    found = collected(counting)

    assert ["1", "2", "3"] == asked
    assert found.coverage[0].ok


@pytest.mark.parametrize("last", [False, True])
def test_the_same_deployments_come_with_and_without_a_last_link(last: bool) -> None:
    """Where the first page says how many there are, the others are asked together; the result is the same."""
    plain = collected(serving([deployment(450 - n, n / 4) for n in range(450)], last=last))

    assert (
        24 == plain.events.filter(pl.col("kind") == "deploy.requested").height
    )  # 5 h at four an hour, both ends, three before
    assert plain.coverage[0].ok


def test_more_deployments_than_are_read_is_said() -> None:
    """Two thousand are read; a repository with more is a partial source."""
    endless = [deployment(9_000 - n, n / 3600) for n in range((MOST_PAGES + 1) * 100)]
    window = Window(WINDOW.end - timedelta(minutes=1), WINDOW.end)

    found = GitHubDeploys("a/b", None).collect(
        httpx.MockTransport(serving(endless)),
        Window(window.end + timedelta(days=1), window.end + timedelta(days=2)),
        INCIDENT,
    )

    assert not found.coverage[0].ok
    assert "only the newest 2000 deployments were read" in found.coverage[0].reason


def test_a_next_link_to_another_host_is_never_followed() -> None:
    """It would carry the token there; pages are asked by number."""
    hosts: set[str] = set()
    respond = serving([deployment(200 - n, n / 10) for n in range(200)])

    def evil(request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.host)
        answer = respond(request)
        answer.headers["link"] = '<https://evil.example/repos/acme/shop/deployments?page=2>; rel="next"'
        return answer

    collected(evil)

    assert {"source.invalid"} == hosts


@pytest.mark.parametrize(
    ("fields", "service"),
    [
        ({"payload": {"service": "payments"}}, "payments"),
        ({"payload": '{"service": "payments"}'}, "payments"),
        ({"payload": "free text"}, None),
        ({"environment": "production/checkout"}, "checkout"),
        ({"task": "deploy:search"}, "search"),
        ({"description": "checkout and search"}, None),
        ({"description": "checkoutx"}, None),
    ],
)
def test_the_service_is_what_the_deployment_names(fields: dict[str, Any], service: str | None) -> None:
    """In its payload, an object or a text, else one configured name in its environment, task or description."""
    found = collected(serving([deployment(1, 1, **fields)]))

    assert [service] == found.events["service"].to_list()


@pytest.mark.parametrize(
    ("status_code", "words"),
    [(404, "missing, or the token may not read it"), (403, "check the token"), (200, "without a list")],
)
def test_a_repository_that_cannot_be_read_is_coverage(status_code: int, words: str) -> None:
    """404 is missing or no permission: GitHub does not say which."""
    found = collected(lambda _: httpx.Response(status_code, json={"message": "x"}))

    assert (0, False) == (found.events.height, found.coverage[0].ok)
    assert words in found.coverage[0].reason


def test_statuses_that_cannot_be_had_cost_these_statuses() -> None:
    """The deployment stays on record, and the coverage says what is lacking."""
    respond = serving([deployment(2, 1), deployment(1, 2)], {1: [status(11, "success", 119)]})

    def broken(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if "/2/statuses" in request.url.path else respond(request)

    found = collected(broken)

    assert ["deploy.requested", "service.deployed", "deploy.requested"] == found.events["kind"].to_list()
    assert (False, True) == (found.coverage[0].ok, "statuses of deployment 2" in found.coverage[0].reason)


def test_approvals_that_may_not_be_read_are_only_said() -> None:
    """A token for deployments alone is normal."""
    waiting = status(11, "waiting", 50) | {"log_url": "https://github.com/acme/shop/actions/runs/77"}
    respond = serving([deployment(1, 1)], {1: [waiting, status(12, "in_progress", 40)]})

    def forbidden(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403, json={}) if "/actions/" in request.url.path else respond(request)

    found = collected(forbidden)

    assert (True, True) == (found.coverage[0].ok, "who approved deployment 1 is not known" in found.coverage[0].reason)


def test_times_are_utc_and_details_are_json(tmp_path: Path) -> None:
    """The frame's own schema, and what rules may read."""
    found = collected(serving([deployment(1, 1, created_at="2026-11-17T16:00:00+02:00")]))

    row = found.events.row(0, named=True)
    assert datetime(2026, 11, 17, 14, tzinfo=UTC) == row["at"]
    assert {"deployment_id", "sha", "ref", "environment", "is_rollback", "why", "actor_name"} <= set(
        json.loads(row["detail"])
    )
