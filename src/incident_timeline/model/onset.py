"""When a signal left its band and came back: the values that onset and recovery give."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Band:
    """A signal's normal band before the onset: centre, low and high, in the signal's unit, from `samples` samples."""

    centre: float
    low: float
    high: float
    samples: int


@dataclass(frozen=True, slots=True)
class Moved:
    """How one signal moved: when it left its band, which way, how far, and the sample that left it."""

    series_id: str
    name: str
    at: datetime
    earliest: datetime  # the last sample that was still inside
    latest: datetime  # the first sample outside
    direction: str  # up | down
    magnitude: float  # distance from the centre in robust spreads of the baseline
    band: Band
    first_outside: float  # the value of the first sample outside
    score: float  # evidence, larger is surer


@dataclass(frozen=True, slots=True)
class Onset:
    """One onset over all signals of a service, with the vote of each."""

    at: datetime
    earliest: datetime
    latest: datetime
    confidence: float  # 0..1
    direction: str  # up | down | mixed
    magnitude: float
    votes: tuple[Moved, ...]  # signals that moved there, strongest first
    note: str = ""  # corrections made (rate range), disagreement between bounded and independent answers


@dataclass(frozen=True, slots=True)
class NoOnset:
    """No clear onset, and why, in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Recovery:
    """When the signals were back inside their bands and stayed there for `inside_samples` samples."""

    at: datetime
    earliest: datetime
    latest: datetime
    inside_samples: int
    relapses: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotRecovered:
    """No recovery inside the window, and why, in words."""

    reason: str
