"""Which collector a kind in the configuration stands for: those that ship, and those that installed packages add."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from importlib.metadata import entry_points

from incident_timeline.collect.alertmanager_log import read_alertmanager_log
from incident_timeline.collect.base import Collector
from incident_timeline.collect.chat import SlackChannel
from incident_timeline.collect.chat_export import SlackExport
from incident_timeline.collect.chat_file import ChatFile, Reader
from incident_timeline.collect.chat_json import read_chat_json
from incident_timeline.collect.chat_paste import DATE_KEY, read_paste
from incident_timeline.collect.chat_webvtt import read_webvtt
from incident_timeline.collect.clock_times import ZONE_KEY, read_instants
from incident_timeline.collect.deploys.argocd import ArgoCDSyncs
from incident_timeline.collect.deploys.buildbot import BuildbotBuilds
from incident_timeline.collect.deploys.cdevents import CDEventsFile
from incident_timeline.collect.deploys.github import GitHubDeploys
from incident_timeline.collect.deploys.gitlab import GitLabDeploys
from incident_timeline.collect.deploys.jenkins import JenkinsBuilds
from incident_timeline.collect.deploys.observed import ObservedChanges
from incident_timeline.collect.deploys.pagerduty_changes import PagerDutyChanges
from incident_timeline.collect.deploys.record_file import DeployFile
from incident_timeline.errors import ConfigError
from incident_timeline.model.instants import zone_named

# A package adds a kind by an entry point in the group `incident_timeline.deploys` or `incident_timeline.chat`, named as
# the kind, that loads to a function from SourceOptions to a collector.
GROUP = "incident_timeline"
SECTIONS = ("deploys", "chat")


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What a [[deploys]] or [[chat]] table says beside its connection, and the names of the services of this build."""

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = ()

    def get(self, key: str) -> str | None:
        """A value that the kind can do without."""
        return self.values.get(key) or None

    def need(self, key: str) -> str:
        """A value that the kind cannot do without; ConfigError naming it when it is not there."""
        value = self.values.get(key)
        if not value:
            raise ConfigError(f'kind {self.kind!r} needs {key}: add {key} = "..." to its table in timeline.toml')
        return value


Maker = Callable[[SourceOptions], Collector]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a shipped kind is made, and the keys that its table may hold beside its connection."""

    make: Maker
    keys: tuple[str, ...]


def _zone(options: SourceOptions) -> tzinfo | None:
    zone = options.get("tz")
    return zone_named(zone, "tz") if zone else None


def _paste(options: SourceOptions) -> Reader:
    """A paste's reader, with the zone and the day of its table."""
    zone, day = _zone(options), options.get("date")
    try:
        on = date.fromisoformat(day) if day else None
    except ValueError:
        raise ConfigError(f'chat: date {day!r} is no day; write date = "2026-11-17"') from None
    return lambda content, name, where: read_paste(content, name, where, zone, on, zone_fix=ZONE_KEY, day_fix=DATE_KEY)


def _transcript(options: SourceOptions) -> Reader:
    """A transcript's reader: `start` to the minute leaves a minute's room."""
    said = options.need("start")
    earliest, latest = read_instants(said, "chat", "start", _zone(options), ZONE_KEY)
    slack = latest - earliest + (timedelta(0) if re.search(r":\d\d:\d\d", said) else timedelta(minutes=1))
    return lambda content, name, where: read_webvtt(content, name, where, earliest, slack)


def _messages(options: SourceOptions) -> Reader:
    zone = _zone(options)
    return lambda content, name, where: read_chat_json(content, name, where, zone)


_DEPLOYS = {
    "github": _Kind(
        lambda o: GitHubDeploys(o.need("repo"), o.get("environment"), o.services, o.get("workflow")),
        ("repo", "environment", "workflow"),
    ),
    "gitlab": _Kind(
        lambda o: GitLabDeploys(o.need("project"), o.get("environment"), o.services, o.get("service")),
        ("project", "environment", "service"),
    ),
    "jenkins": _Kind(
        lambda o: JenkinsBuilds(o.need("job"), o.services, o.get("service"), o.get("environment")),
        ("job", "service", "environment"),
    ),
    "argocd": _Kind(lambda o: ArgoCDSyncs(o.need("app"), o.services, o.get("service")), ("app", "service")),
    "buildbot": _Kind(lambda o: BuildbotBuilds(o.get("builder"), o.services, o.get("service")), ("builder", "service")),
    "pagerduty": _Kind(lambda _: PagerDutyChanges(), ()),
    "cdevents": _Kind(lambda o: CDEventsFile(o.need("path")), ("path",)),
    "prometheus": _Kind(lambda o: ObservedChanges(o.services), ()),
    "file": _Kind(lambda o: DeployFile(o.need("path"), o.get("tz")), ("path", "tz")),
}
_CHAT = {
    "slack": _Kind(lambda o: SlackChannel(o.need("channel")), ("channel",)),
    "slack-export": _Kind(lambda o: SlackExport(o.get("channel")), ("channel", "path")),
    "paste": _Kind(lambda o: ChatFile(o.need("path"), _paste(o)), ("path", "tz", "date")),
    "webvtt": _Kind(lambda o: ChatFile(o.need("path"), _transcript(o), "calls"), ("path", "start", "tz")),
    "json": _Kind(lambda o: ChatFile(o.need("path"), _messages(o)), ("path", "tz")),
    "alertmanager-log": _Kind(lambda o: ChatFile(o.need("path"), read_alertmanager_log, "chat: alerts"), ("path",)),
}
_SHIPPED = {"deploys": _DEPLOYS, "chat": _CHAT}


def known_kinds(section: str) -> tuple[str, ...]:
    """The kinds that a section may name, shipped and added, in alphabetical order."""
    added = {point.name for point in entry_points(group=f"{GROUP}.{section}")}
    return tuple(sorted(_SHIPPED[section].keys() | added))


def make_collector(section: str, options: SourceOptions) -> Collector:
    """The collector of a kind; nothing is asked of anybody yet.

    Shipped kinds go before added ones of the same name. Raises ConfigError for an unknown kind (naming the known ones), for
    an unknown key, for options that are not enough, and for an added kind that cannot be loaded.
    """
    shipped = _SHIPPED[section].get(options.kind)
    if shipped is not None:
        unknown = sorted(options.values.keys() - set(shipped.keys))
        if unknown:
            raise ConfigError(
                f"kind {options.kind!r} knows no key {unknown[0]}; known beside its connection: {', '.join(shipped.keys)}"
            )
        return shipped.make(options)
    for point in entry_points(group=f"{GROUP}.{section}", name=options.kind):
        try:
            made: Collector = point.load()(options)
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001, another package's code may fail in any way
            raise ConfigError(
                f"kind {options.kind!r} comes from {point.value}, which cannot be used: {error!r}; update or remove that package"
            ) from None
        return made
    raise ConfigError(f"{section}: kind {options.kind!r} is not known; known are {', '.join(known_kinds(section))}")
