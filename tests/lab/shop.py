"""One service of the shop as a process: real HTTP, instrumented, with a version that decides how it behaves.

python -m tests.lab.shop NAME PORT METRICS_PORT VERSIONS_JSON VERSION [CALLED_PORT ...]
"""

import json
import random
import sys
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from tests.lab.workers import Workers

BUCKETS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 5.0)
POOL = 40

REQUESTS = Counter("http_requests", "Requests answered.", ["service", "code"])
SECONDS = Histogram("http_request_duration_seconds", "Time to answer.", ["service"], buckets=BUCKETS)
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests being answered.", ["service"])
POOL_USED = Gauge("db_pool_in_use", "Connections in use.", ["service"])
POOL_SIZE = Gauge("db_pool_size", "Connections there are.", ["service"])
BUILD = Gauge("app_build_info", "Version that runs.", ["service", "version", "sha"])


class Service:
    """What one service does with a request, by its version and how long that has been live."""

    def __init__(self, name: str, versions: dict[str, dict[str, Any]], version: str, called: list[int]) -> None:
        self.name, self.versions, self.called = name, versions, called
        self.random = random.Random(name)
        self.disturbed = (
            0.0,
            0.0,
        )  # share of requests that are slower now whatever the version, by how many s on average
        self.switch(version, time.time())
        self.workers = Workers(name, self.does["workers"], self.does["queue"]) if "workers" in self.does else None

    def switch(self, version: str, live_since: float) -> None:
        """Makes a version live; its behaviour counts from `live_since` (a restart does not make a version new)."""
        self.version, self.live_since = version, live_since
        self.does = self.versions.get(version, {})
        BUILD.clear()
        BUILD.labels(self.name, version, self.does.get("sha", "")).set(1)
        POOL_SIZE.labels(self.name).set(POOL)

    def fail_share(self) -> float:
        """The share of requests that fail now."""
        start, full = self.does.get("fail_from_s", 0), self.does.get("fail_full_s", 0)
        if not full:
            return 0.0
        age = time.time() - self.live_since
        return float(self.does["fail_share"]) * min(max((age - start) / (full - start), 0.0), 1.0)

    def answer(self) -> int:
        """Answers one request, with a worker of its own where the service has a bounded pool; 503 when its queue is full."""
        if self.workers is None:
            return self.work()
        if not self.workers.take():
            return 503
        try:
            time.sleep(self.random.gammavariate(9, self.does["held_s"] / 9))
            return self.work()
        finally:
            self.workers.give_back()

    def control(self, path: str) -> None:
        """What the lab itself asks for: /switch/VERSION/SINCE, /disturb/SHARE/MEAN_S, /workers/SIZE."""
        _, verb, *given = path.split("/")
        if verb == "switch":
            self.switch(given[0], float(given[1]))
        elif verb == "disturb":
            self.disturbed = (float(given[0]), float(given[1]))
        elif self.workers is not None:
            self.workers.resize(int(given[0]))

    def work(self) -> int:
        """Does one request's work and returns its status code."""
        mean = self.does.get("slow_mean_s", 0.0)
        slow = self.random.random() < self.does.get("slow_share", 0.0)
        time.sleep(0.012 + self.random.gammavariate(4, 0.004) + (self.random.gammavariate(9, mean / 9) if slow else 0))
        share, more = self.disturbed
        if share and self.random.random() < share:
            time.sleep(self.random.gammavariate(9, more / 9))
        POOL_USED.labels(self.name).set(min(POOL, 6 + self.random.randrange(3) + (POOL if slow else 0)))
        if self.random.random() < self.fail_share() + 0.0006:
            return 503
        for port in self.called:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/work", timeout=2) as answer:
                    answer.read()
            except (urllib.error.URLError, TimeoutError):
                return 502
        return 200


def serve(service: Service, port: int) -> None:
    """Serves /work and the lab's own control paths until killed."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """The lab keeps its own log."""

        def do_GET(self) -> None:
            if self.path.startswith(("/switch/", "/disturb/", "/workers/")):
                service.control(self.path)
                code = 200
            else:
                begun = time.perf_counter()
                with IN_FLIGHT.labels(service.name).track_inprogress():
                    code = service.answer()
                REQUESTS.labels(service.name, str(code)).inc()
                SECONDS.labels(service.name).observe(time.perf_counter() - begun)
            self.send_response(code)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    ThreadingHTTPServer.daemon_threads = True
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def main(argv: list[str]) -> None:
    """Starts the metrics endpoint and the service."""
    name, port, metrics_port, versions, version, since, *called = argv
    start_http_server(int(metrics_port), addr="127.0.0.1")
    service = Service(name, json.loads(versions), version, [int(one) for one in called])
    service.switch(version, float(since))
    serve(service, int(port))


if __name__ == "__main__":
    main(sys.argv[1:])
