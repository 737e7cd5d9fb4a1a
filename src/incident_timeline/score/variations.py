"""Candidate rules over one signal: thresholds between normal and what was reached, with several `for`, and what each promises."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from incident_timeline.score.evaluate import holds
from incident_timeline.score.promise import Promise, Span, promise

# Between the edge of normal (0) and the level reached (1), on a logarithmic scale where both are positive. Without history
# nothing tells them apart but the minutes, which always speak for the lowest, so the middle is taken.
_FRACTIONS = (0.25, 0.5, 0.75)
_MIDDLE = 0.5
USUAL_FOR_S = (60.0, 120.0, 300.0)
_REACHED = 0.9  # nine in ten samples of the incident lie below (above, where down is worse)


@dataclass(frozen=True, slots=True)
class Reading:
    """One signal as a rule would read it: on the evaluation grid over the window, at 60 s over the days before."""

    window: pl.DataFrame  # at, value
    history: pl.DataFrame | None
    interval_s: float
    op: str  # one of > >= < <=

    @property
    def upward(self) -> bool:
        """Whether more is worse."""
        return self.op.startswith(">")


@dataclass(frozen=True, slots=True)
class Variation:
    """One threshold and `for` with what it promises; `fraction` is how far the threshold lies from normal."""

    threshold: float
    for_s: float
    fraction: float
    promised: Promise

    def worth(self, span: Span) -> tuple[float, float, float]:
        """Seconds saved a page; among equals what lies further from normal, and what waits longer."""
        saved = (span.end - self.promised.fires_at).total_seconds()
        pages = 1 + len(self.promised.before) + len(self.promised.perhaps)
        return saved / pages, self.fraction, self.for_s


def vary_threshold(reading: Reading, edge: float, span: Span, for_s: Sequence[float]) -> Variation | None:
    """The best threshold between the edge of normal and what was reached; None where none would have fired in time."""
    known = reading.history is not None and not reading.history.is_empty()
    fractions, waits = (_FRACTIONS, for_s) if known else ((_MIDDLE,), for_s[:1])
    reached = _reached(reading, span)
    if reached is None or (reached <= edge if reading.upward else reached >= edge):
        return None
    found = [
        Variation(threshold, wait, fraction, promised)
        for fraction in fractions
        for threshold in [_between(edge, reached, fraction)]
        for wait in dict.fromkeys(waits)
        if (promised := try_rule(reading, threshold, wait, span)) is not None
    ]
    return max(found, key=lambda one: one.worth(span), default=None)


def vary_for(reading: Reading, threshold: float, for_s: float, span: Span) -> Variation | None:
    """The best shorter `for` with the threshold as it is; without history the half."""
    known = reading.history is not None and not reading.history.is_empty()
    shares = (0.5, 0.25, 0.0) if known else (0.5,)
    waits = dict.fromkeys(math.ceil(for_s * share / reading.interval_s) * reading.interval_s for share in shares)
    found = [
        Variation(threshold, wait, 0.0, promised)
        for wait in waits
        if wait < for_s and (promised := try_rule(reading, threshold, wait, span)) is not None
    ]
    return max(found, key=lambda one: one.worth(span), default=None)


def try_rule(reading: Reading, threshold: float, for_s: float, span: Span) -> Promise | None:
    """What `signal op threshold` with that `for` would have done."""
    before = None if reading.history is None else _evaluated(reading.history, reading.op, threshold)
    return promise(_evaluated(reading.window, reading.op, threshold), reading.interval_s, before, span, for_s)


def edge_before(reading: Reading, start: datetime) -> float | None:
    """The edge of normal before users were hurt: beyond it lies one sample in 100 on the side that is worse."""
    quiet = reading.window.filter((pl.col("at") < start) & pl.col("value").is_finite())["value"]
    return quiet.quantile(0.99 if reading.upward else 0.01, "nearest") if quiet.len() else None


def _reached(reading: Reading, span: Span) -> float | None:
    inside = pl.col("at").is_between(span.start, span.end) & pl.col("value").is_finite()
    values = reading.window.filter(inside)["value"]
    return values.quantile(_REACHED if reading.upward else 1 - _REACHED, "nearest") if values.len() else None


def _between(edge: float, reached: float, fraction: float) -> float:
    if edge > 0 and reached > 0:
        return _short(math.exp(math.log(edge) + fraction * (math.log(reached) - math.log(edge))))
    return _short(edge + fraction * (reached - edge))


def _short(value: float) -> float:
    """Two significant digits: nobody writes a rule with more."""
    return float(f"{value:.2g}")


def _evaluated(values: pl.DataFrame, op: str, threshold: float) -> pl.DataFrame:
    return holds(values.with_columns(limit=pl.lit(threshold)), op)
