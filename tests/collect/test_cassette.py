"""Facts about PagerDuty's recorded conversation, replayed by vcrpy at the network's own level."""

from pathlib import Path

import vcr
from polars.testing import assert_frame_equal

from incident_timeline.collect.base import Collected
from incident_timeline.collect.pagerduty import PagerDutyCollector
from incident_timeline.config import Connection
from incident_timeline.model.events import empty_events
from tests.collect.sources import chain
from tests.lab.record import FIXTURES
from tests.lab.simulators import PAGERDUTY_TOKEN

CASSETTE = FIXTURES / "INC-123" / "cassettes" / "pagerduty.yaml"
WHERE = Connection("http://127.0.0.1:1/pagerduty", token=PAGERDUTY_TOKEN)  # nothing listens there


def collected(folder: Path) -> Collected:
    """INC-123 as the cassette tells it."""
    from datetime import UTC, datetime

    from incident_timeline.model.incident import Window

    transport, _ = chain(folder, WHERE, "pagerduty", "pagerduty")
    window = Window(datetime(2026, 11, 24, 11, tzinfo=UTC), datetime(2026, 11, 24, 15, tzinfo=UTC))
    with vcr.use_cassette(
        str(CASSETTE), record_mode="none", match_on=["method", "path", "query"], allow_playback_repeats=True
    ):
        collector = PagerDutyCollector()
        return collector.collect(transport, window, collector.find_incident(transport, "INC-123"))


def test_the_recorded_conversation_gives_the_incident_without_a_server(tmp_path: Path) -> None:
    """The whole chain, network transport included, over recorded answers: complete, and twice the same."""
    first, second = collected(tmp_path / "a"), collected(tmp_path / "b")

    assert first.coverage[0].ok
    assert_frame_equal(first.events, second.events)
    assert not first.events.equals(empty_events())


def test_the_cassette_holds_no_token() -> None:
    """What a request carried as a credential was never written down."""
    assert PAGERDUTY_TOKEN not in CASSETTE.read_text(encoding="utf-8")
