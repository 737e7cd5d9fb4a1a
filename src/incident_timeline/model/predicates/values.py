"""The values that a line of the predicate grammar becomes; the text of each is its canonical line."""

from dataclasses import dataclass
from datetime import datetime

from incident_timeline.model.instants import rfc3339

OPS = {">": "over", ">=": "at or over", "<": "under", "<=": "at or under"}


@dataclass(frozen=True, slots=True)
class MilestoneMoment:
    """A milestone of the incident, by its name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class DeployMoment:
    """Each deploy of a service, perhaps of one version; where it began or where it finished."""

    service: str
    ref: str | None = None
    end: str = "began"  # began | finished

    def __str__(self) -> str:
        return " ".join(part for part in ("deploy of", self.service, self.ref, self.end) if part)


@dataclass(frozen=True, slots=True)
class AlertMoment:
    """Each time that an alert fired."""

    name: str

    def __str__(self) -> str:
        return f"alert {self.name} fired"


@dataclass(frozen=True, slots=True)
class SignalMoment:
    """When a signal left its band."""

    name: str
    service: str | None = None

    def __str__(self) -> str:
        return f"signal {self.name}{f' of {self.service}' if self.service else ''} moved"


@dataclass(frozen=True, slots=True)
class EntryMoment:
    """An entry of the record, by its evidence number."""

    number: str  # E27

    def __str__(self) -> str:
        return self.number


@dataclass(frozen=True, slots=True)
class TimeMoment:
    """An instant as it was written, UTC."""

    at: datetime

    def __str__(self) -> str:
        return rfc3339(self.at) or ""


Moment = MilestoneMoment | DeployMoment | AlertMoment | SignalMoment | EntryMoment | TimeMoment


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time by its edges; `within_s` limits it to so many seconds from the one edge that is given."""

    after: Moment | None = None
    before: Moment | None = None
    within_s: float | None = None

    def __str__(self) -> str:
        if self.after is not None and self.before is not None:
            return f"between {self.after} and {self.before}"
        limit = f"within {seconds_text(self.within_s)} " if self.within_s is not None else ""
        return f"{limit}after {self.after}" if self.after is not None else f"{limit}before {self.before}"


@dataclass(frozen=True, slots=True)
class MetricExists:
    """A metric exists; with a label, where one is named, and with that value of it."""

    metric: str
    label: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        if self.label is None:
            return f"metric {self.metric} exists"
        return f"metric {self.metric} has label {self.label}" + (f'="{self.value}"' if self.value is not None else "")


@dataclass(frozen=True, slots=True)
class PromqlHolds:
    """A PromQL expression has a result, at the moment of asking or all through so many seconds before it."""

    expr: str
    for_s: float = 0.0

    def __str__(self) -> str:
        return f"promql `{self.expr}` holds" + (f" for {seconds_text(self.for_s)}" if self.for_s else "")


@dataclass(frozen=True, slots=True)
class RuleExists:
    """An alerting rule of that name is loaded."""

    rule: str

    def __str__(self) -> str:
        return f"rule {self.rule} exists"


@dataclass(frozen=True, slots=True)
class RuleReads:
    """A rule, or any rule where none is named, reads a metric or a metric of a signal's query."""

    rule: str | None
    signal: str

    def __str__(self) -> str:
        return f"rule {self.rule} reads {self.signal}" if self.rule else f"a rule reads {self.signal}"


@dataclass(frozen=True, slots=True)
class AlertFired:
    """An alert fired, since an instant and in an environment where these are given."""

    alert: str
    since: datetime | None = None
    environment: str | None = None

    def __str__(self) -> str:
        since = f" since {rfc3339(self.since)}" if self.since else ""
        return f"alert {self.alert} fired{since}" + (f" in {self.environment}" if self.environment else "")


@dataclass(frozen=True, slots=True)
class AlertReaches:
    """An alert is routed to a receiver or a PagerDuty service."""

    alert: str
    service: str

    def __str__(self) -> str:
        return f"alert {self.alert} reaches {self.service}"


@dataclass(frozen=True, slots=True)
class UrlAnswers:
    """A page answers, and holds a text where one is given; the page is a URL or the runbook of an alert."""

    url: str | None
    runbook_of: str | None = None
    text: str | None = None

    def __str__(self) -> str:
        page = f"url {self.url}" if self.url else f"runbook of {self.runbook_of}"
        return f'{page} contains "{self.text}"' if self.text else f"{page} answers"


@dataclass(frozen=True, slots=True)
class PullMerged:
    """A pull request is merged."""

    repo: str  # owner/name
    number: int

    def __str__(self) -> str:
        return f"pr {self.repo}#{self.number} is merged"


@dataclass(frozen=True, slots=True)
class SignalStands:
    """A signal stands over or under a value at some sample of a stretch, or at all of them where it `stays`."""

    signal: str
    service: str | None
    op: str  # > >= < <=
    value: float
    unit: str  # as written: s, ms, %, or none
    stays: bool = False
    when: Stretch | None = None

    def __str__(self) -> str:
        of = f" of {self.service}" if self.service else ""
        unit = f" {self.unit}" if self.unit else ""
        when = f" {self.when}" if self.when else ""
        return (
            f"signal {self.signal}{of} {'stays' if self.stays else 'stands'} {OPS[self.op]} {self.value:g}{unit}{when}"
        )


@dataclass(frozen=True, slots=True)
class Happened:
    """A moment is on record."""

    moment: Moment

    def __str__(self) -> str:
        says_so = isinstance(self.moment, DeployMoment | AlertMoment | SignalMoment)  # its text ends in a verb
        return str(self.moment) if says_so else f"{self.moment} happened"


@dataclass(frozen=True, slots=True)
class Ordered:
    """One moment stands before (or after) another, by at least or within so many seconds where one is given."""

    first: Moment
    relation: str  # before | after
    second: Moment
    least_s: float | None = None
    within_s: float | None = None

    def __str__(self) -> str:
        least = f"at least {seconds_text(self.least_s)} " if self.least_s is not None else ""
        within = f"within {seconds_text(self.within_s)} " if self.within_s is not None else ""
        return f"{self.first} {least}{within}{self.relation} {self.second}"


Plain = (
    MetricExists | PromqlHolds | RuleExists | RuleReads | AlertFired | AlertReaches | UrlAnswers | PullMerged
    | SignalStands | Happened | Ordered
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Not:
    """The other way round."""

    plain: Plain

    def __str__(self) -> str:
        return f"not {self.plain}"


Predicate = Plain | Not


def seconds_text(seconds: float) -> str:
    """Seconds in the longest unit that divides them: `90s`, `5m`, `2h`, `7d`."""
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
