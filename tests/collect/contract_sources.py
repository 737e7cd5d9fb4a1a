"""Every collector with a small source for it, for the contract that all keep."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import httpx

from incident_timeline.collect.base import Collected, Collector
from incident_timeline.collect.bundle import Bundle
from incident_timeline.collect.chat import SlackChannel
from incident_timeline.collect.deploys.argocd import ArgoCDSyncs
from incident_timeline.collect.deploys.buildbot import BuildbotBuilds
from incident_timeline.collect.deploys.cdevents import CDEventsFile
from incident_timeline.collect.deploys.github import GitHubDeploys
from incident_timeline.collect.deploys.gitlab import GitLabDeploys
from incident_timeline.collect.deploys.jenkins import JenkinsBuilds
from incident_timeline.collect.deploys.observed import ObservedChanges
from incident_timeline.collect.deploys.pagerduty_changes import PagerDutyChanges
from incident_timeline.collect.deploys.record_file import DeployFile
from incident_timeline.collect.pagerduty import PagerDutyCollector
from incident_timeline.collect.registry import SourceOptions, make_collector
from incident_timeline.model.incident import Incident, Window
from tests.collect.ci_simulators import TOKEN, ArgoCD, Changes, GitLab, Jenkins, Respond, chain_to, chain_to_file, stamp
from tests.collect.sources import T0, chain, connection, simulators

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved", source_id=None)
Chain = tuple[httpx.BaseTransport, Bundle]
# Opens the source: a function from a folder (and a token) to the chain, and the number of requests that reached it.
Opened = tuple[Callable[..., Chain], Callable[[], int]]


@dataclass(frozen=True)
class Source:
    """One collector and what it is asked against; `refuses` where a wrong token is refused, which a file cannot do."""

    collect: Callable[[httpx.BaseTransport, Window], Collected]
    opened: Callable[[Path], "contextmanager[Opened]"]
    refuses: bool = True


def _lab(kind: str) -> Callable[[Path], "contextmanager[Opened]"]:
    """One of the lab's simulators, on loopback."""

    @contextmanager
    def opened(_: Path) -> Iterator[Opened]:
        with simulators() as one:
            yield (
                lambda folder, token=None: chain(folder, connection(one, kind, token), kind, kind),
                lambda: len(one.requests),
            )

    return opened


def _ci(kind: str, respond: Respond) -> Callable[[Path], "contextmanager[Opened]"]:
    """A simulator of this folder, behind the whole chain."""

    @contextmanager
    def opened(_: Path) -> Iterator[Opened]:
        asked: list[str] = []

        def counting(request: httpx.Request) -> httpx.Response:
            asked.append(str(request.url))
            return respond(request)

        yield lambda folder, token=TOKEN: chain_to(folder, kind, counting, token), lambda: len(asked)

    return opened


def _file(name: str, text: str) -> Callable[[Path], "contextmanager[Opened]"]:
    """A file of the user's."""

    @contextmanager
    def opened(folder: Path) -> Iterator[Opened]:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        yield lambda into: chain_to_file(into, file), lambda: 0

    return opened


def _of(collector: Collector) -> Callable[[httpx.BaseTransport, Window], Collected]:
    return lambda transport, window: collector.collect(transport, window, INCIDENT)


def _pagerduty(transport: httpx.BaseTransport, window: Window) -> Collected:
    """PagerDuty, incident first."""
    collector = PagerDutyCollector()
    return collector.collect(transport, window, collector.find_incident(transport, "INC-123"))


def _gitlab() -> GitLab:
    one = GitLab()
    one.run(one.deploy("a" * 40, T0), T0 + 20, T0 + 80)
    one.run(one.deploy("b" * 40, T0 + 100), T0 + 120, T0 + 180, "failed")
    return one


def _jenkins() -> Jenkins:
    one = Jenkins()
    one.build(T0, 60, "SUCCESS", queued_ms=900, NOTE=f"https://asha:{TOKEN}@git.example, asha@example.com")
    return one


def _argocd() -> ArgoCD:
    one = ArgoCD()
    one.sync("a" * 40, T0, T0 + 40)
    one.sync("b" * 40, T0 + 100, T0 + 130, phase="Failed")
    return one


def _changes() -> Changes:
    one = Changes()
    one.add("checkout v418 by asha@example.com", T0)
    return one


