"""Facts about a Prometheus that keeps one hour: what was kept in time is built as before, what was not has expired."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from incident_timeline.config import Connection, PrometheusSettings, Settings, read_settings
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.keep import keep
from incident_timeline.pipeline.request import BuildRequest, BuildResult
from tests.lab.collect import moment
from tests.lab.record import FIXTURES, served
from tests.lab.servers import Servers, fetch, free_port, missing_binaries, wait_for

FOLDER = FIXTURES / "INC-123"


@contextmanager
def forgetful(folder: Path) -> Iterator[str]:
    """A Prometheus with one hour of retention, started on the recording and one later block: it deletes the recording."""
    folder.mkdir()
    shutil.copytree(FOLDER / "tsdb", folder / "tsdb")
    later = moment(FOLDER) + timedelta(hours=3)
    text = f"# TYPE up gauge\nup 1 {later.timestamp():.0f}\nup 1 {later.timestamp() + 60:.0f}\n# EOF\n"
    (folder / "later.txt").write_text(text, encoding="utf-8")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "later.txt", "tsdb"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    port = free_port()
    own = f"scrape_configs: [{{job_name: own, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]"
    (folder / "prometheus.yml").write_text(f"global: {{scrape_interval: 1s}}\n{own}\n", encoding="utf-8")
    url = f"http://127.0.0.1:{port}"
    with Servers(folder / "run") as servers:
        servers.start(
            "prometheus", "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--log.level=warn",
            "--storage.tsdb.retention.time=1h", f"--web.listen-address=127.0.0.1:{port}", folder=folder,
        )  # fmt: skip
        wait_for(f"{url}/-/ready")
        for _ in range(100):  # its first scrape of itself comes within a second
            if fetch(f"{url}/api/v1/query?query=up")["data"]["result"]:
                break
            time.sleep(0.1)
        yield url


@pytest.mark.live
def test_a_kept_incident_is_built_after_its_samples_are_gone_and_another_says_expired(tmp_path: Path) -> None:
    """Kept by the night's command; a build afterwards asks nothing of Prometheus and gives what it would have given."""
    if absent := missing_binaries():
        pytest.skip(f"not installed: {', '.join(absent)}")

    def built(settings: Settings, base: Path) -> BuildResult:
        folder = base / "incidents" / "INC-123"
        return build(BuildRequest("INC-123", settings, folder, base, moment(FOLDER)))

    with served("INC-123") as place:
        settings = read_settings(place.config(), place.variables)
        request = BuildRequest("", settings, None, tmp_path / "kept", moment(FOLDER))
        (kept,), _ = keep(request, timedelta(days=2), lambda _: None)
        in_time = built(settings, tmp_path / "in time")
        with forgetful(tmp_path / "server") as url:
            assert [] == fetch(f"{url}/api/v1/query?query=http_requests_total&time={at(in_time)}")["data"]["result"]
            expired = replace(settings, prometheus=PrometheusSettings(Connection(url)))
            after, unkept = built(expired, tmp_path / "kept"), built(expired, tmp_path / "unkept")

    assert ("INC-123", ()) == (kept.incident, kept.lacking)
    assert json.loads(in_time.scores) == json.loads(after.scores)
    assert (0, 3) == (after.exit_code, unkept.exit_code)
    (told,) = [c.reason for c in unkept.scored.coverage if c.source == "prometheus"]
    assert "its samples have expired" in told
    assert "missing" == unkept.scored.milestones["started"].status


def at(result: BuildResult) -> float:
    """A moment of the incident, unix seconds."""
    page = result.scored.milestones["detected"].at
    assert page is not None
    return page.timestamp()
