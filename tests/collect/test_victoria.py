"""Facts about VictoriaMetrics, a real one: the same data read through it and through Prometheus gives the same samples."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.backends import PROMETHEUS, VICTORIA, find_backend, is_thanos
from incident_timeline.collect.prometheus import PrometheusCollector
from incident_timeline.collect.prometheus_api import ask_range, ask_raw
from incident_timeline.collect.query_files import find_queries, query_folders
from incident_timeline.config import Connection
from incident_timeline.model.incident import Incident, Window
from tests.collect.sources import chain
from tests.lab.servers import Servers, free_port, missing_binaries
from tests.lab.simulated import Fault, into_prometheus, into_victoria, openmetrics

DAY = datetime(2026, 3, 14, 12, tzinfo=UTC)
STEP = 15
FAULT = Fault(DAY + timedelta(hours=1), timedelta(minutes=40), 0.4, 0.2)
END = DAY + timedelta(hours=3)
# What two engines agree upon: raw series, and rates over at least two scrapes, from a start on the scrape's grid. A window is
# closed on the left in Prometheus 2 and open in VictoriaMetrics, so functions that see its edge (max_over_time) may differ.
EQUAL = (
    'http_requests_total{code="500"}',
    "sum(rate(http_requests_total[1m]))",
    'sum by (instance) (increase(http_requests_total{code="200"}[5m]))',
    "changes(db_pool_in_use[2m])",
    "avg(db_pool_in_use)",
    "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[1m])))",
)


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A real Prometheus and a real VictoriaMetrics over the same simulated three hours."""
    if absent := missing_binaries("victoria-metrics"):
        pytest.skip(f"not installed: {', '.join(absent)}")
    folder = tmp_path_factory.mktemp("both")
    text = openmetrics(DAY, END, STEP, [FAULT], pods=2)
    with Servers(folder / "run") as servers:
        victoria = servers.victoria(folder / "vm", free_port())
        into_victoria(text, victoria)
        tsdb = into_prometheus(text, folder)
        yield {"prometheus": servers.prometheus("global: {}\n", tsdb, free_port()), "victoria": victoria}


@pytest.mark.live
def test_each_is_told_apart_by_its_build_information(urls: dict[str, str], tmp_path: Path) -> None:
    """VictoriaMetrics names neither a revision nor a Go version; neither server lists stores as Thanos does."""
    clients = {
        name: open_client(chain(tmp_path / name, Connection(url), "prometheus", "prometheus")[0])
        for name, url in urls.items()
    }

    assert {"prometheus": PROMETHEUS, "victoria": VICTORIA} == {n: find_backend(c) for n, c in clients.items()}
    assert [False, False] == [is_thanos(one) for one in clients.values()]


@pytest.mark.live
def test_the_same_data_gives_the_same_samples_through_both(urls: dict[str, str], tmp_path: Path) -> None:
    """Ranges of several hundred points from a start on the grid, and raw samples with their own times, to the last digit."""
    begin, end = DAY + timedelta(minutes=30), END - timedelta(minutes=10)
    frames: dict[str, list[pl.DataFrame]] = {}
    for name, url in urls.items():
        client = open_client(chain(tmp_path / name, Connection(url), "prometheus", "prometheus")[0])
        extra = find_backend(client).parameters
        answers = [ask_range(client, query, begin, end, STEP, extra) for query in EQUAL]
        answers.append(ask_raw(client, "http_requests_total", begin, end, extra))
        series = [
            one for answer in answers for one in sorted(answer.series, key=lambda s: str(sorted(s.labels.items())))
        ]
        frames[name] = [one.samples for one in series]

    assert 2 + 1 + 2 + 2 + 1 + 1 + 4 == len(frames["prometheus"])
    for ours, theirs in zip(frames["prometheus"], frames["victoria"], strict=True):
        assert_frame_equal(ours, theirs, rel_tol=1e-12)


@pytest.mark.live
def test_a_range_starts_and_ends_where_it_was_asked_to(urls: dict[str, str], tmp_path: Path) -> None:
    """A start between two steps is not rounded for the cache, also in a range of more than fifty points."""
    begin = DAY + timedelta(minutes=30, seconds=7)
    client = open_client(chain(tmp_path, Connection(urls["victoria"]), "prometheus", "prometheus")[0])

    (one,) = ask_range(
        client, "avg(db_pool_in_use)", begin, begin + timedelta(hours=1), STEP, VICTORIA.parameters
    ).series

    assert (begin, begin + timedelta(hours=1), 241) == (
        one.samples["at"][0], one.samples["at"][-1], one.samples.height,
    )  # fmt: skip


@pytest.mark.live
def test_the_collector_reads_the_same_service_signals_through_both(urls: dict[str, str], tmp_path: Path) -> None:
    """Whole collections differ in nothing that scoring reads of users: same series, same samples."""
    queries, _ = find_queries(["http"], query_folders(None, None))
    incident = Incident("INC-1", "", "checkout", None, FAULT.start + timedelta(minutes=4), None, "resolved")
    window = Window(DAY + timedelta(minutes=30), END - timedelta(minutes=10))
    frames = []
    for name, url in urls.items():
        transport, _ = chain(tmp_path / name, Connection(url), "prometheus", "prometheus")
        found = PrometheusCollector({"checkout": queries}).collect(transport, window, incident)
        slis = found.series.labels.filter(pl.col("role") == "sli")
        assert found.coverage[0].ok, found.coverage[0].reason
        assert [float(STEP)] * slis.height == slis["scrape_s"].to_list()
        frames.append(found.series.samples.filter(pl.col("series_id").is_in(slis["series_id"].to_list())))

    assert 3 * 561 == frames[0].height
    assert_frame_equal(frames[0], frames[1], rel_tol=1e-9)
