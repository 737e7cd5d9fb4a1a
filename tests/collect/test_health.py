"""Facts about what `timeline doctor` finds out, against the simulators and a server that answers nothing."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from incident_timeline.collect.health import check_source
from incident_timeline.config import Connection, DeploySettings, PagerDutySettings, PrometheusSettings, Settings
from incident_timeline.errors import ConfigError
from incident_timeline.pipeline.doctor import check_sources
from tests.collect.sources import connection, simulators
from tests.lab.servers import free_port

NOW = datetime(2026, 11, 17, 18, tzinfo=UTC)


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

    assert ("incidents: yes", "change events: yes") == found["pagerduty"].may
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

    health = check_source("prometheus", "prometheus", transport, NOW)

    assert ("2026-11-02T18:00:00Z, 15.0 days", "") == (health.sees_back, health.problem)
    assert ("queries: yes, version 2.42.0", True) == (health.may[0], health.may[1].startswith("rules: no"))


def test_a_clock_that_differs_is_said_in_seconds() -> None:
    """From the answer's own date."""
    transport = answering({"/repos/a/b/deployments": [{}]}, date="Tue, 17 Nov 2026 18:00:42 GMT")

    assert 42.0 == check_source("deploys", "github", transport, NOW, "a/b").clock_s


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
    health = check_source("it", kind, answering({}), NOW, "x")

    assert (False, True) == (health.reached and not health.problem, words in health.problem)


def test_a_channel_without_the_app_names_the_invitation() -> None:
    """Slack says not_in_channel with 200."""
    health = check_source(
        "chat", "slack", answering({"/conversations.history": {"ok": False, "error": "not_in_channel"}}), NOW, "C1"
    )

    assert "not_in_channel; invite the app" in health.problem


def test_nothing_configured_is_a_usage_error() -> None:
    """The sentence says how to begin."""
    with pytest.raises(ConfigError, match="timeline init"):
        check_sources(Settings(), NOW)
