"""Facts about deploys from files: the model's own field names, and CDEvents."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.cdevents import CDEventsFile, read_purl
from incident_timeline.collect.deploys.record_file import DeployFile
from incident_timeline.model.incident import Incident
from tests.collect.ci_simulators import chain_to_file
from tests.collect.sources import WINDOW

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")
ROLLBACK = {
    "id": "r1", "service": "checkout", "environment": "production", "ref": "v417", "sha": "a" * 40,
    "requested_at": "2026-11-17T14:00:00Z", "waiting": "2026-11-17T14:00:00Z", "approved": "2026-11-17T14:03:00Z",
    "queued": "2026-11-17T14:03:00Z", "started": "2026-11-17T14:04:00Z", "finished": "2026-11-17T14:05:30Z",
    "status": "succeeded", "actor": "asha", "actor_kind": "human", "url": "https://ci.example/1", "is_rollback": True,
    "to_sha": "a" * 40, "why": "the runbook's rollback job",
}  # fmt: skip
STAGES = {
    "deploy.requested",
    "deploy.waiting",
    "deploy.approved",
    "deploy.queued",
    "deploy.started",
    "service.rolledback",
}


def from_file(folder: Path, text: str, zone: str | None = None) -> Collected:
    """What the collector makes of a file's text."""
    folder.mkdir(exist_ok=True)
    (folder / "deploys.txt").write_text(text, encoding="utf-8")
    transport = chain_to_file(folder / "evidence", folder / "deploys.txt")[0]
    return DeployFile("some/deploys.txt", zone).collect(transport, WINDOW, INCIDENT)


def test_every_field_of_the_model_can_be_given(tmp_path: Path) -> None:
    """As JSON Lines, as an array and as CSV the same change comes out, waiting and approval in rows that ledgers read."""
    header = ",".join(ROLLBACK)
    texts = [json.dumps(ROLLBACK), json.dumps([ROLLBACK]), f"{header}\n{','.join(str(v) for v in ROLLBACK.values())}\n"]
    found = [from_file(tmp_path / str(n), text) for n, text in enumerate(texts)]

    for one in found:
        (change,) = changes_of(one.events)
        assert (True, "a" * 40, "the runbook's rollback job", "asha", "https://ci.example/1") == (
            change.is_rollback, change.to_sha, change.why, change.actor, change.url,
        )  # fmt: skip
        assert STAGES == set(one.events["kind"])
        assert found[0].events.drop("evidence").equals(one.events.drop("evidence"))


def test_without_a_word_the_shas_tell_what_went_back(tmp_path: Path) -> None:
    """As with every other source."""
    rows = [{"service": "checkout", "sha": sha, "started": f"2026-11-17T14:0{n}:00Z", "finished": f"2026-11-17T14:0{n}:30Z"}
            for n, sha in enumerate("aba")]  # fmt: skip

    found = from_file(tmp_path, "\n".join(json.dumps(row) for row in rows))

    assert [False, False, True] == [change.is_rollback for change in changes_of(found.events)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            {"started": "2026-11-17T14:00:00"},
            'has no zone, so it names no instant; add Z or an offset, or add tz = "Europe/Berlin"',
        ),
        ({"service": "checkout"}, "no time; give started and finished"),
        ({"started": "2026-11-17T14:00:00Z", "status": "fine"}, "status 'fine' is none of queued"),
        ({"started": "2026-11-17T14:00:00Z", "is_rollback": "perhaps"}, "is_rollback 'perhaps' is neither"),
    ],
)
def test_a_row_that_cannot_be_used_costs_that_row(row: dict[str, Any], words: str, tmp_path: Path) -> None:
    """The others are there, and the coverage names the first by its line."""
    found = from_file(tmp_path, json.dumps(ROLLBACK) + "\n" + json.dumps(row))

    assert (1, False) == (len(changes_of(found.events)), found.coverage[0].ok)
    assert "1 rows could not be used, the first: deploys.txt, line 2" in found.coverage[0].reason
    assert words in found.coverage[0].reason


def test_a_clock_time_counts_in_the_zone_that_the_table_says(tmp_path: Path) -> None:
    """15:00 in Berlin is 14:00 UTC in winter."""
    found = from_file(tmp_path, '{"service": "checkout", "started": "2026-11-17T15:00:00"}', "Europe/Berlin")

    assert ["2026-11-17 14:00:00+00:00"] == [str(change.started_at) for change in changes_of(found.events)]


