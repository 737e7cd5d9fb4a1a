"""Facts about why the alerts of the recordings came late, against what really happened."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incident_timeline.config import Settings
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest, BuildResult
from tests.lab.record import FIXTURES


def built(name: str, folder: Path) -> BuildResult:
    """A recording, built offline."""
    shutil.copytree(FIXTURES / name / "evidence", folder / "evidence")
    return build(BuildRequest(name, Settings(), folder, folder, datetime(2030, 1, 1, tzinfo=UTC), offline=True))


@pytest.mark.parametrize("name", ["INC-124", "INC-125"])
def test_three_seconds_in_four_of_detection_have_the_right_category(name: str, tmp_path: Path) -> None:
    """Both were written by somebody who had not read the rules of scoring."""
    true = json.loads((FIXTURES / name / "truth.json").read_text(encoding="utf-8"))["ledgers"]["detection"]
    ours = built(name, tmp_path / name).scored.ledgers["detection"]
    right = total = 0.0
    for row in true:
        start, end = (datetime.fromisoformat(row[key]) for key in ("from", "to"))
        total += (end - start).total_seconds()
        shared = [
            (min(end, s.end) - max(start, s.start)).total_seconds() for s in ours if s.category == row["category"]
        ]
        right += sum(max(0.0, one) for one in shared)

    assert right / total >= 0.75


def test_the_story_of_detection_is_told_in_words(tmp_path: Path) -> None:
    """Latency moved first, no rule read it, the rule over errors came minutes later, and so much of that was its `for`."""
    result = built("INC-123", tmp_path / "INC-123")
    text = " ".join((result.folder / "postmortem.md").read_text(encoding="utf-8").split())

    first, rest = text.split("Latency p99 moved first: it left its band (", 1)[1].split(
        "and no loaded rule reads it", 1
    )
    assert "at 13:34:5" in first
    assert "`CheckoutErrors` fired 6:17 later" in rest[:120]
    assert "2:00 of it the rule's `for`" in rest[:160]
