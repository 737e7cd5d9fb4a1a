"""How much users were hurt between started and mitigated: requests, bad ones, their share and the worst minute, with ranges."""

from datetime import datetime

import polars as pl

from incident_timeline.model.milestones import Milestone
from incident_timeline.model.scored import Amount, Impact
from incident_timeline.model.series import SeriesSet


def measure_impact(series: SeriesSet, started: Milestone, mitigated: Milestone) -> Impact:
    """Impact from the pairs `<query>.errors` and `<query>.total` (requests a second); each part says why it is missing.

    A count is the integral of the rate (trapezoid); its range comes from the ranges of both ends.
    """
    services = tuple(sorted(set(series.labels["service"].drop_nulls())))
    absent = [m for m in (started, mitigated) if m.at is None]
    if absent:
        return _unknown("; ".join(f"{m.name} is missing: {m.reason}" for m in absent), services)
    pair = _pair(series)
    if pair is None:
        return _unknown("no query gives failed and all requests (errors and total)", services)
    assert (
        started.at
    )
    assert (
        started.earliest
    )
    assert (
        started.latest
    )
    assert (
        mitigated.at
    )
    assert (
        mitigated.earliest
    )
    assert (
        mitigated.latest
    )
    errors, total = (series.samples_of(one) for one in pair)
    spans = [(started.at, mitigated.at), (started.latest, mitigated.earliest), (started.earliest, mitigated.latest)]
    counts = [(_integral(total, a, b), _integral(errors, a, b)) for a, b in spans if b > a]
    if not counts or not counts[0][0]:
        return _unknown("no sample of all requests lies between started and mitigated", services)
    (n, bad), *rest = counts
    every = [(n, bad), *rest]
    shares = [b / t for t, b in every if t]
    worst, at = _worst_minute(errors, total, started.at, mitigated.at)
    return Impact(
        total=_amount(n, [t for t, _ in every]), bad=_amount(bad, [b for _, b in every]),
        share=Amount(round(bad / n, 6), round(min(shares), 6), round(max(shares), 6)), worst_minute=worst, worst_minute_at=at,
        services=services, note="failed requests only; slow answers are not in these counts",
        evidence=tuple(f"series:{one}" for one in pair),
    )  # fmt: skip


def _unknown(reason: str, services: tuple[str, ...]) -> Impact:
    none = Amount(None, reason=reason)
    return Impact(none, none, none, none, None, services)


def _pair(series: SeriesSet) -> tuple[str, str] | None:
    raw = series.labels.filter(pl.col("role") == "raw").sort("series_id")
    for name in sorted(raw["name"]):
        if name.endswith(".errors"):
            errors = raw.filter(pl.col("name") == name)
            total = raw.filter(pl.col("name") == name.removesuffix(".errors") + ".total")
            if errors.height and total.height:
                return str(errors["series_id"][0]), str(total["series_id"][0])
    return None


def _integral(rates: pl.DataFrame, start: datetime, end: datetime) -> float:
    inside = rates.filter(pl.col("at").is_between(start, end) & pl.col("value").is_finite())
    if inside.height < 2:
        return 0.0
    seconds = inside["at"].dt.epoch("us") / 1e6
    middle = (inside["value"] + inside["value"].shift(1)) / 2
    whole = float((seconds.diff() * middle).sum())
    covered = float(seconds[-1] - seconds[0])
    return whole * ((end - start).total_seconds() / covered) if covered else 0.0


def _amount(value: float, all_values: list[float]) -> Amount:
    return Amount(float(round(value)), float(round(min(all_values))), float(round(max(all_values))))


def _worst_minute(
    errors: pl.DataFrame, total: pl.DataFrame, start: datetime, end: datetime
) -> tuple[Amount, datetime | None]:
    joined = errors.join(total, on="at", suffix="_total").filter(pl.col("at").is_between(start, end))
    minutes = (
        joined.group_by(pl.col("at").dt.truncate("1m").alias("minute"))
        .agg(pl.col("value").mean(), pl.col("value_total").mean(), pl.len())
        .filter((pl.col("value_total") > 0) & pl.col("value").is_finite() & (pl.col("len") >= 2))
        .with_columns(share=pl.col("value") / pl.col("value_total"))
        .sort("share", "minute", descending=[True, False])
    )
    if minutes.is_empty():
        return Amount(None, reason="no minute has two samples"), None
    share = round(float(minutes["share"][0]), 6)
    return Amount(share, share, share), minutes["minute"][0]
