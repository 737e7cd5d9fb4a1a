"""Facts about INC-124 (it ended by itself) and INC-125 (capacity, no deploy): what the tool says against what really happened."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incident_timeline.config import Settings
from incident_timeline.model.scored import Scored
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest
from tests.lab.record import FIXTURES

NOW = datetime(2030, 1, 1, tzinfo=UTC)  # an offline build must not look at it


def truth(name: str) -> dict[str, Any]:
    """What really happened."""
    found: dict[str, Any] = json.loads((FIXTURES / name / "truth.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scored]:
    """Both incidents, each built once from its evidence."""
    found = {}
    for name in ("INC-124", "INC-125"):
        folder = tmp_path_factory.mktemp("built") / name
        shutil.copytree(FIXTURES / name / "evidence", folder / "evidence")
        found[name] = build(BuildRequest(name, Settings(), folder, folder, NOW, offline=True)).scored
    return found


@pytest.mark.parametrize("milestone", ["knew_enough", "diagnosed", "fix_started", "fix_landed"])
def test_what_ended_by_itself_has_no_moment_no_cause_and_no_fix(scored: dict[str, Scored], milestone: str) -> None:
    """Somebody cleared their cookies for the wiki's sake meanwhile, and that is not taken for a fix."""
    found = scored["INC-124"].milestones[milestone]

    assert truth("INC-124")["milestones"][milestone] is None
    assert ("missing", None) == (found.status, found.at)


def test_the_abstention_says_why(scored: dict[str, Scored]) -> None:
    """Nobody did anything before users were well."""
    assert scored["INC-124"].milestones["knew_enough"].reason.startswith("it seems to have ended by itself")


@pytest.mark.parametrize("milestone", ["knew_enough", "diagnosed", "fix_started", "fix_landed"])
def test_the_capacity_incident_is_read_back_from_a_bot_s_line(scored: dict[str, Scored], milestone: str) -> None:
    """The limit was changed live; the bot's line two seconds later is its only record, and leads to who knew and when."""
    found, true = scored["INC-125"].milestones[milestone], truth("INC-125")["milestones"][milestone]

    assert found.at is not None
    assert abs(found.at - datetime.fromisoformat(true)) <= timedelta(seconds=3)


def test_the_restart_that_changed_nothing_is_an_attempt(scored: dict[str, Scored]) -> None:
    """From the offer to restart orders to the next thing begun; truth ends it at the word that nothing had changed."""
    (attempt,) = [s for s in scored["INC-125"].ledgers["knowing"] if s.category == "attempt_without_effect"]
    (true,) = [s for s in truth("INC-125")["ledgers"]["knowing"] if s["category"] == "attempt_without_effect"]

    assert abs(attempt.start - datetime.fromisoformat(true["from"])) <= timedelta(seconds=1)
    assert timedelta() <= attempt.end - datetime.fromisoformat(true["to"]) <= timedelta(seconds=30)


@pytest.mark.parametrize("ledger", ["knowing", "response"])
def test_most_seconds_of_each_ledger_have_the_right_category(scored: dict[str, Scored], ledger: str) -> None:
    """Three in four at least, as the project demands for an incident that its rules were not written on."""
    right = total = 0.0
    for true in truth("INC-125")["ledgers"][ledger]:
        start, end = (datetime.fromisoformat(true[side]) for side in ("from", "to"))
        total += (end - start).total_seconds()
        for segment in scored["INC-125"].ledgers[ledger]:
            shared = (min(end, segment.end) - max(start, segment.start)).total_seconds()
            right += max(shared, 0.0) if segment.category == true["category"] else 0.0

    assert right / total >= 0.75


def test_explanations_have_the_fate_that_they_had(scored: dict[str, Scored]) -> None:
    """Orders was suspected and restarted in vain; that all workers were busy was acted on."""
    fates = [(one.text.split()[0], one.fate) for one in scored["INC-125"].explanations]

    assert ("orders", "tried, no effect") in fates
    assert ("ok", "acted on, worked") in fates
