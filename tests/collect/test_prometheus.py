"""Facts about collecting from Prometheus: decoding, rules, episodes, and a real server over back-filled data."""

import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.prometheus import PrometheusCollector
from incident_timeline.collect.prometheus_api import ask_range, ask_raw
from incident_timeline.collect.queries import Query
from incident_timeline.collect.range_jobs import query_jobs
from incident_timeline.config import Connection
from incident_timeline.errors import SourceMalformed
from incident_timeline.model.incident import Incident, Window
from tests.collect.sources import chain, replayed
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
def test_raw_samples_show_the_end_that_a_range_hides(prometheus: str, tmp_path: Path) -> None:
    """Without a stale marker a range carries the last sample on for five minutes; the raw samples end where they end."""
    client = open_client(chain(tmp_path, Connection(prometheus), "prometheus", "prometheus")[0])
    last = START + timedelta(seconds=(POINTS - 1) * STEP)
    end = last + timedelta(minutes=10)

    ranged = ask_range(client, "grid_points", last - timedelta(minutes=1), end, STEP).series[0].samples
    raw = ask_raw(client, "grid_points", last - timedelta(minutes=1), end).series[0].samples

    assert (last, 300.0) == (raw["at"][-1], (ranged["at"][-1] - last).total_seconds())


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


def test_native_histograms_give_their_count_and_sum_beside_the_values() -> None:
    """A series may carry `histograms` instead of `values`, or after them when its metric changed its kind."""
    histogram = {"count": "4", "sum": "1.5", "buckets": [[0, "0.1", "0.2", "4"]]}
    result = [
        {"metric": {"job": "a"}, "histograms": [[10.5, histogram], [25.5, histogram | {"sum": "NaN"}]]},
        {"metric": {"job": "b"}, "values": [[10, "2"]], "histograms": [[25, histogram]]},
    ]
    body = {"status": "success", "data": {"resultType": "matrix", "result": result}}

    answer = ask_range(answering(body), "x", START, START + timedelta(seconds=10), 5)

    assert [
        ({"job": "a", "__histogram__": "count"}, "[4.0, 4.0]"), ({"job": "a", "__histogram__": "sum"}, "[1.5, nan]"),
        ({"job": "b"}, "[2.0]"), ({"job": "b", "__histogram__": "count"}, "[4.0]"),
        ({"job": "b", "__histogram__": "sum"}, "[1.5]"),
    ] == [(one.labels, str(one.samples["value"].to_list())) for one in answer.series]  # fmt: skip
    assert datetime.fromtimestamp(10.5, UTC) == answer.series[0].samples["at"][0]


def test_ranges_start_on_their_steps_grid_and_history_ends_before_the_window() -> None:
    """So two builds over other windows ask at the same instants; the week before is one request of 10,080 points."""
    query = Query("p99", "latency", "?", "x[$range]", None, None, "s", "up", "-", "x.yaml")
    now, week = query_jobs("checkout", query, 15.0)
    asked = Window(START + timedelta(seconds=7), START + timedelta(hours=1))

    first, last = week.span(asked)
    assert (START + timedelta(seconds=15), asked.end) == now.span(asked)
    assert (START + timedelta(seconds=60) - timedelta(days=7), True) == (first, last < asked.start)
    assert 10_080 == (last - first) // timedelta(seconds=60) + 1


def test_a_ratio_gives_its_errors_and_total_beside_it() -> None:
    """Impact needs the counts, not only the share."""
    query = Query("ratio", "errors", "?", None, "rate(e[$range])", "rate(t[$range])", "ratio", "up", "-", "x.yaml")

    jobs = query_jobs("checkout", query, 5.0)

    expected = [("ratio", "sli", "(rate(e[20s])) / (rate(t[20s]))"), ("ratio", "history", "(rate(e[20s])) / (rate(t[20s]))"),
                ("ratio.errors", "raw", "rate(e[20s])"), ("ratio.total", "raw", "rate(t[20s])")]  # fmt: skip
    assert expected == [(job.name, job.role, job.promql) for job in jobs[:4]]
    assert {20.0} == {job.range_s for job in jobs[:4]}


