"""Facts about INC-123, recorded in real time: what the tool says against what really happened."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from incident_timeline.config import Settings, read_settings
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest, BuildResult
from tests.lab.record import FIXTURES, served
from tests.lab.servers import missing_binaries

FOLDER = FIXTURES / "INC-123"
SCRAPE = timedelta(seconds=5)
NOW = datetime(2030, 1, 1, tzinfo=UTC)  # an offline build must not look at it


@cache
def truth() -> dict[str, Any]:
    """What really happened."""
    found: dict[str, Any] = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))
    return found


def at(name: str) -> datetime:
    """When a milestone really was."""
    return datetime.fromisoformat(truth()["milestones"][name])


def rebuild(folder: Path) -> BuildResult:
    """Builds the recorded evidence offline in a folder."""
    shutil.copytree(FOLDER / "evidence", folder / "evidence", dirs_exist_ok=True)
    return build(BuildRequest("INC-123", Settings(), folder, folder, NOW, offline=True))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """INC-123, built once from its evidence."""
    return rebuild(tmp_path_factory.mktemp("built") / "INC-123")


@pytest.mark.parametrize("name", ["detected", "acknowledged", "resolved"])
def test_recorded_milestones_are_within_two_seconds(built: BuildResult, name: str) -> None:
    """Page, acknowledgement and resolve are where they were."""
    found = built.scored.milestones[name]

    assert found.at is not None
    assert abs(found.at - at(name)) <= timedelta(seconds=2)


def test_deploy_and_rollback_are_within_two_seconds(built: BuildResult) -> None:
    """The bad deploy and the rollback were asked for, began and finished when the record says."""
    changes = {(c.ref, c.is_rollback): c for c in built.scored.changes if c.service == "checkout"}
    pairs = [
        (getattr(changes[key], attribute), datetime.fromisoformat(truth()["changes"][f"{label}.{step}"]))
        for key, label in ((("v418", False), "bad_deploy"), (("v417", True), "rollback"))
        for attribute, step in (("requested_at", "requested"), ("started_at", "started"), ("finished_at", "succeeded"))
    ]

    assert [] == [(found, true) for found, true in pairs if found is None or abs(found - true) > timedelta(seconds=2)]


def test_the_range_of_started_holds_the_true_fault_or_misses_it_by_one_scrape(built: BuildResult) -> None:
    """Users began to be hurt when v418 went live, whatever the alert says."""
    found = built.scored.milestones["started"]

    assert found.earliest is not None
    assert found.latest is not None
    assert found.earliest - SCRAPE <= at("started") <= found.latest + SCRAPE


def test_the_range_of_mitigated_holds_the_truth_or_misses_it_by_one_scrape(built: BuildResult) -> None:
    """Users were well when the client saw so."""
    found = built.scored.milestones["mitigated"]

    assert found.earliest is not None
    assert found.latest is not None
    assert found.earliest - SCRAPE <= at("mitigated") <= found.latest + SCRAPE


def test_knew_enough_is_right_or_among_its_alternatives(built: BuildResult) -> None:
    """The note that names v418 is the moment, or one of the rivals that people are shown."""
    found = built.scored.milestones["knew_enough"]
    moments = [found.at, *(rival.at for rival in found.alternatives)]

    assert any(moment is not None and abs(moment - at("knew_enough")) <= timedelta(seconds=2) for moment in moments)


def test_the_attempt_without_effect_is_recognised(built: BuildResult) -> None:
    """The restart that changed nothing stands in the knowing ledger."""
    began = datetime.fromisoformat(truth()["attempt"]["from"])
    attempts = [s for s in built.scored.ledgers["knowing"] if s.category == "attempt_without_effect"]

    assert any(s.start - timedelta(seconds=10) <= began <= s.end for s in attempts)


def test_sums_of_gaps_and_ledgers_hold(built: BuildResult) -> None:
    """detect + know + response = resolve, parts add up, and each ledger adds up to its gap in whole microseconds."""
    scored = built.scored
    ends = {name: m.at for name, m in scored.milestones.items()}
    lengths = {name: sum((s.end - s.start for s in segments), timedelta()) for name, segments in scored.ledgers.items()}

    assert {name: gap.status for name, gap in scored.gaps.items() if gap.status == "missing"} == {}
    assert lengths["detection"] == ends["detected"] - ends["started"]  # type: ignore[operator]
    assert lengths["knowing"] == ends["knew_enough"] - ends["detected"]  # type: ignore[operator]
    assert lengths["response"] == ends["resolved"] - ends["knew_enough"]  # type: ignore[operator]
    assert sum(lengths.values(), timedelta()) == ends["resolved"] - ends["started"]  # type: ignore[operator]


@pytest.mark.parametrize(("ledger", "share"), [("detection", 0.9), ("knowing", 0.9), ("response", 0.9)])
def test_most_seconds_of_each_ledger_have_the_right_category(built: BuildResult, ledger: str, share: float) -> None:
    """Nine seconds in ten carry the category that the scenario gave them."""
    right = total = 0.0
    for true in truth()["ledgers"][ledger]:
        start, end = (datetime.fromisoformat(true[key]) for key in ("from", "to"))
        total += max(
            (end - start).total_seconds(), 0.0
        )  # users were well 1.8 s before the rollback was called a success
        for segment in built.scored.ledgers[ledger]:
            shared = (min(end, segment.end) - max(start, segment.start)).total_seconds()
            right += max(shared, 0.0) if segment.category == true["category"] else 0.0

    assert right / total >= share


def test_two_offline_builds_are_byte_identical(built: BuildResult, tmp_path: Path) -> None:
    """One bundle gives one result."""
    again = rebuild(tmp_path / "INC-123")
    names = ["scores.json", "postmortem.md", "report.html"]

    assert [] == [n for n in names if (built.folder / n).read_bytes() != (again.folder / n).read_bytes()]


def test_a_second_build_in_the_same_folder_changes_no_byte(tmp_path: Path) -> None:
    """Building again over one's own output keeps it as it is."""
    first = rebuild(tmp_path / "INC-123")
    before = {p: p.read_bytes() for p in sorted(first.folder.rglob("*")) if p.is_file()}
    rebuild(tmp_path / "INC-123")

    assert before == {p: p.read_bytes() for p in sorted(first.folder.rglob("*")) if p.is_file()}


@pytest.mark.live
def test_a_live_build_against_the_served_recording_gives_the_same_scores(built: BuildResult, tmp_path: Path) -> None:
    """A real Prometheus on the snapshot and the simulators on their final state say what the bundle says."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    from tests.lab.collect import moment

    with served("INC-123") as place:
        settings = read_settings(place.config(), place.variables)
        live = build(BuildRequest("INC-123", settings, tmp_path / "INC-123", tmp_path, moment(FOLDER)))

    assert json.loads(built.scores) == json.loads(live.scores)
