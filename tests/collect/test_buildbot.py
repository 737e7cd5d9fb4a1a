"""Facts about builds of a Buildbot master; the answers have the shape that a real Buildbot 4.3.0 gave."""

from typing import Any

import httpx
import pytest

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.buildbot import BuildbotBuilds
from incident_timeline.model.events import check_events
from incident_timeline.model.incident import Incident
from tests.collect.sources import T0, WINDOW

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")


def build(number: int, begun: float, results: int | None, **properties: Any) -> dict[str, Any]:
    """A build that began so many seconds after T0 and took 40; None is still running."""
    started = int(T0 + begun)
    written = {"buildername": ["deploy", "Builder"], "revision": ["", "Build"]} | {
        k: [v, "x"] for k, v in properties.items()
    }
    return {"buildid": number, "number": number, "builderid": 1, "complete": results is not None, "started_at": started,
            "complete_at": None if results is None else started + 40, "results": results, "properties": written}  # fmt: skip


def collected(
    *builds: dict[str, Any], status: int = 200, body: Any = None, builder: str | None = "deploy"
) -> tuple[Collected, httpx.Request]:
    """What the collector makes of these builds, and what it asked."""
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, json={"builds": list(builds), "meta": {}} if body is None else body)

    collector = BuildbotBuilds(builder, ("checkout",))
    return collector.collect(httpx.MockTransport(respond), WINDOW, INCIDENT), asked[0]


def test_a_build_is_a_deploy_with_start_and_finish() -> None:
    """Times in epoch seconds; the revision is the one that was got, not the one that was asked for."""
    found, _ = collected(
        build(7, 60, 0, got_revision="a" * 40, revision="HEAD", environment="production", service="checkout")
    )

    (change,) = changes_of(found.events)
    assert [] == check_events(found.events)
    assert (60, 100) == tuple(at.timestamp() - T0 for at in (change.started_at, change.finished_at) if at)
    assert ("a" * 40, "production", "checkout", "succeeded") == (
        change.sha,
        change.environment,
        change.service,
        change.status,
    )


@pytest.mark.parametrize(
    ("results", "status"),
    [
        (0, "succeeded"),
        (1, "succeeded"),
        (2, "failed"),
        (4, "failed"),
        (6, "cancelled"),
        (9, "running"),
        (None, "running"),
    ],
)
def test_results_are_buildbots_numbers(results: int | None, status: str) -> None:
    """0 success, 1 warnings, 2 failure, 4 exception, 6 cancelled; none while it runs; a number of a later version ends nothing."""
    found, _ = collected(build(1, 0, results))

    assert [status] == [one.status for one in changes_of(found.events)]


def test_a_skipped_build_deployed_nothing() -> None:
    """It neither succeeded nor failed."""
    found, _ = collected(build(1, 0, 3))

    assert ["deploy.started"] == found.events["kind"].to_list()


def test_an_empty_owner_is_nobody() -> None:
    """Forced builds came with an empty owner: then it is the machine that is on record."""
    found, _ = collected(build(1, 0, 0, owner=""), build(2, 100, 0, owner="asha"))

    assert [("buildbot", "machine"), ("asha", "unknown")] == found.events.select("actor", "actor_kind").unique(
        maintain_order=True
    ).rows()


@pytest.mark.parametrize(("builder", "path"), [("deploy", "/api/v2/builders/deploy/builds"), (None, "/api/v2/builds")])
def test_only_the_days_around_the_incident_are_asked_for(builder: str | None, path: str) -> None:
    """By the time of the start, newest first; filtering on selected fields alone."""
    _, asked = collected(builder=builder)

    assert path == asked.url.path
    assert int(WINDOW.start.timestamp()) - 7 * 86_400 == int(asked.url.params["started_at__ge"])
    assert {"property", "order", "limit", "started_at__ge", "started_at__le"} == set(asked.url.params)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [(401, {}, "check the token"), (404, {"error": "no such builder"}, "no such builder"), (200, [1], "no builds")],
)
def test_what_cannot_be_read_is_coverage(status: int, body: Any, words: str) -> None:
    """In Buildbot's own words where it has any."""
    found, _ = collected(status=status, body=body)

    assert (False, True) == (found.coverage[0].ok, words in found.coverage[0].reason)
