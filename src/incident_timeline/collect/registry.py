"""Which collector a kind in the configuration stands for: those that ship, and those that installed packages add."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points

from incident_timeline.collect.base import Collector
from incident_timeline.collect.chat import SlackChannel
from incident_timeline.collect.chat_export import SlackExport
from incident_timeline.collect.deploys.argocd import ArgoCDSyncs
from incident_timeline.collect.deploys.buildbot import BuildbotBuilds
from incident_timeline.collect.deploys.cdevents import CDEventsFile
from incident_timeline.collect.deploys.github import GitHubDeploys
from incident_timeline.collect.deploys.gitlab import GitLabDeploys
from incident_timeline.collect.deploys.jenkins import JenkinsBuilds
from incident_timeline.collect.deploys.pagerduty_changes import PagerDutyChanges
from incident_timeline.collect.deploys.record_file import DeployFile
from incident_timeline.errors import ConfigError

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
    "file": _Kind(lambda o: DeployFile(o.need("path"), o.get("tz")), ("path", "tz")),
}
_CHAT = {
    "slack": _Kind(lambda o: SlackChannel(o.need("channel")), ("channel",)),
    "slack-export": _Kind(lambda o: SlackExport(o.get("channel")), ("channel", "path")),
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
