"""Facts about the command line as a whole: light to start, every command explained."""

import json
import subprocess
import sys
from typing import Any

import typer

from incident_timeline import errors
from incident_timeline.cli.app import app

HEAVY = ("polars", "plotly", "httpx", "httpx2", "requests", "numpy", "scipy", "pagerduty", "jinja2")


def commands() -> dict[str, Any]:
    """All commands by name."""
    group: Any = typer.main.get_command(app)
    return dict(group.commands)


def test_help_imports_nothing_heavy() -> None:
    """`timeline --help` starts without frames, charts or network."""
    code = (
        "import sys, json\nsys.argv = ['timeline', '--help']\n"
        "from incident_timeline.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert [] == json.loads(done.stdout.splitlines()[-1])


def test_every_command_has_help_with_an_example() -> None:
    """Help that shows no example makes people guess."""
    lacking = [name for name, one in commands().items() if "Example: timeline" not in (one.help or "")]

    assert [] == lacking


def test_every_option_is_explained() -> None:
    """No option stands without its sentence."""
    bare = [
        f"{name} {param.name}" for name, one in commands().items() for param in one.params
        if param.param_type_name == "option" and not getattr(param, "help", None)
    ]  # fmt: skip

    assert [] == bare


def test_exit_codes_are_those_of_the_design() -> None:
    """Each branch of the error tree ends with its own code."""
    expected = {"UsageError": 2, "SourceError": 3, "NothingBuilt": 4, "StorageError": 5, "TimelineError": 1}

    assert expected == {name: getattr(errors, name).exit_code for name in expected}
