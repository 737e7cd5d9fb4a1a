"""Facts about the command line as a whole: light to start, every command explained by an example."""

import json
import subprocess
import sys
from typing import Any

import pytest
import typer

from incident_timeline import errors
from incident_timeline.cli.app import app

HEAVY = ("polars", "plotly", "httpx", "httpx2", "requests", "numpy", "scipy", "pagerduty", "jinja2", "yaml", "msgspec")
RUN = """
import json, sys
sys.argv = ["timeline", *{arguments!r}]
from incident_timeline.cli.app import main
try:
    main()
except SystemExit:
    pass
print(json.dumps([name for name in {heavy!r} if name in sys.modules]))
"""


def commands(group: Any = None, name: str = "timeline") -> dict[str, Any]:
    """Every command and group of commands below the top, by what one types."""
    found: dict[str, Any] = {}
    for word, command in (group or typer.main.get_command(app)).commands.items():
        found[f"{name} {word}"] = command
        if hasattr(command, "commands"):
            found |= commands(command, f"{name} {word}")
    return found


def options(command: Any) -> list[Any]:
    """What can be given to a command, arguments included; --help is Typer's own."""
    return [one for one in command.params if one.name != "help"]


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """Help and version need no frames, charts or network, so they answer at once."""
    code = RUN.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert [] == json.loads(done.stdout.splitlines()[-1])


def test_the_names_looked_for_are_those_of_real_packages() -> None:
    """A build's own code does import them, so that the test above can fail."""
    code = RUN.format(arguments=["onset", "absent.csv"], heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "polars" in json.loads(done.stdout.splitlines()[-1])


def test_every_command_has_help_with_an_example_of_itself() -> None:
    """Help that shows no example makes people guess."""
    every = {"timeline": typer.main.get_command(app), **commands()}

    assert [] == [name for name, command in every.items() if f"Example: {name}" not in (command.help or "")]


def test_every_argument_and_option_is_explained() -> None:
    """Nothing can be given that help does not explain in a sentence."""
    bare = [
        f"{name} {one.name}"
        for name, command in commands().items()
        for one in options(command)
        if not str(getattr(one, "help", None) or "").endswith(".")
    ]

    assert [] == bare


def test_each_branch_of_the_error_tree_has_its_exit_code() -> None:
    """The codes that scripts rely on, for every error of the tree."""
    codes = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.TimelineError)
    }
    usage = ("UsageError", "ConfigError", "RefError", "NaiveTimeError", "InputFileError")
    source = (
        "SourceError",
        "SourceUnreachable",
        "SourceRefused",
        "SourceMissing",
        "SourceMalformed",
        "NotInBundle",
        "QueryFileError",
    )
    expected = (
        dict.fromkeys(usage, 2)
        | dict.fromkeys(source, 3)
        | {"TimelineError": 1, "NothingBuilt": 4, "EngineError": 4, "StorageError": 5}
    )

    assert expected == codes


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--help"], 0), (["build"], 2), (["no-such-command"], 2), (["build", "INC-1", "--no-such-flag"], 2)],
)
def test_usage_errors_end_with_2_and_no_traceback(arguments: list[str], code: int) -> None:
    """A wrong command line is the reader's to mend, not a bug."""
    run = "import sys; sys.argv[0] = 'timeline'; from incident_timeline.cli.app import main; main()"
    done = subprocess.run([sys.executable, "-c", run, *arguments], capture_output=True, text=True, check=False)

    assert (code, False) == (done.returncode, "Traceback" in done.stderr)
