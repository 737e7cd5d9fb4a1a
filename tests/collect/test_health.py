"""Facts about what `timeline doctor` finds out, against the simulators and a server that answers nothing."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from incident_timeline.collect.health import check_export, check_source
from incident_timeline.collect.limit import Clock
from incident_timeline.config import (
    ChatSettings,
    Connection,
    DeploySettings,
    PagerDutySettings,
    PrometheusSettings,
    Settings,
)
from incident_timeline.errors import ConfigError
from incident_timeline.pipeline.doctor import check_sources
from tests.collect.sources import connection, simulators
from tests.lab.pagerduty_answers import Terms
from tests.lab.servers import free_port

NOW = datetime(2026, 11, 17, 18, tzinfo=UTC)
CLOCK = Clock(now=lambda: NOW, monotonic=lambda: 0.0)


def answering(paths: dict[str, Any], **headers: str) -> httpx.MockTransport:
    """A source whose paths answer these bodies; others are missing."""

    def respond(request: httpx.Request) -> httpx.Response:
        body = paths.get(request.url.path)
        return httpx.Response(404 if body is None else 200, json=body or {}, headers=headers)

    return httpx.MockTransport(respond)


def test_each_simulated_source_is_reached_with_what_it_lets_be_read() -> None:
    """PagerDuty, GitHub and Prometheus that is down, asked together."""
    with simulators() as one:
        pagerduty, github = (connection(one, name) for name in ("pagerduty", "github"))
        settings = Settings(
            pagerduty=PagerDutySettings(pagerduty),
            prometheus=PrometheusSettings(Connection(f"http://127.0.0.1:{free_port()}", timeout_s=2)),
            deploys=(DeploySettings("github", github, "acme/shop"),),
        )
        found = {health.source: health for health in check_sources(settings, NOW)}

    assert [
        f"{what}: yes" for what in ("incidents", "on call", "change events", "past incidents", "analytics")
    ] == list(found["pagerduty"].may)
    assert ("deployments: yes", "actions: yes") == found["deploys: acme/shop"].may
    assert (False, True) == (found["prometheus"].reached, "cannot connect" in found["prometheus"].problem)


def test_a_wrong_token_is_reached_and_not_usable() -> None:
    """Next step: the token or the region."""
    with simulators() as one:
        settings = Settings(pagerduty=PagerDutySettings(connection(one, "pagerduty", "wrong")))
        (health,) = check_sources(settings, NOW)

    assert "check the token, its permissions, and that url is the right region" in health.problem


def test_prometheus_says_its_version_and_how_far_back_it_sees() -> None:
    """The first sample of the last 400 days; rules that may not be read are only said."""
    series = {"metric": {}, "values": [[NOW.timestamp() - 15 * 86_400, "3"], [NOW.timestamp(), "3"]]}
    body = {"status": "success", "data": {"resultType": "matrix", "result": [series]}}
    transport = answering(
        {"/api/v1/status/buildinfo": {"status": "success", "data": {"version": "2.42.0"}}, "/api/v1/query_range": body}
    )

    health = check_source("prometheus", "prometheus", transport, CLOCK)

    assert ("2026-11-02T18:00:00Z, 15.0 days", "") == (health.sees_back, health.problem)
    assert ("queries: yes, version 2.42.0", True) == (health.may[0], health.may[1].startswith("rules: no"))


def test_what_the_plan_lacks_is_said_beside_what_it_allows() -> None:
    """Past incidents and analytics are of higher plans; a build does without."""
    with simulators() as one:
        one.terms = Terms(refused={"past_incidents": 402, "change_events": 403})
        settings = Settings(pagerduty=PagerDutySettings(connection(one, "pagerduty")))
        (health,) = check_sources(settings, NOW)

    assert ("", "incidents: yes") == (health.problem, health.may[0])
    assert "change events: no (pagerduty: /change_events answers 403" in health.may[2]
    assert "not part of this account's plan; a build does without it" in health.may[3]


@pytest.mark.parametrize(("seconds", "steps"), [(2, 0), (42, 1), (-600, 1)])
def test_a_clock_that_is_off_has_a_next_step_and_whole_seconds_have_none(seconds: int, steps: int) -> None:
    """The time that passes before the answer is not taken for a difference."""
    at = format_datetime(NOW + timedelta(seconds=30 + seconds), usegmt=True)
    ticks = iter([0.0, 30.0, 30.0])
    clock = Clock(now=lambda: NOW, monotonic=lambda: next(ticks))
    health = check_source("deploys", "github", answering({"/repos/a/b/deployments": [{}]}, date=at), clock, "a/b")

    assert (seconds, steps, "") == (health.clock_s, len(health.next_steps), health.problem)
    assert all("check time synchronisation" in step for step in health.next_steps)


@pytest.mark.parametrize(
    ("kind", "what", "path", "may"),
    [
        ("gitlab", "acme/shop", "/api/v4/projects/acme%2Fshop/deployments", "deployments: yes"),
        ("jenkins", "shop/deploy", "/job/shop/job/deploy/api/json", "the job: yes"),
        ("argocd", "shop", "/api/v1/applications/shop", "the application: yes"),
        ("buildbot", None, "/api/v2/builders", "builders: yes"),
    ],
)
def test_each_kind_of_deploys_is_asked_for_what_it_is_configured_for(
    kind: str, what: str | None, path: str, may: str
) -> None:
    """What its token may read, how far back it sees, and where it is not there the next step."""

    def respond(request: httpx.Request) -> httpx.Response:
        there = request.url.raw_path.decode().partition("?")[0] == path
        return httpx.Response(200 if there else 404, json={})

    found = check_source("it", kind, httpx.MockTransport(respond), CLOCK, what)

    assert ((may,), "") == (found.may, found.problem)
    assert found.sees_back
    assert "check url, its path and the token" in check_source("it", kind, answering({}), CLOCK, "x").problem


def test_deploys_and_chat_on_disk_are_sources_of_their_own(tmp_path: Path) -> None:
    """Every table of the configuration has its line, in the order of the file."""
    (tmp_path / "deploys.csv").write_text("")
    settings = Settings(
        deploys=(DeploySettings("file", path=str(tmp_path / "deploys.csv")),),
        chat=(ChatSettings("slack-export", path=str(tmp_path / "gone.zip")),),
    )

    assert [("deploys: file", True), ("chat: slack-export", False)] == [
        (one.source, one.reached) for one in check_sources(settings, NOW)
    ]


def test_an_export_on_disk_is_checked_like_a_server(tmp_path: Path) -> None:
    """A path that is not there names the key to change."""
    (tmp_path / "export.zip").write_bytes(b"")

    assert ("read export.zip: yes",) == check_export("chat: slack-export", tmp_path / "export.zip").may
    assert "check path in timeline.toml" in check_export("chat: slack-export", tmp_path / "gone.zip").problem


def test_a_clock_that_differs_is_said_in_seconds() -> None:
    """From the answer's own date."""
    transport = answering({"/repos/a/b/deployments": [{}]}, date="Tue, 17 Nov 2026 18:00:42 GMT")

    assert 42.0 == check_source("deploys", "github", transport, CLOCK, "a/b").clock_s


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("prometheus", "check url and its path"),
        ("github", "check url, its path and the token"),
        ("slack", "check url, its path and the token"),
    ],
)
def test_a_wrong_address_names_the_next_step(kind: str, words: str) -> None:
    """404 everywhere is an address that is no API."""
    health = check_source("it", kind, answering({}), CLOCK, "x")

    assert (False, True) == (health.reached and not health.problem, words in health.problem)


def test_a_channel_without_the_app_names_the_invitation() -> None:
    """Slack says not_in_channel with 200."""
    health = check_source(
        "chat", "slack", answering({"/conversations.history": {"ok": False, "error": "not_in_channel"}}), CLOCK, "C1"
    )

    assert "not_in_channel; invite the app" in health.problem


def test_nothing_configured_is_a_usage_error() -> None:
    """The sentence says how to begin."""
    with pytest.raises(ConfigError, match="timeline init"):
        check_sources(Settings(), NOW)


@pytest.mark.parametrize("kind", ["pagerduty", "prometheus", "slack"])
@pytest.mark.parametrize("body", [["a"], "x", 7, {"incidents": [1], "data": [1]}])
def test_json_of_another_shape_is_a_problem_of_the_address_and_not_of_the_doctor(kind: str, body: Any) -> None:
    """A url that leads to another service's API, which answers 200."""
    elsewhere = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    health = check_source(kind, kind, elsewhere, CLOCK)
    assert not health.reached
    assert "check" in health.problem