def test_a_ratio_is_asked_over_the_ranges_of_burn_rates() -> None:
    """The windows of the SRE workbook's table 5-8, over the window at the scrape interval and over the week before at 60 s."""
    query = Query("ratio", "errors", "?", None, "rate(e[$range])", "rate(t[$range])", "ratio", "up", "-", "x.yaml")

    jobs = [job for job in query_jobs("checkout", query, 5.0) if job.role.startswith("burn")]

    assert [(f"(rate(e[{s}s])) / (rate(t[{s}s]))", role, step) for s in (300, 1800, 3600, 21600)
            for role, step in (("burn", 5.0), ("burn_history", 60.0))] == [(j.promql, j.role, j.step_s) for j in jobs]  # fmt: skip


def window(begin: float, end: float) -> Window:
    """A window so many seconds after START."""
    return Window(START + timedelta(seconds=begin), START + timedelta(seconds=end))


@pytest.mark.live
def test_the_scrape_interval_is_found_out_and_is_the_step(prometheus: str, tmp_path: Path) -> None:
    """A metric on a one-second grid is asked for at one second."""
    query = Query("grid", "latency", "?", 'max(grid_points{service="$service"})', None, None, "s", "up", "-", "x.yaml")
    transport, _ = chain(tmp_path, Connection(prometheus), "prometheus", "prometheus")

    found = PrometheusCollector({"checkout": (query,)}).collect(transport, window(0, 3600), incident())

    labels = found.series.labels.filter(pl.col("role") == "sli").row(0, named=True)
    assert (1.0, 1.0, 0.0) == (labels["step_s"], labels["scrape_s"], labels["range_s"])
    assert 3601 == found.series.samples_of(labels["series_id"]).height
    assert found.coverage[0].ok


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            422,
            {"status": "error", "errorType": "execution", "error": "many-to-many matching"},
            "execution: many-to-many",
        ),
        (503, {"status": "error", "errorType": "timeout", "error": "query timed out"}, "timeout: query timed out"),
        (200, {"hello": "world"}, "in no form that Prometheus uses"),
        (302, None, "answered 302 in no form"),
    ],
)
def test_an_error_of_one_query_is_named_and_costs_that_query(status: int, body: Any, words: str) -> None:
    """The server's own words reach the coverage; a login page or a redirect is no answer."""
    client = open_client(httpx.MockTransport(lambda _: httpx.Response(status, json=body)))

    with pytest.raises(SourceMalformed, match=words):
        ask_range(client, "x", START, START + timedelta(seconds=10), 5)


def test_remarks_upon_the_query_are_no_partial_answer() -> None:
    """Since 2.48 a server remarks upon the query itself; a store that is down is another thing."""
    body: dict[str, Any] = {"status": "success", "data": {"resultType": "matrix", "result": []}}
    ask = [ask_range(answering({**body, **more}), "x", START, START, 5) for more in (
        {"infos": ["PromQL info: metric might not be a counter"]}, {"warnings": ["PromQL warning: bucket label missing"]},
        {"warnings": ["store 2: deadline exceeded"]}, {"isPartial": True})]  # fmt: skip

    assert [False, False, True, True] == [one.partial for one in ask]
    assert all(one.warnings for one in ask)


@pytest.mark.live
def test_what_a_server_no_longer_holds_has_expired_and_is_not_none(tmp_path: Path) -> None:
    """It scrapes today, and nothing is left of the day of the incident."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    port = free_port()
    scraping = f"scrape_configs: [{{job_name: own, scrape_interval: 1s, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
    query = Query("p99", "latency", "?", 'max(up{service="$service"})', None, None, "s", "up", "-", "x.yaml")
    with Servers(tmp_path / "run") as servers:
        url = servers.prometheus(f"global: {{scrape_interval: 1s}}\n{scraping}", tmp_path / "tsdb", port)
        client = open_client(chain(tmp_path / "ready", Connection(url), "prometheus", "prometheus")[0])
        for number in range(100):  # the first scrape comes within a second
            if client.post("/api/v1/query", data={"query": f"count(up) + 0 * {number}"}).json()["data"]["result"]:
                break
            time.sleep(0.1)
        transport, bundle = chain(tmp_path / "evidence", Connection(url), "prometheus", "prometheus")
        found = PrometheusCollector({"checkout": (query,)}).collect(transport, window(0, 3600), incident())
        bundle.finish()
    again = PrometheusCollector({"checkout": (query,)}).collect(
        replayed(tmp_path / "evidence", "prometheus"), window(0, 3600), incident()
    )

    assert not found.coverage[0].ok
    assert "its samples have expired" in found.coverage[0].reason
    assert found.coverage == again.coverage
