"""What a build will ask: the sources, services and queries of the settings, written into the bundle so that it can be repeated."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from incident_timeline.collect.queries import Query, find_queries, query_folders
from incident_timeline.config import Settings
from incident_timeline.model.incident import Incident

SHIPPED = ("http",)  # query folders that a service gets which names none


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides which requests are made, without any secret; equal plans over one bundle give equal builds."""

    prefix: str
    pagerduty: bool
    prometheus: bool
    deploys: tuple[tuple[str, str, str | None], ...]  # kind, repository, environment
    chat: tuple[tuple[str, str | None, str | None], ...]  # kind, channel, path
    services: Mapping[str, tuple[Query, ...]]
    service_names: Mapping[str, str]  # what sources call a service -> its configured name
    unusable: tuple[str, ...]  # query files that cannot be used

    def to_json(self) -> str:
        """The plan as the bundle keeps it."""
        services = {name: [asdict(query) for query in queries] for name, queries in self.services.items()}
        row = {name: getattr(self, name) for name in self.__slots__} | {"services": services}
        return json.dumps(row | {"service_names": dict(self.service_names)}, sort_keys=True, ensure_ascii=False)


def read_plan(text: str) -> Plan:
    """A plan as `to_json` wrote it."""
    row: dict[str, Any] = json.loads(text)
    services = {name: tuple(Query(**query) for query in queries) for name, queries in row.pop("services").items()}
    tuples = {key: tuple(tuple(one) for one in row.pop(key)) for key in ("deploys", "chat")}
    return Plan(**row | tuples | {"services": services, "unusable": tuple(row["unusable"])})


def make_plan(settings: Settings, incident: Incident, only: frozenset[str], queries: Path | None) -> Plan:
    """The plan for one incident: its own service where the settings name it, else every configured service."""
    services = [s for s in settings.services if set(s.pagerduty) & set(incident.services) or s.name == incident.service]
    mine = services or list(settings.services)
    folders = query_folders(queries, settings.queries_path)
    found: dict[str, tuple[Query, ...]] = {}
    unusable: list[str] = []
    wanted = settings.prometheus is not None and "prometheus" in only
    asked = {s.name: s.queries or SHIPPED for s in mine} or ({incident.service: SHIPPED} if incident.service else {})
    for name, names in asked.items() if wanted else ():
        found[name], lacking = find_queries(names, folders)
        unusable += lacking
    called = {incident.service: services[0].name} if len(services) == 1 and incident.service else {}
    called |= {key: s.name for s in settings.services for key in s.pagerduty}
    return Plan(
        prefix=settings.prefix,
        pagerduty=settings.pagerduty is not None and "pagerduty" in only,
        prometheus=wanted,
        deploys=tuple((d.kind, d.repo or "", d.environment) for d in settings.deploys) if "deploys" in only else (),
        chat=tuple((c.kind, c.channel, c.path) for c in settings.chat) if "chat" in only else (),
        services=found,
        service_names=called,
        unusable=tuple(dict.fromkeys(unusable)),
    )
