"""Signals as arrays: what the onset estimators read out of a series set."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from incident_timeline.model.series import SeriesSet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLI_ROLES = frozenset({"sli"})
ALL_ROLES = frozenset({"sli", "resource"})

# A counter goes up at nearly every sample and falls only when its process starts again, then to nearly nothing.
COUNTER_RISING_SHARE = 0.9
COUNTER_RESET_LEVEL = 0.5
COUNTER_MIN_SAMPLES = 12


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal's usable samples in time order: `at` in integer microseconds since the epoch, `value` finite."""

    series_id: str
    name: str
    worse: str  # up | down | both
    step: float  # median distance of its samples, microseconds
    range_s: float  # range of the query's rate, seconds; 0 for instants
    at: Ints
    value: Floats

    @property
    def lag(self) -> float:
        """How much later than the users the signal's samples move, in microseconds.

        A rate over `range_s` read every `step` reaches half of a jump (range - step) / 2 after the middle of the two
        samples around it (reference/onset.md, section 6), so that is taken off.
        """
        return max(0.0, self.range_s * 1e6 - self.step) / 2 if self.range_s else 0.0


def signals_of(series: SeriesSet, roles: Collection[str]) -> tuple[Signal, ...]:
    """The signals with one of the roles, in the order of their ids; empty and all-NaN series are left out."""
    chosen = series.labels.filter(pl.col("role").is_in(list(roles))).sort("series_id")
    usable = series.samples.filter(pl.col("value").is_finite()).sort("series_id", "at")
    parts = {key[0]: part for key, part in usable.partition_by("series_id", as_dict=True).items()}
    signals = []
    for row in chosen.iter_rows(named=True):
        part = parts.get(row["series_id"])
        if part is None:
            continue
        part = part.unique("at", keep="last", maintain_order=True)
        at = part["at"].dt.epoch("us").to_numpy().astype(np.int64)
        value = part["value"].to_numpy().astype(np.float64)
        signals.append(signal(row["series_id"], row["name"], at, value, row["worse"], row["range_s"] or 0.0))
    return tuple(signals)


def signal(
    series_id: str, name: str, at: Ints, value: Floats, worse: str | None, range_s: float = 0.0, *, counter: bool = True
) -> Signal:
    """A signal from sorted samples: finite ones only, a raw counter read as its rate unless `counter` is False."""
    keep = np.isfinite(value)
    at, value = at[keep], value[keep]
    if counter and is_counter(value):
        at, value = at[1:], increases(value) / (np.diff(at) / 1e6)
    step = float(np.median(np.diff(at))) if len(at) > 1 else 0.0
    return Signal(series_id, name, worse if worse in ("up", "down") else "both", step, range_s, at, value)


def is_counter(value: Floats) -> bool:
    """Whether the values are those of a raw counter: not negative, rising, falling only in resets."""
    if len(value) < COUNTER_MIN_SAMPLES or value[0] < 0 or value.min() < 0:
        return False
    change = np.diff(value)
    fell = change < 0
    resets = np.all(value[1:][fell] <= COUNTER_RESET_LEVEL * value[:-1][fell])
    return bool(resets and np.mean(change > 0) >= COUNTER_RISING_SHARE)


def increases(value: Floats) -> Floats:
    """Increase from sample to sample of a counter; after a reset the new value is the increase, as Prometheus does."""
    change = np.diff(value)
    return np.where(change < 0, value[1:], change)
