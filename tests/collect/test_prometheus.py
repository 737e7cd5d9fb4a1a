"""Facts about collecting from Prometheus: decoding, rules, episodes, and a real server over back-filled data."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.collect.alerts import read_episodes, read_rules
from incident_timeline.collect.asking import open_client
from incident_timeline.collect.prometheus import PrometheusCollector
from incident_timeline.collect.prometheus_api import Matrix, ask_range, ask_raw
from incident_timeline.collect.queries import Query, find_queries, query_folders
from incident_timeline.config import Connection
from incident_timeline.errors import SourceMalformed
from incident_timeline.model.events import INSTANT
from incident_timeline.model.incident import Incident, Window
from tests.collect.sources import chain
from tests.lab.servers import Servers, free_port, missing_binaries

START = datetime(2026, 3, 14, tzinfo=UTC)
POINTS, STEP = 30_000, 1


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Prometheus over 30,000 samples on an exact one-second grid, +Inf and NaN among them."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    folder = tmp_path_factory.mktemp("prometheus")
    values = {17: "NaN", 4242: "+Inf"}
    first = int(START.timestamp())
    lines = [
        f'grid_points{{service="checkout"}} {values.get(i, str(i * 0.5))} {first + i * STEP}' for i in range(POINTS)
    ]
    text = "# TYPE grid_points gauge\n" + "\n".join(lines) + "\n# EOF\n"
    (folder / "data.om").write_text(text, encoding="utf-8")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", "data.om", "tsdb"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    with Servers(folder / "run") as servers:
        yield servers.prometheus("global: {}\n", folder / "tsdb", free_port())


@pytest.mark.live
def test_a_range_of_30_000_points_equals_the_raw_samples_one_by_one(prometheus: str, tmp_path: Path) -> None:
    """Three chunks lose no sample and double none at their joints; NaN and +Inf are exact."""
    client = open_client(chain(tmp_path, Connection(prometheus), "prometheus", "prometheus")[0])
    end = START + timedelta(seconds=(POINTS - 1) * STEP)

    ranged = ask_range(client, "grid_points", START, end, STEP).series[0].samples
    raw = ask_raw(client, "grid_points", START, end).series[0].samples

    assert POINTS == raw.height
    assert_frame_equal(raw, ranged)
    assert 1 == raw["value"].is_nan().sum()
    assert 1 == raw["value"].is_infinite().sum()


@pytest.mark.live
def test_a_query_that_the_server_refuses_is_named_in_its_words(prometheus: str, tmp_path: Path) -> None:
    """The server's own error reaches the report."""
    client = open_client(chain(tmp_path, Connection(prometheus), "prometheus", "prometheus")[0])

    with pytest.raises(SourceMalformed, match=r"bad_data.*parse error"):
        ask_range(client, "sum(", START, START + timedelta(hours=1), 15)


@pytest.mark.live
def test_a_query_without_samples_is_said_and_is_no_failure(prometheus: str, tmp_path: Path) -> None:
    """An empty answer is normal; the report says which query was empty."""
    query = Query("absent", "latency", "?", "nothing_here", None, None, "s", "up", "-", "x.yaml")
    transport, _ = chain(tmp_path, Connection(prometheus), "prometheus", "prometheus")
    window = Window(START, START + timedelta(hours=1))

    found = PrometheusCollector({"checkout": (query,)}).collect(transport, window, incident())

    assert found.coverage[0].ok
    assert "absent of checkout has no sample in the window" in found.coverage[0].reason


def incident() -> Incident:
    """An incident of checkout in the recorded window."""
    return Incident("INC-1", "", "checkout", None, START + timedelta(minutes=30), None, "resolved")


def test_a_server_that_is_down_is_one_sentence(tmp_path: Path) -> None:
    """Nothing listens: the coverage says so and what to check; no exception leaves the collector."""
    transport, _ = chain(tmp_path, Connection(f"http://127.0.0.1:{free_port()}"), "prometheus", "prometheus")

    found = PrometheusCollector({}).collect(transport, Window(START, START + timedelta(hours=1)), incident())

    assert not found.coverage[0].ok
    assert "cannot connect" in found.coverage[0].reason
    assert "check url" in found.coverage[0].reason


