"""Checks every configured source, and the places of the archive, before an incident needs them."""

from collections.abc import Callable, Iterator, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from incident_timeline.collect.health import Health, check_export, check_source
from incident_timeline.collect.http import unrecorded_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.retry import Patience
from incident_timeline.config import Connection, Settings
from incident_timeline.errors import ConfigError, StorageError
from incident_timeline.pipeline.sharing import bundle_store


@dataclass(frozen=True, slots=True)
class _Source:
    """One source to check: a server by its connection, or an export by its path."""

    name: str
    kind: str
    connection: Connection | None
    what: str | None = None
    path: str | None = None


_NAMED_BY = frozenset({"project", "job", "app", "builder"})  # what a kind of deploys is configured for
_QUICK = Patience(tries=2, total_s=15.0)


def check_sources(settings: Settings, now: datetime) -> tuple[Health, ...]:
    """One finding for each configured source, asked together, and for [archive]; ConfigError when neither is configured."""
    network, clock = Network(), Clock(now=lambda: now)

    def check(one: _Source) -> Health:
        if one.connection is None:
            return check_export(one.name, Path(one.path or ""))
        chain = unrecorded_transport(one.name, one.kind, one.connection, network, clock, _QUICK)
        return check_source(one.name, one.kind, chain, clock, one.what)

    sources = [one for one in _sources(settings) if one.connection is not None or one.path]
    if not sources and settings.archive is None:
        raise ConfigError(
            "no source is configured: set PAGERDUTY_TOKEN and PROMETHEUS_URL, or write one with `timeline init`"
        )
    with ThreadPoolExecutor(max_workers=max(1, len(sources))) as pool:
        found = tuple(pool.map(check, sources))
    network.close()
    return found + tuple(_check_storage(settings))


def _check_storage(settings: Settings) -> Iterator[Health]:
    """Whether the configured places of tables and of shared evidence can be read, and how many incidents they hold."""
    if settings.archive is None:
        return
    from incident_timeline.archive.store import Archive, builds

    archive, store = Archive(settings.archive.url, dict(settings.archive.options)), bundle_store(settings)
    asked: list[tuple[str, Callable[[], Sized]]] = [("archive", lambda: builds(archive))]
    asked += [("shared evidence", store.every_newest)] if store is not None else []
    for name, ask in asked:
        try:
            yield Health(name, True, (f"{len(ask())} incidents",))
        except StorageError as error:
            yield Health(name, False, problem=str(error))


def _sources(settings: Settings) -> list[_Source]:
    """Every source that the settings name, in the order in which reports list them."""
    found = [
        _Source(name, name, one.connection)
        for name, one in (("pagerduty", settings.pagerduty), ("prometheus", settings.prometheus))
        if one is not None
    ]
    asked = {one.kind: one.connection for one in found}
    for deploy in settings.deploys:
        if deploy.connection is not None and asked.get(deploy.kind) == deploy.connection:
            continue  # the same server with the same credentials
        what = deploy.repo or next((value for key, value in deploy.options if key in _NAMED_BY), None)
        found.append(_Source(f"deploys: {what or deploy.kind}", deploy.kind, deploy.connection, what, deploy.path))
    for chat in settings.chat:
        name = f"chat: {chat.channel or chat.kind}"
        found.append(_Source(name, chat.kind, chat.connection, chat.channel, chat.path))
    return found
