"""The recordings of INC-124 (it ended by itself) and INC-125 (capacity): they agree with themselves and hold no machine's name."""

import gzip
import json
import re
import socket
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest

from tests.lab.conformance import findings
from tests.lab.pagerduty_answers import pagerduty_answer
from tests.lab.play import load_scenario
from tests.lab.record import FIXTURES, Served, alert_samples, lived, served
from tests.lab.servers import fetch, missing_binaries
from tests.lab.truths import truth_for

BOTH = ("INC-124", "INC-125")
P95 = "histogram_quantile(0.95,sum by(%s)(rate(http_request_duration_seconds_bucket{service='checkout'}[1m])))"


def load(name: str, part: str) -> Any:
    """One JSON file of a recording."""
    return json.loads((FIXTURES / name / part).read_text(encoding="utf-8"))


def seconds(text: str) -> float:
    """Epoch seconds of an RFC 3339 time."""
    return datetime.fromisoformat(text).timestamp()


def when(name: str) -> dict[str, float]:
    """The milestones that happened, in epoch seconds."""
    return {key: seconds(text) for key, text in load(name, "truth.json")["milestones"].items() if text}


def values(place: Served, query: str, at: float) -> list[float]:
    """What an instant query answers at a moment, smallest first."""
    rows = fetch(f"{place.prometheus_url}/api/v1/query?query={quote(query)}&time={at:.3f}")["data"]["result"]
    return sorted(float(row["value"][1]) for row in rows)


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, Served]]:
    """Both recordings, each served by a real Prometheus and the simulators."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    with served("INC-124") as one, served("INC-125") as two:
        yield {"INC-124": one, "INC-125": two}


@pytest.mark.parametrize("name", BOTH)
def test_milestones_are_what_the_systems_logged(name: str) -> None:
    """PagerDuty keeps whole seconds: each logged time is the true one, cut."""
    at, incident = when(name), load(name, "pagerduty.json")["incidents"][0]
    log = {entry["type"]: entry["created_at"] for entry in reversed(load(name, "pagerduty.json")["log_entries"])}
    pairs = {
        "detected": incident["created_at"], "acknowledged": log["acknowledge_log_entry"], "resolved": incident["resolved_at"],
    }  # fmt: skip

    assert [] == [key for key, logged in pairs.items() if not 0 <= at[key] - seconds(logged) < 1]


@pytest.mark.parametrize("name", BOTH)
def test_a_milestone_that_did_not_happen_is_null_and_says_why(name: str) -> None:
    """Null and reason go together; in INC-125 everything happened."""
    truth = load(name, "truth.json")
    nulls = sorted(key for key, text in truth["milestones"].items() if text is None)

    assert nulls == sorted(truth["absent"])
    assert nulls == {"INC-124": ["diagnosed", "fix_landed", "fix_started", "knew_enough"], "INC-125": []}[name]
    assert all(truth["absent"].values())


@pytest.mark.parametrize(
    ("name", "ledger", "start", "end"),
    [
        ("INC-124", "detection", "started", "detected"),
        ("INC-124", "detected_to_resolved", "detected", "resolved"),
        ("INC-125", "detection", "started", "detected"),
        ("INC-125", "knowing", "detected", "knew_enough"),
        ("INC-125", "response", "knew_enough", "resolved"),
    ],
)
def test_segments_lie_end_to_end(name: str, ledger: str, start: str, end: str) -> None:
    """Each true ledger covers its gap without hole or overlap, to the hundredth of a second."""
    at, rows = when(name), load(name, "truth.json")["ledgers"][ledger]

    assert [] == [(a, b) for a, b in pairwise(rows) if a["to"] != b["from"]]
    assert abs(seconds(rows[0]["from"]) - at[start]) < 0.01
    assert abs(seconds(rows[-1]["to"]) - at[end]) < 0.01


@pytest.mark.parametrize("name", BOTH)
def test_users_were_well_before_and_after(name: str) -> None:
    """Six quiet minutes lead in; outside the incident fewer than 2 % of any whole minute's requests were hurt."""
    at, begun = when(name), load(name, "steps.json")[0]["at"]
    minutes = [(seconds(row["at"]), row) for row in load(name, "truth.json")["client"]["minutes"]]
    quiet = [row for minute, row in minutes if minute + 60 <= at["started"] or minute >= at["mitigated"] + 60]

    assert at["started"] - minutes[0][0] > 360
    assert begun < at["started"]
    assert max(row["hurt"] / row["total"] for row in quiet if row["total"] >= 30) < 0.02


@pytest.mark.parametrize("name", BOTH)
def test_alertmanager_paged_once_by_its_own_integration(name: str) -> None:
    """One Events v2 trigger by the scenario's rule and no resolve (people resolve)."""
    (body,) = [row["body"] for row in load(name, "events_api.json")]

    assert body["event_action"] == "trigger"
    assert f"alertname = {load_scenario(name.lower())['alert']}" in body["payload"]["custom_details"]["firing"]


@pytest.mark.parametrize("name", BOTH)
def test_nothing_was_deployed_for_an_hour_before_or_meanwhile(name: str) -> None:
    """GitHub's record ends long before the recording begins."""
    begun = load(name, "steps.json")[0]["at"]
    last = max(seconds(row["created_at"]) for row in load(name, "github.json")["deployments"])

    assert begun - last > 3600


@pytest.mark.parametrize("name", BOTH)
def test_stored_answers_keep_the_vendor_s_schemas(name: str) -> None:
    """What the collectors read of PagerDuty has the official shapes."""
    state = load(name, "pagerduty.json")
    key, found = state["incidents"][0]["id"], []
    for part in ("", "/log_entries", "/alerts", "/notes", "/related_change_events"):
        answer = pagerduty_answer(state, f"/incidents/{key}{part}", {"include[]": ["channels"], "limit": ["100"]})
        found += findings("pagerduty", f"/incidents/{{id}}{part}", answer.status, answer.body)

    assert found == []


