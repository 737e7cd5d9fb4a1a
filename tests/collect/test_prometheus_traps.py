"""Traps of Prometheus' API and of those who speak it (apis.md, section 3) that no other test names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from incident_timeline.collect import selectors
from incident_timeline.collect.asking import open_client
from incident_timeline.collect.backends import PROMETHEUS, THANOS, VICTORIA, find_backend, is_thanos
from incident_timeline.collect.prometheus import PrometheusCollector
from incident_timeline.collect.prometheus_api import ask_range, ask_raw
from incident_timeline.collect.queries import Query
from incident_timeline.config import Connection
from incident_timeline.errors import SourceUnreachable
from incident_timeline.model.incident import Incident, Window
from tests.collect.sources import chain
from tests.lab.servers import Servers, free_port, missing_binaries

START = datetime(2026, 3, 14, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=2))
INCIDENT = Incident("INC-1", "", "checkout", None, START + timedelta(hours=1), None, "resolved")
QUERY = Query("p99", "latency", "?", 'max(x{service="$service"})', None, None, "s", "up", "-", "x.yaml")
PLAIN = {"version": "2.42.0", "revision": "225c61122d88", "goVersion": "go1.19"}


class Server:
    """Answers as one kind of server would, and notes what it was asked."""

    def __init__(
        self, build: Any = PLAIN, stores: Any = None, warnings: tuple[str, ...] = (), points: int = 41
    ) -> None:
        self.build, self.stores, self.warnings = build, stores, list(warnings)
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        form = {key: values[0] for key, values in parse_qs(request.content.decode()).items()}
        path = request.url.path
        self.asked.append((f"{path}?{request.url.query.decode()}".rstrip("?"), form))
        if path == "/api/v1/stores" and self.stores is None:
            return httpx.Response(404, text="404 page not found")
        data: Any = {
            "/api/v1/status/buildinfo": self.build,
            "/api/v1/stores": self.stores,
            "/api/v1/rules": {"groups": []},
        }.get(path)
        if data is None:
            values = [[START.timestamp() + 3600 - 15 * back, "1"] for back in range(41)]
            ours = "x{" in form["query"] or "x[" in form["query"]
            data = {"resultType": "matrix", "result": [{"metric": {}, "values": values[::-1]}] if ours else []}
        return httpx.Response(200, json={"status": "success", "data": data, "warnings": self.warnings})

    def forms(self, path: str) -> list[dict[str, str]]:
        """The forms sent to one path."""
        return [form for asked, form in self.asked if asked == path]


@pytest.mark.parametrize(
    ("build", "stores", "expected"),
    [
        (PLAIN, None, PROMETHEUS),
        (PLAIN, {"sidecar": []}, THANOS),
        ({}, None, VICTORIA),
        ({"version": "2.24.0"}, None, VICTORIA),  # later ones name the Prometheus that they stand in for
    ],
)
def test_servers_are_told_apart(build: Any, stores: Any, expected: object) -> None:
    """By the build information, and Thanos by its list of stores."""
    client = open_client(httpx.MockTransport(Server(build, stores)))

    assert expected == (THANOS if is_thanos(client) else find_backend(client))


def test_mimir_names_its_application_and_takes_no_parameter_of_others() -> None:
    """Its prefix and its tenant are configuration: `url` with a path, and a header."""
    found = find_backend(open_client(httpx.MockTransport(Server({"application": "Grafana Mimir", **PLAIN}))))

    assert ("Grafana Mimir", {}) == (found.name, found.parameters)


@pytest.mark.parametrize(("stores", "build"), [({"sidecar": []}, PLAIN), (None, {})])
def test_each_kind_gets_what_keeps_its_samples_exact(stores: Any, build: Any) -> None:
    """Thanos: raw resolution and one replica. VictoriaMetrics: no cache that moves start and end."""
    server = Server(build, stores)
    PrometheusCollector({"checkout": (QUERY,)}).collect(httpx.MockTransport(server), WINDOW, INCIDENT)
    expected = THANOS.parameters if stores else VICTORIA.parameters

    ranges = server.forms("/api/v1/query_range")
    assert ranges
    assert all(expected.items() <= form.items() for form in ranges)


def test_a_store_that_is_down_makes_the_answer_partial() -> None:
    """Thanos answers 200 with a warning; the build says so and ends with 3."""
    server = Server(stores={"sidecar": []}, warnings=("receive series from store-2: connection refused",))

    found = PrometheusCollector({"checkout": (QUERY,)}).collect(httpx.MockTransport(server), WINDOW, INCIDENT)

    assert not found.coverage[0].ok
    assert "store-2: connection refused" in found.coverage[0].reason


def test_queries_go_in_the_body_and_never_in_the_address() -> None:
    """Proxies cut long addresses."""
    server = Server()
    ask_range(open_client(httpx.MockTransport(server)), "x{}", START, START + timedelta(minutes=1), 15)

    ((path, form),) = server.asked
    assert ("/api/v1/query_range", "x{}") == (path, form["query"])


def test_times_keep_their_fraction_of_a_second() -> None:
    """A window of 0.6 s is not rounded to whole seconds."""
    server = Server()
    begin = START + timedelta(microseconds=600_001)
    ask_range(open_client(httpx.MockTransport(server)), "x{}", begin, begin + timedelta(milliseconds=600), 0.2)

    (form,) = server.forms("/api/v1/query_range")
    assert ("1773446400.600001", "1773446401.200001", "0.2") == (form["start"], form["end"], form["step"])


@pytest.mark.parametrize("closed", [True, False])
def test_a_sample_exactly_on_the_left_edge_is_kept(closed: bool) -> None:
    """Range selectors are closed on the left in 2.x and open since 3.0; neither loses it nor brings one from before."""

    def answer(request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        length = float(form["query"][0].split("[")[1].rstrip("s]"))
        last = float(form["time"][0])
        at = [START.timestamp() + s for s in (-1, 0, 15, 30)]
        kept = [t for t in at if last - length < t <= last or (closed and t == last - length)]
        result = [{"metric": {}, "values": [[t, "1"] for t in kept]}]
        return httpx.Response(200, json={"status": "success", "data": {"resultType": "matrix", "result": result}})

    (one,) = ask_raw(open_client(httpx.MockTransport(answer)), "x", START, START + timedelta(seconds=30)).series

    assert [START + timedelta(seconds=s) for s in (0, 15, 30)] == one.samples["at"].to_list()


def test_raw_samples_that_are_too_many_are_left_out_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A selector of a large fleet is judged by ten minutes of it; its queries' own steps remain."""
    monkeypatch.setattr(selectors, "MOST_SAMPLES", 480)  # the probe shows 41 in ten minutes, so the window holds 492
    server = Server()

    found = PrometheusCollector({"checkout": (QUERY,)}).collect(httpx.MockTransport(server), WINDOW, INCIDENT)

    raw = [form["query"] for form in server.forms("/api/v1/query") if form["query"].startswith("x{")]
    assert ['x{service="checkout"}[601s]'] == raw
    assert 'raw samples of x{service="checkout"}: too many to keep' in found.coverage[0].reason
    assert found.coverage[0].ok


