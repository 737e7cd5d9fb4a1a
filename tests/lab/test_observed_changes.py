"""What the recorded incident's own Prometheus saw of its deploys and of the restart by hand, against the truth."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from incident_timeline.assemble.changes import changes_of
from incident_timeline.collect.bundle import open_bundle
from incident_timeline.collect.deploys.observed import ObservedChanges
from incident_timeline.collect.http import live_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.config import Connection
from incident_timeline.model.incident import Incident, Window
from tests.lab.record import FIXTURES, served
from tests.lab.servers import missing_binaries


@pytest.mark.live
@pytest.mark.skipif(bool(missing_binaries()), reason="prometheus not installed")
def test_deploys_rollback_and_restart_are_seen_where_they_were(tmp_path: Path) -> None:
    """Each new version within its range of one scrape; the rollback told as one; the restart to its millisecond."""
    truth = json.loads((FIXTURES / "INC-123" / "truth.json").read_text(encoding="utf-8"))
    steps = json.loads((FIXTURES / "INC-123" / "steps.json").read_text(encoding="utf-8"))
    page = datetime.fromisoformat(truth["milestones"]["detected"])
    window = Window(
        (page - timedelta(minutes=30)).replace(microsecond=0), (page + timedelta(hours=1)).replace(microsecond=0)
    )
    with served("INC-123") as place:
        bundle = open_bundle(tmp_path)
        bundle.begin(page)
        chain = live_transport(
            "deploys-0", "prometheus", Connection(place.prometheus_url), bundle, Network(), Clock(now=lambda: page)
        )
        incident = Incident("INC-123", "", "checkout", None, None, None, "resolved")
        found = ObservedChanges(("checkout", "payments", "orders")).collect(chain, window, incident)

    lived = {
        name: datetime.fromisoformat(truth["changes"][f"{name}.live"])
        for name in ("payments", "bad_deploy", "rollback")
    }
    deployed = [change for change in changes_of(found.events) if change.ref]
    ranges = [row for row in found.events.iter_rows(named=True) if row["ref"].startswith("prometheus:")]
    assert [("payments-v88", False), ("v418", False), ("v417", True)] == [
        (one.ref, one.is_rollback) for one in deployed
    ]
    for row, at in zip(ranges, lived.values(), strict=True):
        assert row["earliest"] <= at <= row["latest"]
    restarted = next(step["at"] for step in steps if step["step"] == "restarted")
    (again,) = found.events.filter(found.events["kind"] == "service.restarted")["at"]
    assert abs(again.timestamp() - restarted) < 2
