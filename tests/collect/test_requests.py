"""Every request that a collector makes is one that its vendor describes."""

from pathlib import Path

import httpx
import pytest

from incident_timeline.collect.deploys.github import GitHubDeploys
from incident_timeline.collect.http import unrecorded_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.pagerduty import PagerDutyCollector
from incident_timeline.config import DeploySettings, PagerDutySettings, Settings
from incident_timeline.model.incident import Incident
from incident_timeline.pipeline.doctor import check_sources
from tests.collect.official import faults
from tests.collect.sources import WINDOW, chain, connection, simulators

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")


def asked(vendor: str, folder: Path) -> list[tuple[str, str]]:
    """Method and relative URL of everything that a collector asks, several pages included."""
    sent: list[tuple[str, str]] = []

    class Noting(httpx.BaseTransport):
        """Notes each request and passes it on."""

        def __init__(self, inner: httpx.BaseTransport) -> None:
            self.inner = inner

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            """The chain's answer."""
            sent.append((request.method, request.url.raw_path.decode()))
            return self.inner.handle_request(request)

    with simulators(notes=250) as one:
        transport = Noting(chain(folder, connection(one, vendor), vendor, vendor)[0])
        if vendor == "pagerduty":
            collector = PagerDutyCollector()
            collector.collect(transport, WINDOW, collector.find_incident(transport, "INC-123"))
        else:
            for workflow in (None, "deploy.yml"):
                GitHubDeploys("acme/shop", "production-checkout", (), workflow).collect(transport, WINDOW, INCIDENT)
    return sent


@pytest.mark.parametrize(("vendor", "least"), [("pagerduty", 14), ("github", 4)])
def test_every_request_keeps_to_the_official_description(vendor: str, least: int, tmp_path: Path) -> None:
    """No unknown path or parameter, no value outside an enumeration, nothing required left out."""
    sent = asked(vendor, tmp_path)

    assert least <= len(sent)
    assert [] == [fault for method, url in sent for fault in faults(vendor, method, url)]


def test_the_doctor_and_the_list_of_the_night_keep_to_it_too() -> None:
    """They ask what a build does not: lists by time, one page, the least of each permission."""
    with simulators() as one:
        settings = Settings(
            pagerduty=PagerDutySettings(connection(one, "pagerduty")),
            deploys=(DeploySettings("github", connection(one, "github"), "acme/shop"),),
        )
        check_sources(settings, WINDOW.end)
        where = connection(one, "pagerduty")
        transport = unrecorded_transport("pagerduty", "pagerduty", where, Network(), Clock(now=lambda: WINDOW.end))
        PagerDutyCollector().list_resolved(transport, WINDOW.start, WINDOW.end)
        sent = [line.split()[1].lstrip("/").split("/", 1) for line in one.requests]

    assert 8 == len(sent)
    assert [] == [fault for vendor, path in sent for fault in faults(vendor, "GET", f"/{path}")]


@pytest.mark.parametrize(
    ("vendor", "method", "url", "expected"),
    [
        ("pagerduty", "GET", "/incidents/Q1/log_entries?nonsense=1", "unknown parameter nonsense=1"),
        ("pagerduty", "GET", "/incidents/Q1/log_entries?include[]=everything", "include[]=everything is none of"),
        ("pagerduty", "GET", "/incidents/Q1/log_entries?limit=many", "limit=many is no integer"),
        ("pagerduty", "GET", "/incidents/Q1/log_entries?total=True", "total=True is no boolean"),
        ("pagerduty", "GET", "/oncalls?since=2026-11-17T12:00:00", "since=2026-11-17T12:00:00 is no UTC time with Z"),
        ("pagerduty", "GET", "/oncalls?since=2026-11-17T12:00:00%2B00:00", "is no UTC time with Z"),
        ("pagerduty", "GET", "/incident/Q1", "no such path"),
        ("pagerduty", "POST", "/incidents/Q1/log_entries", "no such method"),
        ("github", "GET", "/repos/acme/shop/deployments?since=2026-11-17", "unknown parameter since"),
    ],
)
def test_the_check_finds_what_it_should(vendor: str, method: str, url: str, expected: str) -> None:
    """A check that cannot fail proves nothing."""
    assert expected in faults(vendor, method, url)[0]