def test_what_the_budget_cut_is_named_once_with_its_reason() -> None:
    """The window was answered, the days before were not: one sentence for all of them, and the build ends with 3."""
    server, spent = Server(), "prometheus: the budget of 60 s for one build was used up"

    def answer(request: httpx.Request) -> httpx.Response:
        form = {key: values[0] for key, values in parse_qs(request.content.decode()).items()}
        if request.url.path.endswith("/query_range") and float(form["end"]) < START.timestamp():
            raise SourceUnreachable(spent)
        return server(request)

    queries = tuple(replace(QUERY, name=f"p{n}", query=f'max(x{{n="{n}"}})') for n in range(6))
    found = PrometheusCollector({"checkout": queries}).collect(httpx.MockTransport(answer), WINDOW, INCIDENT)

    assert not found.coverage[0].ok
    cut = "p0 of checkout (days before), p1 of checkout (days before), p2 of checkout (days before) and 3 more"
    assert f"{cut}: {spent}" in found.coverage[0].reason
    assert 1 == found.coverage[0].reason.count(spent)
    assert {"sli", "selector"} == set(found.series.labels["role"])


@pytest.mark.live
def test_a_path_before_the_api_and_a_tenant_header_reach_the_server(tmp_path: Path) -> None:
    """As Mimir, Cortex and a Grafana datasource proxy want it: a real Prometheus behind the prefix /prometheus."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    port = free_port()
    with Servers(tmp_path / "run") as servers:
        url = servers.prometheus(
            "global: {}\n", tmp_path / "tsdb", port, "--web.route-prefix=/prometheus", ready="/prometheus"
        )
        where = Connection(f"{url}/prometheus", headers=(("X-Scope-OrgID", "acme"),))
        client = open_client(chain(tmp_path / "evidence", where, "prometheus", "prometheus")[0])

        assert PROMETHEUS == find_backend(client)
        assert () == ask_range(client, "up", START, START + timedelta(minutes=1), 15).series
