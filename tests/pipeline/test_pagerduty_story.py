"""A merged and re-opened incident from PagerDuty's answers to the document: detection, its end, and PagerDuty's own figures."""

import json
from datetime import UTC, datetime

import pytest

from incident_timeline.config import read_settings
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest, BuildResult
from tests.collect.sources import NOW, PEOPLE, T0, TRIGGER, account, channel, repository
from tests.lab.pagerduty_answers import Terms
from tests.lab.simulators import PAGERDUTY_TOKEN, Simulators

ASHA, JONAS = PEOPLE["asha"], PEOPLE["jonas"]


def at(seconds: float) -> datetime:
    """So long after the target's own page."""
    return datetime.fromtimestamp(T0 + seconds, UTC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """Paged two minutes before on an incident that was merged into it; resolved, re-opened, resolved; no past incidents."""
    lived = account()
    source = lived.trigger({**TRIGGER, "dedup_key": "d0"}, T0 - 120)
    lived.acknowledge(source, JONAS, T0 - 60)
    target = lived.state["incidents"][0]
    lived.reopen(target, ASHA, T0 + 2100, logged=False)
    lived.merge(target, source, ASHA, T0 + 2150)
    lived.resolve(target, ASHA, T0 + 2600)
    base = tmp_path_factory.mktemp("story")
    with Simulators(lived, repository(), channel()) as one:
        one.terms = Terms("Asia/Tokyo", {"past_incidents": 402})
        given = {"TIMELINE_PAGERDUTY_URL": one.pagerduty_url, "PAGERDUTY_TOKEN": PAGERDUTY_TOKEN}
        return build(BuildRequest("INC-123", read_settings(None, given), base / "INC-123", base, NOW))


def test_detection_and_acknowledgement_are_those_of_the_merged_incident_and_the_end_is_the_last(
    built: BuildResult,
) -> None:
    """The merge-resolve of the source and the resolve before the re-opening end nothing."""
    found = {name: built.scored.milestones[name].at for name in ("detected", "acknowledged", "resolved")}

    assert {"detected": at(-120), "acknowledged": at(-60), "resolved": at(2600)} == found
    assert 0 == built.exit_code


def test_what_pagerduty_worked_out_differently_is_shown_and_nothing_is_averaged(built: BuildResult) -> None:
    """In scores.json, in the coverage and in the document, with the reason for the difference."""
    checks = {
        one["name"]: (one["ours"], one["theirs"], one["agrees"]) for one in json.loads(built.scores)["cross_checks"]
    }
    document = (built.folder / "postmortem.md").read_text(encoding="utf-8")
    told = next(c.reason for c in built.scored.coverage if c.source == "pagerduty")

    assert (60.0, 200, False) == checks["to_acknowledge"]
    assert (2720.0, 2600, False) == checks["to_resolve"]
    assert "1:00 by the record, 3:20 by PagerDuty's own analytics: they differ" in told
    assert "ours counts from 13:58:00, PagerDuty's from its incident's creation at 14:00:00" in document


def test_what_the_plan_lacks_is_named_as_skipped(built: BuildResult) -> None:
    """And is no failure of the build."""
    lacking = [c.source for c in built.scored.coverage if c.skipped and c.source.startswith("pagerduty")]

    assert ["pagerduty: past incidents"] == lacking
