"""Facts about `timeline show` and `timeline export`: what they print, what they write, and what they end with."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from incident_timeline.cli import app
from incident_timeline.model.instants import duration
from tests.pipeline.commands import Run, run_in, write_rows

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """INC-123, built from its recorded evidence."""
    base = tmp_path_factory.mktemp("shown")
    folder = base / "incidents" / "INC-123"
    shutil.copytree(ROOT / "fixtures" / "INC-123" / "evidence", folder / "evidence")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(base)
        patch.setattr(sys, "argv", ["timeline", "build", "INC-123", "--offline"])
        with pytest.raises(SystemExit) as ended:
            app.main()
    assert not ended.value.code
    return base


@pytest.fixture
def run(built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line beside the built incident."""
    return run_in(built, monkeypatch, capsys)


def test_show_prints_numbers_lanes_and_ledgers_that_add_up(run: Run, built: Path) -> None:
    """Within the columns asked for, and nothing is written."""
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()}
    code, out, _ = run("show", "INC-123", "--width", "100")
    lines = out.splitlines()

    assert code == 0
    assert before == {path: path.stat().st_mtime_ns for path in built.rglob("*") if path.is_file()}
    assert [] == [name for name in ("latency p99", "alerts", "no record", "people", "changes", "phases")
                  if not any(line.startswith(name) for line in lines)]  # fmt: skip
    assert [] == [line for line in lines if len(line) > 100 and not line.startswith("  Choose")]
    scores = json.loads((built / "incidents" / "INC-123" / "scores.json").read_text(encoding="utf-8"))
    took = duration(scores["gaps"]["time_to_detect"]["seconds"])
    assert any("detection" in line and f"{took}, parts add up" in line for line in lines)
    assert any("response" in line and "they hold if candidate 1 is right" in line for line in lines)
    assert "\x1b" not in out  # no colour where it is no terminal


def test_show_marks_what_it_leaves_out_and_names_phases_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twelve hours without an entry are one mark in the axis, with their length below; no word is cut in half."""
    rows = [
        ("02:00:00", "page", "pagerduty", "paged"),
        ("02:02:00", "ack", "A", "on it"),
        ("14:00:00", "resolve", "A", "over"),
    ]
    write_rows(tmp_path / "e.jsonl", rows)
    go = run_in(tmp_path, monkeypatch, capsys)
    go("build", "case-1", "--events", "e.jsonl")
    _, out, _ = go("show", "case-1", "--width", "100")
    lines = out.splitlines()

    assert 1 == sum(line.count("⋯") for line in lines if ":" in line and "left out" not in line)
    assert any(line.endswith("⋯ 11:38:00 left out") for line in lines)
    assert "knew enough: missing" in {line.strip() for line in lines}


def test_show_as_json_is_scores_json(run: Run, built: Path) -> None:
    """For scripts: what the build wrote."""
    code, out, _ = run("show", "INC-123", "--json")

    assert (0, json.loads((built / "incidents/INC-123/scores.json").read_text(encoding="utf-8"))) == (
        code,
        json.loads(out),
    )


@pytest.mark.parametrize("arguments", [["show", "INC-9"], ["export", "INC-9", "--to", "html"]])
def test_what_was_never_built_ends_with_5(run: Run, arguments: list[str]) -> None:
    """One sentence, with what to do."""
    code, _, err = run(*arguments)

    assert (5, True) == (code, "build" in err)


@pytest.mark.parametrize("target", ["github", "gitlab", "confluence", "html"])
def test_export_gives_what_people_wrote(run: Run, built: Path, target: str) -> None:
    """The answers of the folder's own document, on stdout or in a file, charts to attach on stderr."""
    path = built / "incidents/INC-123/postmortem.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("_Answer:_ ……", "_Answer:_ we trusted the cache", 1), encoding="utf-8")
    code, out, err = run("export", "INC-123", "--to", target)
    written, _, _ = run("export", "INC-123", "--to", target, "--output", "x.out")

    assert (0, 0, True) == (code, written, "we trusted the cache" in out)
    assert out == (built / "x.out").read_text(encoding="utf-8")
    assert ("attach: " in err) == (target != "html" or "data:image/png" not in out)


def test_an_unknown_target_ends_with_2(run: Run) -> None:
    """The four that there are stand in the message."""
    code, _, err = run("export", "INC-123", "--to", "word")

    assert (2, True) == (code, "github" in err)