def _buildbot(request: httpx.Request) -> httpx.Response:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return httpx.Response(403, json={"error": "you need to have role 'read'"})
    low, high = (int(request.url.params[f"started_at__{end}"]) for end in ("ge", "le"))
    build = {"buildid": 7, "number": 7, "started_at": int(T0), "complete_at": int(T0) + 40, "results": 0,
             "properties": {"buildername": ["deploy", "Builder"], "owner": ["asha@example.com", "Force"]}}  # fmt: skip
    return httpx.Response(200, json={"builds": [build] if low <= T0 <= high else [], "meta": {}})


_DEPLOY = f'{{"service": "checkout", "sha": "abc", "started": "{stamp(T0)}", "actor": "asha@example.com"}}\n'
_CDEVENT = (
    '{"context": {"specversion": "0.6.0", "id": "1", "source": "/ci", "type": "dev.cdevents.service.deployed.0.3.0", '
    f'"timestamp": "{stamp(T0)}"}}, "subject": {{"id": "checkout", "content": {{"environment": {{"id": "prod"}}}}}}}}\n'
)

_TALK = "[2026-11-17 14:01] Asha Venkat: asha@example.com asked about v418\n"
_CALL = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Asha Venkat>write to asha@example.com\n"
_MESSAGE = f'{{"at": "{stamp(T0)}", "actor": "Asha Venkat", "text": "asha@example.com has it"}}\n'
_ALERT = (
    '{"version": "4", "receiver": "team", "groupKey": "{}", "truncatedAlerts": 0, "alerts": [{"status": "firing", "labels": '
    '{"alertname": "A", "owner": "asha@example.com"}, "annotations": {}, "fingerprint": "f1", "generatorURL": "", '
    f'"startsAt": "{stamp(T0)}", "endsAt": "{stamp(T0 + 300)}"}}]}}\n'
)


def _chat(kind: str, text: str, **options: str) -> Source:
    collector = make_collector("chat", SourceOptions(kind, {"path": "said.txt", **options}))
    return Source(_of(collector), _file("said.txt", text), refuses=False)


def _prometheus(request: httpx.Request) -> httpx.Response:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return httpx.Response(401, text="Unauthorized")
    asked = parse_qs(request.content.decode())
    start, end = (float(asked.get(key, ["0"])[0]) for key in ("start", "end"))
    live = start <= T0 - 3600 and end >= T0 + 3600 and "build_info" in asked["query"][0]
    versions = (("v417", [T0 - 600, T0 - 540]), ("v418", [T0 - 480, T0 - 420])) if live else ()
    labels = {"__name__": "app_build_info", "job": "checkout", "owner": "asha@example.com"}
    result = [
        {"metric": {**labels, "version": name}, "values": [[at, "1"] for at in times]} for name, times in versions
    ]
    return httpx.Response(200, json={"status": "success", "data": {"resultType": "matrix", "result": result}})


SOURCES: dict[str, Source] = {
    "pagerduty": Source(_pagerduty, _lab("pagerduty")),
    "github": Source(_of(GitHubDeploys("acme/shop", None, ("checkout",))), _lab("github")),
    "slack": Source(_of(SlackChannel("C0123")), _lab("slack")),
    "gitlab": Source(_of(GitLabDeploys("acme/shop", None, ("checkout",))), _ci("gitlab", _gitlab().respond)),
    "jenkins": Source(_of(JenkinsBuilds("ops/deploy-checkout", ("checkout",))), _ci("jenkins", _jenkins().respond)),
    "argocd": Source(_of(ArgoCDSyncs("checkout")), _ci("argocd", _argocd().respond)),
    "buildbot": Source(_of(BuildbotBuilds(None, ("checkout",))), _ci("buildbot", _buildbot)),
    "changes": Source(_of(PagerDutyChanges()), _ci("pagerduty", _changes().respond)),
    "prometheus changes": Source(_of(ObservedChanges()), _ci("prometheus", _prometheus)),
    "paste": _chat("paste", _TALK, tz="UTC"),
    "webvtt": _chat("webvtt", _CALL, start="2026-11-17T14:00:00Z"),
    "json": _chat("json", _MESSAGE),
    "alertmanager-log": _chat("alertmanager-log", _ALERT),
    "file": Source(_of(DeployFile("deploys.jsonl")), _file("deploys.jsonl", _DEPLOY), refuses=False),
    "cdevents": Source(_of(CDEventsFile("events.jsonl")), _file("events.jsonl", _CDEVENT), refuses=False),
}
