"""Facts about bad input: one clear sentence that names what to do, the exit code of the design, and whatever could be built."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from incident_timeline.cli import app
from tests.collect.sources import simulators
from tests.lab.servers import free_port
from tests.lab.simulators import GITHUB_TOKEN, PAGERDUTY_TOKEN, SLACK_TOKEN, Simulators

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs the command line in an empty folder; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    for name in ("PAGERDUTY_TOKEN", "PROMETHEUS_URL", "GITHUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def go(*arguments: str, **variables: str) -> tuple[int, str, str]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["timeline", *arguments])
        with pytest.raises(SystemExit) as ended:
            app.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return int(ended.value.code or 0), printed.out, printed.err

    return go


@pytest.fixture
def served() -> Iterator[Simulators]:
    """The three simulators."""
    with simulators() as one:
        yield one


def config(folder: Path, one: Simulators, extra: str = "") -> None:
    """A timeline.toml for the simulators."""
    text = (
        f'[pagerduty]\nurl = "{one.pagerduty_url}"\ntoken = "env:PD"\n[[deploys]]\nkind = "github"\nurl = "{one.github_url}"\n'
        f'repo = "acme/shop"\ntoken = "env:GH"\n[[chat]]\nkind = "slack"\nurl = "{one.slack_url}"\nchannel = "C0123"\n'
        f'token = "env:SL"\n[services.checkout]\npagerduty = "PSVC001"\n{extra}'
    )
    (folder / "timeline.toml").write_text(text, encoding="utf-8")


GOOD = {"PD": PAGERDUTY_TOKEN, "GH": GITHUB_TOKEN, "SL": SLACK_TOKEN}


def coverage(folder: Path) -> dict[str, bool]:
    """Which sources a build reached."""
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    return {row["source"]: row["ok"] for row in scores["coverage"]}


def test_an_unknown_incident_is_one_sentence_and_4(run: Run, served: Simulators, tmp_path: Path) -> None:
    """Nothing says what it is, so nothing is built."""
    config(tmp_path, served)

    code, _, err = run("build", "INC-999", **GOOD)

    assert 4 == code
    assert "PagerDuty has no incident 999: check the number" in err


def test_a_wrong_token_or_region_is_one_sentence_and_4(run: Run, served: Simulators, tmp_path: Path) -> None:
    """PagerDuty refused and no --events was given."""
    config(tmp_path, served)

    code, _, err = run("build", "INC-123", **GOOD | {"PD": "wrong"})

    assert 4 == code
    assert "check the token, its permissions, and that url is the right region" in err


def test_what_two_collectors_lack_of_one_source_names_it_once_in_each_sentence(
    run: Run, served: Simulators, tmp_path: Path
) -> None:
    """Without any deploy API the changes that Prometheus saw are asked for too; both sentences say it plainly."""
    text = (
        f'[pagerduty]\nurl = "{served.pagerduty_url}"\ntoken = "env:PD"\n[services.checkout]\npagerduty = "PSVC001"\n'
    )
    text += f'[prometheus]\nurl = "http://127.0.0.1:{free_port()}"\n'
    (tmp_path / "timeline.toml").write_text(text, encoding="utf-8")
    code, _, err = run("build", "INC-123", **GOOD)

    assert 3 == code
    assert ["lacking: prometheus: cannot connect", "lacking: deploys: prometheus: cannot connect"] == [
        line.partition(" (")[0] for line in err.splitlines() if line.startswith("lacking: ")
    ]


def test_prometheus_down_builds_what_can_be_built_and_ends_with_3(run: Run, served: Simulators, tmp_path: Path) -> None:
    """The page and the response are there; what needs series is missing with the reason."""
    config(tmp_path, served, f'[prometheus]\nurl = "http://127.0.0.1:{free_port()}"\n')

    code, out, err = run("build", "INC-123", **GOOD)
    scores = json.loads((tmp_path / "incidents/INC-123/scores.json").read_text(encoding="utf-8"))

    assert 3 == code
    assert "\nlacking: prometheus: cannot connect" in err  # named once
    assert "post-mortem: " in out
    assert ("missing", "found") == (
        scores["milestones"]["started"]["status"],
        scores["milestones"]["detected"]["status"],
    )


def test_strict_turns_3_into_4_and_builds_the_same(run: Run, served: Simulators, tmp_path: Path) -> None:
    """For a job that must not pass with a source missing."""
    config(tmp_path, served, f'[prometheus]\nurl = "http://127.0.0.1:{free_port()}"\n')

    code, _, _ = run("build", "INC-123", "--strict", **GOOD)

    assert 4 == code
    assert (tmp_path / "incidents/INC-123/postmortem.md").is_file()


def test_a_query_file_with_a_typo_is_named_and_ends_with_3(run: Run, served: Simulators, tmp_path: Path) -> None:
    """The other queries and sources are used."""
    (tmp_path / "own" / "mine").mkdir(parents=True)
    (tmp_path / "own" / "mine" / "p99.yaml").write_text("name: p99\nsignl: latency\n", encoding="utf-8")
    config(
        tmp_path,
        served,
        f'queries = ["mine"]\n[queries]\npath = "own"\n[prometheus]\nurl = "http://127.0.0.1:{free_port()}"\n',
    )

    code, _, err = run("build", "INC-123", **GOOD)

    assert 3 == code
    assert "mine/p99.yaml, line 2: unknown key 'signl'" in err


def test_no_prometheus_at_all_is_no_failure(run: Run, served: Simulators, tmp_path: Path) -> None:
    """What is not configured is said and ends with 0."""
    config(tmp_path, served)

    code, _, _ = run("build", "INC-123", "--json", **GOOD)

    assert 0 == code
    assert {
        "pagerduty": True,
        "deploys: acme/shop": True,
        "chat: C0123": True,
        "prometheus": False,
        "calls": False,
    } == coverage(tmp_path / "incidents" / "INC-123")


def test_json_prints_what_it_writes(run: Run, served: Simulators, tmp_path: Path) -> None:
    """stdout holds scores.json and nothing else."""
    config(tmp_path, served)

    _, out, _ = run("build", "123", "--json", **GOOD)

    assert (tmp_path / "incidents/INC-123/scores.json").read_text(encoding="utf-8") == out


def test_an_unresolved_incident_is_built_as_open(run: Run, served: Simulators, tmp_path: Path) -> None:
    """Open is normal: resolved is missing with until when the evidence goes."""
    served.account.state["log_entries"] = [
        e for e in served.account.state["log_entries"] if e["type"] != "resolve_log_entry"
    ]
    served.account.state["incidents"][0] |= {"status": "acknowledged", "resolved_at": None}
    config(tmp_path, served)

    code, _, _ = run("build", "INC-123", **GOOD)
    scores = json.loads((tmp_path / "incidents/INC-123/scores.json").read_text(encoding="utf-8"))

    assert 0 == code
    assert "still open when evidence was collected" in scores["milestones"]["resolved"]["reason"]


def test_nothing_configured_says_what_to_set(run: Run) -> None:
    """The first command in an empty folder is answered with the next step."""
    code, _, err = run("build", "INC-123")

    assert 2 == code
    assert "set PAGERDUTY_TOKEN" in err


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ('{"at": "2026-11-17T14:00:00", "kind": "page", "actor": "x", "text": "y"}', 2, "line 1"),
        ('{"at": "yesterday", "kind": "page", "actor": "x", "text": "y"}', 2, "line 1"),
        ("not json at all", 2, "events.jsonl"),
        ("", 2, "holds no events"),
    ],
)
def test_a_bad_row_of_events_is_named_and_ends_with_2(
    run: Run, tmp_path: Path, row: str, code: int, words: str
) -> None:
    """File and line are named; a naive time is refused."""
    (tmp_path / "events.jsonl").write_text(row + "\n", encoding="utf-8")

    ended, _, err = run("build", "case-1", "--events", "events.jsonl")

    assert code == ended
    assert words in err


def test_events_alone_build_an_incident_without_any_network(run: Run, tmp_path: Path) -> None:
    """No account, no server: a file of events is a source of its own, and an offline build repeats it byte for byte."""
    rows = [("14:00:00", "alert", "monitoring", "p99 high"), ("14:02:00", "page", "pagerduty", "paged"),
            ("14:05:00", "ack", "A", "on it"),
            ("14:20:00", "chat", "A", "found it: v418 has no index"), ("14:25:00", "deploy", "ci", "rollback to v417"),
            ("14:40:00", "resolve", "A", "resolved")]  # fmt: skip
    lines = [
        json.dumps({"at": f"2026-11-17T{at}Z", "kind": kind, "actor": who, "text": text})
        for at, kind, who, text in rows
    ]
    (tmp_path / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    code, _, _ = run("build", "case-1", "--events", "events.jsonl", "--out", "x")
    first = (tmp_path / "x/scores.json").read_bytes()
    again, _, _ = run("build", "case-1", "--offline", "--out", "x")
    scores = json.loads(first)

    assert (0, 0) == (code, again)
    assert first == (tmp_path / "x/scores.json").read_bytes()
    assert "2026-11-17T14:20:00Z" == scores["milestones"]["knew_enough"]["at"]
    assert 1200 == scores["gaps"]["response_gap"]["seconds"]


def test_an_offline_build_without_evidence_ends_with_5(run: Run) -> None:
    """There is nothing to rebuild from."""
    code, _, err = run("build", "INC-123", "--offline")

    assert 5 == code
    assert "holds no evidence" in err


def test_evidence_that_was_changed_is_refused(run: Run, served: Simulators, tmp_path: Path) -> None:
    """A stored answer that does not match its sum is never used."""
    config(tmp_path, served)
    run("build", "INC-123", **GOOD)
    for path in (tmp_path / "incidents/INC-123/evidence/pagerduty").glob("*.gz"):
        path.write_bytes(path.read_bytes()[:-1] + b"x")

    code, _, err = run("build", "INC-123", "--offline")

    assert (5, True) == (code, "its sum differs" in err), err


@pytest.mark.parametrize(
    "arguments", [["--only", "pagerdty"], ["--config", "absent.toml"], ["--events", "absent.jsonl"]]
)
def test_a_wrong_option_ends_with_2(run: Run, arguments: list[str]) -> None:
    """Each is named with what to do."""
    code, _, err = run("build", "INC-123", *arguments)

    assert 2 == code
    assert err.startswith("timeline: ")
