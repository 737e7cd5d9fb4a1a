"""Facts about what a build says from the archive: the whole SYSTEMIC section, one line, and the same bytes every time."""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from incident_timeline.cli import build_command, compare_command, mark_command
from incident_timeline.cli.app import app
from incident_timeline.report.fences import without_fences
from tests.pipeline.commands import Run, run_in
from tests.pipeline.kin_team import ITEMS, STORY, write_incident, write_team

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
EARLIER = ("INC-101", "INC-106", "INC-119")
LAST = next((day, name, service, cause, fix) for day, name, _, service, cause, fix in STORY if name == "INC-123")
# The section as a reader sees it; the blocks of the rules' cover are empty without a Prometheus.
SYSTEMIC = """## SYSTEMIC
**Can it happen elsewhere in the system?**
_Answer:_ ……

**Which similar incidents were there?**
_Answer:_ ……
<details><summary>From the record: places to look at</summary>

- `INC-119` of 2026-08-10 “checkout answers 500”, of the kind 'bad deploy'. Both have alerts: CheckoutErrors (3 of 4 have it); service: checkout (3 of 4 have it); before it: change of checkout (3 of 4 have it); how it ended: rollback (3 of 4 have it); words: pool, connections. It ended with a rollback of checkout; its action items: 1 closed, 1 open: A-31 “roll back without approval at night” (due 2026-08-20 and overdue) [C11].
- `INC-101` of 2026-05-02 “checkout answers 500”, of the kind 'bad deploy'. Both have alerts: CheckoutErrors (3 of 4 have it); service: checkout (3 of 4 have it); before it: change of checkout (3 of 4 have it); how it ended: rollback (3 of 4 have it); words: pool, connections. It ended with a rollback of checkout; its action items: 1 verified [C11].

</details>

**What do they share?**
_Answer:_ ……
<details><summary>From the record: places to look at</summary>

- Alerts: CheckoutErrors in 3 of the 3 incidents of its kind [C11].
- Service: checkout in 3 of the 3 incidents of its kind [C11].
- Before it: change of checkout in 3 of the 3 incidents of its kind [C11].
- How it ended: rollback in 3 of the 3 incidents of its kind [C11].
- Words: pool in 3 of the 3 incidents of its kind [C11].

</details>

**What would have to be true for this kind of incident to end?**
_Answer:_ ……
<details><summary>From the record: places to look at</summary>

- Third of its kind, 'bad deploy', among 4 archived incidents as of 2026-11-18 [C11].
- Since A-17 was verified on 2026-05-20 (“a canary watches the pool of checkout”): 2 incidents of this kind in 182 days, 1 in the 18 days before; the data cannot tell whether anything changed [C11].
- Since A-32 was closed, not verified, on 2026-08-15 (“name the pool in the runbook”): 1 incident of this kind in 95 days, 2 in the 105 days before; the data cannot tell whether anything changed [C11].
- A-31 of INC-119 is open (due 2026-08-20 and overdue): “roll back without approval at night” [C11].

</details>

"""  # noqa: E501


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which three earlier incidents are archived."""
    base = tmp_path_factory.mktemp("team")

    def run(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, arguments)
        return done.exit_code, done.stdout, done.output

    with pytest.MonkeyPatch.context() as patch:
        on_the_day(patch)
        patch.chdir(base)
        patch.setenv("XDG_CONFIG_HOME", str(base / "none"))
        write_team(base, run, EARLIER)
    return base


@pytest.fixture
def run(team: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs the command line on 2026-11-18 in a copy of the team's folder."""
    on_the_day(monkeypatch)
    shutil.copytree(team, tmp_path, dirs_exist_ok=True)
    return run_in(tmp_path, monkeypatch, capsys)


def on_the_day(patch: pytest.MonkeyPatch) -> None:
    """Every command's clock stands at NOW."""
    for module in (build_command, compare_command, mark_command):
        patch.setattr(module, "now", lambda: NOW)


