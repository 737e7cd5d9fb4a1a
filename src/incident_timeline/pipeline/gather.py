"""Collects everything about one incident, before anything is scored: from its sources, or from the bundle alone."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from incident_timeline.assemble.merge import merge_events
from incident_timeline.assemble.observed import fold_observed
from incident_timeline.collect.base import Collected, Collector, Transport, guarded
from incident_timeline.collect.prometheus import PrometheusCollector
from incident_timeline.collect.registry import SourceOptions, make_collector
from incident_timeline.errors import ConfigError
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.paging import join_paging
from incident_timeline.model.series import join_series
from incident_timeline.pipeline.plan import Plan
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.pipeline.scoring import Evidence

BEFORE = timedelta(hours=2)  # a baseline needs quiet time before users were hurt, and causes may be that old
AFTER = timedelta(minutes=30)

Transports = Callable[[str, str], Transport]  # (source, kind) -> chain


def window_of(incident: Incident, files: tuple[Window, ...], collected_at: datetime) -> Window:
    """From two hours before the first record to half an hour after the last; never beyond the moment of collecting."""
    starts = [w.start for w in files] + ([incident.created_at] if incident.created_at else [])
    ends = [w.end for w in files] + ([incident.resolved_at] if incident.resolved_at else [])
    start = min(starts, default=collected_at) - BEFORE
    if incident.created_at and not incident.resolved_at:
        ends.append(collected_at)
    end = max(ends, default=collected_at) + AFTER
    return Window(start.replace(microsecond=0), min(end, max(collected_at, start + BEFORE)).replace(microsecond=0))


def ask_sources(
    plan: Plan, window: Window, incident: Incident, transports: Transports, say: Callable[[str], None]
) -> list[Collected]:
    """Asks every planned source beside PagerDuty at once."""
    jobs = _jobs(plan, window, incident, transports)
    with ThreadPoolExecutor(max_workers=max(1, len(jobs))) as pool:
        return list(pool.map(lambda job: _run(job, say), jobs))


def join_parts(
    plan: Plan, incident: Incident, window: Window, collected_at: datetime, parts: Sequence[Collected]
) -> Evidence:
    """All that the sources gave as one: events in one order, series together, and what nobody asked said as that."""
    names = plan.service_names
    service = names.get(incident.service or "", incident.service)
    coverage = tuple(c for part in parts for c in part.coverage) + _unasked(plan, parts)
    return Evidence(
        incident=replace(incident, service=service, services=tuple(plan.services) or incident.services),
        window=window,
        collected_at=collected_at,
        events=fold_observed(merge_events([part.events for part in parts], names)),
        series=join_series([part.series for part in parts]),
        rules=tuple(rule for part in parts for rule in part.rules),
        episodes=tuple(episode for part in parts for episode in part.episodes),
        coverage=coverage,
        objectives=plan.objectives,
        paging=join_paging(part.paging for part in parts),
    )


_Job = tuple[str, Callable[[], Collected]]


def _jobs(plan: Plan, window: Window, incident: Incident, transports: Transports) -> list[_Job]:
    jobs: list[_Job] = []

    def add(source: str, kind: str, collector: Collector) -> None:
        jobs.append((source, lambda: collector.collect(transports(source, kind), window, incident)))

    if plan.prometheus:
        add("prometheus", "prometheus", PrometheusCollector(dict(plan.services), plan.unusable))
    for section, sources in (("deploys", plan.deploys), ("chat", plan.chat)):
        for number, (kind, values) in enumerate(sources):
            options = SourceOptions(kind, dict(values), tuple(plan.services))
            add(f"{section}-{number}", kind, make_collector(section, options))
    return jobs


def _run(job: _Job, say: Callable[[str], None]) -> Collected:
    source, collect = job
    found = guarded(source, collect)
    say(f"{source}: {found.events.height} events, {found.series.labels.height} series")
    return found


def _unasked(plan: Plan, parts: Sequence[Collected]) -> tuple[Coverage, ...]:
    """What nobody asked, said as that: absence of a source is no failure, but it limits what can be known."""
    said = {c.source.split(":")[0].split("-")[0] for part in parts for c in part.coverage}
    plain = {
        "pagerduty": plan.pagerduty,
        "prometheus": plan.prometheus,
        "deploys": any(kind != "prometheus" for kind, _ in plan.deploys),
        "chat": bool(plan.chat),
    }
    said -= {"deploys"} if not plain["deploys"] else set()  # what Prometheus saw names nobody, and no approval
    absent = [name for name, planned in plain.items() if not planned and name not in said]
    rows = [Coverage(name, False, skipped=True, reason="not configured") for name in absent]
    if "calls" in said:
        return tuple(rows)
    return (
        *rows,
        Coverage("calls", False, skipped=True, reason='none: no transcript of a call is configured (kind = "webvtt")'),
    )


def need_sources(request: BuildRequest) -> None:
    """Raises ConfigError when nothing at all could say what the incident is."""
    settings = request.settings
    given = request.events_file or request.series_file or request.paste or request.span
    if settings.pagerduty is None and given is None and not request.offline:
        raise ConfigError(
            "no source is configured: set PAGERDUTY_TOKEN (and PROMETHEUS_URL), write a timeline.toml, or give --events FILE"
        )
