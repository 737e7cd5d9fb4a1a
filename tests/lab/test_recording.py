"""The recording of INC-123: what is kept under fixtures/ agrees with itself, holds no machine's name, and serves again."""

import gzip
import json
import re
import socket
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conformance import findings
from tests.lab.github_answers import github_answer
from tests.lab.pagerduty_answers import pagerduty_answer
from tests.lab.play import load_scenario
from tests.lab.record import FIXTURES, Served, alert_samples, lived, served
from tests.lab.servers import fetch, missing_binaries
from tests.lab.truth import truth_of

FOLDER = FIXTURES / "INC-123"


def load(name: str) -> Any:
    """One JSON file of the recording."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def seconds(text: str) -> float:
    """Epoch seconds of an RFC 3339 time."""
    return datetime.fromisoformat(text).timestamp()


@pytest.fixture(scope="module")
def place() -> Iterator[Served]:
    """The recording, served by a real Prometheus and the simulators."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    with served("INC-123") as one:
        yield one


def test_milestones_are_what_the_systems_logged() -> None:
    """PagerDuty and GitHub keep whole seconds: each logged time is the true one, cut."""
    at, incident = load("truth.json")["milestones"], load("pagerduty.json")["incidents"][0]
    log = {entry["type"]: entry["created_at"] for entry in reversed(load("pagerduty.json")["log_entries"])}
    statuses = {
        (number, row["state"]): row["created_at"]
        for number, rows in load("github.json")["statuses"].items()
        for row in rows
    }
    back = str(load("github.json")["deployments"][-1]["id"])
    pairs = {
        "detected": incident["created_at"], "acknowledged": log["acknowledge_log_entry"], "resolved": incident["resolved_at"],
        "fix_started": load("github.json")["deployments"][-1]["created_at"], "fix_landed": statuses[back, "success"],
    }  # fmt: skip

    assert [] == [name for name, logged in pairs.items() if not 0 <= seconds(at[name]) - seconds(logged) < 1]


def test_the_moment_they_knew_is_the_note_that_names_the_release() -> None:
    """`knew_enough_ref` leads to that note, written at that second."""
    truth = load("truth.json")
    (note,) = [row for row in load("pagerduty.json")["notes"] if row["id"] == truth["knew_enough_ref"]]

    assert note["content"].startswith("found it: v418 opens one db connection per line item")
    assert 0 <= seconds(truth["milestones"]["knew_enough"]) - seconds(note["created_at"]) < 1


@pytest.mark.parametrize(
    ("ledger", "start", "end"),
    [
        ("detection", "started", "detected"),
        ("knowing", "detected", "knew_enough"),
        ("response", "knew_enough", "resolved"),
    ],
)
def test_segments_lie_end_to_end(ledger: str, start: str, end: str) -> None:
    """Each true ledger covers its gap without hole or overlap, to the hundredth of a second."""
    truth = load("truth.json")
    rows = truth["ledgers"][ledger]

    assert [] == [(a, b) for a, b in pairwise(rows) if a["to"] != b["from"]]
    assert abs(seconds(rows[0]["from"]) - seconds(truth["milestones"][start])) < 0.01
    assert abs(seconds(rows[-1]["to"]) - seconds(truth["milestones"][end])) < 0.01


def test_the_first_page_came_minutes_after_users_were_hurt() -> None:
    """The classic: an alert on errors notices a latency regression late; nobody outside the incident was hurt to speak of."""
    truth = load("truth.json")
    at = {name: seconds(text) for name, text in truth["milestones"].items()}
    minutes = [(seconds(row["at"]), row) for row in truth["client"]["minutes"]]
    before = [row for minute, row in minutes if minute + 60 <= at["started"]]
    after = [row for minute, row in minutes if minute >= at["mitigated"]]
    unpaged = [row for minute, row in minutes if at["started"] <= minute and minute + 60 <= at["detected"]]

    assert 5 * 60 < at["detected"] - at["started"] < 10 * 60
    assert minutes[-1][0] - minutes[0][0] > 35 * 60
    assert max(row["hurt"] / row["total"] for row in before + after) < 0.02
    assert min(row["slow"] / row["total"] for row in unpaged) > 0.2


def test_stored_answers_keep_the_vendors_schemas() -> None:
    """What the collectors will read of this recording has the official shapes."""
    pagerduty, github = load("pagerduty.json"), load("github.json")
    key, found = pagerduty["incidents"][0]["id"], []
    for part in ("", "/log_entries", "/alerts", "/notes", "/related_change_events"):
        answer = pagerduty_answer(pagerduty, f"/incidents/{key}{part}", {"include[]": ["channels"], "limit": ["100"]})
        found += findings("pagerduty", f"/incidents/{{id}}{part}", answer.status, answer.body)
    root = "/repos/{owner}/{repo}"
    for row in github["deployments"]:
        run = 9_000_000 + row["id"]
        for template, path in (
            ("/deployments", "/deployments"), ("/deployments/{deployment_id}/statuses", f"/deployments/{row['id']}/statuses"),
            ("/actions/runs", "/actions/runs"), ("/actions/runs/{run_id}/jobs", f"/actions/runs/{run}/jobs"),
        ):  # fmt: skip
            answer = github_answer(github, f"/repos/acme/shop{path}", {}, "http://127.0.0.1")
            found += findings("github", root + template, answer.status, answer.body)

    assert found == []


