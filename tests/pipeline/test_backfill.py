"""Facts about `timeline backfill --since`, against the simulators."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incident_timeline.archive.store import Archive, builds, read_table
from incident_timeline.cli import app, backfill_command
from tests.collect.official import faults
from tests.collect.sources import T0, simulators
from tests.lab.simulators import PAGERDUTY_TOKEN, Simulators

NOW = datetime.fromtimestamp(T0 + 6000, UTC)


def run(one: Simulators, folder: Path, patch: pytest.MonkeyPatch, *arguments: str, token: str = PAGERDUTY_TOKEN) -> int:
    """The exit code of a backfill in a folder whose configuration, an [archive] beside it kept, names the simulator."""
    archive = folder / "archive.toml"
    text = f'[pagerduty]\nurl = "{one.pagerduty_url}"\ntoken = "env:PD"\n'
    (folder / "timeline.toml").write_text(text + (archive.read_text() if archive.exists() else ""))
    for name in ("PAGERDUTY_TOKEN", "PROMETHEUS_URL", "GITHUB_TOKEN"):
        patch.delenv(name, raising=False)
    patch.setenv("PD", token)
    patch.chdir(folder)
    patch.setattr(backfill_command, "now", lambda: NOW)
    patch.setattr(sys, "argv", ["timeline", "backfill", *arguments])
    with pytest.raises(SystemExit) as ended:
        app.main()
    return int(ended.value.code or 0)


def test_a_history_is_archived_and_a_second_run_asks_for_the_list_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The incident stands in the archive with its gaps; what had no series is counted; then nothing is fetched again."""
    with simulators() as one:
        assert 0 == run(one, tmp_path, monkeypatch, "--since", "2026-11-01")
        said = capsys.readouterr().out
        asked = len(one.requests)
        assert 0 == run(one, tmp_path, monkeypatch, "--since", "2026-11-01")
        again = {line.split()[1].split("?")[0] for line in one.requests[asked:]}
        wrong = [f for line in one.requests for f in faults("pagerduty", *line.split()[:2]) if "/pagerduty" not in f]

    gaps = read_table(Archive(str(tmp_path / "incidents" / "archive")), "gaps").collect()
    acknowledged = gaps.filter(gaps["name"] == "time_to_acknowledge").row(0, named=True)
    assert ("INC-123", 200.0, "recorded") == (
        acknowledged["incident_id"],
        acknowledged["seconds"],
        acknowledged["status"],
    )
    assert said.startswith("1 incidents, 0 there already, 1 written\nlacking: 1 of 1 have no measured start")
    assert {"/pagerduty/incidents"} == again
    assert capsys.readouterr().out.startswith("1 incidents, 1 there already, 0 written\n")
    assert [] == wrong
    assert not (tmp_path / "incidents" / "INC-123" / "postmortem.md").exists()


def test_what_is_asked_for_again_and_has_not_changed_is_there_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --again, and as long as an incident is open: nothing to write is no failure, although the start stays missing."""
    with simulators() as one:
        assert 0 == run(one, tmp_path, monkeypatch, "--since", "2026-11-01")
        capsys.readouterr()
        assert 0 == run(one, tmp_path, monkeypatch, "--since", "2026-11-01", "--again")

    assert capsys.readouterr().out.startswith(
        "1 incidents, 1 there already, 0 written\nlacking: 1 of 1 have no measured start"
    )


def test_what_one_machine_collected_another_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With shared storage a second machine asks for the list alone, and its archive holds the same build."""
    built = []
    with simulators() as one:
        for who in ("first", "second"):
            folder = tmp_path / who
            folder.mkdir()
            (folder / "archive.toml").write_text('[archive]\nurl = "tables"\nbundles = "../bundles"\n')
            asked = len(one.requests)
            assert 0 == run(one, folder, monkeypatch, "--since", "2026-11-01")
            built.append(builds(Archive(str(folder / "tables"))))
        later = {line.split()[1].split("?")[0] for line in one.requests[asked:]}

    assert {"INC-123"} == set(built[0])
    assert built[0] == built[1]
    assert {"/pagerduty/incidents"} == later
    assert ["000001.tar.gz"] == [path.name for path in (tmp_path / "bundles" / "INC-123").iterdir()]


def test_a_refused_token_ends_with_4_and_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody can say which incidents there were."""
    with simulators() as one:
        assert 4 == run(one, tmp_path, monkeypatch, "--since", "2026-11-01", token="wrong")
    assert "Traceback" not in (said := capsys.readouterr().err)
    assert said.startswith("timeline: pagerduty: ")


def test_without_pagerduty_the_sentence_says_what_else_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kept bundles can be scored offline."""
    monkeypatch.chdir(tmp_path)
    for name in ("PAGERDUTY_TOKEN", "TIMELINE_PAGERDUTY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["timeline", "backfill", "--since", "2026-11-01"])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert 2 == ended.value.code
    assert "--offline" in capsys.readouterr().err
