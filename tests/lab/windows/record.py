"""Lives through the planned windows with a real Prometheus and keeps its snapshot and the counts of every client."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from tests.lab.servers import Servers, fetch, free_port
from tests.lab.windows.plan import read

RULES = Path(__file__).with_name("rules.yml")
SCRAPE_S = 15


def prometheus_config(ports: dict[str, int]) -> str:
    """One target per shop; the service of a series is also its job, as where every service is scraped by itself.

    All services of a shop are one process, so what the process says of itself goes to its entry point, checkout.
    """
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": f"{SCRAPE_S}s", "evaluation_interval": f"{SCRAPE_S}s"},
            "rule_files": ["rules.yml"],
            "scrape_configs": [
                {
                    "job_name": shop,
                    "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
                    "relabel_configs": [{"target_label": "instance", "replacement": shop}],
                    "metric_relabel_configs": [
                        {"source_labels": ["__name__"], "regex": ".*_created", "action": "drop"},
                        {
                            "source_labels": ["__name__"], "regex": "(process|python)_.*",
                            "target_label": "service", "replacement": f"{shop}-checkout",
                        },
                        {"source_labels": ["service"], "regex": "(.+)", "target_label": "job"},
                    ],
                }
                for shop, port in ports.items()
            ],
        },
        sort_keys=False,
    )  # fmt: skip


def record(out: Path, name: str, say: Callable[[str], None]) -> None:
    """Plays a plan in real time; `out` gets tsdb/, clients/, prometheus.yml, rules.yml and begun.txt."""
    plan = read(name)
    out.mkdir(parents=True)
    (out / "clients").mkdir()
    with tempfile.TemporaryDirectory() as work, Servers(Path(work)) as servers:
        begun, clients = time.time() + 5, out.resolve() / "clients"
        for shop in plan.per_s:
            counts = str(clients / f"{shop}.csv")
            servers.start(shop, sys.executable, "-m", "tests.lab.windows.shop", shop, f"{begun:.3f}", counts, name)
        ports = {shop: port_of(clients / f"{shop}.port") for shop in plan.per_s}
        shutil.copy(RULES, Path(work) / "rules.yml")
        config = prometheus_config(ports)
        url = servers.prometheus(config, Path(work) / "tsdb", free_port())
        (out / "begun.txt").write_text(f"{begun:.3f}\n", encoding="utf-8")
        say(f"begun; Prometheus at {url}; it takes {plan.lasts / 60:.0f} minutes")
        time.sleep(max(0.0, begun + plan.lasts - time.time()))
        for shop in ports:
            servers.running[shop].wait(timeout=60)
        snapshot = fetch(f"{url}/api/v1/admin/tsdb/snapshot", post=True)["data"]["name"]
        shutil.copytree(Path(work) / "tsdb" / "snapshots" / snapshot, out / "tsdb")
        shutil.copy(RULES, out / "rules.yml")
        (out / "prometheus.yml").write_text(config, encoding="utf-8")
    say(f"recorded under {out.name}")


def port_of(path: Path) -> int:
    """The port that a shop wrote down once it listened; removes the note. Raises TimeoutError."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if path.is_file() and (text := path.read_text(encoding="utf-8")).endswith("\n"):
            path.unlink()
            return int(text)
        time.sleep(0.05)
    raise TimeoutError(f"{path.stem} did not start")
