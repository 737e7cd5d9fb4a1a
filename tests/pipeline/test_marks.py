"""Facts about marks: a person's word wins, the proposal stays visible, and marks.toml is the person's file."""

import json
from pathlib import Path

import polars as pl
import pytest

from incident_timeline.errors import InputFileError
from incident_timeline.pipeline.marks_file import read_marks
from tests.pipeline.commands import Run, run_in, write_rows

ROWS = [
    ("14:00:00", "alert", "monitoring", "p99 high"), ("14:02:00", "page", "pagerduty", "paged"), ("14:05:00", "ack", "A", "on it"),
    ("14:12:00", "chat", "B", "could it be the cache?"), ("14:20:00", "chat", "A", "found it: v418 has no index"),
    ("14:23:00", "chat", "A", "rolling back to v417"), ("14:25:00", "deploy", "ci", "rollback to v417"),
    ("14:40:00", "resolve", "A", "resolved"),
]  # fmt: skip


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs the command line beside an incident that was built from a file of events."""
    write_rows(tmp_path / "events.jsonl", ROWS)
    go = run_in(tmp_path, monkeypatch, capsys)
    assert 0 == go("build", "case-1", "--events", "events.jsonl")[0]
    return go


def scores(folder: Path) -> dict[str, dict[str, dict[str, object]]]:
    """What was built."""
    found: dict[str, dict[str, dict[str, object]]] = json.loads(
        (folder / "incidents/case-1/scores.json").read_text(encoding="utf-8")
    )
    return found


def test_a_mark_wins_and_the_proposal_stays_beside_it(run: Run, tmp_path: Path) -> None:
    """knew_enough is what the person said, stated; the rivals are still listed."""
    code, out, _ = run("mark", "case-1", "knew_enough", "14:21", "--because", "said on the call", "--by", "asha")
    found = scores(tmp_path)["milestones"]["knew_enough"]

    assert 0 == code
    assert "knew_enough: 2026-11-17T14:21:00Z, marked by asha: said on the call" in out
    assert ("2026-11-17T14:21:00Z", "stated", "marked") == (found["at"], found["basis"], found["status"])
    assert found["alternatives"]
    assert "stated" == scores(tmp_path)["gaps"]["response_gap"]["status"]


def test_a_rival_is_picked_by_its_number(run: Run, tmp_path: Path) -> None:
    """--pick 2 takes the second of the list, with its event."""
    second = scores(tmp_path)["milestones"]["knew_enough"]["alternatives"][1]  # type: ignore[index]
    run("mark", "case-1", "knew_enough", "--pick", "2")
    found = scores(tmp_path)["milestones"]["knew_enough"]

    assert (second["at"], [second["event_id"]]) == (found["at"], found["evidence"])


def test_an_event_alone_gives_its_own_time(run: Run, tmp_path: Path) -> None:
    """What the report's own button offers: the entry is the moment."""
    first = scores(tmp_path)["milestones"]["knew_enough"]["alternatives"][0]  # type: ignore[index]
    run("mark", "case-1", "knew_enough", "--event", first["event_id"])
    found = scores(tmp_path)["milestones"]["knew_enough"]

    assert (first["at"], [first["event_id"]], "marked") == (found["at"], found["evidence"], found["status"])


def test_what_was_proposed_is_listed_under_a_mark_too(run: Run) -> None:
    """So that another one can be picked later."""
    run("mark", "case-1", "knew_enough", "--pick", "1")
    _, out, _ = run("mark", "case-1", "--list")

    assert "knew_enough: marked; what was proposed\n  1  2026-11-17T14:" in out


def test_a_change_that_no_source_has_can_be_added_and_judged(run: Run, tmp_path: Path) -> None:
    """Somebody raised a limit by hand; the record gets it as a change, and a person says that it was the cure."""
    run("event", "case-1", "--add", "limit raised by hand", "--at", "14:30", "--kind", "change")
    (change,) = [row for row in scores(tmp_path)["changes"] if row["at"] == "2026-11-17T14:30:00Z"]  # type: ignore[attr-defined]
    code, _, _ = run("verdict", "case-1", change["event_id"], "fixed")

    assert 0 == code
    assert "fixed" in [row["verdict"] for row in scores(tmp_path)["changes"]]  # type: ignore[attr-defined]


def test_nobody_knew_can_be_said(run: Run, tmp_path: Path) -> None:
    """--none makes the milestone missing, in the person's words, and the gap with it."""
    run("mark", "case-1", "knew_enough", "--none", "--because", "it ended by itself", "--by", "asha")
    found = scores(tmp_path)

    assert "missing" == found["milestones"]["knew_enough"]["status"]
    assert "it ended by itself (by asha)" in str(found["milestones"]["knew_enough"]["reason"])
    assert "missing" == found["gaps"]["response_gap"]["status"]


