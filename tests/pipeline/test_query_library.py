"""Facts about the query library: shipped queries are accepted by promtool, broken ones are named with their line."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from incident_timeline.collect.promtool import check_expressions
from incident_timeline.collect.query_files import find_queries
from incident_timeline.errors import InputFileError, UsageError
from incident_timeline.pipeline.query_library import check_library, library_folders, list_library

SHIPPED = library_folders(None)
GOOD = """name: {name}
signal: errors
question: Which share fails?
errors: {errors}
total: {total}
unit: ratio
worse: up
source: https://example.com
"""
RATE = 'sum(rate(a_total{service="$service"}[$range]))'


def text(name: str, errors: str = RATE, total: str = RATE) -> str:
    """A query file of a ratio."""
    return GOOD.format(name=name, errors=errors, total=total)


# What is broken -> the file, and what the check says of it; promtool alone knows the last three.
BROKEN = {
    "typo": (text("typo").replace("worse: up", "worst: up"), "line 7: unknown key 'worst'"),
    "signal": (text("signal").replace("signal: errors", "signal: error"), "line 2: signal is 'error'"),
    "half": (text("half").replace(f"total: {RATE}\n", ""), "line 1: give either query, or both errors and total"),
    "paren": (text("paren", total="sum(rate(a_total[$range])"), "line 5: total is not PromQL"),
    "variable": (text("variable", errors=RATE.replace("$service", "$pod")), "line 4: errors: only $service and $range"),
    "increase": (text("increase", total="sum(increase(a_total[$range]))"), "line 5: total reads increase()"),
    "yaml": (text("yaml", errors='sum(a{b="c: d"})'), "line 4: not valid YAML"),
    "misnamed": (text("another"), "line 1: the query is named 'another'"),
    "instant": (text("instant", errors='sum(rate(a_total{service="$service"}))'), "line 4: errors"),
    "unknown": (text("unknown", total='sum(rates(a_total{service="$service"}[$range]))'), "line 5: total"),
    "strings": (text("strings", total='sum("a")'), "line 5: total"),
}  # fmt: skip


def need_promtool() -> None:
    """Skips where there is none."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool not installed")


@pytest.mark.live
def test_promtool_accepts_every_shipped_query() -> None:
    """The real promtool, on every expression filled in."""
    need_promtool()

    found = check_library(SHIPPED)

    assert () == found.problems
    assert found.promtool
    assert found.queries == found.files > 80


