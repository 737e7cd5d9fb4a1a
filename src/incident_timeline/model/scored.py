"""Everything that scoring found about one incident: what explain and report read."""

from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from incident_timeline.model.counterfactual import Counterfactual
from incident_timeline.model.findings import Coverage
from incident_timeline.model.gaps import Gap, Segment
from incident_timeline.model.incident import Change, Incident, Window
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.onset import Moved, NoOnset, NotRecovered, Onset, Recovery
from incident_timeline.model.paging import CrossCheck, Paging
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its range, or why it is missing."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Touched:
    """One service that was hurt: its own requests between started and mitigated, or why they are not known."""

    service: str
    total: Amount
    bad: Amount
    share: Amount


@dataclass(frozen=True, slots=True)
class Budget:
    """What the incident cost of one SLO's error budget."""

    name: str
    service: str
    target: float  # share of good requests that is aimed at, 0..1
    period_s: float
    spent: Amount  # of the period's budget, 1 is all of it
    burn_rate: Amount  # bad share over the share allowed
    note: str = ""  # how the period's requests are known
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Impact:
    """How much users were hurt; each part has its range or says why not."""

    total: Amount  # requests between started and mitigated
    bad: Amount  # of those, failed (or over the SLI's own limit)
    share: Amount  # bad / total, 0..1
    worst_minute: Amount  # the largest share in one minute, 0..1
    worst_minute_at: datetime | None
    services: tuple[str, ...]  # touched; where none stands out, all that were watched
    note: str = ""
    evidence: tuple[str, ...] = ()
    touched: tuple[Touched, ...] = ()
    budgets: tuple[Budget, ...] = ()
    slow: Amount = Amount(None, reason="not measured")  # beside `bad`, and partly the same requests
    slow_over_s: float | None = None  # the duration that only one in a thousand exceeded before


@dataclass(frozen=True, slots=True)
class Explanation:
    """One cause that was stated or asked about: when first said, how, and what became of it."""

    at: datetime
    event_id: str
    text: str  # the words said
    stance: str  # asked | hedged | stated | decided
    fate: str  # acted on, worked | tried, no effect | set aside | not followed up | open
    fate_evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """One incident, scored."""

    incident: Incident
    window: Window
    collected_at: datetime
    events: pl.DataFrame  # model.events.SCHEMA, in the total order
    series: SeriesSet
    decisive: str | None  # series_id of the SLI that decided `started`
    onset: Onset | NoOnset
    recovery: Recovery | NotRecovered
    moved: tuple[Moved, ...]  # signals in the order they moved
    impact: Impact
    milestones: dict[str, Milestone]  # every name of model.milestones.NAMES
    gaps: dict[str, Gap]  # every name of model.gaps.GAPS
    ledgers: dict[str, tuple[Segment, ...]]  # every name of model.gaps.LEDGERS; empty where the gap is missing
    changes: tuple[Change, ...]
    explanations: tuple[Explanation, ...]
    rules: tuple[AlertRule, ...]
    episodes: tuple[AlertEpisode, ...]
    coverage: tuple[Coverage, ...]
    paging: Paging = field(default_factory=Paging)  # who was on call, incidents like this one, PagerDuty's own figures
    cross_checks: tuple[CrossCheck, ...] = ()  # our figures beside PagerDuty's own
    counterfactual: Counterfactual = field(default_factory=Counterfactual)  # rules that would have shown it sooner
