"""Facts about the documents: what README says about commands, numbers and configuration is what the program does."""

import inspect
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from incident_timeline import errors
from incident_timeline.cli.app import app
from incident_timeline.collect import asking, base, record
from incident_timeline.collect.registry import SECTIONS, known_kinds
from incident_timeline.config import read_settings
from incident_timeline.model import events, findings, incident, instants
from incident_timeline.model.gaps import GAPS
from incident_timeline.model.milestones import BASES, NAMES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (timeline[^>]*--help) -->\n```\n(.*?)```\n<!-- end -->", re.DOTALL)


def help_of(words: str) -> str:
    """What a help command prints on a terminal of 80 columns."""
    code = "import sys; from incident_timeline.cli.app import main; main()"
    command = [sys.executable, "-c", code, *words.split()[1:]]
    variables = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=variables).stdout


def section(title: str) -> str:
    """The part of README under a heading, up to the next heading of the same depth or above."""
    depth = title.split(" ")[0]
    return re.split(rf"^#{{1,{len(depth)}}} ", README.partition(f"\n{title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text, without heads and rules."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    rules = [number for number, cells in enumerate(lines) if set("".join(cells)) <= set("-: ")]
    return [cells for number, cells in enumerate(lines) if number not in rules and number + 1 not in rules]


def code_words(text: str) -> list[str]:
    """The words in a text that are set as code."""
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("words", ["timeline --help", "timeline build --help"])
def test_readme_shows_the_help_that_the_program_prints(words: str) -> None:
    """`python -m tests.house.readme_help` writes the blocks anew."""
    shown = dict(BLOCK.findall(README))

    assert help_of(words) == shown[words]


def test_readme_names_every_command() -> None:
    """No command exists that README does not mention."""
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]

    assert [] == [name for name in known if f"timeline {name}" not in README and f"  {name} " not in README]


def test_readme_lists_the_exit_codes_of_the_error_tree() -> None:
    """0, and the code of every error, once each and in order."""
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.TimelineError)
    ]
    expected = sorted({0, *(kind.exit_code for kind in kinds)})

    assert expected == [int(cells[0]) for cells in rows(section("## Commands and exit codes"))]


def test_readme_explains_every_milestone_basis_and_gap() -> None:
    """The tables hold the names of the model, in its order, and the right ends of each gap."""
    text = section("## What the numbers mean")
    tables = rows(text)
    gaps = {
        code_words(cells[0])[0]: (code_words(cells[1])[0], code_words(cells[2])[0])
        for cells in tables
        if len(cells) == 3
    }

    assert list(NAMES) == [name for cells in tables if len(cells) == 2 for name in code_words(cells[0])]
    assert list(GAPS.items()) == list(gaps.items())
    assert all(f"**{basis}**" in text for basis in BASES)


def test_the_configuration_in_readme_is_valid() -> None:
    """Every key of the example is understood."""
    text = section("### Configuration").partition("```toml\n")[2].partition("```")[0]
    secrets = dict.fromkeys(re.findall(r"env:(\w+)", text), "value")
    settings = read_settings(text, secrets)

    sections = {"pagerduty", "prometheus", "deploys", "chat", "services", "queries", "archive", "report"}
    assert sections == set(tomllib.loads(text))
    assert ("http",) == settings.services[0].queries


@pytest.mark.parametrize("part", SECTIONS)
def test_readme_names_every_kind_of_source(part: str) -> None:
    """What can stand behind `kind =` is shown where it is configured."""
    table = section("### Configuration").partition(f"[[{part}]]\n")[2].partition("\n\n")[0]

    assert [] == [kind for kind in known_kinds(part) if f'"{kind}"' not in table]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\b(?:TIMELINE_|PAGERDUTY_|PROMETHEUS_)[A-Z_]+\b", README))))
def test_every_variable_that_readme_names_is_understood(name: str) -> None:
    """Setting it changes the settings."""
    address = {"TIMELINE_PROMETHEUS_URL": "http://127.0.0.1:9090"}
    plain = address if name.startswith("TIMELINE_PROMETHEUS") and name not in address else {}

    assert read_settings(None, plain) != read_settings(None, {**plain, name: "http://127.0.0.1:1"})


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_file_that_a_document_points_at_exists(document: str) -> None:
    """Links and pictures inside the project lead somewhere."""
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    inside = [target for target in targets if not target.startswith(("http://", "https://"))]

    assert [] == [target for target in inside if not (ROOT / target).exists()]


def test_every_make_target_that_a_document_names_exists() -> None:
    """`make demo` and the others are targets of the Makefile, each with its line of help."""
    texts = [README, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")]
    named = {word for text in texts for word in re.findall(r"(?:`|^ {4})make ([a-z]+)", text, re.MULTILINE)}
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert {"demo", "test"} <= named <= targets


def test_every_module_that_a_make_target_runs_exists() -> None:
    """No target names a module that was moved or never written."""
    named = re.findall(
        r"python -m ((?:tests|incident_timeline)[.\w]*\w)", (ROOT / "Makefile").read_text(encoding="utf-8")
    )
    places = [
        [(ROOT / name.replace(".", "/")).with_suffix(".py"), ROOT / name.replace(".", "/") / "__main__.py"]
        for name in named
    ]
    lacking = [name for name, files in zip(named, places, strict=True) if not any(file.is_file() for file in files)]

    assert [] == [name for name in lacking if name != "tests.bench"]
    assert list((ROOT / "tests" / "bench").glob("*_bench.py"))


def test_the_collector_in_contributing_works() -> None:
    """The example is run as it stands there: rows with evidence from an answer, and a refusal as coverage."""
    code = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {"httpx": httpx}
    for module in (asking, base, record, errors, events, findings, incident, instants):
        names |= vars(module)
    exec(textwrap.dedent(code), names)
    collector = names["Pings"]()
    at = datetime(2026, 11, 17, 14, tzinfo=UTC)
    window = incident.Window(at, at + timedelta(hours=1))
    about = incident.Incident(**dict.fromkeys(inspect.signature(incident.Incident).parameters))
    row = {"at": "2026-11-17T14:05:00Z", "id": "1", "text": "flag turned on", "by": "flags"}
    good = httpx.MockTransport(lambda _: httpx.Response(200, json=[row], headers={record.EVIDENCE: "pings/1.json"}))
    refusing = httpx.MockTransport(lambda _: httpx.Response(401, text="no such token"))
    found = collector.collect(good, window, about)

    assert [] == events.check_events(found.events)
    assert [(at + timedelta(minutes=5), "flag turned on", "pings/1.json#/0")] == found.events.select(
        "at", "summary", "evidence"
    ).rows()
    assert [False] == [one.ok for one in collector.collect(refusing, window, about).coverage]
