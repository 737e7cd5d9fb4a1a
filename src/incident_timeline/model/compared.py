"""What comparing incidents gives: dots, medians, ratios and verdicts, each with what it rests on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import overload

import polars as pl

# What the outcome test asks of each gap, and what it says of one that became longer instead.
ASKED = {
    "time_to_detect": ("detected sooner", "detected later"),
    "time_to_contain": ("contained faster", "contained more slowly"),
    "knew_to_mitigated": ("users well sooner after we knew enough", "users well later after we knew enough"),
    "response_gap": ("resolved sooner after we knew enough", "resolved later after we knew enough"),
}


def p_words(p: float) -> str:
    """`= 0.24`, `= 0.012`, `< 0.001`: a p-value after its letter."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


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

    @property
    def lengths(self) -> list[Length]:
        """Their lengths, in the same order."""
        return list(map(Length, *(self.rows[part].to_list() for part in ("at", "low", "high", "open"))))

    def shortest_first(self, other: "Dots") -> "Dots":
        """These dots and others, by length; equal ones by the incident's name."""
        return Dots(pl.concat([self.rows, other.rows]).sort("at", "incident_id"))

    def __len__(self) -> int:
        return self.rows.height

    def __iter__(self) -> Iterator[Dot]:
        return map(Dot, self.rows["incident_id"].to_list(), self.lengths, self.rows["confirmed"].to_list())

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
    """How often it happens: incidents, days looked at and incidents per 30 days on both sides, and the ratio of the rates.

    `quiet_until`: the day from which it would count as rarer, were there no further one; None where nothing could tell.
    """

    before: tuple[int, float]
    after: tuple[int, float]
    rate_before: Interval
    rate_after: Interval
    ratio: Interval | None
    p_adjusted: float  # for everything that is asked at once (Holm)
    verdict: str  # rarer | more often | cannot tell
    quiet_until: datetime | None


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of an unsure resolution: incidents that have it, of how many, on both sides."""

    name: str  # an attempt without effect | a reopening
    before: tuple[int, int]
    after: tuple[int, int]
    p_adjusted: float
    verdict: str  # fewer | more | cannot tell
    needed: int | None  # incidents a side for half as many to be seen; None where there was none before


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole test of one category since one date; `because` says what the date stands for, empty for a date as such."""

    category: str
    since: datetime
    because: str
    comparison: Comparison
    surely: tuple[Sign, ...]
    recurrence: Recurrence
    asked: int  # comparisons that are judged together

    @property
    def told(self) -> tuple[str, ...]:
        """What the data tell, in words; empty where they cannot tell."""
        steps = [
            (one, one.ratio) for one in self.comparison.steps if one.ratio and one.verdict in ("shorter", "longer")
        ]
        found = [
            f"{ASKED[one.gap][one.verdict == 'longer']}, {r.value:.2f} [{r.low:.2f} to {r.high:.2f}] times as long"
            for one, r in steps
        ]
        found += [f"{one.verdict} with {one.name}" for one in self.surely if one.verdict in ("fewer", "more")]
        return (*found, *([self.recurrence.verdict] if self.recurrence.verdict != "cannot tell" else []))


@dataclass(frozen=True, slots=True)
class Alike:
    """One like incident: how alike (0 to 1), what both share, and how they differ."""

    incident: str
    title: str
    score: float
    kinds: tuple[str, ...]  # of model.kin.KINDS, that both have something of in common
    shared: tuple[str, ...]  # in words, one for each of these kinds
    different: tuple[str, ...]
    category: str | None
    fix: str  # the change that ended it, empty where none is known to have
    fix_said: str  # else what was said when the fix was begun
    began_at: datetime

    @property
    def by_service(self) -> bool:
        """Whether nothing but the service is the same: worth a mention, and no more."""
        return self.kinds == ("service",)


@dataclass(frozen=True, slots=True)
class OwnFind:
    """An incident that the paging tool itself takes for like this one; `incident` is our name of it where it is archived."""

    relation: str  # past | related
    key: str
    incident: str | None
    title: str
    at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that waits for a test: an action item to `verify`, or an `outcome` that the data could tell on that day."""

    day: date | None
    what: str  # verify | outcome
    incident: str
    action: str  # the item's name with its incident
    words: str  # the item's own
    why: str
    overdue: bool
