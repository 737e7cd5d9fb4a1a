"""What a build will ask: the sources, services and queries of the settings, written into the bundle so that it can be repeated."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from incident_timeline.collect.promql import split_comparison
from incident_timeline.collect.queries import Query
from incident_timeline.collect.query_files import find_queries, query_folders
from incident_timeline.config import Settings
from incident_timeline.model.incident import Incident
from incident_timeline.model.objectives import Objective

SHIPPED = ("http",)  # query folders that a service gets which names none

Asked = tuple[str, tuple[tuple[str, str], ...]]  # the kind of a [[deploys]] or [[chat]] table, and what else it says


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides which requests are made, without any secret; equal plans over one bundle give equal builds."""

    prefix: str
    pagerduty: bool
    prometheus: bool
    deploys: tuple[Asked, ...]
    chat: tuple[Asked, ...]
    services: Mapping[str, tuple[Query, ...]]
    service_names: Mapping[str, str]  # what sources call a service -> its configured name
    unusable: tuple[str, ...]  # query files that cannot be used

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The SLOs of the services."""
        return tuple(
            Objective(service, query.name, query.objective, query.period_s)
            for service, queries in self.services.items()
            for query in queries
            if query.objective is not None and query.period_s is not None
        )

    def to_json(self) -> str:
        """The plan as the bundle keeps it."""
        services = {name: [asdict(query) for query in queries] for name, queries in self.services.items()}
        row = {name: getattr(self, name) for name in self.__slots__} | {"services": services}
        return json.dumps(row | {"service_names": dict(self.service_names)}, sort_keys=True, ensure_ascii=False)


def read_plan(text: str) -> Plan:
    """A plan as `to_json` wrote it."""
    row: dict[str, Any] = json.loads(text)
    services = {name: tuple(Query(**query) for query in queries) for name, queries in row.pop("services").items()}
    tuples = {
        key: tuple((kind, tuple((k, v) for k, v in values)) for kind, values in row.pop(key))
        for key in ("deploys", "chat")
    }
    return Plan(**row | tuples | {"services": services, "unusable": tuple(row["unusable"])})


def make_plan(settings: Settings, incident: Incident, only: frozenset[str], queries: Path | None) -> Plan:
    """The plan for one incident: its own service where the settings name it, else every configured service."""
    services = [s for s in settings.services if set(s.pagerduty) & set(incident.services) or s.name == incident.service]
    mine = services or list(settings.services)
    folders = query_folders(queries, settings.queries_path, settings.folder)
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
        deploys=tuple(
            _asked(d.kind, d.options, repo=d.repo, environment=d.environment, path=d.path) for d in settings.deploys
        )
        if "deploys" in only
        else (),
        chat=tuple(_asked(c.kind, c.options, channel=c.channel, path=c.path) for c in settings.chat)
        if "chat" in only
        else (),
        services=found,
        service_names=called,
        unusable=tuple(dict.fromkeys(unusable)),
    )


def _asked(kind: str, options: tuple[tuple[str, str], ...], **values: str | None) -> Asked:
    return kind, tuple(sorted((*options, *((key, value) for key, value in values.items() if value))))


def with_alert_queries(
    plan: Plan, frames: list[pl.DataFrame], settings: Settings, incident: Incident, queries: Path | None
) -> Plan:
    """The plan with the expressions of the alerts that paged, for a service to which the settings give no queries.

    The expression comes from the alert's own `Source:` line, its comparison taken off; that line's host is never contacted.
    The service is the one that the alert's labels name, else PagerDuty's.
    """
    configured = {s.name for s in settings.services if s.queries}
    if not plan.prometheus:
        return plan
    services = dict(plan.services)
    for frame in frames:
        for detail in frame.filter(pl.col("kind") == "alert.received")["detail"].drop_nulls():
            fields = json.loads(detail)
            labels = fields.get("labels") or {}
            service = _service_label(labels) or plan.service_names.get(incident.service or "", incident.service)
            query = _query_of(fields.get("expr"), labels)
            if query is None or service is None or service in configured:
                continue
            shipped = services.get(service) or find_queries(SHIPPED, query_folders(queries, settings.queries_path))[0]
            services[service] = (*(q for q in shipped if q.name != query.name), query)
    if settings.services or incident.service in services:
        return replace(plan, services=services)
    # PagerDuty's name for the service gave queries that the alert's own label answers better
    named = {name: queries for name, queries in services.items() if name != incident.service}
    return replace(plan, services=named or services)


def _service_label(labels: Mapping[str, str]) -> str | None:
    return next((labels[key] for key in ("service", "app", "job") if labels.get(key)), None)


def _query_of(expr: object, labels: Mapping[str, str]) -> Query | None:
    if not isinstance(expr, str):
        return None
    compared = split_comparison(expr)
    if compared is None:
        return None
    latency = any(word in expr for word in ("bucket", "duration", "latency"))
    worse = {">": "up", "<": "down"}.get(compared.op[0], "both")
    name = f"alert_{labels.get('alertname', 'expression')}"
    text = compared.left.replace("$", "$$")
    return Query(
        name, "latency" if latency else "errors", "What did the rule that paged look at?", text, None, None, "", worse,
        "the alert's Source line", "the alert",
    )  # fmt: skip