def test_the_last_mark_can_be_taken_back(run: Run, tmp_path: Path) -> None:
    """Undo restores the proposal and leaves what a person wrote above it."""
    before = scores(tmp_path)
    run("mark", "case-1", "knew_enough", "14:21")
    path = tmp_path / "incidents/case-1/marks.toml"
    path.write_text("# our own comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    code, _, _ = run("mark", "case-1", "--undo")

    assert (0, before) == (code, scores(tmp_path))
    assert path.read_text(encoding="utf-8").startswith("# our own comment\n")


def test_a_verdict_stands_at_its_change(run: Run, tmp_path: Path) -> None:
    """A person says what a change had to do with it."""
    change = scores(tmp_path)["changes"][0]  # type: ignore[index]
    run("verdict", "case-1", change["event_id"], "fixed", "--why", "users were well after it")

    assert "fixed" == scores(tmp_path)["changes"][0]["verdict"]  # type: ignore[index]


def test_a_line_that_tells_of_a_change_becomes_one_by_a_verdict(run: Run, tmp_path: Path) -> None:
    """What a bot or a person said of a change is often all that is left of it; a step of a deploy is none of its own."""
    said = entries(tmp_path).filter(pl.col("summary") == "rolling back to v417")["event_id"][0]
    code, out, _ = run("verdict", "case-1", said[:8], "contributed", "--by", "asha")
    (change,) = [row for row in scores(tmp_path)["changes"] if row["event_id"] == said]  # type: ignore[attr-defined]
    refused = run("verdict", "case-1", "no-such-entry", "contributed")

    assert (0, f"{said}: contributed, said by asha") == (code, out.splitlines()[0])
    assert ("contributed", "2026-11-17T14:23:00Z", "a person gave a verdict on it") == (
        change["verdict"],
        change["at"],
        change["why"],
    )
    assert (2, "names 0 changes or entries of this incident" in refused[2]) == (refused[0], True)


def entries(folder: Path) -> pl.DataFrame:
    """The timeline as built."""
    return pl.read_parquet(folder / "incidents/case-1/timeline.parquet").filter(pl.col("source") != "score")


def test_an_entry_can_be_hidden_given_another_time_or_added(run: Run, tmp_path: Path) -> None:
    """The record says what people corrected, ids stay, and taking it all back restores the first build."""
    before, first = entries(tmp_path), scores(tmp_path)
    found = before.filter(pl.col("summary").str.starts_with("found it")).row(0, named=True)["event_id"]
    cache = before.filter(pl.col("summary").str.contains("cache")).row(0, named=True)["event_id"]

    codes = [
        run("event", "case-1", "--hide", cache, "--why", "another incident")[0],
        run("event", "case-1", "--retime", found, "--at", "14:18", "--by", "asha")[0],
        run("event", "case-1", "--add", "asked the vendor by phone", "--at", "14:10", "--by", "asha")[0],
    ]
    after = entries(tmp_path)
    for _ in range(3):
        run("mark", "case-1", "--undo")

    assert [0, 0, 0] == codes
    assert cache not in set(after["event_id"])
    assert "2026-11-17 14:18:00" == str(after.filter(pl.col("event_id") == found)["at"][0])[:19]
    assert ("marks", "asha", "human") == after.filter(pl.col("summary") == "asked the vendor by phone").select(
        "source", "actor", "actor_kind"
    ).row(0)
    assert (before.equals(entries(tmp_path)), first) == (True, scores(tmp_path))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["knew_enuff", "14:21"], "is no milestone"),
        (["knew_enough", "03:00"], "falls 0 times into the incident's window"),
        (["knew_enough", "2026-11-17T14:21:00"], "has no zone"),
        (["knew_enough", "25:71"], "no time of day"),
        (["knew_enough", "--pick", "9"], "has"),
        (["knew_enough"], "say one of"),
        (["knew_enough", "14:21", "--event", "nothing"], "is no event of this incident"),
        (["knew_enough", "14:21", "--tz", "Mars/Base"], "is no zone"),
        (["knew_enough", "9026-11-17T14:21:00Z"], "9026-11-17T14:21:00Z lies in the future"),
    ],
)
def test_a_mark_that_cannot_be_is_refused_with_2(run: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    """One sentence says what is wrong, and no file is written."""
    code, _, err = run("mark", "case-1", *arguments)

    assert 2 == code
    assert words in err
    assert not (tmp_path / "incidents/case-1/marks.toml").exists()


def test_a_clock_time_that_a_zone_showed_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Clocks in Berlin were put back from 03:00 to 02:00 on 2026-10-25: 02:30 is two instants, 01:30 is one."""
    rows = [{"at": f"2026-10-{at}Z", "kind": kind, "actor": "A", "text": "x"} for at, kind in
            (("24T23:10:00", "page"), ("24T23:20:00", "ack"), ("25T01:50:00", "resolve"))]  # fmt: skip
    (tmp_path / "events.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    go = run_in(tmp_path, monkeypatch, capsys)
    go("build", "case-1", "--events", "events.jsonl")

    twice = go("mark", "case-1", "knew_enough", "02:30", "--tz", "Europe/Berlin")
    once = go("mark", "case-1", "knew_enough", "01:30", "--tz", "Europe/Berlin")

    assert (2, "02:30 falls 2 times into the incident's window" in twice[2]) == (twice[0], True)
    assert (0, "knew_enough: 2026-10-24T23:30:00Z" in once[1]) == (once[0], True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[mark]]\nmilestone = "knew_enough"\n', "line 1: give either at"),
        ('\n\n[[mark]]\nmilestone = "x"\nat = "2026-11-17T14:21:00Z"\n', "line 3: milestone is 'x'"),
        ('[[mark]]\nmilestone = "knew_enough"\nat = "2026-11-17T14:21:00Z"\nbecuase = "y"\n', "unknown key 'becuase'"),
        ('[[verdict]]\nchange = "a"\nverdict = "guilty"\n', "verdict is 'guilty'"),
        ('[[event]]\nhide = "a"\nat = "2026-11-17T14:21:00Z"\n', "hide takes no at"),
        ('[[event]]\nadd = "x"\n', "add needs at"),
        ('[[event]]\nwhy = "x"\n', "give one of hide"),
        ("[[mark]\n", "line 1"),
        ("[mark]\n", "two brackets"),
    ],
)
def test_a_bad_edit_gets_its_line(text: str, words: str) -> None:
    """People edit the file by hand; a slip is named with where it is."""
    with pytest.raises(InputFileError) as error:
        read_marks(text)

    assert words in str(error.value)
