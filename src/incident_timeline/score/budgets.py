"""How much of an error budget an incident spent, for every SLO whose series were collected."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from incident_timeline.model.milestones import Milestone
from incident_timeline.model.objectives import Objective
from incident_timeline.model.scored import Amount, Budget
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.amounts import measure_amounts
from incident_timeline.score.request_counts import Rates, added, spans_of

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class _Period:
    """All requests of one period: the mean of the days before, the quietest and the busiest of them; how that is known."""

    requests: float
    low: float
    high: float
    note: str


def measure_budgets(
    series: SeriesSet, objectives: Sequence[Objective], started: Milestone, mitigated: Milestone
) -> tuple[Budget, ...]:
    """For each objective: bad requests over those that the objective allows in its period, and how fast they came.

    The period's requests are taken from the days before the incident (role `history`): their mean, with the quietest and the
    busiest day as the range. Where an SLO gives only a ratio, time takes the place of requests, and the period is exact.
    burn_rate is the share of bad requests over the share allowed (Site Reliability Workbook, chapter 5).
    """
    return tuple(_measure(series, one, started, mitigated) for one in objectives)


def _measure(series: SeriesSet, objective: Objective, started: Milestone, mitigated: Milestone) -> Budget:
    mine = series.labels.filter(pl.col("service") == objective.service)
    pairs = _pairs(mine, objective.name)
    ratios = mine.filter((pl.col("role") == "sli") & (pl.col("name") == objective.name))["series_id"].to_list()
    rates = added(series, pairs) if pairs else _as_time(series, ratios)
    evidence = tuple(f"series:{one}" for one in ([i for pair in pairs for i in pair] if pairs else ratios))
    measured = None
    reason = "its series have no samples between started and mitigated"
    if started.at is None or mitigated.at is None:
        absent = started if started.at is None else mitigated
        reason = f"{absent.name} is missing: {absent.reason}"
    elif rates is not None:
        measured = measure_amounts(rates, spans_of(started, mitigated))
    about = (objective.name, objective.service, objective.target, objective.period_s)
    if measured is None:
        none = Amount(None, reason=reason)
        return Budget(*about, none, none, "", evidence)
    _, bad, share = measured
    allowed = 1 - objective.target
    whole = objective.period_s
    period = _period(series, mine, objective) if pairs else _Period(whole, whole, whole, "counted by time")
    burn = _times(share, 1 / allowed)
    if isinstance(period, Amount):
        return Budget(*about, period, burn, "", evidence)
    return Budget(*about, _over(bad, period, allowed), burn, period.note, evidence)


def _pairs(mine: pl.DataFrame, name: str) -> list[tuple[str, str]]:
    halves = [
        mine.filter((pl.col("role") == "raw") & (pl.col("name") == f"{name}.{half}")) for half in ("errors", "total")
    ]
    both = halves[0].join(halves[1], on="labels", suffix="_total", nulls_equal=True).sort("series_id")
    return list(zip(both["series_id"], both["series_id_total"], strict=True))


def _as_time(series: SeriesSet, ratios: Sequence[str]) -> Rates | None:
    """A ratio without counts: every second is one request, and the ratio of it is bad; several ratios are averaged."""
    samples = series.samples.filter(pl.col("series_id").is_in(list(ratios)) & pl.col("value").is_finite())
    means = samples.group_by("at").agg(pl.col("value").mean()).sort("at")
    if means.height < 2:
        return None
    at = means["at"].dt.epoch("us").to_numpy().astype(np.int64)
    value = means["value"].to_numpy()
    range_us = float(series.describe(ratios[0])["range_s"] or 0.0) * 1e6
    return Rates(at, value, np.ones_like(value), range_us, float(np.median(np.diff(at))))


def _period(series: SeriesSet, mine: pl.DataFrame, objective: Objective) -> _Period | Amount:
    """The requests of one period by the days before; an Amount that says why where not a whole day is known."""
    ids = mine.filter((pl.col("role") == "history") & (pl.col("name") == f"{objective.name}.total"))[
        "series_id"
    ].to_list()
    samples = series.samples.filter(pl.col("series_id").is_in(ids) & pl.col("value").is_finite())
    rates = samples.group_by("at").agg(pl.col("value").sum()).sort("at")
    step_s = float(series.describe(ids[0])["step_s"] or 60.0) if ids else 60.0
    if rates.height * step_s < DAY_S:
        known = rates.height * step_s / 3600
        return Amount(
            None, reason=f"of all requests before the incident {known:.0f} h are known, and a whole day is needed"
        )
    last = rates["at"].max()
    ago = (pl.lit(last) - pl.col("at")).dt.total_microseconds() // int(DAY_S * 1e6)
    days = rates.group_by(ago.alias("ago")).agg(pl.col("value").mean(), pl.len())
    whole = days.filter(pl.col("len") * step_s >= 0.9 * DAY_S)["value"].to_numpy()
    mean = float(rates["value"].mean())  # type: ignore[arg-type]
    low, high = (float(np.min(whole)), float(np.max(whole))) if len(whole) else (mean, mean)
    if mean <= 0:
        return Amount(None, reason="no request came in the days before, so the period's budget is not known")
    counted = f"if the period is like the {rates.height * step_s / DAY_S:.0f} days before"
    return _Period(
        mean * objective.period_s, min(low, mean) * objective.period_s, max(high, mean) * objective.period_s, counted
    )


def _over(bad: Amount, period: _Period, allowed: float) -> Amount:
    assert bad.value is not None
    assert bad.low is not None
    assert bad.high is not None
    high = bad.high / (allowed * period.low) if period.low > 0 else None
    return Amount(
        round(bad.value / (allowed * period.requests), 6),
        round(bad.low / (allowed * period.high), 6),
        None if high is None else round(high, 6),
    )


def _times(share: Amount, factor: float) -> Amount:
    if share.value is None or share.low is None or share.high is None:
        return share
    return Amount(round(share.value * factor, 3), round(share.low * factor, 3), round(share.high * factor, 3))