def systemic(folder: Path) -> str:
    """The section of an incident's post-mortem, without the lines that only the tool reads."""
    text = without_fences((folder / "postmortem.md").read_text(encoding="utf-8"))
    return text[text.index("## SYSTEMIC") : text.index("## What would we have needed?")]


def digests(folder: Path) -> dict[str, str]:
    """Every file of a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def archive_line(err: str) -> str:
    """What a build says from the archive in the terminal."""
    return next(line for line in err.splitlines() if line.startswith("archive: "))


def test_a_new_incident_is_told_its_kin_and_then_which_of_its_kind_it_is(run: Run, tmp_path: Path) -> None:
    """Before and after a person puts it into the category that was proposed; the whole section, and the line."""
    folder = tmp_path / "incidents" / "INC-123"
    before = archive_line(write_incident(tmp_path, run, *LAST))

    assert (
        "archive: like INC-119, which is 'bad deploy'; A-31 open (archive as of 2026-11-18); to say so: "
        "timeline categorize INC-123 'bad deploy'"
    ) == before
    proposed = (
        "- Nobody put this one into a category; 2 of the 2 nearest that people put into a category are 'bad deploy': "
    )
    assert f"{proposed}`timeline categorize INC-123 'bad deploy'` [C11].\n" in systemic(folder)
    assert "[[category]]" not in ((folder / "marks.toml").read_text() if (folder / "marks.toml").exists() else "")

    assert 0 == run("categorize", "INC-123", "bad deploy", "--by", "somebody")[0]
    assert (
        "archive: third of its kind, 'bad deploy'; A-31 open; since A-17 was verified: 2 incidents, cannot tell; "
        "since A-32 was closed: 1 incident, cannot tell (archive as of 2026-11-18)"
    ) == archive_line(run("build", "INC-123", "--offline")[2])
    assert SYSTEMIC == systemic(folder)
    assert (
        "| [C11] | the archive as of 2026-11-18 09:00:00 UTC: 3 other incidents |"
        in (folder / "postmortem.md").read_text()
    )
    assert "  archive: third of its kind, 'bad deploy'; A-31 open; " in run("show", "INC-123")[1]


def test_the_same_archive_gives_the_same_bytes_and_one_that_grew_says_so(run: Run, tmp_path: Path) -> None:
    """The incident's own row in the archive, old or new, changes nothing; an incident more changes what is said of it alone."""
    folder = tmp_path / "incidents" / "INC-123"
    write_incident(tmp_path, run, *LAST)
    assert 0 == run("categorize", "INC-123", "bad deploy", "--by", "somebody")[0]
    first = digests(folder)
    for _ in range(2):
        assert 0 == run("archive", "vacuum")[0]  # rows then lie in other files, in another order
        assert 0 == run("build", "INC-123", "--offline")[0]
        assert first == digests(folder)

    write_incident(
        tmp_path,
        run,
        "2026-11-18",
        "INC-130",
        "checkout",
        "v501 closes the pool of connections",
        "rolling back to v500",
    )
    assert 0 == run("categorize", "INC-130", "bad deploy", "--by", "somebody")[0]
    assert 0 == run("build", "INC-123", "--offline")[0]
    assert "since A-17 was verified: 3 incidents" in archive_line(run("build", "INC-123", "--offline")[2])
    changed = {name for name, digest in digests(folder).items() if first.get(name) != digest}
    assert {"postmortem.md", "scores.json", "report.html", "builds/newest"} >= {
        name for name in changed if not name.startswith("builds/") or name == "builds/newest"
    }
    assert "Third of its kind, 'bad deploy', among 5 archived incidents" in systemic(folder)


def test_a_folder_without_an_archive_says_nothing_of_other_incidents(run: Run, tmp_path: Path) -> None:
    """A person's own place, and the first incident of a team: no line, no candidate, no number."""
    write_incident(tmp_path, run, *LAST)
    shown = run("build", "INC-123", "--events", "INC-123.jsonl", "--out", "elsewhere")[2]

    assert "archive: " not in shown
    assert "INC-119" not in (tmp_path / "elsewhere" / "postmortem.md").read_text(encoding="utf-8")
    assert "archive" not in (tmp_path / "elsewhere" / "evidence" / "numbers.json").read_text(encoding="utf-8")