@pytest.mark.parametrize("name", BOTH)
def test_no_machine_s_name_and_no_path_is_in_the_recording(name: str) -> None:
    """Every byte of it, the TSDB's too: no name of this host, no home, no temporary folder; two megabytes at most."""
    words = [b"/" + word for word in (b"work/", b"root/", b"tmp/", b"home/", b"Users/", b"var/folders")]
    if len(socket.gethostname()) > 3 and socket.gethostname() != "localhost":
        words.append(re.escape(socket.gethostname().encode()))
    files = {path: path.read_bytes() for path in (FIXTURES / name).rglob("*") if path.is_file()}
    plain = {path: gzip.decompress(held) if path.suffix == ".gz" else held for path, held in files.items()}

    assert [] == [str(path.relative_to(FIXTURES)) for path, text in plain.items() if re.search(b"|".join(words), text)]
    assert 100_000 < sum(map(len, files.values())) < 2_000_000


def test_nobody_acts_in_inc_124() -> None:
    """People write, acknowledge and resolve; the only other steps are the degradation's own begin and end."""
    steps = {row["step"] for row in load("INC-124", "steps.json")}

    assert steps == {"chat", "acknowledge", "note", "resolve", "end", "degradation.began", "degradation.ended"}


def test_inc_124_lasts_ten_minutes_and_is_partial() -> None:
    """About ten minutes; between a fifth and two fifths of all requests slow, none failing; over long before the resolve."""
    at, client = when("INC-124"), load("INC-124", "truth.json")["client"]

    assert 9.5 * 60 < at["mitigated"] - at["started"] < 11 * 60
    assert 0.2 < client["slow"] / client["total"] < 0.4
    assert client["failed"] / client["total"] < 0.01
    assert at["resolved"] - at["mitigated"] > 180


def test_the_moment_they_knew_in_inc_125_is_priya_s_message() -> None:
    """`knew_enough_ref` leads to the message that says that all workers are busy, written at that moment."""
    truth = load("INC-125", "truth.json")
    (message,) = [row for row in load("INC-125", "slack.json")["messages"] if row["ts"] == truth["knew_enough_ref"]]

    assert message["text"].startswith("ok so: all 4 checkout workers are busy nonstop")
    assert abs(when("INC-125")["knew_enough"] - float(message["ts"])) < 0.01


def test_the_fix_of_inc_125_is_on_record_only_in_chat() -> None:
    """A bot's line two seconds after the act; no deployment, no change event."""
    at = when("INC-125")["fix_landed"]
    (line,) = [row for row in load("INC-125", "slack.json")["messages"] if row.get("username") == "confbot"]

    assert line["text"] == "checkout: worker.limit changed 4 -> 8 by priya-r"
    assert 0 < float(line["ts"]) - at < 5


@pytest.mark.live
@pytest.mark.parametrize("name", BOTH)
def test_the_truth_follows_from_the_recording(places: dict[str, Served], name: str) -> None:
    """Computed anew from acts, client counts and the snapshot's own alert samples, it is the truth.json that is kept."""
    alerts = alert_samples(places[name].prometheus_url, load(name, "steps.json")[-1]["at"])

    assert load(name, "truth.json") == truth_for(lived(load_scenario(name.lower()), FIXTURES / name, alerts))


@pytest.mark.live
def test_one_process_of_three_was_slow(places: dict[str, Served]) -> None:
    """Halfway through INC-124 one instance answers slowly and two as ever; before and after all three are fast."""
    at = when("INC-124")
    before, halfway, after = (
        values(places["INC-124"], P95 % "instance,le", moment)
        for moment in (at["started"] - 5, at["started"] + 300, at["mitigated"] + 120)
    )

    assert [3, 3, 3] == [len(before), len(halfway), len(after)]
    assert max(*before, *after, *halfway[:2]) < 0.5
    assert halfway[2] > 1.0


@pytest.mark.live
def test_all_workers_were_busy_until_there_were_more(places: dict[str, Served]) -> None:
    """From the page to the act four of four are busy and requests queue; after it there are eight, and the queue drains slowly."""
    place, at = places["INC-125"], when("INC-125")
    span = int(at["fix_landed"] - at["detected"])
    least = values(place, f"min_over_time(worker_pool_busy{{service='checkout'}}[{span}s])", at["fix_landed"] - 1)
    longest = values(place, f"max_over_time(worker_queue_length[{span}s])", at["fix_landed"] - 1)
    sizes = [values(place, "worker_pool_size", at["fix_landed"] + later)[0] for later in (-1, 10)]
    waiting = [values(place, "worker_queue_length", at["fix_landed"] + later)[0] for later in (20, 180)]

    assert [4.0] == least
    assert [300.0] == longest
    assert [4.0, 8.0] == sizes
    assert waiting[0] > 50
    assert waiting[1] < 5


@pytest.mark.live
def test_restarting_orders_is_real_and_changes_nothing(places: dict[str, Served]) -> None:
    """Orders is a new process; checkout refuses as many requests two minutes later."""
    place, at = places["INC-125"], seconds(load("INC-125", "truth.json")["attempt"]["from"])
    begun = [values(place, "process_start_time_seconds{job='orders'}", at + later)[0] for later in (-5, 120)]
    ratio = [values(place, "service:http_error_ratio:rate{service='checkout'}", at + later)[0] for later in (-5, 120)]

    assert begun[0] < at - 500
    assert abs(begun[1] - at) < 10
    assert min(ratio) > 0.1
