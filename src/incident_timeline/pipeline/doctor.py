"""Checks every configured source before an incident needs it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from incident_timeline.collect.health import Health, check_export, check_source
from incident_timeline.collect.http import unrecorded_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.retry import Patience
from incident_timeline.config import Connection, Settings
from incident_timeline.errors import ConfigError

_QUICK = Patience(tries=2, total_s=15.0)


def check_sources(settings: Settings, now: datetime) -> tuple[Health, ...]:
    """One finding for each configured source, asked together; raises ConfigError when none is configured."""
    network, clock = Network(), Clock(now=lambda: now)
    jobs: list[Callable[[], Health]] = []

    def add(source: str, kind: str, connection: Connection, what: str | None = None) -> None:
        chain = unrecorded_transport(source, kind, connection, network, clock, _QUICK)
        jobs.append(lambda: check_source(source, kind, chain, clock, what))

    if settings.pagerduty is not None:
        add("pagerduty", "pagerduty", settings.pagerduty.connection)
    if settings.prometheus is not None:
        add("prometheus", "prometheus", settings.prometheus.connection)
    for deploy in settings.deploys:
        if deploy.connection is not None:
            add(f"deploys: {deploy.repo or deploy.kind}", deploy.kind, deploy.connection, deploy.repo)
    for chat in settings.chat:
        if chat.connection is not None:
            add(f"chat: {chat.channel or chat.kind}", chat.kind, chat.connection, chat.channel)
        elif chat.path:
            jobs.append(lambda kind=chat.kind, path=chat.path: check_export(f"chat: {kind}", Path(path)))  # type: ignore[misc]
    if not jobs:
        raise ConfigError(
            "no source is configured: set PAGERDUTY_TOKEN and PROMETHEUS_URL, or write one with `timeline init`"
        )
    with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
        found = list(pool.map(lambda job: job(), jobs))
    network.close()
    return tuple(found)