def cdevent(kind: str, at: str, number: int, **content: Any) -> dict[str, Any]:
    """An event as the specification's conformance files show it (cdevents/spec, conformance/, 0.5 and 0.6)."""
    artifact = "pkg:oci/checkout@sha256%3A0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427?tag=v418"
    context = {"specversion": "0.6.0-draft", "id": f"271069a8-{number}", "source": "/event/source/123", "chainId": "4c8cb7dd",
               "type": f"dev.cdevents.{kind}", "timestamp": f"2026-11-17T{at}Z"}  # fmt: skip
    subject = {"id": content.pop("subject", "checkout"), "source": "/event/source/123", "type": "service",
               "content": {"environment": {"id": "production"}, "artifactId": artifact, **content}}  # fmt: skip
    return {"context": context, "subject": subject}


def from_cdevents(folder: Path, *events: dict[str, Any]) -> Collected:
    """What the collector makes of these events, one a line."""
    (folder / "events.jsonl").write_text("\n".join(json.dumps(one) for one in events), encoding="utf-8")
    return CDEventsFile("events.jsonl").collect(
        chain_to_file(folder / "evidence", folder / "events.jsonl")[0], WINDOW, INCIDENT
    )


def test_service_events_are_deploys_with_one_moment(tmp_path: Path) -> None:
    """No start, no actor; the version is the image's digest and the ref its tag, both only in the purl."""
    found = from_cdevents(
        tmp_path, cdevent("service.deployed.0.3.0", "14:00:00", 1), cdevent("service.rolledback.0.3.0", "14:10:00.5", 2)
    )

    first, second = changes_of(found.events)
    assert ("checkout", "production", "v418", True) == (
        first.service,
        first.environment,
        first.ref,
        str(first.sha).startswith("sha256:0b31"),
    )
    assert (False, True, "its source records it as rolled back") == (first.is_rollback, second.is_rollback, second.why)
    assert (None, None) == (first.started_at, first.actor)


def test_deployment_events_of_one_subject_are_one_deploy(tmp_path: Path) -> None:
    """Since 0.6 there are queued, started and finished with an outcome."""
    events = [cdevent(f"deployment.{verb}.0.1.0", f"14:0{n}:00", n, subject="dep-7", outcome="failure")
              for n, verb in enumerate(("queued", "started", "finished"))]  # fmt: skip

    (change,) = changes_of(from_cdevents(tmp_path, *events).events)

    assert ("failed", "checkout") == (change.status, change.service)
    assert [0, 1, 2] == [at.minute for at in (change.requested_at, change.started_at, change.finished_at) if at]


def test_an_event_that_stands_twice_counts_once_and_others_are_named(tmp_path: Path) -> None:
    """(source, id) is the key; what deployed nothing is counted; a CloudEvent is opened."""
    one = cdevent("service.deployed.0.3.0", "14:00:00", 1)
    wrapped = {"specversion": "1.0", "type": one["context"]["type"], "id": "x", "source": "y", "data": one}

    found = from_cdevents(
        tmp_path, one, wrapped, cdevent("pipelinerun.finished.0.2.0", "14:01:00", 3), {"some": "thing"}
    )

    assert 1 == found.events.filter(pl.col("kind") == "service.deployed").height
    assert "1 pipelinerun.finished not read" in found.coverage[0].reason
    assert (False, True) == (found.coverage[0].ok, "1 records are no CDEvents" in found.coverage[0].reason)


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:golang/github.com/acme/shop@v1.2.3", ("shop", "v1.2.3", None)),
        ("pkg:oci/shop@sha256%3Aab?repository_url=ghcr.io&tag=v4", ("shop", "sha256:ab", "v4")),
        ("pkg:npm/%40acme/shop", ("shop", None, None)),
        ("shop:v4", (None, None, None)),
        (None, (None, None, None)),
    ],
)
def test_a_purl_is_name_version_and_tag(purl: Any, expected: tuple[str | None, ...]) -> None:
    """An image's version is its digest."""
    assert expected == read_purl(purl)
