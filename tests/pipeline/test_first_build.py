"""Facts about the first build in an empty folder, and about incidents that several pages make up or none does."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl
import pytest

from incident_timeline.config import read_settings
from incident_timeline.model.incident import Window
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest
from tests.collect.sources import NOW, T0, TRIGGER, simulators
from tests.lab.collect import moment
from tests.lab.record import FIXTURES, served
from tests.lab.servers import missing_binaries
from tests.lab.simulators import PAGERDUTY_TOKEN

FOLDER = FIXTURES / "INC-123"


@pytest.mark.live
def test_two_variables_give_detection_onset_and_a_chart_and_the_source_host_is_never_contacted(tmp_path: Path) -> None:
    """The PromQL comes from the alert's own Source line; something listens at that line's host and hears nothing.

    The roll-back is on record too, without any deploy API: Prometheus saw the versions.
    """
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    sent = json.loads((FOLDER / "events_api.json").read_text(encoding="utf-8"))[0]["body"]
    text = sent["payload"]["custom_details"]["firing"]
    source = urlsplit(next(line for line in text.splitlines() if line.startswith("Source: ")).removeprefix("Source: "))
    with served("INC-123") as place, socket.socket() as listener:
        listener.bind(("127.0.0.1", source.port or 0))
        listener.listen()
        listener.setblocking(False)
        given = {
            k: v
            for k, v in place.variables.items()
            if k in ("TIMELINE_PAGERDUTY_URL", "PAGERDUTY_TOKEN", "PROMETHEUS_URL")
        }
        result = build(
            BuildRequest("INC-123", read_settings(None, given), tmp_path / "INC-123", tmp_path, moment(FOLDER))
        )
        with pytest.raises(BlockingIOError):
            listener.accept()

    found = {name: m.status for name, m in result.scored.milestones.items()}
    names = set(result.scored.series.labels.filter(pl.col("role") == "sli")["name"])
    assert 0 == result.exit_code
    assert ("found", "found", "found") == (found["detected"], found["started"], found["fired"])
    assert {"alert_CheckoutErrors", "latency_p99"} <= names
    assert sum((s.end - s.start).total_seconds() for s in result.scored.ledgers["detection"]) > 300
    assert (tmp_path / "INC-123" / "charts" / "signal.svg").is_file()
    deploys = [(change.service, change.ref, change.is_rollback) for change in result.scored.changes if change.ref]
    assert [("payments", "payments-v88", False), ("checkout", "v418", False), ("checkout", "v417", True)] == deploys
    assert "found" == found["fix_landed"]


def test_several_pages_are_one_incident(tmp_path: Path) -> None:
    """The first page detects it, the last resolve ends it, and the folder carries the name that was given."""
    with simulators() as one:
        second = one.account.trigger({**TRIGGER, "dedup_key": "d2"}, T0 - 120)
        one.account.resolve(second, {"name": "Asha Venkat", "pagerduty": "PASHAV1"}, T0 + 2500)
        settings = read_settings(
            None, {"TIMELINE_PAGERDUTY_URL": one.pagerduty_url, "PAGERDUTY_TOKEN": PAGERDUTY_TOKEN}
        )
        request = BuildRequest("OPS-9", settings, None, tmp_path, NOW, pagerduty=("123", "124"))
        result = build(request)
        offline = build(BuildRequest("OPS-9", settings, None, tmp_path, NOW, offline=True))

    moments = {name: result.scored.milestones[name].at for name in ("detected", "resolved")}
    assert {
        "detected": datetime.fromtimestamp(T0 - 120, UTC),
        "resolved": datetime.fromtimestamp(T0 + 2500, UTC),
    } == moments
    assert "OPS-9" == result.folder.name == result.scored.incident.id
    assert result.scores == offline.scores


@pytest.mark.live
def test_an_incident_without_any_page_is_built_from_a_span_of_a_service(tmp_path: Path) -> None:
    """--from, --to and --service: the series alone say when users were hurt."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    with served("INC-123") as place:
        settings = read_settings(None, {"PROMETHEUS_URL": place.prometheus_url})
        span = Window(datetime(2026, 11, 24, 13, 30, tzinfo=UTC), datetime(2026, 11, 24, 14, 15, tzinfo=UTC))
        request = BuildRequest("slow-checkout", settings, None, tmp_path, moment(FOLDER), span=span, service="checkout")
        result = build(request)

    found = {name: result.scored.milestones[name].status for name in ("started", "mitigated", "fired")}
    assert {"started": "found", "mitigated": "found", "fired": "found"} == found
    assert "checkout" == result.scored.incident.service
