"""The chains of transports that collectors work over: live (record, redact, limit, network) or a replay of the bundle."""

import threading
from dataclasses import replace
from pathlib import Path

import httpx

from incident_timeline.collect.bundle import Bundle
from incident_timeline.collect.folder import FileTransport, FolderTransport
from incident_timeline.collect.limit import Clock, Host, LimitTransport
from incident_timeline.collect.network import MOST_IN_FLIGHT, HostTransport, Network
from incident_timeline.collect.pagerduty_client import GivenSession, SessionTransport
from incident_timeline.collect.record import RecordTransport, ReplayTransport
from incident_timeline.collect.redact import Redactor
from incident_timeline.collect.retry import Patience
from incident_timeline.config import Connection


def live_transport(
    source: str,
    kind: str,
    connection: Connection,
    bundle: Bundle,
    network: Network,
    clock: Clock,
    *,
    refresh: bool = False,
    patience: Patience | None = None,
    redactor: Redactor | None = None,
    called: str | None = None,
) -> httpx.BaseTransport:
    """The chain to a configured host: limit and retry, cut secrets, record, answer.

    `source` names the bundle's folder, `kind` (pagerduty, prometheus, github, gitlab, slack) the form of credentials;
    `redactor` holds all secrets of the run (by default those of this connection); `called` is what errors call the source
    (by default as the bundle does). Nothing is sent before the first request.
    """
    sent = unrecorded_transport(called or source, kind, connection, network, clock, patience)
    cut = redactor or Redactor(connection.secrets)
    return RecordTransport(source, sent, bundle, cut, clock, connection.url, refresh=refresh)


def session_transport(
    source: str,
    session: GivenSession,
    bundle: Bundle,
    clock: Clock,
    *,
    timeout_s: float = 30.0,
    patience: Patience | None = None,
    redactor: Redactor | None = None,
) -> httpx.BaseTransport:
    """The same chain over a PagerDuty client of the caller's own, pagerduty's or pdpyras', from a notebook.

    Its answers are kept, cut of secrets and replayed like all others. Secrets that it holds are cut where `redactor` knows
    them; a record never holds headers.
    """
    host = Host(threading.Semaphore(MOST_IN_FLIGHT["pagerduty"]))
    sent = LimitTransport(source, SessionTransport(session, timeout_s), host, clock, patience or Patience())
    return RecordTransport(source, sent, bundle, redactor or Redactor(), clock, session.normalize_url("/"))


def unrecorded_transport(
    source: str, kind: str, connection: Connection, network: Network, clock: Clock, patience: Patience | None = None
) -> httpx.BaseTransport:
    """The network part of the chain alone, for checks whose answers are no evidence."""
    end = HostTransport(kind, connection, network)
    patience = replace(patience or Patience(), budget_s=connection.budget_s)
    return LimitTransport(source, end, network.host(connection, kind), clock, patience)


def folder_transport(
    source: str, path: Path, bundle: Bundle, clock: Clock, *, refresh: bool = False, redactor: Redactor | None = None
) -> httpx.BaseTransport:
    """The same chain over an export's folder or zip: each file that a collector asks for is copied into the bundle."""
    cut = redactor or Redactor()
    return RecordTransport(
        source, FolderTransport(source, path), bundle, cut, clock, f"export:{path.name}", refresh=refresh
    )


def file_transport(
    source: str, path: Path, bundle: Bundle, clock: Clock, *, refresh: bool = False, redactor: Redactor | None = None
) -> httpx.BaseTransport:
    """The same chain over one file, which is copied into the bundle."""
    cut = redactor or Redactor()
    return RecordTransport(
        source, FileTransport(source, path), bundle, cut, clock, f"file:{path.name}", refresh=refresh
    )


def replay_transport(source: str, bundle: Bundle) -> httpx.BaseTransport:
    """The chain without a network: what the bundle lacks raises NotInBundle."""
    return ReplayTransport(source, bundle)
