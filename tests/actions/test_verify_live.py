"""The worked item from lint to verify, against a real Prometheus, a real Alertmanager configuration and a staging service."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.lab.servers import Servers, fetch, free_port, missing_binaries

TODAY = datetime.now(UTC).date()
ITEM = f"""# Post-mortem of the incident of {TODAY - timedelta(days=3)}

## Action items
1. WHAT: p99 latency alerting for all database queries over 500 ms
   - DONE WHEN: metric `db_query_duration_seconds` exists with a `query` label
   - DONE WHEN: alert DbQuerySlow fired since {TODAY - timedelta(days=1)} in staging (on a slow test query)
   - DONE WHEN: alert DbQuerySlow reaches checkout-oncall (the PagerDuty rotation)
   - DONE WHEN: runbook of DbQuerySlow contains "query analysis"
   - OWNER: Miriam Okafor
   - DUE: {TODAY + timedelta(days=7)}
   - VERIFY: demo at the next sync, Miriam shows the alert firing on a slow query
"""
METRICS = """# TYPE db_query_duration_seconds histogram
db_query_duration_seconds_bucket{query="orders_by_user",le="0.5"} 1
db_query_duration_seconds_bucket{query="orders_by_user",le="+Inf"} 9
db_query_duration_seconds_count{query="orders_by_user"} 9
db_query_duration_seconds_sum{query="orders_by_user"} 30
"""
RULE = """groups:
  - name: db
    interval: 1s
    rules:
      - alert: DbQuerySlow
        expr: db_query_duration_seconds_bucket{le="+Inf"} - ignoring(le) db_query_duration_seconds_bucket{le="0.5"} > 5
        labels: {severity: page, environment: staging}
        annotations: {runbook_url: "URL/runbooks/db-query-slow"}
"""
ROUTES = """route:
  receiver: nobody
  routes:
    - {receiver: ROUTED, matchers: ['alertname="DbQuerySlow"', 'severity="page"']}
receivers:
  - name: nobody
  - name: checkout-oncall
    pagerduty_configs: [{routing_key: not-a-real-key}]
"""


@dataclass
class Staging:
    """A service whose metrics and runbook can be added while it runs."""

    pages: dict[str, str] = field(default_factory=lambda: {"/metrics": "up_once 1\n"})

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """Answers what the pages hold now."""
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len((body or "").encode())))
                self.end_headers()
                self.wfile.write((body or "").encode())

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        return Handler


@pytest.fixture
def staging() -> Iterator[tuple[Staging, str]]:
    """The service and its address."""
    held = Staging()
    server = HTTPServer(("127.0.0.1", 0), held.handler())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield held, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def timeline(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """The command's exit code and what it said."""
    code = "import sys; from incident_timeline.cli.app import main; main()"
    command = [sys.executable, "-c", code, "actions", *arguments]
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("TIMELINE_", "GITHUB_", "PROMETHEUS_"))
    }
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=clean | variables)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.live
def test_the_worked_item_is_red_with_reasons_and_green_with_proof(tmp_path: Path, staging: tuple[Staging, str]) -> None:
    """Nothing of it is done; then metric, rule, route and runbook are added, it fires, and every line holds."""
    if absent := [*missing_binaries(), *([] if shutil.which("amtool") else ["amtool"])]:
        pytest.skip(f"not installed: {', '.join(absent)}")
    service, address = staging
    folder, run = tmp_path / "INC-1", tmp_path / "run"
    folder.mkdir()
    run.mkdir()
    (folder / "postmortem.md").write_text(ITEM, encoding="utf-8")
    (tmp_path / "alertmanager.yml").write_text(ROUTES.replace("ROUTED", "nobody"), encoding="utf-8")
    (run / "rules.yml").write_text("groups: []\n", encoding="utf-8")
    target = f"[{{targets: ['{address.removeprefix('http://')}']}}]"
    scraped = "global: {scrape_interval: 1s}\nrule_files: [rules.yml]\n"
    scraped += f"scrape_configs: [{{job_name: db, static_configs: {target}}}]\n"
    with Servers(run) as servers:
        url = servers.prometheus(scraped, tmp_path / "tsdb", free_port())
        verify = ("verify", "INC-1", "--alertmanager", "alertmanager.yml")
        assert 0 == timeline(tmp_path, "lint", "INC-1")[0]
        code, red = timeline(tmp_path, *verify, PROMETHEUS_URL=url)

        service.pages |= {
            "/metrics": METRICS,
            "/runbooks/db-query-slow": "# Slow queries\n\nQuery analysis: run EXPLAIN ANALYZE.",
        }
        (run / "rules.yml").write_text(RULE.replace("URL", address), encoding="utf-8")
        (tmp_path / "alertmanager.yml").write_text(ROUTES.replace("ROUTED", "checkout-oncall"), encoding="utf-8")
        servers.running["prometheus"].send_signal(signal.SIGHUP)
        for _ in range(300):
            if fetch(f"{url}/api/v1/query?query=ALERTS%7Balertstate%3D%22firing%22%7D")["data"]["result"]:
                break
            time.sleep(0.1)
        time.sleep(1.1)  # a proof has the second of its making as its name
        later, green = timeline(tmp_path, *verify, PROMETHEUS_URL=url)

    assert (3, 0) == (code, later), red + green
    for words in (
        "line 5: metric `db_query_duration_seconds` exists with a `query` label: does not hold; no series is named",
        "in staging (on a slow test query): does not hold; it has not fired since",
        "line 7: alert DbQuerySlow reaches checkout-oncall (the PagerDuty rotation): does not hold; none of the 0 loaded",
        'line 8: runbook of DbQuerySlow contains "query analysis": does not hold; none of the 0 loaded',
        "0 of 1 items verified",
    ):
        assert words in red
    for words in ("amtool routes it to checkout-oncall by pagerduty", "environment=staging", "1 of 1 items verified"):
        assert words in green
    proofs = sorted((folder / "proofs").glob("*/proof.json"))
    assert ["does not hold", "holds"] == [json.loads(path.read_text())["items"][0]["verdict"] for path in proofs]
    kept = [json.loads(path.read_text())["items"][0]["conditions"] for path in proofs][-1]
    stored = [one for row in kept for one in row["evidence"] if "/" in one]
    assert stored
    assert all((proofs[-1].parent / "evidence" / one.partition("#")[0]).is_file() for one in stored)


@pytest.mark.live
def test_status_tells_closed_from_verified(tmp_path: Path, staging: tuple[Staging, str]) -> None:
    """An item that a person ticked and no proof holds is closed and not verified."""
    _, address = staging
    folder = tmp_path / "incidents" / "INC-1"
    folder.mkdir(parents=True)
    text = (f"Incident {TODAY - timedelta(days=3)}\n\n## Actions\n- [x] an alert\n  - Done when: url {address}/metrics answers\n"
            f"- [x] a runbook\n  - Done when: url {address}/absent answers\n- [ ] another alert\n  - Owner: Ada Li\n"
            f"  - Done when: rule A exists\n  - Due: {TODAY - timedelta(days=1)}\n")  # fmt: skip
    (folder / "postmortem.md").write_text(text, encoding="utf-8")
    code, said = timeline(tmp_path, "verify", "incidents/INC-1")
    _, status = timeline(tmp_path, "status")

    assert 3 == code
    assert f"{address}/absent answers 404" in said
    assert "could not test; Prometheus is not configured" in said
    assert "closed: 2, of these verified: 1; verified in all: 1" in status
    assert "overdue: 1" in status
