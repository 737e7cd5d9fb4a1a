"""Facts about discovery: what a real Prometheus has for a service, what is proposed from names and labels, what refuses."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from prometheus_api_client import PrometheusConnect

from incident_timeline.collect.candidates import histogram_candidate, ratio_candidates
from incident_timeline.collect.discovery import connect, discover
from incident_timeline.collect.query_files import read_queries
from incident_timeline.config import Connection, read_settings
from incident_timeline.errors import ConfigError, SourceMalformed, SourceRefused, SourceUnreachable
from incident_timeline.pipeline.query_discovery import discover_queries
from tests.lab.servers import Servers, free_port, missing_binaries

SERIES = (
    ("counter", 'http_requests_total{service="checkout",code="200"}', 10),
    ("counter", 'http_requests_total{service="checkout",code="503"}', 1),
    ("counter", 'payments_total{service="checkout",result="ok"}', 5),
    ("counter", 'payments_total{service="checkout",result="declined by bank"}', 1),
    ("counter", 'payments_total{service="checkout",result="error"}', 1),
    ("gauge", 'pg_stat_activity_max_tx_duration{job="orders-db"}', 3),
    ("gauge", 'basket_size{service="checkout"}', 3),
)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Prometheus that has scraped checkout and a database from ten minutes ago until now."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")
    folder = tmp_path_factory.mktemp("discovery")
    begin = int(time.time()) - 600
    lines: list[str] = []
    for kind, name, step in SERIES:
        family = name.partition("{")[0].removesuffix("_total")
        typed = f"# TYPE {family} {kind}"
        lines += [] if typed in lines else [typed]
        lines += [f"{name} {step * i} {begin + 15 * i}" for i in range(60)]
    buckets = [("0.1", 5), ("+Inf", 6)]
    lines.append("# TYPE render_duration_milliseconds histogram")
    for i in range(60):
        lines += [
            f'render_duration_milliseconds_bucket{{app="checkout",le="{le}"}} {n * i} {begin + 15 * i}'
            for le, n in buckets
        ]
        lines += [
            f'render_duration_milliseconds_{part}{{app="checkout"}} {6 * i} {begin + 15 * i}'
            for part in ("count", "sum")
        ]
    (folder / "data.om").write_text("\n".join([*lines, "# EOF", ""]), encoding="utf-8")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "data.om", "tsdb"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    with Servers(folder / "run") as servers:
        yield servers.prometheus("global: {}\n", folder / "tsdb", free_port())


@pytest.mark.live
def test_a_real_server_says_which_queries_have_data_and_what_looks_like_an_sli(prometheus: str) -> None:
    """Requests are measured, the database is there under its own name, payments and render times are proposed."""
    found = discover_queries(read_settings(None, {"PROMETHEUS_URL": prometheus}), "checkout")

    assert [("http", "error_ratio", 1), ("http", "traffic", 1)] == [
        (w.folder, w.name, w.series) for w in found.with_data
    ]
    assert [("postgresql", "job", ("orders-db",))] == [(e.folder, e.label, e.values) for e in found.elsewhere]
    assert {"payments_error_ratio", "render_duration_milliseconds_p99"} == {one.name for one in found.candidates}
    assert all(read_queries(one.to_yaml(), f"{one.name}.yaml")[0].query.name == one.name for one in found.candidates)


@pytest.mark.live
def test_a_proposed_query_is_answered_by_the_server_that_it_came_from(prometheus: str) -> None:
    """One of seven payments ends in an error."""
    client = PrometheusConnect(url=prometheus)
    found = discover_queries(read_settings(None, {}), "checkout", client)
    proposed = next(one for one in found.candidates if one.name == "payments_error_ratio")
    query = read_queries(proposed.to_yaml(), "x.yaml")[0].query

    answer = client.custom_query(query.expressions("checkout", 300)[query.name])

    assert pytest.approx(1 / 7) == float(answer[0]["value"][1])


@pytest.mark.live
def test_a_service_that_nobody_measures_has_nothing(prometheus: str) -> None:
    """No data, no proposals; the database is still named."""
    found = discover(connect(Connection(prometheus)), "absent", [])

    assert ((), (), ()) == (found.with_data, found.elsewhere, found.candidates)
    assert found.metrics > 5


def test_without_a_configured_server_it_says_what_to_set() -> None:
    """No address, no client."""
    with pytest.raises(ConfigError, match="PROMETHEUS_URL"):
        discover_queries(read_settings(None, {}), "checkout")


@pytest.fixture
def answering() -> Iterator[tuple[str, dict[str, Any]]]:
    """A server that wants a bearer and a tenant, and what it is to answer."""
    said: dict[str, Any] = {"asked": [], "body": json.dumps({"status": "success", "data": ["up"]})}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = (
                self.headers.get("Authorization") == "Bearer a-secret" and self.headers.get("X-Scope-OrgID") == "acme"
            )
            said["asked"].append(self.path.partition("?")[0])
            body = (said["body"] if allowed else "no").encode()
            self.send_response(200 if allowed else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/prometheus", said
    server.shutdown()
    thread.join()
    server.server_close()


TENANT = (("X-Scope-OrgID", "acme"),)


def test_the_configured_credentials_and_path_are_used(answering: tuple[str, dict[str, Any]]) -> None:
    """Bearer, tenant and path prefix as for a build."""
    url, said = answering
    said["body"] = json.dumps({"status": "success", "data": {"result": []}})
    client = connect(Connection(url, bearer="a-secret", headers=TENANT))

    assert [] == client.custom_query("up")
    assert ["/prometheus/api/v1/query"] == said["asked"]


def test_a_refusal_is_asked_once_and_named(answering: tuple[str, dict[str, Any]]) -> None:
    """401 is what to grant, not a traceback; nothing is repeated."""
    url, said = answering

    with pytest.raises(SourceRefused, match=r"401.*check token"):
        discover(connect(Connection(url, bearer="another", headers=TENANT)), "checkout", [])

    assert 1 == len(said["asked"])


@pytest.mark.parametrize("body", ["<html>", '{"status": "success"}', "[]"])
def test_an_answer_in_another_form_is_one_sentence(body: str, answering: tuple[str, dict[str, Any]]) -> None:
    """A login page, an envelope without data, a list."""
    url, said = answering
    said["body"] = body

    with pytest.raises(SourceMalformed, match="check"):
        discover(connect(Connection(url, bearer="a-secret", headers=TENANT)), "checkout", [])


def test_a_server_that_is_down_is_one_sentence() -> None:
    """Nothing listens."""
    with pytest.raises(SourceUnreachable, match="check url"):
        discover(connect(Connection(f"http://127.0.0.1:{free_port()}")), "checkout", [])


def test_histograms_of_times_are_proposed_and_others_are_not() -> None:
    """Sizes are no latency; milliseconds become seconds."""
    timed = histogram_candidate("rpc_duration_ms_bucket", "job")

    assert timed is not None
    assert (
        "query",
        'histogram_quantile(0.99, sum by (le) (rate(rpc_duration_ms_bucket{job="$service"}[$range]))) / 1000',
    ) in (timed.fields)
    assert None is histogram_candidate("message_size_bytes_bucket", "job")
    assert None is histogram_candidate("rpc_duration_ms_count", "job")


@pytest.mark.parametrize(
    ("name", "labels", "names", "bad"),
    [
        ("calls_total", [{"code": "200"}], [], 'calls_total{job="$service",code=~"5.."}'),
        ("calls_total", [{"code": "2xx"}, {"code": "5xx"}], [], 'calls_total{job="$service",code=~"5.."}'),
        ("jobs_total", [{"result": "done"}, {"result": "failed"}], [], 'jobs_total{job="$service",result=~"failed"}'),
        ("jobs_errors_total", [], ["jobs_total"], 'jobs_errors_total{job="$service"}'),
        ("jobs_total", [{"result": "done"}], [], None),
        ("jobs_errors_total", [], [], None),
    ],
)
def test_failures_are_read_from_a_label_or_a_counter_of_their_own(
    name: str, labels: list[dict[str, str]], names: list[str], bad: str | None
) -> None:
    """A code, an outcome that says so, or errors beside all; where nothing fails yet by name, nothing is proposed."""
    found = ratio_candidates(name, "job", labels, names)

    assert ([] if bad is None else [True]) == [
        f"sum(rate({bad}[$range])) or" in dict(one.fields)["errors"] for one in found
    ]
