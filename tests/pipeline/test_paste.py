"""Facts about `timeline build ... --paste`: a source of its own, kept, cut to the window, refused with the fix."""

import io
import json
import sys
from pathlib import Path

import pytest

from incident_timeline.cli import app

TALK = "Asha Venkat  3:03 PM\ncheckout fails since v418\nJonas Lindqvist  3:20 PM\nrolled back, errors are gone\n"
HERE = ("--tz", "Europe/Berlin", "--date", "2026-11-17")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, stdin: str = "") -> int:
    """The real command; its exit code."""
    monkeypatch.setattr(sys, "argv", ["timeline", *arguments])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
    try:
        app.main()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a copied conversation, and no account."""
    for name in ("PAGERDUTY_TOKEN", "PROMETHEUS_URL", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chat.txt").write_text(TALK)


def scores(folder: str = "incidents/outage-7") -> dict[str, object]:
    """What was written."""
    found: dict[str, object] = json.loads(Path(folder, "scores.json").read_text())
    return found


@pytest.mark.parametrize("given", ["chat.txt", "-"])
def test_a_copied_conversation_is_enough_for_a_build(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file or from standard input; the copy is kept, so that the same comes out offline without it."""
    assert 0 == run(monkeypatch, "build", "outage-7", "--paste", given, *HERE, stdin=TALK)
    first = {path: path.read_bytes() for path in Path("incidents").rglob("*") if path.is_file()}
    Path("chat.txt").unlink()

    assert 0 == run(monkeypatch, "build", "outage-7", "--offline")

    assert first == {path: path.read_bytes() for path in Path("incidents").rglob("*") if path.is_file()}
    covered = {row["source"]: row for row in scores()["coverage"]}  # type: ignore[attr-defined]
    assert covered["chat: pasted"]["ok"]
    assert "chat" not in covered
    assert "none: no transcript of a call" in covered["calls"]["reason"]


@pytest.mark.parametrize(
    ("arguments", "text", "words"),
    [
        (HERE[2:], TALK, "its times have no zone, so they name no instants; say the zone with --tz"),
        (HERE[:2], TALK, "has no day; say the day with --date 2026-11-17"),
        (
            HERE,
            "[23:58] asha: down\n[00:03] asha: up\n",
            "write the day (2026-11-18) on a line of its own before line 2",
        ),
        ((*HERE[:2], "--date", "yesterday"), TALK, "--date 'yesterday' is no day; write it like 2026-11-17"),
    ],
)
def test_what_cannot_be_placed_in_time_ends_with_the_fix(
    arguments: tuple[str, ...],
    text: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One sentence and code 2; nothing is built."""
    Path("chat.txt").write_text(text)

    assert 2 == run(monkeypatch, "build", "outage-7", "--paste", "chat.txt", *arguments)

    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With the flag to check."""
    assert 2 == run(monkeypatch, "build", "outage-7", "--paste", "absent.txt", *HERE)
    assert "cannot read absent.txt" in capsys.readouterr().err


def test_a_day_of_talk_does_not_widen_an_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    """The span says when it was; what was said hours before is left out and counted."""
    Path("chat.txt").write_text("Asha Venkat  7:03 AM\ngood morning\n" + TALK)
    span = ("--from", "2026-11-17T14:00:00Z", "--to", "2026-11-17T14:30:00Z", "--service", "checkout")

    assert 0 == run(monkeypatch, "build", "outage-7", "--paste", "chat.txt", *HERE, *span)

    (said,) = [row for row in scores()["coverage"] if row["source"] == "chat: pasted"]  # type: ignore[attr-defined]
    assert "1 messages before or after the window are left out" == said["reason"]
