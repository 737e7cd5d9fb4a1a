"""Runs the command line in a folder within the test's own process, and writes the events that it reads."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from incident_timeline.cli import app

Run = Callable[..., tuple[int, str, str]]  # arguments -> exit code, stdout, stderr
Spoken = tuple[str, str, str, str]  # clock time on 2026-11-17 UTC, kind, actor, text


def run_in(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The `timeline` command in a folder, without the configuration of whoever runs the tests."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "none"))

    def go(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["timeline", *arguments])
        with pytest.raises(SystemExit) as ended:
            app.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return go


def write_rows(path: Path, rows: Iterable[Spoken]) -> None:
    """A file for --events."""
    lines = [
        json.dumps({"at": f"2026-11-17T{at}Z", "kind": kind, "actor": who, "text": text})
        for at, kind, who, text in rows
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
