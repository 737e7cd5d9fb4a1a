"""Runs the outcome test of a category since a date: detected sooner, contained faster, resolved more surely, rarer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from incident_timeline.compare.cohorts import cohorts_at
from incident_timeline.compare.gaps import compare_gaps
from incident_timeline.compare.statistics import (
    CONFIDENCE,
    holm,
    needed_for_share,
    quiet_days,
    rate_interval,
    rate_p,
    rate_ratio,
    shares_p,
)
from incident_timeline.model.compared import ASKED, Cohort, Outcome, Recurrence, Sign

SIGNS = {"attempts": "an attempt without effect", "reopened": "a reopening"}
HALF = 0.5  # the fall of a sign that "how many more" speaks of
_DAY = timedelta(days=1)

Counted = tuple[int, float]  # incidents, days


def measure_outcome(
    incidents: pl.DataFrame, gaps: pl.DataFrame, segments: pl.DataFrame, category: str, since: datetime, now: datetime,
    *, because: str = "", proposed: bool = False,
) -> Outcome:  # fmt: skip
    """Sets the category's incidents since a date against those before it, back to the first archived incident of any category.

    The days looked at reach from that first incident to `since`, and from `since` to `now`. Everything that can be judged is
    judged together (Holm 1979).
    """
    mine = incidents.filter(pl.col("category") == category)
    first = incidents["began_at"].min()
    start = first if isinstance(first, datetime) and first < since else since - _DAY
    sides = cohorts_at(mine, since)
    spans = ((since - start) / _DAY, max((now - since) / _DAY, 1 / 24))
    rates = [(len(side.incidents), days) for side, days in zip(sides, spans, strict=True)]
    shares = {name: _shares(mine, name, sides) for name in SIGNS}
    beside = [*(shares_p(*pair) for pair in shares.values()), rate_p(rates[0], rates[1])]
    comparison = compare_gaps(
        mine, gaps, segments, sides, by="date", at=since, names=tuple(ASKED), proposed=proposed, beside=beside
    )
    known = [step.ratio.p for step in comparison.steps if step.ratio is not None]
    *of_signs, of_rate = holm([*known, *beside])[len(known) :]
    signs = tuple(_sign(SIGNS[name], *shares[name], p) for name, p in zip(SIGNS, of_signs, strict=True))
    asked = len(known) + len(beside)
    return Outcome(
        category, since, because, comparison, signs, _recurrence(rates[0], rates[1], of_rate, since, asked), asked
    )


def _recurrence(before: Counted, after: Counted, p: float, since: datetime, asked: int) -> Recurrence:
    ratio = rate_ratio(before, after)
    verdict = "cannot tell"
    if ratio is not None and ratio.value is not None and p < 1 - CONFIDENCE:
        verdict = "rarer" if ratio.value < 1 else "more often"
    days = quiet_days(before, after[0], 1 - (1 - CONFIDENCE) / asked)  # the strictest that Holm can ask for
    until = since + timedelta(days=days) if days is not None and verdict == "cannot tell" else None
    return Recurrence(before, after, rate_interval(*before), rate_interval(*after), ratio, p, verdict, until)


def _shares(mine: pl.DataFrame, name: str, sides: Sequence[Cohort]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(with the sign, of how many) before and since."""
    frames = [mine.filter(pl.col("incident_id").is_in(list(side.incidents))) for side in sides]
    before, after = ((int((frame[name] > 0).sum()), frame.height) for frame in frames)
    return before, after


def _sign(name: str, before: tuple[int, int], after: tuple[int, int], p: float) -> Sign:
    verdict = "cannot tell"
    if p < 1 - CONFIDENCE:
        verdict = "fewer" if after[0] * before[1] < before[0] * after[1] else "more"
    share = before[0] / before[1] if before[1] else 0.0
    return Sign(name, before, after, p, verdict, needed_for_share(share, HALF))
