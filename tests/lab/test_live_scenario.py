"""Facts about a short incident lived through now, with a real Prometheus and a real Alertmanager."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incident_timeline.config import read_settings
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest, BuildResult
from tests.lab.play import load_scenario, play
from tests.lab.record import Served
from tests.lab.servers import Servers, missing_binaries

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[BuildResult, dict[str, float]]:
    """The short scenario, played and built while the servers still run; and when its steps really were."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    folder = tmp_path_factory.mktemp("lived")
    with Servers(folder / "run") as servers:
        played = play(load_scenario("short"), servers, lambda _: None)
        try:
            place = Served(played.prometheus_url, played.simulators, Path())
            settings = read_settings(place.config(), place.variables)
            result = build(BuildRequest("INC-7", settings, folder / "INC-7", folder, datetime.now(UTC)))
        finally:
            played.simulators.__exit__()
    return result, {row["step"]: row["at"] for row in played.steps} | {"page": played.simulators.triggered[0]}


def test_every_source_answered(lived: tuple[BuildResult, dict[str, float]]) -> None:
    """Pages, series, rules, deploys and chat were collected from the running servers."""
    result, _ = lived

    assert (0, ()) == (result.exit_code, result.lacking)


@pytest.mark.parametrize(
    ("name", "step"), [("detected", "page"), ("acknowledged", "acknowledge"), ("resolved", "resolve")]
)
def test_what_systems_logged_is_within_two_seconds(
    lived: tuple[BuildResult, dict[str, float]], name: str, step: str
) -> None:
    """The page that Alertmanager really sent, the acknowledgement and the resolve."""
    result, steps = lived
    found = result.scored.milestones[name].at

    assert found is not None
    assert abs(found - datetime.fromtimestamp(steps[step], UTC)) <= timedelta(seconds=2)


def test_the_rule_fired_after_its_for_and_before_the_page(lived: tuple[BuildResult, dict[str, float]]) -> None:
    """Raw ALERTS samples put pending, firing and page in their order, five seconds of `for` apart."""
    result, steps = lived
    (episode,) = [e for e in result.scored.episodes if e.name == "CheckoutErrors"]

    assert episode.pending_at is not None
    assert episode.firing_at is not None
    assert 4.5 <= (episode.firing_at - episode.pending_at).total_seconds() <= 6.5
    assert episode.firing_at <= datetime.fromtimestamp(steps["page"], UTC)


def test_the_rollback_is_told_from_the_deploy(lived: tuple[BuildResult, dict[str, float]]) -> None:
    """v418 went forward, v417 came back."""
    result, _ = lived
    changes = [(c.ref, c.is_rollback) for c in result.scored.changes if c.requested_at > result.scored.window.start]

    assert [("v418", False), ("v417", True)] == changes
