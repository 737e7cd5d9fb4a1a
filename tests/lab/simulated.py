"""Simulated metrics of one service as OpenMetrics text: a quiet day with small blips, or one with an incident in it.

Adapted from the generator that the lab's measurements were made with. Everything in it is invented; what is built on it says
"simulated".
"""

import random
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

BOUNDS = ("0.1", "0.25", "0.5", "1", "2.5", "+Inf")


@dataclass(frozen=True)
class Fault:
    """From `start` requests get slow, later they also fail; both grow for `grows` and end at once after `lasts`."""

    start: datetime
    lasts: timedelta
    slow: float  # share of requests that get slow when it is fully grown
    failed: float  # share that fails
    grows: timedelta = timedelta(minutes=2)
    fails_after: timedelta = timedelta(0)

    def shares(self, at: datetime) -> tuple[float, float]:
        """(slow, failed) shares at an instant."""
        since = at - self.start
        if not timedelta(0) <= since < self.lasts:
            return 0.0, 0.0
        grown = min(1.0, since / self.grows)
        failing = min(1.0, max(0.0, (since - self.fails_after) / self.grows))
        return self.slow * grown, self.failed * failing


def openmetrics(start: datetime, end: datetime, step_s: int, faults: Sequence[Fault] = (), pods: int = 1) -> str:
    """Counters by code, a bucketed histogram of durations, a gauge and `up`, scraped every `step_s` from start to end."""
    families = {
        "http_requests": "counter", "http_request_duration_seconds": "histogram", "db_pool_in_use": "gauge", "up": "gauge",
    }  # fmt: skip
    rows: dict[str, list[str]] = {name: [] for name in families}
    for pod in range(pods):
        for family, line in _pod(pod, start, end, step_s, faults):
            rows[family].append(line)
    lines = []
    for family, kind in families.items():  # samples of one metric must stand together
        lines += [f"# TYPE {family} {kind}", *sorted(rows[family], key=_series)]
    return "\n".join([*lines, "# EOF", ""])


def into_prometheus(text: str, folder: Path) -> Path:
    """Back-fills a data folder for Prometheus with OpenMetrics text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.om").write_text(text, encoding="utf-8")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", "data.om", "tsdb"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "tsdb"


def into_victoria(text: str, url: str) -> None:
    """Imports the same text into VictoriaMetrics, which wants milliseconds where OpenMetrics has seconds."""
    lines = [f"{line}000" for line in text.splitlines() if line and not line.startswith("#")]
    request = urllib.request.Request(f"{url}/api/v1/import/prometheus", "\n".join(lines).encode(), method="POST")
    for one in (request, f"{url}/internal/force_flush"):  # else it may take seconds before they are found
        with urllib.request.urlopen(one, timeout=60) as answer:
            answer.read()


def _pod(
    pod: int, start: datetime, end: datetime, step_s: int, faults: Sequence[Fault]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    chance = random.Random(7 + pod)
    labels = f'job="checkout",service="checkout",instance="10.0.0.{pod}:8080"'
    count = {"200": 0, "500": 0}
    buckets, total = [0] * len(BOUNDS), 0.0
    for tick in range(round((end - start).total_seconds()) // step_s + 1):
        at = start + timedelta(seconds=tick * step_s)
        shares = [fault.shares(at) for fault in faults]
        slow_share, failed_share = max((s for s, _ in shares), default=0.0), max((f for _, f in shares), default=0.0)
        asked = int(20 * step_s * (1 + 0.1 * chance.random()))
        failed = round(asked * (failed_share + 0.001 * chance.random()))
        slow = round(asked * slow_share)
        quick = asked - slow
        parts = [int(quick * 0.7), int(quick * 0.2), 0, slow // 2, slow - slow // 2, 0]
        parts[2] = asked - sum(parts)
        count["200"], count["500"] = count["200"] + asked - failed, count["500"] + failed
        buckets = [held + part for held, part in zip(buckets, parts, strict=True)]
        total += 0.09 * quick + 1.5 * slow
        stamp = int(at.timestamp())
        for code, value in count.items():
            yield "http_requests", f'http_requests_total{{{labels},code="{code}"}} {value} {stamp}'
        name, reached = "http_request_duration_seconds", 0
        for bound, held in zip(BOUNDS, buckets, strict=True):
            reached += held
            yield name, f'{name}_bucket{{{labels},le="{bound}"}} {reached} {stamp}'
        yield name, f"{name}_sum{{{labels}}} {total:.3f} {stamp}"
        yield name, f"{name}_count{{{labels}}} {reached} {stamp}"
        yield "db_pool_in_use", f"db_pool_in_use{{{labels}}} {int(8 + 2 * chance.random() + 22 * slow_share)} {stamp}"
        yield "up", f"up{{{labels}}} 1 {stamp}"


def _series(line: str) -> str:
    """Name and labels of a sample line: a stable sort by it keeps the samples of one series in their order."""
    return line[: line.index("}")]
