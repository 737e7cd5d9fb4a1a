"""Facts about builds of a Jenkins job, against a simulator that keeps Jenkins' own rules."""

from datetime import timedelta
from pathlib import Path

import polars as pl

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.jenkins import JenkinsBuilds
from incident_timeline.model.incident import Incident
from tests.collect.ci_simulators import Jenkins, chain_to
from tests.collect.sources import T0, WINDOW

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")


def collected(folder: Path, one: Jenkins, **options: str) -> Collected:
    """What the collector makes of a job in a folder."""
    collector = JenkinsBuilds("ops/deploy-checkout", ("checkout",), **options)
    return collector.collect(chain_to(folder, "jenkins", one.respond)[0], WINDOW, INCIDENT)


def test_the_timestamp_is_when_it_was_scheduled(tmp_path: Path) -> None:
    """In milliseconds; it started after its time in queue, and its duration counts from there."""
    one = Jenkins()
    one.build(T0, 60, "SUCCESS", queued_ms=103_833)

    (change,) = changes_of(collected(tmp_path, one).events)

    assert [0.0, 103.833, 163.833] == [
        round(at.timestamp() - T0, 3) for at in (change.requested_at, change.started_at, change.finished_at) if at
    ]


def test_without_the_metrics_plugin_the_start_is_said_to_be_the_earliest(tmp_path: Path) -> None:
    """The queue is then not on record: the coverage says it, and no queueing is made up."""
    one = Jenkins()
    one.build(T0, 60, "SUCCESS")

    found = collected(tmp_path, one)

    assert "time in queue is not on record" in found.coverage[0].reason
    assert found.coverage[0].ok
    assert found.events.filter(pl.col("kind") == "deploy.queued").is_empty()


def test_more_than_a_hundred_builds_are_read(tmp_path: Path) -> None:
    """`builds` ends at the newest 100; `allBuilds` is named with a range."""
    one = Jenkins()
    for number in range(250):
        one.build(T0 - 7200 + 60 * number, 30, "SUCCESS", sha=f"{number:040x}")

    found = collected(tmp_path, one)

    seen = [change for change in changes_of(found.events) if change.at <= WINDOW.end]
    assert 250 == len(seen)
    assert 3 == found.coverage[0].requests


def test_pages_end_where_the_builds_are_older_than_a_week(tmp_path: Path) -> None:
    """A job with years of builds costs two requests."""
    one = Jenkins()
    for number in range(500):
        one.build(T0 - (500 - number) * timedelta(hours=1).total_seconds(), 30, "SUCCESS", sha=f"{number:040x}")

    assert 2 == collected(tmp_path, one).coverage[0].requests


def test_results_are_jenkins_words(tmp_path: Path) -> None:
    """UNSTABLE went live; ABORTED was cancelled; NOT_BUILT is no deploy; without a result it still runs."""
    one = Jenkins()
    for number, result in enumerate(("SUCCESS", "UNSTABLE", "FAILURE", "ABORTED", None)):
        one.build(T0 + 100 * number, 30, result, sha=f"{number}" * 40)

    found = collected(tmp_path, one)

    assert ["succeeded", "succeeded", "failed", "cancelled", "running"] == [c.status for c in changes_of(found.events)]


def test_service_and_environment_come_from_parameters_else_from_the_name(tmp_path: Path) -> None:
    """Parameters win over the job's name; a configured service wins over both."""
    one = Jenkins()
    one.build(T0, 30, "SUCCESS", SERVICE="search", ENVIRONMENT="eu", VERSION="v9")
    one.build(T0 + 100, 30, "SUCCESS", sha="b" * 40)

    first, second = changes_of(collected(tmp_path, one).events)

    assert ("search", "eu", "v9", "checkout", None) == (
        first.service,
        first.environment,
        first.ref,
        second.service,
        second.environment,
    )
    named = changes_of(collected(tmp_path / "b", one, service="shop", environment="prod").events)
    assert [("shop", "prod")] * 2 == [(change.service, change.environment) for change in named]


def test_a_build_of_an_older_commit_is_a_rollback(tmp_path: Path) -> None:
    """a, b, a."""
    one = Jenkins()
    for number, sha in enumerate("aba"):
        one.build(T0 + 1000 * number, 30, "SUCCESS", sha=sha * 40)

    assert [False, False, True] == [change.is_rollback for change in changes_of(collected(tmp_path, one).events)]