def answering(body: Any) -> httpx.Client:
    """A client whose every answer is one body."""
    return open_client(httpx.MockTransport(lambda _: httpx.Response(200, json=body)))


def test_warnings_and_native_histograms_are_kept_as_words() -> None:
    """A partial answer and a histogram without values do not pass silently."""
    body = {
        "status": "success", "warnings": ["store 2 is down"], "isPartial": True,
        "data": {"resultType": "matrix", "result": [{"metric": {}, "histograms": [[1, {"count": "1"}]]}]},
    }  # fmt: skip

    answer = ask_range(answering(body), "x", START, START + timedelta(seconds=10), 5)

    assert ("store 2 is down", "partial answer") == answer.warnings[:2]
    assert "native histogram" in answer.warnings[2]


def samples(seconds: list[float]) -> pl.DataFrame:
    """Samples of value 1 at START and so many seconds."""
    at = [START + timedelta(seconds=s) for s in seconds]
    return pl.DataFrame({"at": at, "value": [1.0] * len(at)}, schema={"at": INSTANT, "value": pl.Float64})


def test_episodes_come_from_raw_samples_and_a_hole_parts_them() -> None:
    """Pending at 13.6 s, firing at 19.6 s, a second episode after a hole of ten intervals."""
    labels = {"alertname": "A", "severity": "page"}
    alerts = [
        Matrix(labels | {"alertstate": "pending"}, samples([13.6, 15.6, 17.6]), "p#1"),
        Matrix(labels | {"alertstate": "firing"}, samples([19.6, 21.6, 45.6]), "p#2"),
    ]

    first, second = read_episodes(alerts, [], {"A": 2.0})

    at = [first.pending_at, first.firing_at, first.last_firing_at, second.firing_at]
    assert [13.6, 19.6, 21.6, 45.6] == [(t - START).total_seconds() for t in at if t is not None]
    assert (None, 2.0) == (second.pending_at, second.interval_s)


def test_recording_rules_are_no_alerts() -> None:
    """Only alerting rules are read."""
    groups = [
        {
            "name": "g",
            "interval": 15,
            "rules": [{"type": "recording", "name": "r"}, {"type": "alerting", "name": "A", "query": "up < 1"}],
        }
    ]

    assert ["A"] == [rule.name for rule in read_rules(groups, "x")]


def test_every_shipped_query_can_be_used() -> None:
    """The library parses, and its folders give queries."""
    queries, unusable = find_queries(["http"], query_folders(None, None))

    assert () == unusable
    assert {"latency_p99", "error_ratio", "traffic"} <= {query.name for query in queries}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: a\nsignl: latency\n", "line 2: unknown key 'signl'"),
        ("name: a\nsignal: [latency\n", "not valid YAML"),
        ("- a\n- b\n", "line 1: a query file is a table"),
        ("name: a\nsignal: slow\nquestion: q\nunit: s\nworse: up\nsource: s\nquery: up\n", "line 2: signal is 'slow'"),
        (
            "name: a\nsignal: other\nquestion: q\nunit: s\nworse: up\nsource: s\nquery: sum(up\n",
            "line 7: query is not PromQL",
        ),
        (
            "name: a\nsignal: other\nquestion: q\nunit: s\nworse: up\nsource: s\n",
            "give either query, or both errors and total",
        ),
        (
            'name: a\nsignal: other\nquestion: q\nunit: s\nworse: up\nsource: s\nquery: up{a="$pod"}\n',
            "only $service and $range",
        ),
    ],
)
def test_a_query_file_with_a_mistake_names_file_and_line(text: str, words: str, tmp_path: Path) -> None:
    """A typo costs one query, not the build, and says where it is."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.yaml").write_text(text, encoding="utf-8")

    queries, unusable = find_queries(["mine"], [tmp_path])

    assert () == queries
    assert "mine/a.yaml" in unusable[0]
    assert words in unusable[0]
