"""How many users were hurt between started and mitigated: requests, bad ones, their share and the worst minute, with ranges."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from incident_timeline.model.instants import from_micros
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.objectives import Objective
from incident_timeline.model.onset import Moved
from incident_timeline.model.scored import Amount, Budget, Impact
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.amounts import measure_amounts, wilson
from incident_timeline.score.budgets import measure_budgets
from incident_timeline.score.request_counts import Rates, added, count, request_pairs, spans_of
from incident_timeline.score.slow import Slow, count_slow
from incident_timeline.score.touched import find_touched

MINUTE = 60_000_000  # microseconds
NOTE = "failed requests only, as the service counts them; slow answers and callers that gave up are not in these counts"
SLOW_NOTE = "too slow by the objective; failed ones are in these counts only where it counts them"


def measure_impact(
    series: SeriesSet, started: Milestone, mitigated: Milestone, moved: Sequence[Moved] = (),
    objectives: Sequence[Objective] = (),
) -> Impact:  # fmt: skip
    """Impact from the pairs `<query>.errors` and `<query>.total` (role `raw`, requests a second); says why where it cannot.

    A rate over a range read at t counts what came in (t - range, t]; centred there, its integral is the count. The
    range of a count holds the ranges of both ends, and one range and step of the mean rate at each end for the sampling.
    One pair a service, an SLO's before others, is added up. Bad are all bad requests of the span.
    """
    pairs = request_pairs(series, {(one.service, one.name) for one in objectives})
    services = watched(series, pairs)
    budgets = measure_budgets(series, objectives, started, mitigated)
    for milestone in (started, mitigated):
        if milestone.at is None:
            return unknown(f"{milestone.name} is missing: {milestone.reason}", services, budgets)
    if not pairs:
        return unknown("no query gives failed and all requests (errors and total)", services, budgets)
    rates = added(series, pairs)
    if rates is None:
        return unknown("failed and all requests have no samples at the same instants", services, budgets)
    spans = spans_of(started, mitigated)
    measured = measure_amounts(rates, spans)
    if measured is None:
        return unknown("fewer than two samples of all requests lie between started and mitigated", services, budgets)
    total, bad, share = measured
    worst, worst_at = worst_minute(rates, *spans[0])
    touched = find_touched(series, pairs, moved, started, mitigated)
    by_time = series.describe(pairs[0][0])["signal"] == "latency"
    hurt = tuple(one.service for one in touched) or services
    none = Slow(Amount(None, reason="the objective itself counts slow requests"), None)
    slow = none if by_time else count_slow(series, hurt, started, mitigated)
    return Impact(
        total=total, bad=bad, share=share, worst_minute=worst, worst_minute_at=worst_at,
        services=hurt,
        note=SLOW_NOTE if by_time else NOTE,
        evidence=tuple(f"series:{one}" for pair in pairs for one in pair),
        touched=touched, budgets=budgets, slow=slow.count, slow_over_s=slow.over_s,
    )  # fmt: skip


def watched(series: SeriesSet, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The services of the pairs, else of all series: those that may have been touched, where none stands out."""
    ids = {one for pair in pairs for one in pair}
    labels = series.labels.filter(pl.col("series_id").is_in(list(ids))) if ids else series.labels
    return tuple(sorted(set(labels["service"].drop_nulls())))


def worst_minute(rates: Rates, start: int, end: int) -> tuple[Amount, datetime | None]:
    """The largest share of bad requests in one whole or partial clock minute of the span, and when that began."""
    best: tuple[float, float, int] | None = None
    for minute in range(start // MINUTE * MINUTE, end, MINUTE):
        counts = count(rates, max(minute, start), min(minute + MINUTE, end))
        if counts is None or counts[0] <= 0 or min(minute + MINUTE, end) - max(minute, start) < MINUTE / 2:
            continue
        share = counts[1] / counts[0]
        if best is None or share > best[0]:
            best = (share, counts[0], minute)
    if best is None:
        return Amount(None, reason="no minute between started and mitigated has samples"), None
    share, n, minute = best
    low, high = wilson(share, n)
    return Amount(round(share, 6), round(low, 6), round(high, 6)), from_micros(minute)


def unknown(reason: str, services: tuple[str, ...], budgets: tuple[Budget, ...]) -> Impact:
    """No impact could be measured; every part says why."""
    none = Amount(None, reason=reason)
    return Impact(none, none, none, none, None, services, budgets=budgets, slow=none)