def test_no_machine_s_name_and_no_path_is_in_the_recording() -> None:
    """Every byte of it, the TSDB's too: no name of this host, no home, no temporary folder; few megabytes in all."""
    words = [*(b"/" + word for word in (b"work/", b"root/", b"tmp/", b"home/", b"Users/", b"var/folders"))]
    if len(socket.gethostname()) > 3 and socket.gethostname() != "localhost":
        words.append(re.escape(socket.gethostname().encode()))
    files = {path: path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    pattern = re.compile(b"|".join(words))
    plain = {path: gzip.decompress(held) if path.suffix == ".gz" else held for path, held in files.items()}

    assert [] == [str(path.relative_to(FOLDER)) for path, text in plain.items() if pattern.search(text)]
    assert sum(map(len, files.values())) < 8_000_000


def test_the_slack_export_is_the_channel() -> None:
    """The export's days hold the messages of the channel, in order."""
    days = sorted((FOLDER / "slack-export" / "inc-checkout").glob("*.json"))

    assert load("slack.json")["messages"] == [
        row for day in days for row in json.loads(day.read_text(encoding="utf-8"))
    ]


def test_alertmanager_paged_once_by_its_own_integration() -> None:
    """One Events v2 trigger and no resolve (people resolve); its links lead to loopback."""
    (body,) = [row["body"] for row in load("events_api.json")]
    firing = body["payload"]["custom_details"]["firing"]

    assert body["event_action"] == "trigger"
    assert "alertname = CheckoutErrors" in firing
    assert {"127.0.0.1"} == set(re.findall(r"http://([^:/]+)", firing + body["client_url"]))


@pytest.mark.live
def test_the_version_on_the_wire_follows_the_deployments(place: Served) -> None:
    """app_build_info shows v417, v418, v417, each from the moment that the truth names, two scrapes later at most."""
    changes = load("truth.json")["changes"]
    query = f'{place.prometheus_url}/api/v1/query?query=app_build_info{{service="checkout"}}'
    seen = [
        fetch(f"{query}&time={seconds(changes[name]) + later:.3f}")["data"]["result"][0]["metric"]["version"]
        for name, later in (
            ("bad_deploy.live", -0.2),
            ("bad_deploy.live", 10),
            ("rollback.live", -0.2),
            ("rollback.live", 10),
        )
    ]

    assert seen == ["v417", "v418", "v418", "v417"]


@pytest.mark.live
def test_the_restart_is_real_and_changes_nothing(place: Served) -> None:
    """A new process, the same version, the same latency: the attempt without effect happened."""
    at = seconds(load("truth.json")["attempt"]["from"])
    base = f"{place.prometheus_url}/api/v1/query?query="
    quantile = (
        "histogram_quantile(0.99,sum%20by(le)(rate(http_request_duration_seconds_bucket{service=%22checkout%22}[1m])))"
    )
    begun, p99 = (
        [
            float(fetch(f"{base}{query}&time={moment:.3f}")["data"]["result"][0]["value"][1])
            for moment in (at - 5, at + 120)
        ]
        for query in ('process_start_time_seconds{job="checkout"}', quantile)
    )

    assert begun[0] < at - 600
    assert abs(begun[1] - at) < 10
    assert min(p99) > 1.0


@pytest.mark.live
def test_the_truth_follows_from_the_recording(place: Served) -> None:
    """Computed anew from acts, client counts and the snapshot's own alert samples, it is the truth.json that is kept."""
    alerts = alert_samples(place.prometheus_url, load("steps.json")[-1]["at"])

    assert load("truth.json") == truth_of(lived(load_scenario("inc-123"), FOLDER, alerts))


@pytest.mark.live
def test_the_snapshot_keeps_stale_markers(place: Served) -> None:
    """One evaluation after the last firing sample, the alert is gone: nothing is carried on for five minutes."""
    at = load("steps.json")[-1]["at"]
    rows = alert_samples(place.prometheus_url, at)["ALERTS"]
    last = max(float(t) for row in rows for t, _ in row["values"])

    assert fetch(f"{place.prometheus_url}/api/v1/query?query=ALERTS&time={last:.3f}")["data"]["result"] != []
    assert fetch(f"{place.prometheus_url}/api/v1/query?query=ALERTS&time={last + 10:.3f}")["data"]["result"] == []


@pytest.mark.live
def test_serving_changes_nothing_in_the_recorded_window(place: Served) -> None:
    """The rules are listed; the window asked twice is the same; the fixture's own files stay as they are."""
    steps = load("steps.json")
    window = f"start={steps[0]['at']:.0f}&end={steps[-1]['at']:.0f}&step=5"
    asked = f"{place.prometheus_url}/api/v1/query_range?query=sum(http_requests_total)&{window}"
    groups = fetch(f"{place.prometheus_url}/api/v1/rules")["data"]["groups"]

    assert fetch(asked) == fetch(asked)
    assert ["rules.yml"] == [group["file"] for group in groups]
    assert [rule["name"] for group in groups for rule in group["rules"] if rule["type"] == "alerting"] == [
        "CheckoutErrors", "OrdersErrors", "PaymentsErrors", "ServiceDown",
    ]  # fmt: skip
    assert not list(Path(FOLDER / "tsdb").glob("wal"))
