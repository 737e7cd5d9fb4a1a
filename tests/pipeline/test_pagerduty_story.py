"""A merged and re-opened incident from PagerDuty's answers to the document: detection, its end, and PagerDuty's own figures."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incident_timeline.config import read_settings
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest, BuildResult
from tests.collect.sources import NOW, PEOPLE, T0, TRIGGER, account, channel, repository
from tests.lab.pagerduty_answers import Terms
from tests.lab.simulators import PAGERDUTY_TOKEN, Simulators
from tests.pipeline.commands import run_in

ASHA, JONAS = PEOPLE["asha"], PEOPLE["jonas"]
TITLE = TRIGGER["payload"]["summary"]


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


@pytest.mark.parametrize("refused", [None, 402, 403])
def test_pagerdutys_own_past_incidents_stand_beside_ours(
    refused: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Collected at build time; under our name where we archived it; where the plan gives none, with the reason."""
    run = run_in(tmp_path, monkeypatch, capsys)
    lived = account()
    earlier = lived.trigger({**TRIGGER, "dedup_key": "d8"}, T0 - 86_400)
    lived.acknowledge(earlier, JONAS, T0 - 86_000)
    lived.resolve(earlier, JONAS, T0 - 85_000)
    with Simulators(lived, repository(), channel()) as one:
        one.terms = Terms(refused={"past_incidents": refused} if refused else {})
        monkeypatch.setenv("TIMELINE_PAGERDUTY_URL", one.pagerduty_url)
        monkeypatch.setenv("PAGERDUTY_TOKEN", PAGERDUTY_TOKEN)
        for number in (earlier["incident_number"], 123):
            code, _, err = run("build", str(number), "--only", "pagerduty")
            assert code == 0, err
    name = f"INC-{earlier['incident_number']}"
    code, out, _ = run("similar", "INC-123")
    document = (tmp_path / "incidents" / "INC-123" / "postmortem.md").read_text(encoding="utf-8")

    assert 0 == code
    assert out.startswith(f"{name}  ")
    if refused is None:
        assert f"PagerDuty's own:\n  {name}  2026-11-16  {TITLE}  (past, PagerDuty's similarity score 46.8249)\n" in out
        assert "PagerDuty names a past incident of 2026-11-16 (PagerDuty's similarity score 46.8249): “" in document
    else:
        assert "PagerDuty gave no past incidents: pagerduty: " in out
        assert ("plan" if refused == 402 else "403") in out.partition("PagerDuty gave no past incidents: ")[2]
        assert "PagerDuty names a past incident" not in document
