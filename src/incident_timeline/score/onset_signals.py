"""Signals as arrays: what the onset estimators read out of a series set."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from incident_timeline.model.series import SeriesSet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLI_ROLES = frozenset({"sli"})
ALL_ROLES = frozenset({"sli", "resource"})
FILE_SOURCE = "series"  # series of a file do not say over what range their values were taken

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
    range_s: float | None  # range that each value was taken over, seconds; 0 for instants, None where not known
    at: Ints
    value: Floats
    event: float | None = None  # what one request is in the value of a share; None where not known

    @property
    def overlap(self) -> int | None:
        """How many neighbouring samples share data, 1 for none; None where the range is not known."""
        if self.range_s is None:
            return None
        return max(1, round(self.range_s * 1e6 / self.step)) if self.step else 1


def signals_of(series: SeriesSet, roles: Collection[str]) -> tuple[Signal, ...]:
    """The signals with one of the roles, in the order of their ids; empty and all-NaN series are left out."""
    chosen = series.labels.filter(pl.col("role").is_in(list(roles))).sort("series_id")
    mine = pl.col("series_id").is_in(chosen["series_id"].to_list())
    usable = series.samples.filter(mine & pl.col("value").is_finite()).sort("series_id", "at")
    parts = {key[0]: part for key, part in usable.partition_by("series_id", as_dict=True).items()}
    signals, events = [], events_of(series)
    for row in chosen.iter_rows(named=True):
        part = parts.get(row["series_id"])
        if part is None:
            continue
        part = part.unique("at", keep="last", maintain_order=True)
        at = part["at"].dt.epoch("us").to_numpy().astype(np.int64)
        value = part["value"].to_numpy().astype(np.float64)
        range_s = row["range_s"] or (None if row["source"] == FILE_SOURCE else 0.0)
        one = signal(row["series_id"], row["name"], at, value, row["worse"], range_s)
        signals.append(replace(one, event=events.get((row["service"], row["name"], row["labels"]))))
    return tuple(signals)


def events_of(series: SeriesSet) -> dict[tuple[str, str, str], float]:
    """What one request is in a share, by service, name and labels: 1 over the requests in a range, from the share's raw total."""
    totals = series.labels.filter((pl.col("role") == "raw") & pl.col("name").str.ends_with(".total"))
    events = {}
    for row in totals.iter_rows(named=True):
        per_s = series.samples_of(row["series_id"]).filter(pl.col("value").is_finite())["value"].median()
        if isinstance(per_s, float) and per_s > 0 and row["range_s"]:
            events[row["service"], row["name"].removesuffix(".total"), row["labels"]] = 1 / (per_s * row["range_s"])
    return events


def signal(
    series_id: str,
    name: str,
    at: Ints,
    value: Floats,
    worse: str | None,
    range_s: float | None = 0.0,
    *,
    counter: bool = True,
) -> Signal:
    """A signal from sorted samples: finite ones only, a raw counter read as its rate unless `counter` is False."""
    keep = np.isfinite(value)
    at, value = at[keep], value[keep]
    if counter and is_counter(value):
        at, value = at[1:], increases(value) / (np.diff(at) / 1e6)
        range_s = float(np.median(np.diff(at))) / 1e6 if range_s == 0 else range_s  # each value is over one step
    step = float(np.median(np.diff(at))) if len(at) > 1 else 0.0
    return Signal(series_id, name, worse if worse in ("up", "down") else "both", step, range_s, at, value)


def staleness(one: Signal) -> float:
    """Samples per change of an instant reading, at least 1; 1 where values are taken over a range.

    A state that is read again and again without having changed (memory held, files open) says nothing new: its evidence
    is worth as many samples as it changed times. A rate of nothing over a new stretch of time is news.
    """
    if one.range_s != 0 or len(one.value) < 2:
        return 1.0
    return len(one.value) / max(1, int(np.count_nonzero(np.diff(one.value))))


def before(one: Signal, instant: int) -> Signal:
    """The same signal with only the samples before an instant (microseconds)."""
    count = int(np.searchsorted(one.at, instant))
    return replace(one, at=one.at[:count], value=one.value[:count])


def is_counter(value: Floats) -> bool:
    """Whether the values are those of a raw counter: not negative, rising, falling only in resets."""
    if len(value) < COUNTER_MIN_SAMPLES or value.min() < 0:
        return False
    change = np.diff(value)
    fell = change < 0
    resets = np.all(value[1:][fell] <= COUNTER_RESET_LEVEL * value[:-1][fell])
    return bool(resets and np.mean(change > 0) >= COUNTER_RISING_SHARE)


def increases(value: Floats) -> Floats:
    """Increase from sample to sample of a counter; after a reset the new value is the increase, as Prometheus does."""
    change = np.diff(value)
    return np.where(change < 0, value[1:], change)
