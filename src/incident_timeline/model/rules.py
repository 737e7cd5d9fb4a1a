"""Alerting rules as the server lists them, and the episodes in which they were pending or firing."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alerting rule; `left op right` is its top-level comparison, None where it has none.

    `threshold` is the right side where that is a number. It is the rule as loaded when it was asked for, which may differ
    from the one that was loaded during the incident.
    """

    name: str
    group: str
    expr: str
    for_s: float
    keep_firing_s: float
    interval_s: float  # the group's evaluation interval
    labels: tuple[tuple[str, str], ...]
    annotations: tuple[tuple[str, str], ...]
    left: str | None
    op: str | None
    threshold: float | None
    metrics: tuple[str, ...]  # names of the metrics it reads
    evidence: str
    right: str | None = None


@dataclass(frozen=True, slots=True)
class AlertEpisode:
    """One stretch in which a rule was pending and perhaps firing, from raw ALERTS samples.

    Each instant is a sample's time, so the true change lies within one evaluation interval before it.
    """

    name: str
    labels: tuple[tuple[str, str], ...]
    active_at: datetime | None  # from ALERTS_FOR_STATE: since when the condition held
    pending_at: datetime | None
    firing_at: datetime | None
    last_firing_at: datetime | None
    interval_s: float
    evidence: str
    reconstructed: bool = False  # from the rule's expression and `for`, since no ALERTS sample is on record
