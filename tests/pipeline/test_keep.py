"""Facts about `timeline keep` and `timeline doctor`, against the simulators."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incident_timeline.cli import app, keep_command
from tests.collect.official import faults
from tests.collect.sources import T0, account, repository, simulators
from tests.lab.simulators import GITHUB_TOKEN, PAGERDUTY_TOKEN, Simulators
from tests.pipeline.commands import run_in

NOW = datetime.fromtimestamp(T0 + 6000, UTC)


def run(
    one: Simulators,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *arguments: str,
    token: str = PAGERDUTY_TOKEN,
    more: str = "",
) -> int:
    """The exit code of a command in a folder with a configuration for the simulators, at 15:40 of that day."""
    (folder / "timeline.toml").write_text(
        f'[pagerduty]\nurl = "{one.pagerduty_url}"\ntoken = "env:PD"\n'
        f'[[deploys]]\nkind = "github"\nurl = "{one.github_url}"\nrepo = "acme/shop"\ntoken = "env:GH"\n{more}'
    )
    for name, value in (("PD", token), ("GH", GITHUB_TOKEN)):
        monkeypatch.setenv(name, value)
    for name in ("PAGERDUTY_TOKEN", "PROMETHEUS_URL", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(keep_command, "now", lambda: NOW)
    monkeypatch.setattr(sys, "argv", ["timeline", *arguments])
    with pytest.raises(SystemExit) as ended:
        app.main()
    return int(ended.value.code or 0)


def test_what_was_resolved_lately_is_sealed_and_a_second_night_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Evidence only: nothing is scored. The second run asks for the list alone, and writes nothing."""
    with simulators() as one:
        assert 0 == run(one, tmp_path, monkeypatch, "keep")
        first = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
        asked = len(one.requests)
        assert 0 == run(one, tmp_path, monkeypatch, "keep", "--resolved-since", "2d")
        later = one.requests[asked:]

    assert first == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert ["/pagerduty/incidents"] == [line.split()[1].split("?")[0] for line in later]
    assert (tmp_path / "incidents" / "INC-123" / "evidence" / "manifest.json").is_file()
    assert not (tmp_path / "incidents" / "INC-123" / "scores.json").exists()
    assert re.search(r"INC-123: (\d+) answers kept, \1 new\n", capsys.readouterr().out)


def test_what_was_resolved_earlier_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolved 67 minutes ago is not within the last hour."""
    with simulators() as one:
        assert 0 == run(one, tmp_path, monkeypatch, "keep", "--resolved-since", "1h")

    assert not (tmp_path / "incidents").exists()


def test_an_incident_still_open_is_not_kept_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no end, so its window has none."""
    still_open = account()
    still_open.state["incidents"][0] |= {"status": "acknowledged", "resolved_at": None}
    with Simulators(still_open, repository(), None) as one:  # type: ignore[arg-type]
        assert 0 == run(one, tmp_path, monkeypatch, "keep")

    assert not (tmp_path / "incidents").exists()


def test_the_list_is_asked_as_pagerduty_describes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times with `Z`, the zone named, no unknown parameter; once for what was resolved, once for what was merged."""
    with simulators() as one:
        run(one, tmp_path, monkeypatch, "keep")
        listed = [
            line.split()[1].removeprefix("/pagerduty") for line in one.requests if "/pagerduty/incidents?" in line
        ]

    assert [] == [fault for url in listed for fault in faults("pagerduty", "GET", url)]
    assert ["time_zone=UTC" in url and "Z&" in url.replace("%3A", ":") for url in listed] == [True, True]


@pytest.mark.parametrize(("arguments", "token", "code", "words"), [
    (("--resolved-since", "soon"), PAGERDUTY_TOKEN, 2, "is no duration; write 12h, 2d or 1w"),
    ((), "wrong", 4, "check the token"),
])  # fmt: skip
def test_what_cannot_be_kept_is_one_sentence(
    arguments: tuple[str, ...], token: str, code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A duration that is none, a token that is refused."""
    with simulators() as one:
        assert code == run(one, tmp_path, monkeypatch, "keep", *arguments, token=token)

    assert words in capsys.readouterr().err


@pytest.mark.parametrize(("token", "code"), [(PAGERDUTY_TOKEN, 0), ("wrong", 3)])
def test_the_doctor_ends_with_three_when_a_source_cannot_be_used(
    token: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And prints the next step; tokens are never printed."""
    with simulators() as one:
        assert code == run(one, tmp_path, monkeypatch, "doctor", token=token)

    printed = capsys.readouterr().out
    assert ("next: pagerduty" in printed) == (code == 3)
    assert "archive" not in printed
    assert "deploys: acme/shop: reached" in printed
    assert token not in printed


def test_the_doctor_reads_the_archive_and_shared_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many incidents each holds; a place that cannot be used ends with 3 and the next step."""
    archive = '[archive]\nurl = "tables"\nbundles = "bundles"\n'
    with simulators() as one:
        assert 0 == run(one, tmp_path, monkeypatch, "keep", more=archive)
        assert 0 == run(one, tmp_path, monkeypatch, "doctor", more=archive)
        printed = capsys.readouterr().out
        elsewhere = archive.replace('"bundles"', '"ftp://host/bundles"')
        assert 3 == run(one, tmp_path, monkeypatch, "doctor", more=elsewhere)

    assert "archive: reached\n  0 incidents\nshared evidence: reached\n  1 incidents\n" in printed
    wrong = "shared evidence: not usable, NOT reached\n  next: cannot use the evidence in ftp://host/bundles"
    assert wrong in capsys.readouterr().out


def test_the_doctor_checks_an_archive_without_any_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A machine that only builds and compares what others collected."""
    for name in ("PAGERDUTY_TOKEN", "PROMETHEUS_URL", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "timeline.toml").write_text('[archive]\nurl = "tables"\nbundles = "bundles"\n')
    code, printed, _ = run_in(tmp_path, monkeypatch, capsys)("doctor")

    assert 0 == code
    assert printed.endswith("timeline.toml\narchive: reached\n  0 incidents\nshared evidence: reached\n  0 incidents\n")
