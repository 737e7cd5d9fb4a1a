"""Every trap of a source that a collector must know is held by a test, or says why it has none.

One table a source in `traps/`: `what` the trap is, and `tests` (file::name, below tests/) or the `reason` for none.
"""

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]
TABLES = sorted(Path(__file__).with_name("traps").glob("*.toml"))


def traps(table: Path) -> list[dict[str, Any]]:
    """The rows of one table."""
    rows: list[dict[str, Any]] = tomllib.loads(table.read_text(encoding="utf-8"))["trap"]
    return rows


@cache
def names_in(file: str) -> frozenset[str]:
    """The test functions of a file below tests/; none where there is no such file."""
    path = TESTS / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def wrong(row: dict[str, Any]) -> list[str]:
    """What is wrong with a row, in words."""
    if row.keys() not in ({"what", "tests"}, {"what", "reason"}) or not all(row.values()):
        return [f"{row.get('what')!r} needs `what` and either `tests` or a `reason`"]
    named = [name.partition("::") for name in row.get("tests", [])]
    return [
        f"{row['what']!r}: there is no test {file}::{name}" for file, _, name in named if name not in names_in(file)
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_every_trap_is_held_by_a_test_that_exists(table: Path) -> None:
    """A renamed or removed test is found here; a trap without one has its reason."""
    rows = traps(table)

    assert rows
    assert [] == [fault for row in rows for fault in wrong(row)]
    assert len(rows) == len({row["what"] for row in rows})


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"what": "x"}, "needs `what` and either"),
        ({"what": "x", "tests": []}, "needs `what` and either"),
        (
            {"what": "x", "tests": ["collect/test_traps.py::test_nothing"]},
            "there is no test collect/test_traps.py::test_nothing",
        ),
        ({"what": "x", "tests": ["collect/test_gone.py::test_it"]}, "there is no test collect/test_gone.py"),
    ],
)
def test_the_check_finds_what_it_should(row: dict[str, Any], words: str) -> None:
    """A check that cannot fail proves nothing."""
    assert words in wrong(row)[0]
