"""How fast metrics become frames: a real Prometheus read by our path, and by prometheus-api-client with pandas, as a ratio.

    python -m tests.bench.ingest_bench [MEGABYTES]

pandas is needed for the comparison alone and is no dependency of the project: `pip install pandas` where it is missing. Read
ratios, not seconds: both are run in turn on the same machine, and the least of five rounds counts.
"""

import gc
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.bundle import open_bundle
from incident_timeline.collect.http import live_transport, unrecorded_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.prometheus_api import ask_range
from incident_timeline.config import Connection
from tests.lab.servers import Servers, free_port, missing_binaries
from tests.lab.simulated import into_prometheus, openmetrics

START = datetime(2026, 3, 14, tzinfo=UTC)
HOURS, STEP_S, SERIES, BYTES = 6, 2, 12, 34.2  # a pod has 12 series; bytes of JSON a sample (reference measurement)
ROUNDS = 5
QUERY = '{job="checkout"}'


def main() -> None:
    """Prints seconds, rows and ratios."""
    if absent := missing_binaries():
        sys.exit(f"not installed: {', '.join(absent)}")
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 50.0
    points = HOURS * 3600 // STEP_S + 1
    pods = max(1, round(megabytes * 1e6 / BYTES / points / SERIES))
    end = START + timedelta(hours=HOURS)
    with tempfile.TemporaryDirectory() as work, Servers(Path(work) / "run") as servers:
        tsdb = into_prometheus(openmetrics(START, end, 15, pods=pods), Path(work))
        url = servers.prometheus("global: {}\n", tsdb, free_port())
        ways: dict[str, Callable[[], int]] = {
            "ours": lambda: ours(url, end),
            "ours, recorded in a bundle": lambda: recorded(url, end),
            "httpx GET alone": lambda: fetched(url, end),
        }
        if importlib.util.find_spec("pandas") is not None:
            ways["prometheus-api-client + pandas"] = lambda: theirs(url, end)
        taken: dict[str, list[float]] = {name: [] for name in ways}
        rows: dict[str, int] = {}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                gc.collect()
                begun = time.perf_counter()
                rows[name] = way()
                taken[name].append(time.perf_counter() - begun)
    least = {name: min(times) for name, times in taken.items()}
    for name, seconds in least.items():
        print(f"{name:32} {seconds:7.3f} s  {rows[name]:>9} rows  {least['ours'] / seconds:5.2f} of ours")
    if "prometheus-api-client + pandas" in least:
        print(f"ours is {least['prometheus-api-client + pandas'] / least['ours']:.1f} times as fast (goal: 8)")
    else:
        print("pandas is not installed, so there is nothing to compare with")


def ours(url: str, end: datetime) -> int:
    """Rows by way of the collector's own function over the chain's network part."""
    clock = Clock(now=lambda: START)
    client = open_client(unrecorded_transport("prometheus", "prometheus", Connection(url), Network(), clock))
    return sum(one.samples.height for one in ask_range(client, QUERY, START, end, STEP_S).series)


def recorded(url: str, end: datetime) -> int:
    """The same over the whole chain: redacted, compressed and written."""
    with tempfile.TemporaryDirectory() as folder:
        bundle, clock = open_bundle(Path(folder)), Clock(now=lambda: START)
        client = open_client(live_transport("prometheus", "prometheus", Connection(url), bundle, Network(), clock))
        return sum(one.samples.height for one in ask_range(client, QUERY, START, end, STEP_S).series)


def fetched(url: str, end: datetime) -> int:
    """The bytes alone, undecoded; rows are not counted."""
    form = {"query": QUERY, "start": START.timestamp(), "end": end.timestamp(), "step": STEP_S}
    return 0 * len(httpx.post(f"{url}/api/v1/query_range", data=form, headers={"accept-encoding": "identity"}).content)


def theirs(url: str, end: datetime) -> int:
    """As the client's own documentation does it."""
    from prometheus_api_client import MetricRangeDataFrame, PrometheusConnect

    client = PrometheusConnect(url=url)
    return len(MetricRangeDataFrame(client.custom_query_range(QUERY, START, end, str(STEP_S))))


if __name__ == "__main__":
    main()
