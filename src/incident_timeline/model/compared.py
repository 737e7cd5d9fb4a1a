"""What comparing incidents gives: dots, medians, ratios and verdicts, each with what it rests on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

import polars as pl


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


@dataclass(frozen=True, slots=True, eq=False)
class Dots(Sequence[Dot]):
    """The dots of one group, kept as columns and made when they are read: a hundred thousand take 5 MB instead of 60."""

    rows: pl.DataFrame  # incident_id, at, low, high, open, confirmed; none of them null

    @property
    def still_open(self) -> int:
        """How many of the gaps were still running."""
        return int(self.rows["open"].sum())

    def shortest_first(self, other: "Dots") -> "Dots":
        """These dots and others, by length; equal ones by the incident's name."""
        return Dots(pl.concat([self.rows, other.rows]).sort("at", "incident_id"))

    def __len__(self) -> int:
        return self.rows.height

    def __iter__(self) -> Iterator[Dot]:
        incidents, at, low, high, still, confirmed = (column.to_list() for column in self.rows.iter_columns())
        return map(Dot, incidents, map(Length, at, low, high, still), confirmed)

    @overload
    def __getitem__(self, index: int) -> Dot: ...
    @overload
    def __getitem__(self, index: slice) -> "Dots": ...
    def __getitem__(self, index: int | slice) -> "Dot | Dots":
        if isinstance(index, slice):
            return Dots(self.rows[index])
        incident, at, low, high, still, confirmed = self.rows.row(index)
        return Dot(incident, Length(at, low, high, still), confirmed)


@dataclass(frozen=True, slots=True)
class Group:
    """One gap in one cohort: its dots, their median, and why the other incidents have none."""

    gap: str
    cohort: str
    incidents: int
    dots: Dots  # that count; in the order of the cohort
    apart: Dots  # unconfirmed ones, shown and not counted
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
    """Where the time went: one category of a ledger over all incidents, with the longest incidents behind it, longest first."""

    ledger: str
    category: str
    seconds: float
    incidents: int
    behind: tuple[tuple[str, float], ...]  # (incident, seconds), at most compare.minutes.LONGEST


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