def test_what_of_an_earlier_incident_cannot_be_read_is_said_and_stops_nothing(run: Run, tmp_path: Path) -> None:
    """A broken proof: the documents are written, the coverage names the file, and the build ends with 3."""
    proof = next((tmp_path / "incidents" / "INC-101" / "proofs").glob("*/proof.json"))
    proof.write_text("{", encoding="utf-8")
    (tmp_path / "late.jsonl").write_bytes((tmp_path / "INC-119.jsonl").read_bytes())
    code, _, err = run("build", "INC-140", "--events", "late.jsonl")

    assert 3 == code
    assert "lacking: archive: what it knows of like incidents is left out: " in err
    assert "proof.json is no proof" in err
    assert "archive: not whole" in (tmp_path / "incidents" / "INC-140" / "postmortem.md").read_text(encoding="utf-8")
    assert 0 == run("compare", "--by", "service")[0]


def test_the_outcome_of_an_action_counts_from_when_it_was_verified_else_closed(run: Run) -> None:
    """And says which; found by its label, by incident and number, and by its key."""
    code, out, _ = run("outcome", "bad deploy", "--action", "A-17")
    assert (0, True) == (
        code,
        out.startswith(
            "category 'bad deploy' before and since 2026-05-20, when A-17 of INC-101 (a canary watches the pool of checkout) was "
            "verified; knew enough: 0 of 2 confirmed\n"
        ),
    )
    assert (
        "  rarer? cannot tell: 1.7 [0.0 to 9.3] before, 0.2 [0.0 to 0.9] since, per 30 days (1 in 18 days, 1 in 182 days); "
        "p = 0.51, for 3 comparisons at once; "  # 3 (1 - 0.9102 ** 2)
    ) in out
    assert out == run("outcome", "bad deploy")[1]  # the one that was verified last; A-32 was closed later
    for name in ("INC-119/2", "A-32", "a-32"):
        out = run("outcome", "bad deploy", "--action", name)[1]
        assert (
            "since 2026-08-15, when A-32 of INC-119 (name the pool in the runbook) was closed; it was not verified;"
            in out
        )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("bad deploy", "--action", "A-31"), "A-31 of INC-119 (roll back without approval at night) is neither verified"),
        (("bad deploy", "--action", "A-99"), "--action 'A-99' names 0 action items: known are INC-101/A-17 a canary"),
        (("bad deploy", "--action", "A-17", "--since", "2026-05-01"), "say the category, and --since or --action"),
        (("disk full",), "no action item of 'disk full' was verified, or closed with a day: give --since"),
        (("--action", "A-17"), "say the category, and --since or --action"),
        (("--due", "bad deploy"), "--due lists everything that is due"),
    ],
)  # fmt: skip
def test_an_outcome_that_cannot_be_asked_says_what_to_write(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """One sentence, exit code 2."""
    code, out, err = run("outcome", *arguments)

    assert (2, "", True) == (code, out, err.startswith(f"timeline: {said}"))


def test_what_is_due_to_be_tested_stands_by_day(run: Run, tmp_path: Path) -> None:
    """The drill that VERIFY names; with the label twice in two incidents, both are listed and none is guessed."""
    assert (
        "2026-12-01  verify   A-31 of INC-119: roll back without approval at night (open, not verified)\n"
        == run("outcome", "--due")[1]
    )
    path = tmp_path / "incidents" / "INC-106" / "postmortem.md"
    path.write_text(path.read_text(encoding="utf-8").replace("1. WHAT: ……", ITEMS["INC-101"]), encoding="utf-8")

    assert (
        "2026-05-20  verify   A-17 of INC-106: a canary watches the pool of checkout (open, not verified, overdue)\n"
        in run("outcome", "--due")[1]
    )
    code, _, err = run("outcome", "bad deploy", "--action", "A-17")
    assert (2, True) == (code, "names 2 action items: known are INC-101/A-17" in err)
    assert 0 == run("outcome", "bad deploy", "--action", "INC-101/A-17")[0]
