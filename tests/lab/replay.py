"""Evaluates alerting rules over the past with the real vmalert, which writes their ALERTS into a VictoriaMetrics."""

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.lab.servers import fetch

_LONGEST_S = 300


def replay(rules: Path, source_url: str, target_url: str, start: datetime, end: datetime, interval_s: float) -> None:
    """Replays a rule file from start to end at the interval; samples come from one server, ALERTS go to another.

    queryStep must be the interval (its default of 5 min finds nothing), and the writer is flushed before it ends.
    """
    command = [
        "vmalert", f"-rule={rules}", f"-datasource.url={source_url}", f"-remoteWrite.url={target_url}",
        f"-replay.timeFrom={start:%Y-%m-%dT%H:%M:%SZ}", f"-replay.timeTo={end:%Y-%m-%dT%H:%M:%SZ}",
        f"-evaluationInterval={interval_s:g}s", f"-datasource.queryStep={interval_s:g}s",
        "-remoteWrite.flushInterval=100ms", "-replay.rulesDelay=1s", "-replay.maxDatapointsPerQuery=1000",
        "-httpListenAddr=127.0.0.1:0",
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=_LONGEST_S)
    fetch_nothing(f"{target_url}/internal/force_flush")


def firing_samples(target_url: str, alert: str, start: datetime, end: datetime) -> list[float]:
    """Epoch seconds of every firing sample of an alert that a replay wrote, in order."""
    selector = f'ALERTS{{alertname="{alert}",alertstate="firing"}}[{round((end - start).total_seconds()) + 60}s]'
    answer: Any = fetch(f"{target_url}/api/v1/query?query={quote(selector)}&time={end.timestamp() + 30:.0f}")
    return sorted({float(at) for row in answer["data"]["result"] for at, _ in row["values"]})


def begun(samples: list[float], interval_s: float) -> list[float]:
    """When an alert began to fire: its samples that follow no other within an evaluation."""
    return [
        at for before, at in zip([float("-inf"), *samples], samples, strict=False) if at - before > 1.5 * interval_s
    ]


def fetch_nothing(url: str) -> None:
    """Asks a URL whose answer has no JSON."""
    import urllib.request

    with urllib.request.urlopen(url, timeout=30) as answer:
        answer.read()
