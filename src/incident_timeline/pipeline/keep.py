"""Collects the evidence of every incident resolved lately, before Prometheus or a chat lets it expire; scores nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from incident_timeline.collect.bundle import open_bundle
from incident_timeline.collect.http import unrecorded_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.pagerduty import PagerDutyCollector
from incident_timeline.errors import ConfigError, NothingBuilt, SourceError, TimelineError
from incident_timeline.pipeline.build import collect_evidence
from incident_timeline.pipeline.opening import open_incident
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.pipeline.sharing import seal


@dataclass(frozen=True, slots=True)
class Kept:
    """One incident's bundle: how many requests it holds, how many are new, and what its sources lacked."""

    incident: str
    requests: int
    new: int
    lacking: tuple[str, ...]


def keep(request: BuildRequest, since: timedelta, report: Callable[[Kept], None]) -> tuple[tuple[Kept, ...], str]:
    """Seals a bundle for each incident resolved in the last `since`; a second run asks only for what is missing.

    `request` is a build's without reference. One incident that cannot be kept costs that one. Also gives what the list of
    incidents lacks. Raises ConfigError without PagerDuty, NothingBuilt when it cannot be asked.
    """
    if request.settings.pagerduty is None:
        raise ConfigError(
            "keep asks PagerDuty which incidents were resolved: set PAGERDUTY_TOKEN, or [pagerduty] in timeline.toml"
        )
    settings = request.settings.pagerduty
    chain = unrecorded_transport(
        "pagerduty", "pagerduty", settings.connection, Network(), Clock(now=lambda: request.now)
    )
    until = request.now.replace(microsecond=0)
    try:
        incidents, lacking = PagerDutyCollector(settings.prefix).list_resolved(chain, until - since, until)
    except SourceError as error:
        raise NothingBuilt(str(error)) from None
    kept = []
    for incident in incidents:
        kept.append(_keep_one(replace(request, ref=incident.source_id or incident.id), incident.id))
        report(kept[-1])
    return tuple(kept), lacking


def _keep_one(request: BuildRequest, name: str) -> Kept:
    folder = request.base / "incidents" / name
    try:
        before = len(open_bundle(folder / "evidence").entries)
        opened = open_incident(replace(request, folder=folder))
        evidence = collect_evidence(request, opened)
        seal(request.settings, opened.folder)
    except TimelineError as error:
        return Kept(name, 0, 0, (str(error),))
    lacking = tuple(f"{c.source}: {c.reason}" for c in evidence.coverage if not c.ok and not c.skipped)
    return Kept(name, len(opened.bundle.entries), len(opened.bundle.entries) - before, lacking)
