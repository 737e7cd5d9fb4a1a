"""Starts and stops the real servers of the lab on free loopback ports: Prometheus, Alertmanager, the shop."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

NEEDED = ("prometheus", "prometheus-alertmanager", "promtool")
ROOT = Path(__file__).resolve().parents[2]


def missing_binaries(*more: str) -> list[str]:
    """The Debian programs that the lab needs, and `more` that a test needs, which are not here."""
    return [name for name in (*NEEDED, *more) if shutil.which(name) is None]


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, seconds: float = 60) -> None:
    """Waits until a URL answers 200; raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.05)
    raise TimeoutError(f"no answer within {seconds} s: {url}")


def fetch(url: str, post: bool = False) -> Any:
    """The JSON that a URL answers."""
    request = urllib.request.Request(url, method="POST" if post else "GET")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class Servers:
    """Child processes by name, each with its output in a file; all are stopped on leaving."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.running)):
            self.stop(name)

    def start(self, name: str, *command: str, folder: Path = ROOT, variables: Mapping[str, str] | None = None) -> None:
        """Starts a process under a name, in a folder, with an environment of its own where one is given."""
        log = (self.folder / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=variables)
        log.close()

    def run(self, name: str, *arguments: str) -> None:
        """Runs a program to its end, its output in a file under its name; CalledProcessError when it fails."""
        with (self.folder / f"{name}.log").open("ab") as log:
            subprocess.run([name, *arguments], stdout=log, stderr=log, check=True)

    def stop(self, name: str) -> None:
        """Stops a process and waits for it."""
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def prometheus(self, config: str, data: Path, port: int, *flags: str, ready: str = "") -> str:
        """A Prometheus on a data folder; returns its URL. Its retention never deletes what was recorded.

        `ready` is the path before `/-/ready` where flags set one.
        It runs in the folder of its configuration, so that `/api/v1/rules` names `rules.yml` and not a folder of this machine.
        """
        (self.folder / "prometheus.yml").write_text(config, encoding="utf-8")
        url = f"http://127.0.0.1:{port}"
        self.start(
            "prometheus", "prometheus", "--config.file=prometheus.yml", f"--storage.tsdb.path={data.resolve()}",
            "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{port}",
            f"--web.external-url={url}/", "--web.enable-admin-api", "--log.level=warn", *flags,
            folder=self.folder,
        )  # fmt: skip
        wait_for(f"{url}{ready}/-/ready")
        return url

    def victoria(self, data: Path, port: int) -> str:
        """A VictoriaMetrics on a data folder; returns its URL. It keeps old samples and hides none of the last seconds."""
        url = f"http://127.0.0.1:{port}"
        self.start(
            "victoria-metrics", "victoria-metrics", f"-storageDataPath={data.resolve()}", "-retentionPeriod=100y",
            f"-httpListenAddr=127.0.0.1:{port}", "-search.latencyOffset=0s", folder=self.folder,
        )  # fmt: skip
        wait_for(f"{url}/health")
        return url

    def alertmanager(self, config: str, port: int) -> str:
        """An Alertmanager; returns its URL."""
        path = self.folder / "alertmanager.yml"
        path.write_text(config, encoding="utf-8")
        url = f"http://127.0.0.1:{port}"
        self.start(
            "alertmanager", "prometheus-alertmanager", f"--config.file={path}", f"--storage.path={self.folder / 'am'}",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", f"--web.external-url={url}/",
            "--log.level=warn",
        )  # fmt: skip
        wait_for(f"{url}/-/ready")
        return url

    def service(
        self, name: str, port: int, metrics: int, versions: dict[str, Any], version: str, since: float, *called: int,
        process: str = "",
    ) -> None:  # fmt: skip
        """One service of the shop, or one of its processes when there are several."""
        self.start(
            process or name, sys.executable, "-m", "tests.lab.shop", name, str(port), str(metrics), json.dumps(versions), version,
            f"{since:.3f}", *(str(one) for one in called),
        )  # fmt: skip
        wait_for(f"http://127.0.0.1:{metrics}/metrics")