@pytest.mark.live
def test_the_command_names_each_broken_query_with_its_line(tmp_path: Path) -> None:
    """Eleven broken files, the command's own output, exit code 2; promtool finds what the parser lets pass."""
    need_promtool()
    for name, (written, _) in BROKEN.items():
        (tmp_path / f"{name}.yaml").write_text(written, encoding="utf-8")
    code = "import sys; from incident_timeline.cli.app import main; main()"
    command = [sys.executable, "-c", code, "queries", "check", str(tmp_path)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    lines = done.stdout.splitlines()
    said = {name: [line for line in lines if line.startswith(str(tmp_path / f"{name}.yaml"))] for name in BROKEN}
    assert 2 == done.returncode
    assert dict.fromkeys(BROKEN, 1) == {name: len(found) for name, found in said.items()}
    assert [] == [(name, said[name]) for name, (_, words) in BROKEN.items() if words not in said[name][0]]


@pytest.mark.live
def test_promtool_finds_what_the_parser_alone_lets_pass(tmp_path: Path) -> None:
    """Without promtool a check says so and reads less."""
    need_promtool()
    (tmp_path / "kinds.yaml").write_text(
        text("kinds", errors="sum(label_replace(a_total, 1, 2, 3, 4))"), encoding="utf-8"
    )
    alone, both = check_library([tmp_path], promtool=lambda: None), check_library([tmp_path])

    assert (1, None) == (alone.queries + len(alone.problems), alone.promtool)
    assert 1 == len(both.problems)
    assert "line 4: errors" in both.problems[0]


@pytest.mark.live
def test_promtool_names_the_place_of_each_refusal() -> None:
    """Of three expressions the middle one is wrong."""
    need_promtool()

    assert [1] == list(check_expressions(["up", "rate(up)", 'count(up{a="b"})']))


def test_no_two_shipped_queries_share_a_name() -> None:
    """A service may name any folders together and loses none of their queries."""
    listed, unusable = list_library(None)
    names = [one.query.name for one in listed]

    assert () == unusable
    assert len(set(names)) == len(names)
    assert () == find_queries(sorted({one.folder for one in listed}), SHIPPED)[1]


def test_every_shipped_query_is_about_one_service() -> None:
    """No expression is left without the service, which would measure all services at once."""
    listed, _ = list_library(None)
    texts = [(one.query.name, text) for one in listed for text in one.query.expressions("a-fake", 60).values()]

    assert [] == [name for name, text in texts if text.count("a-fake") < text.replace("$", "").count("{")]


def test_every_shipped_query_asks_a_question_and_names_where_its_metrics_are_described() -> None:
    """A reader in an incident sees what a signal answers."""
    listed, _ = list_library(None)

    assert [] == [one.query.name for one in listed if not one.query.question.endswith("?")]
    assert [] == [one.query.name for one in listed if not one.query.source.startswith("https://")]


def test_the_librarys_page_names_every_folder_once() -> None:
    """And the label that `$service` is compared with stands beside it."""
    listed, _ = list_library(None)
    table = [
        line for line in (SHIPPED[-1] / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("| `")
    ]
    named = [name for line in table for name in re.findall(r"`([a-z_]+)`", line.split("|")[1])]

    assert sorted({one.folder for one in listed}) == sorted(named)


def test_ratios_of_requests_give_both_halves() -> None:
    """Impact counts requests from them."""
    listed, _ = list_library(None)

    assert [] == [one.query.name for one in listed if one.query.signal == "errors" and one.query.total is None]


def test_a_teams_folder_goes_before_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    """`http` of the team's own is listed instead of the shipped http."""
    (tmp_path / "http").mkdir()
    (tmp_path / "http" / "mine.yaml").write_text(text("mine"), encoding="utf-8")

    listed, _ = list_library(str(tmp_path), "http")

    assert ["mine"] == [one.query.name for one in listed]


def test_a_path_or_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """No traceback, and what there is instead."""
    with pytest.raises(InputFileError, match="holds no query file"):
        check_library([tmp_path])
    with pytest.raises(InputFileError, match="neither a file nor a folder"):
        check_library([tmp_path / "absent"])
    with pytest.raises(UsageError, match=r"there are .*postgresql"):
        list_library(None, "absent")


def test_another_name_is_filled_in_where_an_exporter_has_one() -> None:
    """`postgresql@orders-db`: series of the database, named so that two databases do not collide."""
    queries, _ = find_queries(["postgresql@orders-db", "postgresql@users-db"], SHIPPED)
    texts = {query.name: query.expressions("checkout", 60) for query in queries}

    assert {"postgresql_commits@orders-db": 'sum(rate(pg_stat_database_xact_commit{job="orders-db"}[60s]))'} == texts[
        "postgresql_commits@orders-db"
    ]
    assert "postgresql_commits@users-db" in texts


def test_two_different_queries_of_one_name_are_said(tmp_path: Path) -> None:
    """The second one is not lost in silence."""
    for folder, total in (("one", RATE), ("two", "sum(rate(b_total[$range]))")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.yaml").write_text(text("same", total=total), encoding="utf-8")

    queries, unusable = find_queries(["one", "two"], [tmp_path])

    assert ["one/same.yaml"] == [query.path for query in queries]
    assert ("two/same.yaml: 'same' was read from one/same.yaml already; give it another name",) == unusable
