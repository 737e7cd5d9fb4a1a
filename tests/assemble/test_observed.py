"""Facts about folding what Prometheus saw of a deploy into the deploy on record."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.assemble.changes import changes_of
from incident_timeline.assemble.observed import fold_observed
from incident_timeline.model.events import check_events, event, events_frame

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)


def row(minutes: float, kind: str, key: str, service: str = "checkout", **detail: Any) -> dict[str, Any]:
    """A row of a deploy, so many minutes after T0."""
    at = T0 + timedelta(minutes=minutes)
    return event(at, "deploys", kind, key, "checkout v418", evidence="d#/0", service=service, detail=json.dumps(detail))


def recorded(sha: str = "abcdef0123", ref: str = "v418") -> list[dict[str, Any]]:
    """A pipeline's deploy from 0 to 5 minutes."""
    return [row(0, "deploy.started", "7/1", sha=sha, ref=ref), row(5, "service.deployed", "7/2", sha=sha, ref=ref)]


@pytest.mark.parametrize(
    ("seen", "changes"),
    [
        (row(4, "service.deployed", "p:1/finished", sha="abcdef0", ref="other", observed=True), 1),
        (row(4, "service.deployed", "p:1/finished", sha="zzz", ref="v418", observed=True), 1),
        (row(14, "service.deployed", "p:1/finished", sha="zzz", ref="v418", observed=True), 1),
        (row(4, "service.restarted", "p-1", observed=True), 1),
        (row(16, "service.deployed", "p:1/finished", sha="zzz", ref="v418", observed=True), 2),
        (row(4, "service.deployed", "p:1/finished", sha="zzz", ref="v419", observed=True), 2),
        (row(4, "service.deployed", "p:1/finished", "orders", sha="abcdef0", observed=True), 2),
        (row(-30, "service.restarted", "p-1", observed=True), 2),
    ],
)
def test_what_a_recorded_deploy_explains_is_no_change_of_its_own(seen: dict[str, Any], changes: int) -> None:
    """The same service and version while it ran or up to ten minutes after; a restart while it ran."""
    folded = fold_observed(events_frame([*recorded(), seen]))

    assert [] == check_events(folded)
    assert changes == len(changes_of(folded))
    assert 3 == folded.height


def test_without_anything_observed_the_frame_is_the_same() -> None:
    """Builds without that source do not change."""
    frame = events_frame(recorded())

    assert_frame_equal(frame, fold_observed(frame))


def test_a_folded_row_says_why_it_is_no_change() -> None:
    """It still says when the version really ran."""
    folded = fold_observed(events_frame([*recorded(), row(4, "service.restarted", "p-1", observed=True)]))

    assert ["checkout v418 (the deploy on record)"] == folded.filter(pl.col("kind") == "other")["summary"].to_list()
