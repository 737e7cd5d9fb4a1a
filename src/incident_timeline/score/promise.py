"""What a rule would have done: when it would have fired in the incident, and when on the days before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from incident_timeline.score.evaluate import Run, firings, runs

HISTORY_STEP_S = 60.0  # the lookback is asked at 60 s (design section 5)
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Span:
    """The incident as a rule sees it: from `start` on users were hurt, by `end` a rule fired (or a person told)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """When a rule would have fired inside the span, and when before it."""

    fires_at: datetime
    held_until: datetime  # the last evaluation of that stretch
    before: tuple[datetime, ...]
    perhaps: tuple[
        datetime, ...
    ]  # since when it held on the days before, seen too seldom to tell whether for long enough


def promise(
    evaluated: pl.DataFrame, interval_s: float, days_before: pl.DataFrame | None, span: Span, for_s: float
) -> Promise | None:
    """From evaluations (`at`, `holds`) of the window and of the days before; None where it would not have fired in time.

    A rule that was firing already when users began to be hurt sends no new page, so it promises nothing.
    """
    window = runs(evaluated, interval_s, for_s)
    inside = [run for run in window if run.firing_at is not None and span.start <= run.firing_at < span.end]
    early = [run for run in window if run.firing_at is not None and run.firing_at < span.start]
    if not inside or any(run.last_at >= span.start for run in early):
        return None
    past = () if days_before is None else runs(days_before, HISTORY_STEP_S, for_s)
    short = [run for run in past if run.firing_at is None and interval_s < HISTORY_STEP_S and _may_fire(run, for_s)]
    return Promise(
        firings(inside)[0], inside[0].last_at, (*firings(past), *firings(early)), tuple(run.active_at for run in short)
    )


def _may_fire(run: Run, for_s: float) -> bool:
    """Whether a condition that held from one look to another, a minute apart, may have held for `for_s` in between."""
    return (run.last_at - run.active_at).total_seconds() + 2 * HISTORY_STEP_S > for_s


def days_held(history: pl.DataFrame | None) -> float | None:
    """How many days the lookback holds, from its samples; None for none."""
    if history is None or history.is_empty():
        return None
    return round(history.height * HISTORY_STEP_S / _DAY_S, 2)


def find_history(series_labels: pl.DataFrame, label: Mapping[str, object], role: str) -> str | None:
    """The series of the days before that goes with a series of the window."""
    same = series_labels.filter(
        (pl.col("role") == role)
        & (pl.col("name") == label["name"])
        & (pl.col("query") == label["query"])
        & (pl.col("labels") == label["labels"])
    )
    return str(same["series_id"][0]) if same.height else None
