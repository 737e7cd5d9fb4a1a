"""Facts about the import rule: it holds, and it turns red when it is broken, wherever the import hides."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as lint; lint()"
ONE_WAY, STAGES, COLLECTORS = (
    "Data goes one way",
    "Only pipeline knows the stages",
    "Collectors do not know one another",
)
NETWORK, PURE, TYPED = (
    "Only collect and deliver speak to the network",
    "Scoring, explaining and the model",
    "Only the command line",
)


def plant(folder: Path, module: str, lines: str) -> Path:
    """A copy of what the rules read, with lines added to a module, which may be a new one."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    path = folder / "src" / "incident_timeline" / module
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{lines}\n", encoding="utf-8")
    return folder


def broken(folder: Path) -> list[str]:
    """The contracts that import-linter finds broken in a tree."""
    command = [sys.executable, "-c", LINT, "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    names = re.findall(r"^(.+?) ?BROKEN", done.stdout, re.MULTILINE)
    assert bool(names) == bool(done.returncode), done.stdout + done.stderr
    return names


def bans(folder: Path) -> str:
    """What ruff says about banned calls and printing in a tree."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--no-cache",
        "--select",
        "TID251,T20",
        "--output-format",
        "concise",
    ]
    return subprocess.run([*command, "src"], cwd=folder, capture_output=True, text=True, check=False).stdout


def test_the_import_rule_holds() -> None:
    """Every contract is kept in the tree as it is."""
    assert [] == broken(ROOT)


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("score/gaps.py", "from incident_timeline.collect import base", ONE_WAY),
        ("explain/roles.py", "import incident_timeline.score.gaps", ONE_WAY),
        ("model/events.py", "from incident_timeline.config import Settings", ONE_WAY),
        ("collect/base.py", "from incident_timeline.pipeline import request", ONE_WAY),
        ("utils.py", '"""Odds and ends."""', ONE_WAY),
        ("cli/surroundings.py", "from incident_timeline.score import gaps", STAGES),
        ("collect/pagerduty.py", "from incident_timeline.collect import chat", COLLECTORS),
        ("report/scores.py", "import httpx", NETWORK),
        ("config/settings.py", "import urllib.request", NETWORK),
        ("score/gaps.py", "def late() -> None:\n    import os", PURE),
        ("assemble/merge.py", "from pathlib import Path", PURE),
        ("actions/lint.py", "import os", PURE),
        ("deliver/issues.py", "from incident_timeline.collect import http", ONE_WAY),
        ("actions/parse.py", "from incident_timeline.collect import base", ONE_WAY),
        ("pipeline/request.py", "import typer", TYPED),
    ],
)
def test_a_planted_import_breaks_its_contract(module: str, line: str, contract: str, tmp_path: Path) -> None:
    """Between stages, upward, in an unlisted module, inside a function: the contract that forbids it says so."""
    names = broken(plant(tmp_path, module, line))

    assert [contract] == [name[: len(contract)] for name in names]


def test_clock_and_environment_are_read_in_cli_only() -> None:
    """Nothing outside cli looks at the clock or the environment, or prints."""
    assert "All checks passed!\n" == bans(ROOT)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("from datetime import datetime\nNOW = datetime.now()", "TID251"),
        ("import datetime as dt\nNOW = dt.datetime.now(dt.UTC)", "TID251"),
        ("import time\nNOW = time.time()", "TID251"),
        ("import os\nHOME = os.environ['HOME']", "TID251"),
        ("from os import getenv\nHOME = getenv('HOME')", "TID251"),
        ("print('here')", "T201"),
    ],
)
def test_a_planted_look_around_in_score_is_found(line: str, rule: str, tmp_path: Path) -> None:
    """A call such as datetime.now() is no import, so a lint rule finds it."""
    found = bans(plant(tmp_path, "score/gaps.py", line))

    assert f"score/gaps.py: {rule}" in re.sub(r":\d+:\d+:", ":", found)
