"""Runs the outcome test of a category since a date: detected sooner, contained faster, resolved more surely, rarer."""

from datetime import datetime, timedelta

import polars as pl

from incident_timeline.compare.cohorts import cohorts_at
from incident_timeline.compare.gaps import compare_gaps
from incident_timeline.compare.statistics import rate_interval, rate_ratio
from incident_timeline.model.compared import Outcome, Recurrence, Surely

ASKED = {
    "time_to_detect": "detected sooner",
    "time_to_contain": "contained faster",
    "knew_to_mitigated": "users well sooner after we knew enough",
    "response_gap": "resolved sooner after we knew enough",
}


def measure_outcome(
    incidents: pl.DataFrame, gaps: pl.DataFrame, segments: pl.DataFrame, category: str, since: datetime, now: datetime,
    *, proposed: bool = False,
) -> Outcome:  # fmt: skip
    """Sets the category's incidents since a date against those before it, back to the first archived incident of any category.

    The days looked at reach from that first incident to `since`, and from `since` to `now`.
    """
    mine = incidents.filter(pl.col("category") == category)
    first = incidents["began_at"].min()
    start = first if isinstance(first, datetime) and first < since else since - timedelta(days=1)
    before, after = cohorts_at(mine, since)
    comparison = compare_gaps(
        mine, gaps, segments, (before, after), by="date", at=since, names=tuple(ASKED), proposed=proposed
    )
    spans = ((since - start) / timedelta(days=1), max((now - since) / timedelta(days=1), 1 / 24))
    counts = (len(before.incidents), len(after.incidents))
    return Outcome(
        category, since, comparison, _recurrence(counts, spans), _surely(mine, (before.incidents, after.incidents))
    )


def _recurrence(counts: tuple[int, int], days: tuple[float, float]) -> Recurrence:
    before, after = (counts[0], days[0]), (counts[1], days[1])
    ratio = rate_ratio(before, after)
    verdict = "cannot tell"
    if ratio is not None and ratio.high is not None and ratio.high < 1:
        verdict = "rarer"
    elif ratio is not None and ratio.low is not None and ratio.low > 1:
        verdict = "more often"
    return Recurrence(before, after, rate_interval(*before), rate_interval(*after), ratio, verdict)


def _surely(mine: pl.DataFrame, sides: tuple[tuple[str, ...], tuple[str, ...]]) -> Surely:
    frames = [mine.filter(pl.col("incident_id").is_in(side)) for side in sides]
    attempts, reopened = (tuple(int((frame[name] > 0).sum()) for frame in frames) for name in ("attempts", "reopened"))
    return Surely((attempts[0], attempts[1]), (reopened[0], reopened[1]), (frames[0].height, frames[1].height))
