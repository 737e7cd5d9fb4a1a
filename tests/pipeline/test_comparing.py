"""Facts about comparing as a user does it: sixty simulated incidents, scored by the real backfill, asked by the real commands."""

import json
import sys
from pathlib import Path

import polars as pl
import pytest

from incident_timeline.archive.store import Archive, read_table
from incident_timeline.cli import app
from incident_timeline.compare.kin import propose_category
from incident_timeline.compare.similar import find_similar
from incident_timeline.config.packaged import load_cues
from incident_timeline.pipeline.comparing import similar
from tests.lab.families import CHANGED, Simulated, simulate, write_simulated

ASKED = ("compare", "--since", "2026-06-01", "--category", CHANGED)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose incidents/ holds the simulated incidents and an archive of them."""
    base = tmp_path_factory.mktemp("team")
    write_simulated(base, incidents())
    with pytest.MonkeyPatch.context() as patch:
        assert 0 == run(patch, base, "backfill", "--offline")
    return base


def incidents() -> list[Simulated]:
    """The incidents that examples/compare shows too."""
    return simulate()


def run(patch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    """The exit code of a command in a folder."""
    patch.chdir(folder)
    patch.setattr(sys, "argv", ["timeline", *arguments])
    with pytest.raises(SystemExit) as ended:
        app.main()
    return int(ended.value.code or 0)


def test_the_one_known_change_is_found_and_no_other(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After people knew enough, bad deploys are resolved 60 % faster since June; how long they took to know did not change."""
    assert 0 == run(monkeypatch, place, *ASKED, "--json")
    found = json.loads(capsys.readouterr().out)
    verdicts = {step["gap"]: step["verdict"] for step in found["steps"]}
    ratio = next(step["ratio"] for step in found["steps"] if step["gap"] == "response_gap")

    assert (verdicts["response_gap"], verdicts["time_to_know"]) == ("shorter", "no evidence of a change")
    assert ratio["low"] < ratio["value"] < ratio["high"] < 1
    assert 24 == found["incidents"]
    assert found["confirmed"] == sum(one.confirmed for one in incidents() if one.family == CHANGED)


