"""Facts about the import rule and the other rules of the house; each is proven by breaking it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "incident_timeline"
LINES = 300  # no module is longer


def copy_of_the_house(folder: Path) -> Path:
    """A copy of what the contracts read, to plant violations in."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs import-linter over a copy."""
    command = [
        sys.executable,
        "-c",
        "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command; lint_imports_command()",
    ]
    return subprocess.run([*command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def bans(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs ruff's banned-api rule over a copy."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", "src"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def too_long(package: Path) -> list[str]:
    """Modules of more than LINES lines."""
    paths = sorted(package.rglob("*.py"))
    return [f"{p.name}: {n}" for p in paths if (n := len(p.read_text(encoding="utf-8").splitlines())) > LINES]


def test_the_import_rule_holds() -> None:
    """Every contract is kept in the tree as it is."""
    done = contracts(ROOT)

    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("score/gaps.py", "from incident_timeline.collect import base"),  # stage to stage
        ("explain/roles.py", "import incident_timeline.score.gaps"),  # stage to stage, later to earlier
        ("model/events.py", "from incident_timeline.config import Settings"),  # upward
        ("collect/base.py", "from incident_timeline.pipeline import request"),  # a stage reaches back
        ("report/scores.py", "import httpx"),  # network outside collect
        ("score/gaps.py", "def late() -> None:\n    import os"),  # hidden inside a function
        ("pipeline/request.py", "import typer"),
    ],
)
def test_a_planted_import_breaks_a_contract(module: str, line: str, tmp_path: Path) -> None:
    """An import against the rule turns the house red, wherever it hides."""
    house = copy_of_the_house(tmp_path)
    path = house / "src" / "incident_timeline" / module
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")

    assert 0 != contracts(house).returncode


def test_a_new_folder_that_no_layer_names_breaks_the_contract(tmp_path: Path) -> None:
    """The layers are exhaustive: a utils.py cannot grow beside them."""
    house = copy_of_the_house(tmp_path)
    (house / "src" / "incident_timeline" / "utils.py").write_text('"""Odds and ends."""\n', encoding="utf-8")

    assert 0 != contracts(house).returncode


def test_clock_and_environment_are_read_in_cli_only() -> None:
    """No banned call stands outside cli."""
    done = bans(ROOT)

    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize("line", ["datetime.now()", "os.environ['HOME']", "time.time()"])
def test_a_planted_look_at_the_clock_is_found(line: str, tmp_path: Path) -> None:
    """datetime.now() in score is no import, so a lint rule finds it."""
    house = copy_of_the_house(tmp_path)
    path = house / "src" / "incident_timeline" / "score" / "gaps.py"
    planted = f"\nimport os\nimport time\nfrom datetime import datetime\n\nNOW = {line}\n"
    path.write_text(path.read_text(encoding="utf-8") + planted, encoding="utf-8")

    assert "TID251" in bans(house).stdout


def test_no_module_is_longer_than_300_lines() -> None:
    """A longer module has more than one job."""
    assert [] == too_long(PACKAGE)


def test_a_module_of_301_lines_is_found(tmp_path: Path) -> None:
    """The rule counts lines, and 301 are too many."""
    (tmp_path / "fits.py").write_text("x\n" * 300, encoding="utf-8")
    (tmp_path / "long.py").write_text("x\n" * 301, encoding="utf-8")

    assert ["long.py: 301"] == too_long(tmp_path)


def test_every_module_says_in_one_sentence_what_it_does() -> None:
    """The first statement of each module is a docstring whose first line ends like a sentence."""
    silent = []
    for path in sorted(PACKAGE.rglob("*.py")):
        first = path.read_text(encoding="utf-8").splitlines()[:1]
        if not first or not re.match(r'^r?"""[A-Z`].+[.:;,]?', first[0]):
            silent.append(str(path.relative_to(PACKAGE)))

    assert [] == silent


def test_every_test_states_its_fact() -> None:
    """Each test function has a docstring."""
    mute = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        mute += [f"{path.name}: {m[1]}" for m in re.finditer(r"def (test_\w+)\([^)]*\)[^:]*:\n(?!\s+r?\"\"\")", text)]

    assert [] == mute


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    """Nothing that is committed holds a path of somebody's machine or a package registry's host."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so there are no tracked files")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    words = [b"/" + b"home/", b"/" + b"root/", b"/" + b"work/", b"python" + b"hosted", b"npm" + b"js.org"]
    found = [p.name for p in paths if p.is_file() and any(word in p.read_bytes() for word in words)]

    assert [] == found


def test_documents_never_speak_of_one_cause() -> None:
    """The words that end a search do not stand in what the tool writes."""
    word = "root" + " cause"
    paths = [*PACKAGE.rglob("*.py"), *(PACKAGE / "data" / "report").rglob("*"), *(ROOT / "examples").rglob("*.md")]

    assert [] == [p.name for p in paths if p.is_file() and word in p.read_text(encoding="utf-8").lower()]
