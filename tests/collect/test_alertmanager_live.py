"""The webhook payloads of a real Alertmanager, stored line by line, are read as the alert that it was told of."""

import json
import shutil
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from incident_timeline.collect.alertmanager_log import read_alertmanager_log
from incident_timeline.model.instants import rfc3339
from tests.lab.servers import Servers, free_port

CONFIG = """
route: {{receiver: team, group_by: [alertname], group_wait: 100ms, group_interval: 300ms, repeat_interval: 1h}}
receivers: [{{name: team, webhook_configs: [{{url: "http://127.0.0.1:{port}/", send_resolved: true}}]}}]
"""


@pytest.mark.live
@pytest.mark.skipif(shutil.which("prometheus-alertmanager") is None, reason="prometheus-alertmanager not installed")
def test_stored_payloads_say_when_an_alert_fired_and_when_it_ended(tmp_path: Path) -> None:
    """`startsAt` and `endsAt` as they were sent, once each, however often the group was notified."""
    payloads: list[str] = []
    told = threading.Event()

    class Hook(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            payloads.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if json.loads(payloads[-1])["status"] == "resolved":
                told.set()
            self.send_response(200)
            self.end_headers()

    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=7)
    ended = began + timedelta(minutes=5, milliseconds=250)
    with HTTPServer(("127.0.0.1", 0), Hook) as hook, Servers(tmp_path) as servers:
        threading.Thread(target=hook.serve_forever, daemon=True).start()
        url = servers.alertmanager(CONFIG.format(port=hook.server_address[1]), free_port())
        labels = {"alertname": "CheckoutErrors", "service": "checkout"}
        alert = {"labels": labels, "annotations": {"summary": "checkout fails"},
                 "startsAt": rfc3339(began), "generatorURL": "http://p.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1"}  # fmt: skip
        post(url, alert)
        until = time.monotonic() + 20
        while not payloads and time.monotonic() < until:
            time.sleep(0.05)
        post(url, alert | {"endsAt": rfc3339(ended)})
        assert told.wait(20)
        hook.shutdown()

    heard = read_alertmanager_log("\n".join(payloads).encode(), "am.jsonl", "f")

    rows = [(row["kind"], row["at"], row["service"], json.loads(row["detail"])["expr"]) for row in heard.rows]
    assert [("alert.fired", began, "checkout", "up == 0"), ("alert.ended", ended, "checkout", "up == 0")] == rows
    assert () == heard.lacking
    assert {"4"} == {json.loads(one)["version"] for one in payloads}


def post(url: str, alert: dict[str, object]) -> None:
    """Tells the Alertmanager of an alert, as Prometheus does."""
    request = urllib.request.Request(
        f"{url}/api/v2/alerts", json.dumps([alert]).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10):
        pass
