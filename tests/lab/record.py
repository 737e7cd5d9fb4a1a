"""Keeps what a played scenario left: TSDB snapshot, simulators' final state, client counts, truth; and serves it again."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab.github_state import Repository
from tests.lab.pagerduty_state import Account
from tests.lab.play import Played, load_scenario, play
from tests.lab.servers import ROOT, Servers, fetch, free_port
from tests.lab.simulators import GITHUB_TOKEN, PAGERDUTY_TOKEN, SLACK_TOKEN, Simulators
from tests.lab.slack_state import Channel
from tests.lab.truth import Lived
from tests.lab.truths import truth_for

FIXTURES = ROOT / "fixtures"


def record(name: str, out: Path, say: Callable[[str], None]) -> None:
    """Plays a scenario in real time and keeps everything under `out`."""
    scenario = load_scenario(name)
    with tempfile.TemporaryDirectory() as work, Servers(Path(work)) as servers:
        played = play(scenario, servers, say)
        alerts = alert_samples(played.prometheus_url)
        snapshot = fetch(f"{played.prometheus_url}/api/v1/admin/tsdb/snapshot", post=True)["data"]["name"]
        keep(played, Path(work) / "tsdb" / "snapshots" / snapshot, alerts, out)
        played.simulators.__exit__()
    say(f"recorded under {out.name}")


def alert_samples(prometheus_url: str, at: float | None = None) -> dict[str, Any]:
    """The raw samples of ALERTS and ALERTS_FOR_STATE over the three hours before `at` (default: now)."""
    when = "" if at is None else f"&time={at:.3f}"
    return {
        metric: fetch(f"{prometheus_url}/api/v1/query?query={metric}%5B3h%5D{when}")["data"]["result"]
        for metric in ("ALERTS", "ALERTS_FOR_STATE")
    }


def keep(played: Played, snapshot: Path, alerts: dict[str, Any], out: Path) -> None:
    """Writes one recording."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(out / "tsdb", ignore_errors=True)
    shutil.copytree(snapshot, out / "tsdb")
    simulators = played.simulators
    states = {
        "pagerduty": simulators.account.state, "github": simulators.repository.state, "slack": simulators.channel.state,
        "events_api": simulators.deliveries, "steps": played.steps,
    }  # fmt: skip
    for name, state in states.items():
        write_json(out / f"{name}.json", state)
    simulators.channel.export(out / "slack-export")
    (out / "prometheus.yml").write_text(played.prometheus_config, encoding="utf-8")
    (out / "rules.yml").write_text(played.rules, encoding="utf-8")
    played.load.save(out / "client.jsonl")
    write_json(out / "truth.json", truth_for(lived(played.scenario, out, alerts)))


def lived(scenario: dict[str, Any], folder: Path, alerts: dict[str, Any]) -> Lived:
    """What a recording's files say happened."""
    counts = [json.loads(line) for line in (folder / "client.jsonl").read_text(encoding="utf-8").splitlines()]
    pages = [row["at"] for row in _json(folder / "events_api.json") if row["body"]["event_action"] == "trigger"]
    return Lived(scenario, _json(folder / "steps.json"), pages, {row.pop("second"): row for row in counts}, alerts)


@dataclass(frozen=True)
class Served:
    """Where a recording is served, and the tokens that its simulators take."""

    prometheus_url: str
    simulators: Simulators
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that point `timeline` at it."""
        return {
            "TIMELINE_PAGERDUTY_URL": self.simulators.pagerduty_url,
            "PAGERDUTY_TOKEN": PAGERDUTY_TOKEN,
            "PROMETHEUS_URL": self.prometheus_url,
            "GITHUB_TOKEN": GITHUB_TOKEN,
            "SLACK_TOKEN": SLACK_TOKEN,
        }

    def config(self) -> str:
        """A timeline.toml for it; the tokens come from the variables."""
        return (
            f'[pagerduty]\nurl = "{self.simulators.pagerduty_url}"\ntoken = "env:PAGERDUTY_TOKEN"\n\n'
            f'[prometheus]\nurl = "{self.prometheus_url}"\n\n'
            f'[[deploys]]\nkind = "github"\nurl = "{self.simulators.github_url}"\nrepo = "acme/shop"\n'
            f'token = "env:GITHUB_TOKEN"\n\n'
            f'[[deploys]]\nkind = "prometheus"\n\n'
            f'[[chat]]\nkind = "slack"\nurl = "{self.simulators.slack_url}"\nchannel = "C0123"\ntoken = "env:SLACK_TOKEN"\n\n'
            f'[services.checkout]\npagerduty = "PSVC001"\nqueries = ["http"]\n'
        )


@contextmanager
def served(name: str, folder: Path | None = None) -> Iterator[Served]:
    """A real Prometheus on a copy of a recording's snapshot, and the simulators on their final state, on loopback."""
    folder = folder or FIXTURES / name
    scenario = load_scenario(name.lower())
    people = scenario["people"]
    states = {one: _json(folder / f"{one}.json") for one in ("pagerduty", "github", "slack")}
    simulators = Simulators(
        Account(scenario["number"], people["asha"], states["pagerduty"]), Repository(states["github"]),
        Channel(list(people.values()), states["slack"]),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as work, Servers(Path(work)) as servers, simulators:
        shutil.copytree(folder / "tsdb", Path(work) / "tsdb")
        shutil.copy(folder / "rules.yml", Path(work) / "rules.yml")
        url = servers.prometheus(_frozen(folder), Path(work) / "tsdb", free_port())
        yield Served(url, simulators, folder)


def tell(name: str) -> None:
    """Writes fixtures/<name>/truth.json anew from the recording's own files, and from its TSDB, which is served for that."""
    folder = FIXTURES / name
    with served(name) as place:
        alerts = alert_samples(place.prometheus_url, _json(folder / "steps.json")[-1]["at"])
    write_json(folder / "truth.json", truth_for(lived(load_scenario(name.lower()), folder, alerts)))


def _frozen(folder: Path) -> str:
    """The recording's configuration without targets; what its rules find now lies after the recorded window."""
    config = yaml.safe_load((folder / "prometheus.yml").read_text(encoding="utf-8"))
    return yaml.safe_dump({"global": config["global"], "rule_files": config["rule_files"]})


def write_json(path: Path, value: object) -> None:
    """Writes JSON that a person can read and git can compare."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
