"""The requests that took longer than nearly all did before, from the raw buckets of a service's latency histogram."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from incident_timeline.model.milestones import Milestone
from incident_timeline.model.scored import Amount
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.amounts import amount
from incident_timeline.score.onset_signals import Floats, Ints, Signal, signal
from incident_timeline.score.request_counts import spans_of

RARE = 0.001  # the share of requests that were slower than the limit before, at most
LEAST_BEFORE = 100  # requests before the incident, so that nearly all of them can be told from all


@dataclass(frozen=True, slots=True)
class Slow:
    """How many requests were slower than the limit, and the limit; None where several services have several."""

    count: Amount
    over_s: float | None


@dataclass(frozen=True, slots=True)
class _Bucket:
    """Requests up to a duration, counted on from the first sample over restarts, by the sample's instant."""

    le: float
    at: Ints
    counted: Floats


def count_slow(series: SeriesSet, services: Sequence[str], started: Milestone, mitigated: Milestone) -> Slow:
    """Requests between the ends that took longer than the smallest bucket that held all but one in a thousand before.

    The buckets are those that the latency queries of the services read, as raw counters: their own sample times, restarts
    allowed for, a count at an end read between its two samples. The limit is seconds where the metric says so.
    """
    spans = spans_of(started, mitigated)
    slow = [0.0] * len(spans)
    limits: set[float] = set()
    step = 0.0
    for service in services:
        buckets = _buckets(series, service)
        limit = _limit(buckets, spans[-1][0])
        if isinstance(limit, str):
            return Slow(Amount(None, reason=f"{service}: {limit}"), None)
        limits.add(limit)
        step = max(step, *(float(np.median(np.diff(one.at))) for one in buckets))
        for place, (start, end) in enumerate(spans):
            slow[place] += _counted(buckets, np.inf, start, end) - _counted(buckets, limit, start, end)
    if not limits:
        return Slow(Amount(None, reason="no service was hurt whose durations are known"), None)
    unsure = min(1.0, 2 * step / max(spans[0][1] - spans[0][0], 1))
    return Slow(
        amount(max(0.0, slow[0]), [max(0.0, one) for one in slow], unsure), limits.pop() if len(limits) == 1 else None
    )


def slow_share(series: SeriesSet, services: Sequence[str], before: int) -> Signal | None:
    """The share of requests that took longer than nearly all did before an instant (microseconds), scrape by scrape.

    Over the services whose limit is known, each its own; None where none is. A value stands in the middle of its two scrapes.
    """
    known = []
    for service in services:
        buckets = _buckets(series, service)
        limit = _limit(buckets, before)
        if not isinstance(limit, str):
            known.append((buckets, limit))
    if not known:
        return None
    at = known[0][0][0].at
    every = sum((_rises(buckets, np.inf, at) for buckets, _ in known), np.zeros(len(at) - 1))
    fast = sum((_rises(buckets, limit, at) for buckets, limit in known), np.zeros(len(at) - 1))
    some = every > 0
    value = np.clip(1 - fast[some] / every[some], 0.0, 1.0)
    limits = sorted({limit for _, limit in known})
    name = f"requests over {limits[0]:g} s" if len(limits) == 1 else "slow requests"
    one = signal("slow", name, ((at[1:] + at[:-1]) // 2)[some], value, "up", counter=False)
    return replace(one, event=1 / float(np.median(every[some])) if some.any() else None)


def _rises(buckets: Sequence[_Bucket], le: float, at: Ints) -> Floats:
    """Requests up to a bound between each instant and the next, over all instances."""
    parts = (np.diff(np.interp(at, one.at, one.counted)) for one in buckets if one.le == le)
    return np.asarray(sum(parts, np.zeros(len(at) - 1)))


def _buckets(series: SeriesSet, service: str) -> list[_Bucket]:
    """The buckets of the first histogram by name that a latency SLI of the service reads, one entry an instance and bound."""
    mine = series.labels.filter(pl.col("service") == service)
    read = " ".join(mine.filter((pl.col("role") == "sli") & (pl.col("signal") == "latency"))["query"].drop_nulls())
    raw = mine.filter((pl.col("role") == "selector") & pl.col("name").str.ends_with("_bucket")).sort(
        "name", "series_id"
    )
    name = next((one for one in raw["name"] if one in read), None)
    scale = 1000.0 if name and name.endswith(("_milliseconds_bucket", "_ms_bucket")) else 1.0
    found = []
    for row in raw.filter(pl.col("name") == name).iter_rows(named=True) if name else ():
        le = json.loads(row["labels"]).get("le")
        samples = series.samples_of(row["series_id"]).filter(pl.col("value").is_finite())
        if le is None or samples.height < 2:
            continue
        value = samples["value"].to_numpy()
        rises = np.diff(value, prepend=value[0])
        rises[rises < 0] = value[rises < 0]  # after a restart a counter begins at 0 again
        found.append(
            _Bucket(float(le) / scale, samples["at"].dt.epoch("us").to_numpy().astype(np.int64), np.cumsum(rises))
        )
    return found


def _limit(buckets: Sequence[_Bucket], before: int) -> float | str:
    """The smallest bound that held nearly all requests before an instant (microseconds), or why there is none."""
    if not buckets:
        return "no latency query reads buckets whose raw samples were kept"
    first = min(int(one.at[0]) for one in buckets)
    every = _counted(buckets, np.inf, first, before)
    if every < LEAST_BEFORE:
        return f"only {every:.0f} requests are known from before the incident"
    bounds = sorted({one.le for one in buckets if np.isfinite(one.le)})
    held = (le for le in bounds if every - _counted(buckets, le, first, before) <= RARE * every)
    return next(held, "requests longer than the largest bucket were usual before")


def _counted(buckets: Sequence[_Bucket], le: float, start: int, end: int) -> float:
    """Requests up to a bound in a span, over all instances."""
    ends = np.array([start, end])
    return float(sum(np.diff(np.interp(ends, one.at, one.counted))[0] for one in buckets if one.le == le))
