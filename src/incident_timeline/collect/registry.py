"""Which collector a kind in the configuration stands for: those that ship, and those that installed packages add."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points

from incident_timeline.collect.base import Collector
from incident_timeline.collect.chat import SlackChannel
from incident_timeline.collect.chat_export import SlackExport
from incident_timeline.collect.deploys.buildbot import BuildbotBuilds
from incident_timeline.collect.deploys.github import GitHubDeploys
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

    def need(self, key: str) -> str:
        """A value that the kind cannot do without; ConfigError naming it when it is not there."""
        value = self.values.get(key)
        if not value:
            raise ConfigError(f'kind {self.kind!r} needs {key}: add {key} = "..." to its table in timeline.toml')
        return value


Maker = Callable[[SourceOptions], Collector]

_SHIPPED: dict[str, dict[str, Maker]] = {
    "deploys": {
        "github": lambda o: GitHubDeploys(o.need("repo"), o.values.get("environment"), o.services),
        "buildbot": lambda o: BuildbotBuilds(o.values.get("builder"), o.services),
    },
    "chat": {
        "slack": lambda o: SlackChannel(o.need("channel")),
        "slack-export": lambda o: SlackExport(o.values.get("channel")),
    },
}


def known_kinds(section: str) -> tuple[str, ...]:
    """The kinds that a section may name, shipped and added, in alphabetical order."""
    added = {point.name for point in entry_points(group=f"{GROUP}.{section}")}
    return tuple(sorted(_SHIPPED[section].keys() | added))


def make_collector(section: str, options: SourceOptions) -> Collector:
    """The collector of a kind; nothing is asked of anybody yet.

    Shipped kinds go before added ones of the same name. Raises ConfigError for an unknown kind (naming the known ones), for
    options that are not enough, and for an added kind that cannot be loaded.
    """
    shipped = _SHIPPED[section].get(options.kind)
    if shipped is not None:
        return shipped(options)
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
