"""The contract that every collector keeps, whatever its source."""

from collections.abc import Callable
from pathlib import Path

import httpx
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.collect.base import Collected
from incident_timeline.collect.chat import SlackChannel
from incident_timeline.collect.deploys.github import LEAD, GitHubDeploys
from incident_timeline.collect.pagerduty import PagerDutyCollector
from incident_timeline.model.events import check_events
from incident_timeline.model.incident import Incident, Window
from tests.collect.sources import WINDOW, chain, connection, replayed, simulators
from tests.lab.simulators import GITHUB_TOKEN, PAGERDUTY_TOKEN, SLACK_TOKEN

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved", source_id=None)


def pagerduty(transport: httpx.BaseTransport, window: Window) -> Collected:
    """PagerDuty, incident first."""
    collector = PagerDutyCollector()
    return collector.collect(transport, window, collector.find_incident(transport, "INC-123"))


def github(transport: httpx.BaseTransport, window: Window) -> Collected:
    """GitHub deployments."""
    return GitHubDeploys("acme/shop", None, ("checkout",)).collect(transport, window, INCIDENT)


def slack(transport: httpx.BaseTransport, window: Window) -> Collected:
    """One Slack channel."""
    return SlackChannel("C0123").collect(transport, window, INCIDENT)


COLLECTORS = [
    pytest.param("pagerduty", pagerduty, id="pagerduty"),
    pytest.param("github", github, id="github"),
    pytest.param("slack", slack, id="slack"),
]
Collect = Callable[[httpx.BaseTransport, Window], Collected]


@pytest.mark.parametrize(("kind", "collect"), COLLECTORS)
def test_rows_keep_the_schema_and_lie_in_the_window(kind: str, collect: Collect, tmp_path: Path) -> None:
    """Every row is an event of the one schema, in UTC, inside the window (deployments: up to 24 h before it)."""
    with simulators() as one:
        events = collect(chain(tmp_path, connection(one, kind), kind, kind)[0], WINDOW).events

    lead = LEAD if kind == "github" else WINDOW.start - WINDOW.start
    assert [] == check_events(events)
    assert events.height
    assert events.filter(~pl.col("at").is_between(WINDOW.start - lead, WINDOW.end)).is_empty()


@pytest.mark.parametrize(("kind", "collect"), COLLECTORS)
def test_two_runs_and_a_replay_give_the_same_frame(kind: str, collect: Collect, tmp_path: Path) -> None:
    """Ids are stable, a second run asks nothing, and the bundle alone gives the same."""
    with simulators() as one:
        first = collect(chain(tmp_path, connection(one, kind), kind, kind)[0], WINDOW)
        asked = len(one.requests)
        transport, bundle = chain(tmp_path, connection(one, kind), kind, kind)
        second = collect(transport, WINDOW)
        assert asked == len(one.requests)
        bundle.finish()
    offline = collect(replayed(tmp_path, kind), WINDOW)

    assert_frame_equal(first.events, second.events)
    assert_frame_equal(first.events, offline.events)
    assert first.coverage == offline.coverage


@pytest.mark.parametrize(("kind", "collect"), COLLECTORS)
def test_no_secret_reaches_a_row_or_the_bundle(kind: str, collect: Collect, tmp_path: Path) -> None:
    """Tokens and e-mail addresses stand in no row, and in no stored byte."""
    import gzip

    with simulators() as one:
        transport, bundle = chain(tmp_path, connection(one, kind), kind, kind)
        found = collect(transport, WINDOW)
        bundle.finish()
    stored = (
        b"".join(gzip.decompress(p.read_bytes()) for p in tmp_path.rglob("*.gz"))
        + (tmp_path / "manifest.json").read_bytes()
    )
    text = stored.decode() + found.events.write_json()

    assert [] == [word for word in (PAGERDUTY_TOKEN, GITHUB_TOKEN, SLACK_TOKEN, "@example.com") if word in text]


@pytest.mark.parametrize(("kind", "collect"), COLLECTORS[1:])
def test_an_empty_answer_is_an_empty_frame_and_no_failure(kind: str, collect: Collect, tmp_path: Path) -> None:
    """Nothing in the window is said, and is not a source that failed."""
    day = WINDOW.end - WINDOW.start
    later = Window(WINDOW.end + 9 * day, WINDOW.end + 10 * day)
    with simulators() as one:
        found = collect(chain(tmp_path, connection(one, kind), kind, kind)[0], later)

    assert (0, True) == (found.events.height, found.coverage[0].ok)
    assert found.coverage[0].reason


@pytest.mark.parametrize(("kind", "collect"), COLLECTORS[1:])
def test_a_refused_token_is_coverage_that_says_what_to_do(kind: str, collect: Collect, tmp_path: Path) -> None:
    """A wrong token raises nothing: the report says so."""
    with simulators() as one:
        found = collect(chain(tmp_path, connection(one, kind, "wrong"), kind, kind)[0], WINDOW)

    assert (0, False) == (found.events.height, found.coverage[0].ok)
    assert "check the token" in found.coverage[0].reason


@pytest.mark.parametrize(("kind", "collect"), COLLECTORS[1:])
def test_what_the_bundle_lacks_is_said(kind: str, collect: Collect, tmp_path: Path) -> None:
    """A replay without answers is coverage, never an empty success."""
    found = collect(replayed(tmp_path, kind), WINDOW)

    assert not found.coverage[0].ok
    assert "has no answer" in found.coverage[0].reason
