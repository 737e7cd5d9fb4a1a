"""Facts about how the code and its data are laid out: short modules that say what they do, tests that state a fact."""

import ast
import gzip
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "incident_timeline"
MOST_LINES = 300  # a longer module has more than one job
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "base_utils"}
# Parts of paths of somebody's machine, hosts of package registries; cut in two so that this file holds none of them.
MACHINE = tuple((a + b).encode() for a, b in [("/ho", "me/"), ("/ro", "ot/"), ("/wo", "rk/"), ("/Us", "ers/")])
REGISTRY = tuple((a + b).encode() for a, b in [("python", "hosted"), ("npm", "js.org"), ("pypi", ".org/simple")])
TELLING = re.compile(rb"(?<![\w.])(?:" + b"|".join(MACHINE) + b")|" + b"|".join(map(re.escape, REGISTRY)))


def modules(folder: Path) -> list[Path]:
    """All Python files under a folder, in order."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def too_long(folder: Path) -> list[str]:
    """Modules of more than MOST_LINES lines, with their length."""
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in modules(folder)}
    return [f"{name}: {lines}" for name, lines in lengths.items() if lines > MOST_LINES]


def summary(text: str) -> str:
    """The first paragraph of a module's docstring, in one line."""
    return " ".join((ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0].split())


def is_one_sentence(words: str) -> bool:
    """One sentence: it ends with a stop (or a colon before what it announces), and no other begins inside."""
    return bool(re.fullmatch(r"[^a-z].*[.:]", words)) and not re.search(r"[a-z)`]\. [A-Z]", words)


def mute_tests(text: str) -> list[str]:
    """Names of the test functions in a module that have no docstring."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    tests = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds) and node.name.startswith("test_")]
    return [test.name for test in tests if not ast.get_docstring(test)]


def tracked() -> list[Path]:
    """Files that git tracks, or would with the next `git add`; skips where there is no git checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git checkout, so nothing is tracked")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked where they are a gzip stream."""
    held = path.read_bytes()
    return gzip.decompress(held) if path.suffix == ".gz" else held


def test_no_module_is_longer_than_300_lines() -> None:
    """Every module of the package can be read in one sitting."""
    assert [] == too_long(PACKAGE)


def test_a_module_of_301_lines_is_found(tmp_path: Path) -> None:
    """300 lines pass and 301 do not."""
    (tmp_path / "fits.py").write_text("x = 1\n" * 300, encoding="utf-8")
    (tmp_path / "long.py").write_text("x = 1\n" * 301, encoding="utf-8")

    assert ["long.py: 301"] == too_long(tmp_path)


def test_every_module_says_in_one_sentence_what_it_does() -> None:
    """The docstring of a module opens with one sentence."""
    silent = [
        str(path.relative_to(PACKAGE))
        for path in modules(PACKAGE)
        if not is_one_sentence(summary(path.read_text(encoding="utf-8")))
    ]

    assert [] == silent


@pytest.mark.parametrize("words", ["", "reads things.", "Reads things", "Reads things. Then writes them."])
def test_what_is_no_sentence_or_two_is_found(words: str) -> None:
    """Nothing, a small letter, no stop, and two sentences are each refused."""
    assert not is_one_sentence(summary(f'"""{words}"""\n' if words else "x = 1\n"))


def test_no_module_has_a_vague_name() -> None:
    """A module named utils or helpers has no job of its own."""
    named = {part for path in modules(PACKAGE) for part in path.relative_to(PACKAGE).with_suffix("").parts}

    assert set() == named & VAGUE


def test_every_test_states_its_fact() -> None:
    """Each test function has a docstring."""
    mute = {
        str(path.relative_to(ROOT)): names
        for path in modules(ROOT / "tests")
        if (names := mute_tests(path.read_text(encoding="utf-8")))
    }

    assert {} == mute


def test_a_test_without_docstring_is_found() -> None:
    """Also in a class and when it is asynchronous."""
    text = "class TestOne:\n    def test_a(self):\n        pass\n\nasync def test_b():\n    pass\n"

    assert ["test_b", "test_a"] == mute_tests(text)


def test_every_query_file_is_named_like_its_query() -> None:
    """A query is found by its name, so file and name cannot differ."""
    named = {
        path: yaml.safe_load(path.read_text(encoding="utf-8"))["name"] for path in (ROOT / "queries").rglob("*.yaml")
    }

    assert named
    assert {path: path.stem for path in named} == named


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    """Nothing that is committed holds a path of somebody's machine or the host of a package registry."""
    found = [str(path.relative_to(ROOT)) for path in tracked() if TELLING.search(content(path))]

    assert [] == found


@pytest.mark.parametrize("word", [*MACHINE, *REGISTRY])
def test_a_machine_or_a_registry_is_found_also_in_a_compressed_answer(word: bytes, tmp_path: Path) -> None:
    """Recorded answers are compressed, and a path in one of them tells as much."""
    path = tmp_path / "answer.json.gz"
    path.write_bytes(gzip.compress(b'{"at": "' + word + b'somewhere"}'))

    assert TELLING.search(content(path))


def test_nothing_that_the_tool_writes_speaks_of_one_cause() -> None:
    """Conditions are plural; the two words that end a search stand in no template, message or example."""
    word = "root cause"
    texts = (*modules(PACKAGE), *(PACKAGE / "data" / "report").rglob("*"), *(ROOT / "examples").rglob("*.md"))

    assert [] == [str(p) for p in texts if p.is_file() and word in p.read_text(encoding="utf-8").lower()]
