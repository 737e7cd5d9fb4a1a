"""What each source of deploys says of waiting comes out of the response ledger as the same categories."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.deploys.github import GitHubDeploys
from incident_timeline.collect.deploys.gitlab import GitLabDeploys
from incident_timeline.collect.deploys.jenkins import JenkinsBuilds
from incident_timeline.collect.deploys.record_file import DeployFile
from incident_timeline.config.packaged import load_cues
from incident_timeline.model.incident import Incident
from incident_timeline.model.milestones import NAMES, Milestone, missing
from incident_timeline.score.entries import read_entries
from incident_timeline.score.ledgers import cut_response
from tests.collect.ci_simulators import GitLab, Jenkins, chain_to, chain_to_file, stamp
from tests.collect.sources import T0, WINDOW, chain, connection, repository, simulators

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")
WAITED = [("approval", 300.0), ("tooling", 30.0), ("deploy", 70.0)]


def github(folder: Path) -> pl.DataFrame:
    """A deployment that waited, queued and ran, by its statuses."""
    one = repository()
    number = one.deploy("checkout", "v419", "c" * 40, "asha-v", T0 + 2000, "on")
    for state, later in (("waiting", 0), ("queued", 300), ("in_progress", 330), ("success", 400)):
        one.status(number, state, "github-actions[bot]", T0 + 2000 + later)
    with simulators() as served:
        served.repository = one
        transport = chain(folder, connection(served, "github"), "github", "github")[0]
        events = GitHubDeploys("acme/shop", None, ("checkout",)).collect(transport, WINDOW, INCIDENT).events
    return events.filter(pl.col("at") >= datetime.fromtimestamp(T0 + 2000, UTC))


def gitlab(folder: Path) -> pl.DataFrame:
    """A deployment that was approved after five minutes, by its approval and its job."""
    one = GitLab()
    approval = {"user": {"username": "jonas"}, "status": "approved", "created_at": stamp(T0 + 2300), "comment": ""}
    one.run(one.deploy("c" * 40, T0 + 2000, approvals=[approval]), T0 + 2330, T0 + 2400)
    transport = chain_to(folder, "gitlab", one.respond)[0]
    return GitLabDeploys("acme/shop", None, ("checkout",)).collect(transport, WINDOW, INCIDENT).events


def file(folder: Path) -> pl.DataFrame:
    """The same out of a file."""
    times = {"requested": 0, "waiting": 0, "approved": 300, "queued": 300, "started": 330, "finished": 400}
    row = {"service": "checkout", "sha": "c" * 40, **{name: stamp(T0 + 2000 + later) for name, later in times.items()}}
    (folder / "d.jsonl").write_text(json.dumps(row), encoding="utf-8")
    transport = chain_to_file(folder / "evidence", folder / "d.jsonl")[0]
    return DeployFile("d.jsonl").collect(transport, WINDOW, INCIDENT).events


def categories(events: pl.DataFrame) -> list[tuple[str, float]]:
    """The segments of the response ledger while the deploy went."""
    at = {"knew_enough": T0 + 2000, "resolved": T0 + 2400}
    found = {
        name: Milestone(name, *[datetime.fromtimestamp(seconds, UTC)] * 3, "recorded", "found", "", ("e",))
        for name, seconds in at.items()
    }
    milestones = {name: found.get(name, missing(name, "not needed here")) for name in NAMES}
    cues, changes = load_cues(), changes_of(events)
    read = read_entries(events, changes, cues)
    ends = found["knew_enough"], found["resolved"]
    cut = cut_response(*ends, milestones, [], changes, events, read, cues.reading)
    return [(segment.category, segment.seconds) for segment in cut]


@pytest.mark.parametrize("source", [github, gitlab, file])
def test_waiting_queueing_and_running_are_told_apart(source: Callable[[Path], pl.DataFrame], tmp_path: Path) -> None:
    """Five minutes for an approval, half a minute for a runner, the roll-out."""
    assert WAITED == categories(source(tmp_path))


def test_a_queue_that_begins_with_the_request_counts(tmp_path: Path) -> None:
    """Both stand at one instant: the request must not end the queue."""
    one = Jenkins()
    one.build(T0 + 2000, 300, "SUCCESS", queued_ms=100_000)
    events = JenkinsBuilds("ops/deploy-checkout", ("checkout",)).collect(
        chain_to(tmp_path, "jenkins", one.respond)[0], WINDOW, INCIDENT
    )

    assert [("tooling", 100.0), ("deploy", 300.0)] == categories(events.events)
