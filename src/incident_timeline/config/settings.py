"""The frozen settings of one run: what is configured, with secrets resolved and never printed."""

from dataclasses import dataclass, field

TIMEOUT_S = 30.0  # of one request
BUDGET_S = 180.0  # of all requests to one host in one build: the morning after there are twenty minutes for everything


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach one source; secrets are resolved values and never printed."""

    url: str
    token: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    timeout_s: float = TIMEOUT_S
    budget_s: float = BUDGET_S

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret value, so that records can be cleaned of them."""
        values = (self.token, self.password, self.bearer, *(value for _, value in self.headers))
        return tuple(value for value in values if value)


@dataclass(frozen=True, slots=True)
class PagerDutySettings:
    """PagerDuty's address and the prefix that incident numbers carry in this team."""

    connection: Connection
    prefix: str = "INC-"


@dataclass(frozen=True, slots=True)
class PrometheusSettings:
    """Prometheus or anything that speaks its API."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class DeploySettings:
    """One source of deploys: its kind, an address or a file, and what that kind needs."""

    kind: str
    connection: Connection | None = None
    repo: str | None = None
    environment: str | None = None
    path: str | None = None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """One source of what people said: a channel of an API, or a path of an export."""

    kind: str
    connection: Connection | None = None
    channel: str | None = None
    path: str | None = None
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """One service: its PagerDuty ids and the query folders or files that measure it."""

    name: str
    pagerduty: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """How the documents are written: the team's zone and templates, the post-mortem's form, and whether people stand by name."""

    zone: str | None = None  # the team's own, shown beside UTC
    template: str | None = None  # a file that takes the place of the long form, or extends it
    short_template: str | None = None
    form: str = "auto"  # auto | short | long
    names: bool = False


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """Where the archive lies, and what its object store needs beside the environment's own credentials."""

    url: str
    bundles: str | None = None  # where evidence is shared; None: it lies in the incidents' own folders alone
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one run; a source that is None or empty is not configured, which is no failure."""

    pagerduty: PagerDutySettings | None = None
    prometheus: PrometheusSettings | None = None
    deploys: tuple[DeploySettings, ...] = ()
    chat: tuple[ChatSettings, ...] = ()
    services: tuple[ServiceSettings, ...] = ()
    queries_path: str | None = None
    folder: str | None = None  # where the configuration file lies; `queries` may name files from there
    report: ReportSettings = ReportSettings()
    archive: ArchiveSettings | None = None
    prefix: str = "INC-"
    origin: str = "no configuration file"
