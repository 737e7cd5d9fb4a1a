"""What a service aims at: the share of good requests over a period, as an SLO file says it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Objective:
    """An SLO; its series carry the same service and name."""

    service: str
    name: str
    target: float  # share of good requests, 0..1, neither end
    period_s: float
