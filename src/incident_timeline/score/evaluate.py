"""Applies a rule's comparison, `for` and `keep_firing_for` to evaluated values, as Prometheus' rule manager does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

_HOLE = 1.5  # evaluations without a value end what went on: an absent series resolves its alert


@dataclass(frozen=True, slots=True)
class Run:
    """One stretch in which the condition held: since when, from when the alert fired (None: never), its last firing evaluation."""

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
    more after that (rules/alerting.go). Once firing it keeps firing until the condition has been false for `keep_firing_s`.
    """
    wait, keep, hole = timedelta(seconds=for_s), timedelta(seconds=keep_firing_s), timedelta(seconds=_HOLE * interval_s)
    found: list[Run] = []
    now: Run | None = None
    true_at = before = None
    for at, true in evaluated.select("at", "holds").iter_rows():
        if now is not None and before is not None and at - before > hole:
            found, now = [*found, now], None
        before = at
        if true:
            now = now or Run(at, None, at)
            firing = now.firing_at or (at if at - now.active_at >= wait else None)
            now, true_at = Run(now.active_at, firing, at), at
        elif now is not None and now.firing_at is not None and true_at is not None and at - true_at < keep:
            now = Run(now.active_at, now.firing_at, at)
        elif now is not None:
            found, now = [*found, now], None
    return tuple([*found, now] if now is not None else found)


def firings(found: Sequence[Run]) -> tuple[datetime, ...]:
    """When the alert fired, each once."""
    return tuple(run.firing_at for run in found if run.firing_at is not None)
