"""Applies a rule's comparison, `for` and `keep_firing_for` to evaluated values, as Prometheus' rule manager does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

_HOLE = 1.5  # evaluations apart: one in between did not find the condition true


@dataclass(frozen=True, slots=True)
class Run:
    """One stretch in which the condition held: since when, from when the alert fired (None: never), when it last held."""

    active_at: datetime
    firing_at: datetime | None
    last_at: datetime


def holds(values: pl.DataFrame, op: str) -> pl.DataFrame:
    """`at` and `holds` of frames with `at`, `value`, `limit`; NaN compares as in PromQL, false but for `!=`."""
    value, limit = pl.col("value"), pl.col("limit")
    no_number = value.is_nan() | limit.is_nan()
    compared = {
        ">": value > limit, ">=": value >= limit, "<": value < limit, "<=": value <= limit, "==": value == limit,
        "!=": value != limit,
    }[op]  # fmt: skip
    # Polars orders NaN above all numbers and takes it for equal to itself; PromQL follows IEEE 754.
    return values.select("at", holds=pl.when(no_number).then(op == "!=").otherwise(compared))


def runs(evaluated: pl.DataFrame, interval_s: float, for_s: float, keep_firing_s: float = 0.0) -> tuple[Run, ...]:
    """The stretches of `holds` in order; `evaluated` has `at` and `holds`, one row an evaluation, in time order.

    An alert is active from the first evaluation at which its condition holds and fires at the first one that is `for_s` or
    more after that; one evaluation without it (false and absent are the same to the rule manager) ends the alert, unless it
    fires and has been without it for less than `keep_firing_s` (rules/alerting.go).
    """
    wait, hole = timedelta(seconds=for_s), timedelta(seconds=_HOLE * interval_s)
    kept = timedelta(seconds=interval_s + keep_firing_s)
    found: list[Run] = []
    for at in evaluated.filter("holds")["at"].to_list():
        now = found[-1] if found else None
        firing = now is not None and now.firing_at is not None and keep_firing_s > 0
        if now is None or at - now.last_at > (max(hole, kept) if firing else hole):
            now = Run(at, None, at)
            found.append(now)
        fires = now.firing_at or (at if at - now.active_at >= wait else None)
        found[-1] = replace(now, firing_at=fires, last_at=at)
    return tuple(found)


def firings(found: Sequence[Run]) -> tuple[datetime, ...]:
    """When the alert fired, each once."""
    return tuple(run.firing_at for run in found if run.firing_at is not None)


def on_grid(samples: pl.DataFrame, interval_s: float, step_s: float) -> pl.DataFrame:
    """The samples that evaluations on a grid of `interval_s` see, whose own distance is `step_s`; what is absent stays absent."""
    if samples.is_empty() or interval_s <= step_s:
        return samples
    every = f"{round(interval_s * 1e6)}us"
    first, last = samples["at"].min(), samples["at"].max()
    instants = pl.select(
        at=pl.datetime_range(pl.lit(first).dt.truncate(every), pl.lit(last), every, time_unit="us", time_zone="UTC")
    )
    seen = instants.join_asof(samples, on="at", strategy="backward", tolerance=f"{round(step_s * 1e6) - 1}us")
    return seen.filter(pl.col("value").is_not_null())
