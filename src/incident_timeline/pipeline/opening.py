"""Opens an incident: its folder and bundle, and what says what it is (PagerDuty, given files, or the bundle alone)."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from incident_timeline.collect.base import Collected, Transport
from incident_timeline.collect.bundle import Bundle, open_bundle
from incident_timeline.collect.http import file_transport, folder_transport, live_transport, replay_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.redact import Redactor
from incident_timeline.config import ChatSettings, Connection, DeploySettings, Settings
from incident_timeline.errors import StorageError
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import rfc3339
from incident_timeline.pipeline.finding import find_incident, folder_name, key_or_ref
from incident_timeline.pipeline.given_files import read_given
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.pipeline.sharing import bring

FOLDERS = frozenset({"slack-export"})  # kinds whose path is a folder or a zip; the others' is one file


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident ready to be collected."""

    folder: Path
    bundle: Bundle
    incident: Incident
    pages: tuple[Incident, ...]  # the PagerDuty incidents that make it up; none where files or a span say what it is
    files: tuple[Collected, ...]  # what the given files hold
    windows: tuple[Window, ...]  # the stretches that the given files span
    lacking: tuple[Coverage, ...]  # why PagerDuty did not say what it is


class Chains:
    """The transports of one run: live chains over the network, or replay of the bundle."""

    def __init__(self, request: BuildRequest, bundle: Bundle) -> None:
        self.bundle, self.offline, self.refresh = bundle, request.offline, bundle.about.get("closed") == "no"
        self.connections = connections_of(request.settings)
        self.paths = paths_of(request.settings)
        self.network, self.clock = Network(), Clock(now=lambda: request.now)
        self.made: dict[str, Transport] = {}
        self.lock = threading.Lock()
        self.redactor = Redactor(s for c in self.connections.values() for s in c.secrets)

    def __call__(self, source: str, kind: str) -> Transport:
        """The chain of one source, one for all who ask it."""
        with self.lock:
            if source not in self.made:
                self.made[source] = self._make(source, kind)
            return self.made[source]

    def _make(self, source: str, kind: str) -> Transport:
        if self.offline:
            return replay_transport(source, self.bundle)
        if source in self.paths:
            read = folder_transport if kind in FOLDERS else file_transport
            return read(
                source, self.paths[source], self.bundle, self.clock, refresh=self.refresh, redactor=self.redactor
            )
        connection = self.connections[source]
        return live_transport(
            source,
            kind,
            connection,
            self.bundle,
            self.network,
            self.clock,
            refresh=self.refresh,
            redactor=self.redactor,
            called=kind,  # `deploys-0` is the bundle's word, not a person's
        )


def connections_of(settings: Settings) -> dict[str, Connection]:
    """Every configured connection by the name of its source in the bundle."""
    found = {
        name: one.connection for name in ("pagerduty", "prometheus") if (one := getattr(settings, name)) is not None
    }
    return found | {name: one.connection for name, one in _tables(settings) if one.connection is not None}


def paths_of(settings: Settings) -> dict[str, Path]:
    """Every configured file or folder by the name of its source in the bundle; an address goes before a path."""
    return {name: Path(one.path) for name, one in _tables(settings) if one.path and one.connection is None}


def _tables(settings: Settings) -> Iterator[tuple[str, DeploySettings | ChatSettings]]:
    yield from ((f"deploys-{n}", one) for n, one in enumerate(settings.deploys))
    yield from ((f"chat-{n}", one) for n, one in enumerate(settings.chat))


def open_incident(request: BuildRequest) -> Opened:
    """Finds the incident and opens its bundle.

    Raises RefError for a reference that means nothing here, NothingBuilt when no source can say what the incident is, and
    StorageError where an offline build finds no evidence.
    """
    folder = request.folder or request.base / "incidents" / folder_name(request)
    bundle = open_bundle(folder / "evidence")
    if bundle.collected_at is None or not request.offline:
        bring(request.settings, folder)  # an offline build has what it needs in its folder, where there is one
        bundle = open_bundle(folder / "evidence")
    if request.offline and bundle.collected_at is None:
        raise StorageError(
            f"{folder / 'evidence'} holds no evidence; run timeline build {request.ref} first (without --offline), "
            "or name the folder with --out"
        )
    if not request.offline and (bundle.collected_at is None or bundle.about.get("closed") == "no"):
        bundle.begin(request.now.replace(microsecond=0))
    given = read_given(request, bundle)
    files, windows = given.parts, given.windows
    incident, pages, lacking = find_incident(request, bundle, files, Chains(request, bundle))
    if len(pages) == 1 and incident.id != folder.name and request.folder is None and folder.name == key_or_ref(request):
        folder, bundle = _rename(folder, bundle, incident.id)
    if request.span is not None:
        windows = (*windows, request.span)
    if not windows and not pages:
        windows = given.spoken  # a copied conversation says when it was only where nothing else does
    return Opened(folder, bundle, incident, pages, files, windows, lacking)


def _rename(folder: Path, bundle: Bundle, name: str) -> tuple[Path, Bundle]:
    """Moves a folder that was named by an id to the incident's own name, where that is free."""
    target = folder.with_name(name)
    if target.exists():
        return folder, bundle
    bundle.finish()
    folder.rename(target)
    return target, open_bundle(target / "evidence")


def remember_build(bundle: Bundle, plan_json: str, window: Window) -> None:
    """Writes down what a repetition needs: the plan and the window."""
    bundle.note(plan=plan_json, window_start=rfc3339(window.start) or "", window_end=rfc3339(window.end) or "")
