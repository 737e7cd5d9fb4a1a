"""Facts about what is installed: the lock names no machine, and the wheel, built through the sdist, works without a checkout."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "incident_timeline"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, GROUPS = SETTINGS["project"], SETTINGS["dependency-groups"]
INCIDENT = "fixtures/INC-123/evidence"


def run(*command: str, cwd: Path, **variables: str) -> str:
    """The output of a command that must end with 0."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "TIMELINE_"))}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=clean | variables)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from an unpacked sdist, as an installer without a wheel would do it."""
    place = tmp_path_factory.mktemp("build")
    checkout = place / "checkout"
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("src", "queries", INCIDENT):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, checkout / folder, ignore=ignored)
    for file in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"):
        shutil.copy(ROOT / file, checkout)
    (checkout / "src" / "incident_timeline" / "data" / "left.pyc").write_bytes(b"git ignores this")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(place), cwd=checkout)
    with tarfile.open(next(place.glob("*.tar.gz"))) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # 3.11 has it from 3.11.4 on only
        archive.extractall(place / "sdist")
    run(
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        str(place),
        cwd=next((place / "sdist").iterdir()),
    )
    return next(place.glob("*.whl"))


def test_the_wheel_holds_the_package_its_data_the_queries_and_the_recorded_incident(wheel: Path) -> None:
    """Nothing that a user without a checkout needs stays behind, and nothing that git ignores goes along."""
    held = set(zipfile.ZipFile(wheel).namelist())
    shipped = {"incident_timeline": PACKAGE, "incident_timeline/queries": ROOT / "queries"}
    shipped |= {"incident_timeline/demo/evidence": ROOT / INCIDENT}
    expected = {
        f"{prefix}/{path.relative_to(folder).as_posix()}"
        for prefix, folder in shipped.items()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert expected == {name for name in held if ".dist-info/" not in name}


def test_the_demo_runs_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """`timeline demo` finds cue lists, templates and the recorded incident inside the package."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import incident_timeline as it, sys\nassert it.__file__.startswith(sys.argv.pop(1)), it.__file__\n"
        "from incident_timeline.cli.app import main\nmain()"
    )
    site = str(tmp_path / "site")
    said = run(sys.executable, "-c", code, site, "demo", "--out", "incident", cwd=tmp_path, PYTHONPATH=site)

    assert "postmortem.md" in said
    assert (tmp_path / "incident" / "postmortem.md").stat().st_size


def test_the_lock_pins_everything_by_hash_and_names_no_index_host_or_path() -> None:
    """Where packages come from is the machine's own configuration."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pin, digest = r"[a-z0-9-]+==[^ ]+( ; [^\\]+)? \\", r"    --hash=sha256:[0-9a-f]{64}( \\)?"

    assert [] == [line for line in lines if not re.fullmatch(f"{pin}|{digest}", line)]


def test_the_lock_holds_what_the_project_asks_for() -> None:
    """Every requirement of the project, its extras and its groups is met by a pin of the lock."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", text, re.MULTILINE))
    asked = [*PROJECT["dependencies"], *(one for extra in PROJECT["optional-dependencies"].values() for one in extra)]
    asked += [one for group in GROUPS.values() for one in group]
    unmet = [
        one for one in map(Requirement, asked) if one.name not in pins or not one.specifier.contains(pins[one.name])
    ]

    assert [] == unmet


def imported(folder: Path) -> set[str]:
    """The distributions that the modules under a folder import, other than Python's own and the project."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    outside = names - set(sys.stdlib_module_names) - {"incident_timeline", "tests"}
    providers = importlib.metadata.packages_distributions()
    return {re.sub(r"[-_.]+", "-", providers[module][0]).lower() for module in outside}


def declared(*lists: list[str]) -> set[str]:
    """The names of requirements."""
    return {Requirement(one).name for requirements in lists for one in requirements}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    """No dependency arrives by luck through another one, and none is carried for nothing."""
    extras = declared(*PROJECT["optional-dependencies"].values())

    assert declared(PROJECT["dependencies"]) == imported(PACKAGE) - extras


def test_what_the_tests_import_is_declared() -> None:
    """A fresh clone has everything that the tests need."""
    everything = declared(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values(), *GROUPS.values())

    assert set() == imported(ROOT / "tests") - everything
