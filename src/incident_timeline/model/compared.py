"""What comparing incidents gives: dots, medians, ratios and verdicts, each with what it rests on."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the interval that holds it at the stated confidence; None where the data bound it not."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Length:
    """One gap in seconds with the least and most it can be; `open` when it was still running (`at` is what it was by then)."""

    at: float
    low: float
    high: float
    open: bool = False


@dataclass(frozen=True, slots=True)
class Ratio:
    """After against before: the ratio of geometric means, its interval, and the two-sided p-value of no change."""

    value: float
    low: float
    high: float
    p: float
    log_sd: float  # pooled standard deviation of the natural logarithms
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """Incidents that are looked at together, in the order of their beginning."""

    name: str
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """One incident's gap; `confirmed` when no end of it is merely proposed."""

    incident: str
    length: Length
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Group:
    """One gap in one cohort: its dots, their median, and why the other incidents have none."""

    gap: str
    cohort: str
    incidents: int
    dots: tuple[Dot, ...]  # that count; in the order of the cohort
    apart: tuple[Dot, ...]  # unconfirmed ones, shown and not counted
    lacking: tuple[tuple[str, int], ...]  # why a gap is missing, and how often
    median: Interval | None


@dataclass(frozen=True, slots=True)
class Step:
    """One gap from one cohort to another: how it changed, as far as the data can tell."""

    gap: str
    before: str
    after: str
    ratio: Ratio | None
    p_adjusted: float | None  # for all steps of one comparison (Holm)
    verdict: str  # shorter | longer | no evidence of a change | too few to tell
    needed: int | None  # incidents a side for a cut of `cut` to be seen; None where the spread is unknown
    why: str


@dataclass(frozen=True, slots=True)
class Share:
    """Where the time went: one category of a ledger over all incidents, with the incidents behind it, longest first."""

    ledger: str
    category: str
    seconds: float
    incidents: int
    behind: tuple[tuple[str, float], ...]  # (incident, seconds)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A whole comparison: groups and steps by gap, shares by ledger, and how far people moved the proposals."""

    by: str
    at: datetime | None  # the date that parts before from after
    incidents: int
    confirmed: int  # incidents in which a person marked when they knew enough
    cohorts: tuple[Cohort, ...]
    groups: tuple[Group, ...]
    steps: tuple[Step, ...]
    shares: tuple[Share, ...]
    moved: Interval | None  # a person's mark minus the first proposal, seconds
    cut: float  # the change that `needed` speaks of, 0.3 = 30 % shorter


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often it happens: incidents, days looked at and incidents per 30 days on both sides, and the ratio of the rates."""

    before: tuple[int, float]
    after: tuple[int, float]
    rate_before: Interval
    rate_after: Interval
    ratio: Interval | None
    verdict: str  # rarer | more often | cannot tell


@dataclass(frozen=True, slots=True)
class Surely:
    """Signs of an unsure resolution: incidents with an attempt without effect, and reopened ones, of how many, on both sides."""

    attempts: tuple[int, int]
    reopened: tuple[int, int]
    incidents: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole test of one category since one date."""

    category: str
    since: datetime
    comparison: Comparison
    recurrence: Recurrence
    surely: Surely


@dataclass(frozen=True, slots=True)
class Alike:
    """One like incident: how alike (0 to 1), what both share, and how they differ."""

    incident: str
    title: str
    score: float
    shared: tuple[str, ...]
    different: tuple[str, ...]
    category: str | None
    fix: str
