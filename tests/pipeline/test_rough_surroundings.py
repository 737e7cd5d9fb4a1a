"""Facts about rough surroundings: a full disk, a terminal without UTF-8, Ctrl-C, an account without name or home."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from incident_timeline.cli import surroundings
from incident_timeline.errors import StorageError, UsageError
from incident_timeline.pipeline.writing import write_whole
from tests.pipeline.commands import run_in, write_rows

RUN = "import sys; sys.argv[0] = 'timeline'; from incident_timeline.cli.app import main; main()"
ROWS = [
    ("14:02:00", "page", "pagerduty", "paged"), ("14:05:00", "ack", "Asha", "on it — seen"),
    ("14:40:00", "resolve", "Asha", "well"),
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small built incident."""
    base = tmp_path_factory.mktemp("rough")
    write_rows(base / "events.jsonl", ROWS)
    assert 0 == timeline(base, "build", "case-1", "--events", "events.jsonl").returncode
    return base


def timeline(
    folder: Path, *arguments: str, stdout: int = subprocess.PIPE, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments], cwd=folder, stdout=stdout, stderr=subprocess.PIPE, check=False,
        env={**os.environ, "XDG_CONFIG_HOME": str(folder), **variables},
    )  # fmt: skip


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["show", "case-1"], ["show", "case-1", "--json"], ["--help"]])
def test_a_full_disk_under_stdout_is_one_sentence_and_5(built: Path, arguments: list[str]) -> None:
    """What a command prints may be redirected to a disk that is full."""
    with Path("/dev/full").open("wb") as full:
        done = timeline(built, *arguments, stdout=full.fileno())

    assert 5 == done.returncode
    assert (
        "timeline: what this command prints: No space left on device; check the disk, its permissions and its space"
        == done.stderr.decode().strip()
    )


def test_a_terminal_without_utf8_gets_what_it_can_show_and_programs_get_utf8(built: Path) -> None:
    """Bars become question marks; JSON stays whole."""
    people = timeline(built, "show", "case-1", PYTHONIOENCODING="latin-1")
    programs = timeline(built, "show", "case-1", "--json", PYTHONIOENCODING="ascii")

    assert (0, b"", True) == (people.returncode, people.stderr, b"?" in people.stdout)
    assert json.loads((built / "incidents/case-1/scores.json").read_bytes()) == json.loads(programs.stdout)


def test_ctrl_c_says_how_to_go_on_and_ends_with_130(built: Path) -> None:
    """In the middle of a build, as soon as the first source has answered."""
    run = [sys.executable, "-c", f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {RUN}"]
    with subprocess.Popen(
        [*run, "build", "case-1", "--offline"], cwd=built, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as build:
        assert build.stderr is not None
        while build.stderr.readline().strip() != b"scoring":
            pass
        build.send_signal(signal.SIGINT)
        said = build.stderr.read().decode().splitlines()

    assert 130 == build.returncode
    assert "timeline: interrupted; what was fetched is kept, run the same command to go on" == said[-1]


def test_a_file_that_could_not_be_written_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """The half of it that was written does not fill the disk further."""
    (tmp_path / "report.html").mkdir()  # a file cannot take the place of a folder

    with pytest.raises(StorageError, match=r"cannot write .*report\.html: .*; check the folder, its permissions"):
        write_whole(tmp_path / "report.html", b"x")
    assert ["report.html"] == [path.name for path in tmp_path.iterdir()]


def test_init_where_nothing_can_be_written_ends_with_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a folder that is mounted read-only."""
    (tmp_path / ".timeline.toml.part").mkdir()

    code, _, err = run_in(tmp_path, monkeypatch, capsys)("init")

    assert 5 == code
    assert "timeline.toml: Is a directory; check the folder, its permissions and its space" in err


def test_an_account_without_a_name_is_asked_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in many containers; a name that is given is taken."""

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(surroundings.getpass, "getuser", nobody)

    assert "asha" == surroundings.speaker("asha")
    with pytest.raises(UsageError, match="say with --by who says it"):
        surroundings.speaker(None)


def test_an_account_without_a_home_has_no_configuration_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for it is no error."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # what it gives where no home is known

    assert surroundings.find_config(tmp_path) is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["build", "archive", "--events", "events.jsonl"], "the archive of all incidents lies there"),
        (["build", "x", "--events", "events.jsonl", "--pagerduty", ",,"], "names no incident; write it like 123,124"),
        (["build", "x", "--events", "events.jsonl", "--queries", "absent"], "--queries absent is no folder"),
        (["build", "x", "--events", "events.jsonl", "--date", "2026-11-17"], "--date is the day of a text given with"),
        (["mark", "case-1", "knew_enough", "14:05", "--at", "14:06"], "the time is given twice, as 14:05 and with"),
    ],
)
def test_what_would_be_passed_over_in_silence_is_refused(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """An option that names nothing, or one that nothing would read, is the reader's to mend."""
    code, _, err = run_in(built, monkeypatch, capsys)(*arguments)

    assert 2 == code
    assert words in err


def test_a_number_alone_names_the_folder_that_ends_in_it(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a build takes it; a number that is only part of another's is not it."""
    go = run_in(built, monkeypatch, capsys)

    code, out, _ = go("export", "1", "--to", "github")

    assert (0, True) == (code, out.startswith("# case-1"))
    assert 5 == go("export", "01", "--to", "github")[0]


def test_show_of_what_was_never_built_names_the_command_that_builds_it(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next step fits the command that was typed."""
    code, _, err = run_in(built, monkeypatch, capsys)("show", "absent")

    assert 5 == code
    assert "run timeline build absent first" in err