def test_a_second_backfill_writes_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The archive holds just these builds."""
    assert 0 == run(monkeypatch, place, "backfill", "--offline")
    assert capsys.readouterr().out.startswith("60 incidents, 60 there already, 0 written\n")


def test_like_incidents_are_of_the_same_family_more_often_than_by_words_alone(place: Path) -> None:
    """For at least 70 % of the incidents one of the first three is of its family; the baseline shares most words.

    `pytest -s` prints both figures. The families are easy to tell apart: they say nearly the same each time.
    """
    family = {one.name: one.family for one in incidents()}
    words = {one.name: set(one.events.lower().split()) for one in incidents()}
    archive = Archive(str(place / "incidents" / "archive"))

    def by_words(name: str) -> list[str]:
        return sorted(words.keys() - {name}, key=lambda other: (-len(words[name] & words[other]), other))[:3]

    ours = sum(
        any(family[one.incident] == family[name] for one in similar(archive, place, name, 3).alike) for name in family
    )
    baseline = sum(any(family[other] == family[name] for other in by_words(name)) for name in family)

    print(f"a family member among the first three: {ours} of {len(family)}, by shared words alone {baseline}")
    assert ours >= 0.7 * len(family)
    assert ours >= baseline


def test_a_proposed_category_is_the_right_one_or_none(place: Path) -> None:
    """With the first fifteen incidents categorized, the other 45 are proposed theirs, or nothing: no wrong one."""
    family = {one.name: one.family for one in incidents()}
    names = sorted(family)
    table = read_table(Archive(str(place / "incidents" / "archive")), "incidents").collect()
    early = pl.when(pl.col("incident_id").is_in(names[:15])).then(pl.col("category"))
    table = table.with_columns(category=early)
    proposed = {name: propose_category(find_similar(table, name, load_cues().common)) for name in names[15:]}
    right = [name for name, one in proposed.items() if one is not None and one.category == family[name]]
    wrong = [name for name, one in proposed.items() if one is not None and one.category != family[name]]

    print(f"proposed: {len(right)} right, {len(wrong)} wrong, {len(proposed) - len(right) - len(wrong)} none")
    assert [] == wrong
    assert len(right) >= 0.7 * len(proposed)


def test_the_page_holds_every_incident_and_asks_for_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file: pictures inline, tables behind them, no script and no address in it."""
    assert 0 == run(monkeypatch, place, *ASKED, "--html", "compare.html")
    page = (place / "compare.html").read_text(encoding="utf-8")

    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert [] == [one.name for one in incidents() if one.family == CHANGED and one.name not in page]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "--by", "mood"), "--by 'mood' is not known; say one of category, service"),
        (("compare", "--gap", "mttr"), "--gap 'mttr' is no gap; the gaps are time_to_detect"),
        (("compare", "--since", "soon"), "--since 'soon' is no date; write 2026-08-15"),
        (("compare", "--category", "gremlins"), "no archived incident has category 'gremlins'; there are: bad deploy"),
        (("similar", "INC-1"), "INC-1 is not in the archive"),
        (("outcome", "gremlins", "--since", "2026-06-01"), "no archived incident has category 'gremlins'"),
        (("backfill",), "say how far back: timeline backfill --since 2026-01-01"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence_with_the_next_step(
    arguments: tuple[str, ...],
    said: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, no traceback."""
    assert 2 == run(monkeypatch, place, *arguments)
    assert capsys.readouterr().err.startswith(f"timeline: {said}")


def test_an_empty_archive_says_what_fills_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first `compare` of a new team."""
    assert 2 == run(monkeypatch, tmp_path, "compare")
    assert "timeline build and timeline backfill fill it" in capsys.readouterr().err


def test_the_archive_is_whole_and_writes_its_tables_out(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """check, vacuum and export as commands."""
    assert 0 == run(monkeypatch, place, "archive", "check")
    assert capsys.readouterr().out.endswith("60 incidents; nothing is wrong\n")
    assert 0 == run(monkeypatch, place, "archive", "vacuum")
    assert 0 == run(monkeypatch, place, "archive", "export", "tables")
    assert (place / "tables" / "gaps.parquet").stat().st_size


def test_a_category_given_by_a_person_reaches_the_archive(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The last word counts, and the incident is compared with its new kind."""
    write_simulated(tmp_path, incidents()[:2])
    assert 0 == run(monkeypatch, tmp_path, "backfill", "--offline")
    assert 0 == run(monkeypatch, tmp_path, "categorize", "SIM-001", "odd one")
    assert 0 == run(monkeypatch, tmp_path, "compare", "--category", "odd one", "--gap", "time_to_know")
    assert "\n1 incidents; " in "\n" + capsys.readouterr().out.split("postmortem.md\n")[-1]


def test_a_build_says_which_kind_it_may_be_and_then_which_of_its_kind_it_is(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Two alike, one of them categorized: the other is told so; categorized too, it is the second of its kind."""
    two = [one for one in incidents() if one.family == "provider down"][:2]
    write_simulated(tmp_path, two)
    (tmp_path / "incidents" / two[1].name / "marks.toml").unlink()
    assert 0 == run(monkeypatch, tmp_path, "build", two[0].name, "--offline")
    assert "archive: " not in capsys.readouterr().err
    assert 0 == run(monkeypatch, tmp_path, "build", two[1].name, "--offline")
    err = capsys.readouterr().err
    assert f"archive: like {two[0].name}, which is 'provider down' (archive as of " in err
    assert f"; to say so: timeline categorize {two[1].name} 'provider down'\n" in err
    assert 0 == run(monkeypatch, tmp_path, "categorize", two[1].name, "provider down")
    assert 0 == run(monkeypatch, tmp_path, "build", two[1].name, "--offline")
    assert "archive: second of its kind, 'provider down' (archive as of " in capsys.readouterr().err


def test_a_team_given_later_reaches_the_archive(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The scores are the same, the configuration is not: the next backfill writes the row anew."""
    one = incidents()[0]
    write_simulated(tmp_path, [one])
    assert 0 == run(monkeypatch, tmp_path, "backfill", "--offline")
    service = json.loads(one.events.splitlines()[0])["service"]
    (tmp_path / "timeline.toml").write_text(f'[services.{service}]\nteam = "shop"\n', encoding="utf-8")
    assert 0 == run(monkeypatch, tmp_path, "backfill", "--offline")
    assert "1 incidents, 0 there already, 1 written" in capsys.readouterr().out
    assert 0 == run(monkeypatch, tmp_path, "compare", "--by", "team", "--gap", "time_to_know")
    assert "  shop  " in capsys.readouterr().out
