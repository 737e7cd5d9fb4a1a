"""Plays a scenario against the lab: real load, scrapes, rules and pages; people act at their times; the truth is written down."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.lab.github_state import Repository
from tests.lab.load import Load
from tests.lab.pagerduty_state import Account
from tests.lab.servers import Servers, free_port
from tests.lab.simulators import Simulators
from tests.lab.slack_state import Channel

HERE = Path(__file__).parent
PAGE_WITHIN_S = 1500.0  # no page by then: the scenario is wrong


@dataclass
class Played:
    """What really happened: exact times of every step, and where the servers were."""

    scenario: dict[str, Any]
    prometheus_url: str
    prometheus_config: str
    rules: str
    begun: float
    simulators: Simulators
    load: Load
    steps: list[dict[str, Any]] = field(default_factory=list)

    def note(self, step: str, **details: Any) -> None:
        """Writes down that a step happened now."""
        self.steps.append({"at": time.time(), "step": step, **details})


@dataclass
class _Stage:
    """Everything an act may touch."""

    played: Played
    servers: Servers
    ports: dict[str, tuple[int, int]]
    live: dict[str, tuple[str, float]]  # service -> version, live since


def load_scenario(name: str) -> dict[str, Any]:
    """A scenario of tests/lab/scenarios by name."""
    found: dict[str, Any] = yaml.safe_load((HERE / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def play(
    scenario: dict[str, Any], servers: Servers, say: Callable[[str], None], simulators: Simulators | None = None
) -> Played:
    """Runs the whole scenario in real time; the servers still run when it returns, so that they can be read."""
    people = scenario["people"]
    simulators = simulators or Simulators(
        Account(scenario["number"], people["asha"]), _repository(scenario, time.time()), Channel(list(people.values()))
    )
    simulators.__enter__()
    pods = pods_of(scenario)
    names = ("orders", "payments", "checkout", *pods)
    ports = {name: (free_port(), free_port()) for name in names}
    live = {
        "orders": ("v203", time.time()),
        "payments": ("payments-v87", time.time()),
        "checkout": ("v417", time.time()),
    }
    versions = scenario["versions"]
    for name in names:
        service = name.partition("-")[0]
        called = [ports["orders"][0], ports["payments"][0]] if service == "checkout" else []
        servers.service(service, *ports[name], versions, *live[service], *called, process=name)
    manager = servers.alertmanager(_alertmanager(scenario, simulators.events_url), free_port())
    rules = (HERE / scenario.get("rules", "rules.yml")).read_text(encoding="utf-8")
    rules = rules.replace("$window", scenario["rate_window"]).replace("$for", str(scenario["for"]))
    (servers.folder / "rules.yml").write_text(rules, encoding="utf-8")
    config = _prometheus(scenario, ports, manager)
    url = servers.prometheus(config, servers.folder / "tsdb", free_port())
    shooter = Load(ports["checkout"][0], scenario["requests_per_s"], *(ports[pod][0] for pod in pods))
    shooter.start()
    played = Played(scenario, url, config, rules, time.time(), simulators, shooter)
    stage = _Stage(played, servers, ports, live)
    say(f"begun; Prometheus at {url}")
    try:
        for anchor, offset, step in sorted(_steps(scenario, stage), key=lambda s: (s[0] == "page", s[1])):
            base = played.begun if anchor == "start" else _page(simulators, played.begun)
            time.sleep(max(0.0, base + offset - time.time()))
            step()
            say(f"{time.time() - played.begun:7.1f} s  {played.steps[-1]['step']}")
    finally:
        shooter.stop()
    return played


def _page(simulators: Simulators, begun: float) -> float:
    while not simulators.triggered:
        if time.time() - begun > PAGE_WITHIN_S:
            raise TimeoutError(f"nobody was paged within {PAGE_WITHIN_S:g} s; look at the rules and the load")
        time.sleep(0.1)
    return simulators.triggered[0]


def _steps(scenario: dict[str, Any], stage: _Stage) -> list[tuple[str, float, Callable[[], None]]]:
    """Every act as single steps: (start or page, seconds after it, what to do)."""
    steps: list[tuple[str, float, Callable[[], None]]] = []
    for act in scenario["acts"]:
        anchor = "start" if "start" in act else "page"
        offset = float(act[anchor])
        if "deploy" in act or "rollback" in act:
            steps += [(anchor, offset + later, step) for later, step in _rollout(act, stage)]
        elif "restart" in act:
            steps.append((anchor, offset, lambda act=act: _restart(act, stage)))  # type: ignore[misc]
        elif verb := next((verb for verb in _CHANGES if verb in act), None):
            steps.append((anchor, offset, lambda act=act, verb=verb: _CHANGES[verb](act, stage)))  # type: ignore[misc]
        else:
            steps.append((anchor, offset, lambda act=act: _speak(act, stage)))  # type: ignore[misc]
    return steps


def _speak(act: dict[str, Any], stage: _Stage) -> None:
    played, people = stage.played, stage.played.scenario["people"]
    at, label, simulators = time.time(), act.get("label"), played.simulators
    with simulators.lock:
        if "slack" in act:
            ref = simulators.channel.say(people[act["slack"]], act["say"], at)
            played.note("chat", by=act["slack"], ref=ref, label=label)
        elif "bot" in act:
            played.note("bot", by=act["bot"], ref=simulators.channel.announce(act["bot"], act["say"], at), label=label)
        elif "end" in act:
            played.note("end")
        else:
            incident, who = simulators.account.state["incidents"][0], people[act["pagerduty"]]
            account, verb = simulators.account, next(k for k in act if k in _VERBS)
            ref = _VERBS[verb](account, incident, who, act, people, at)
            played.note(verb, by=act["pagerduty"], ref=ref, label=label)


_VERBS: dict[str, Callable[..., Any]] = {
    "acknowledge": lambda a, i, who, act, people, at: a.acknowledge(i, who, at),
    "note": lambda a, i, who, act, people, at: a.note(i, who, act["note"], at),
    "request": lambda a, i, who, act, people, at: a.request(i, who, people[act["request"]], act["message"], at),
    "join": lambda a, i, who, act, people, at: a.join(i, who, at),
    "status": lambda a, i, who, act, people, at: a.status(i, who, act["status"], at),
    "resolve": lambda a, i, who, act, people, at: a.resolve(i, who, at),
}


def pods_of(scenario: dict[str, Any]) -> list[str]:
    """The further processes of checkout, when a scenario has several."""
    return [f"checkout-{number}" for number in range(2, scenario.get("pods", 1) + 1)]


def _disturb(act: dict[str, Any], stage: _Stage) -> None:
    _control(stage.ports[act["disturb"]][0], f"disturb/{act['share']}/{act['mean_s']}")
    stage.played.note(f"{act['label']}", process=act["disturb"], share=act["share"], mean_s=act["mean_s"])


def _more_load(act: dict[str, Any], stage: _Stage) -> None:
    stage.played.load.ramp(float(act["load"]), float(act["over"]))
    stage.played.note(f"{act['label']}", per_s=act["load"], over=act["over"])


def _resize(act: dict[str, Any], stage: _Stage) -> None:
    _control(stage.ports["checkout"][0], f"workers/{act['workers']}")
    stage.played.note(f"{act['label']}", workers=act["workers"])


_CHANGES: dict[str, Callable[[dict[str, Any], _Stage], None]] = {
    "disturb": _disturb,
    "load": _more_load,
    "workers": _resize,
}


def _restart(act: dict[str, Any], stage: _Stage) -> None:
    name = act["restart"]
    stage.played.note("restart", service=name, label=act.get("label"))
    stage.servers.stop(name)
    called = [stage.ports["orders"][0], stage.ports["payments"][0]] if name == "checkout" else []
    stage.servers.service(name, *stage.ports[name], stage.played.scenario["versions"], *stage.live[name], *called)
    stage.played.note("restarted", service=name, label=act.get("label"))


def _rollout(act: dict[str, Any], stage: _Stage) -> list[tuple[float, Callable[[], None]]]:
    """A deployment as steps: asked for, perhaps waiting for approval, queued, running, live, success."""
    service, back = act.get("deploy") or act["rollback"], "rollback" in act
    played, simulators = stage.played, stage.played.simulators
    people, repository = played.scenario["people"], simulators.repository
    label, number = act.get("label") or service, [0]
    by = people[act["by"]]["github"]

    def ask() -> None:
        version = act["version"]
        sha = played.scenario["versions"][version]["sha"]
        text = f"roll back {service} to {version}" if back else f"release {version}"
        number[0] = repository.deploy(service, version, sha, by, time.time(), text)
        waits = "waiting for approval by a reviewer of production" if "approve_after" in act else ""
        repository.status(number[0], "pending" if waits else "queued", by, time.time(), waits)
        played.note(f"{label}.requested", ref=number[0])

    def approve() -> None:
        reviewer = people[act["approved_by"]]["github"]
        repository.approve(number[0], reviewer, "ok")
        repository.status(number[0], "queued", "github-actions[bot]", time.time(), f"approved by {reviewer}")
        played.note(f"{label}.approved", ref=number[0])

    def run() -> None:
        repository.status(number[0], "in_progress", "github-actions[bot]", time.time())
        played.note(f"{label}.started", ref=number[0])

    def live() -> None:
        at = time.time()
        stage.live[service] = (act["version"], at)
        _control(stage.ports[service][0], f"switch/{act['version']}/{at:.3f}")
        played.note(f"{label}.live", ref=number[0])

    def done() -> None:
        repository.status(number[0], "success", "github-actions[bot]", time.time())
        played.note(f"{label}.succeeded", ref=number[0])

    wait = float(act.get("approve_after", 0))
    begin = wait + float(act.get("queue", 6))
    end = begin + float(act["takes"])
    steps: list[tuple[float, Callable[[], None]]] = [(0.0, ask), (begin, run), (end - 2.0, live), (end, done)]
    return [*steps, (wait, approve)] if wait else steps


def _control(port: int, path: str) -> None:
    import urllib.request

    urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5).close()


def _repository(scenario: dict[str, Any], now: float) -> Repository:
    repository = Repository()
    for row in scenario["history"]:
        login, at = scenario["people"][row["by"]]["github"], now - row["hours"] * 3600
        number = repository.deploy(row["service"], row["version"], row["sha"], login, at, f"release {row['version']}")
        for state, later in (("queued", 0), ("in_progress", 7), ("success", 52)):
            repository.status(number, state, "github-actions[bot]", at + later)
    return repository


def _alertmanager(scenario: dict[str, Any], events_url: str) -> str:
    return yaml.safe_dump(
        {
            "global": {"resolve_timeout": "1m", "pagerduty_url": events_url},
            "route": {"receiver": "pager", "group_by": ["alertname", "service"], "group_wait": scenario["group_wait"],
                      "group_interval": "5m", "repeat_interval": "4h"},
            "receivers": [
                {"name": "pager", "pagerduty_configs": [
                    {"routing_key": "a" * 32, "send_resolved": False, "severity": "critical"}]}
            ],
        }
    )  # fmt: skip


def _prometheus(scenario: dict[str, Any], ports: dict[str, tuple[int, int]], manager: str) -> str:
    targets: dict[str, list[str]] = {}
    for name, (_, metrics) in ports.items():
        targets.setdefault(name.partition("-")[0], []).append(f"127.0.0.1:{metrics}")
    jobs = [{"job_name": name, "static_configs": [{"targets": held}]} for name, held in targets.items()]
    return yaml.safe_dump(
        {
            "global": {"scrape_interval": f"{scenario['scrape_s']}s", "evaluation_interval": f"{scenario['evaluation_s']}s"},
            "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [manager.removeprefix("http://")]}]}]},
            "scrape_configs": jobs,
        }
    )  # fmt: skip
