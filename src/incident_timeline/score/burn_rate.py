"""Multi-window, multi-burn-rate rules of the SRE workbook over the ratios that left their bands."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from incident_timeline.model.objectives import Objective
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.evaluate import on_grid
from incident_timeline.score.promise import Promise, Span, days_held, find_history, promise

SOURCE = "SRE workbook, chapter 5, table 5-8 (https://sre.google/workbook/alerting-on-slos/)"
# (long window s, short window s, burn rate) of the rows that page: 2 % of a 30-day budget in 1 h, 5 % in 6 h.
PAGES = ((3600.0, 300.0, 14.4), (21600.0, 1800.0, 6.0))
ASSUMED_TARGET = 0.999  # the workbook's own example, where no objective is configured


@dataclass(frozen=True, slots=True)
class Burn:
    """One burn-rate rule over a ratio: its expression, what it promises, and what it rests on."""

    expr: str
    labels: tuple[tuple[str, str], ...]
    change: str
    promised: Promise
    history_days: float | None
    evidence: tuple[str, ...]


def burn_rules(
    series: SeriesSet, service: str | None, name: str, interval_s: float, objectives: Sequence[Objective], span: Span
) -> Iterator[Burn]:
    """The paging rows of the table for one ratio, each with when it would have fired; a row that would not is left out."""
    own = next((one.target for one in objectives if (one.service, one.name) == (service, name)), None)
    target = ASSUMED_TARGET if own is None else own
    rows = series.labels.filter((pl.col("role") == "burn") & (pl.col("name") == name))
    rows = rows.filter(pl.col("service") == service) if service is not None else rows
    for long_s, short_s, rate in PAGES:
        pair = [rows.filter(pl.col("range_s") == range_s) for range_s in (long_s, short_s)]
        if any(one.height != 1 for one in pair):
            continue
        labels = [one.row(0, named=True) for one in pair]
        limit = float(f"{rate * (1 - target):.6g}")
        window = _both(
            [on_grid(series.samples_of(one["series_id"]), interval_s, one["step_s"]) for one in labels], limit
        )
        past = [find_history(series.labels, one, "burn_history") for one in labels]
        held = [series.samples_of(one) for one in past if one is not None]
        before = _both(held, limit) if len(held) == len(past) and all(one.height for one in held) else None
        promised = promise(window, interval_s, before, span, 0.0)
        if promised is None:
            continue
        assumed = "" if own is not None else ", assumed: no objective is configured"
        change = (
            f"{long_s / 3600:g} h and {short_s / 60:g} min both at {rate:g} times the budget of {target:.4g}{assumed}"
        )
        yield Burn(
            expr=" and ".join(f"({one['query']}) > {limit:g}" for one in labels),
            labels=tuple(sorted(json.loads(labels[0]["labels"] or "{}").items())),
            change=change,
            promised=promised,
            history_days=days_held(before),
            evidence=tuple(f"series:{one['series_id']}" for one in labels),
        )


def _both(samples: Sequence[pl.DataFrame], limit: float) -> pl.DataFrame:
    """Evaluations at which both windows are over the limit; NaN (no request at all) is not over it."""
    over = [one.select("at", over=pl.col("value").is_not_nan() & (pl.col("value") > limit)) for one in samples]
    joined = over[0].join(over[1], on="at", how="inner", suffix="_short")
    return joined.select("at", holds=pl.col("over") & pl.col("over_short"))
