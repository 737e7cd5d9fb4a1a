"""Counts all and failed requests between two instants, from pairs of rates."""

from collections.abc import Container
from dataclasses import dataclass

import numpy as np
import polars as pl

from incident_timeline.model.instants import micros
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset_signals import Floats, Ints


@dataclass(frozen=True, slots=True)
class Rates:
    """Bad and all requests a second, at the same instants (microseconds), read over `range_us` and every `step`."""

    at: Ints
    bad: Floats
    total: Floats
    range_us: float
    step: float


def request_pairs(series: SeriesSet, preferred: Container[tuple[str | None, str]] = ()) -> list[tuple[str, str]]:
    """(errors, total) series ids of role `raw`, of one query a service, in the order of their ids.

    Several queries of a service may count the same requests, so only one is taken: one that is `preferred` (service, name),
    else one of signal `errors`, else the first by name. Of that query every pair with equal labels is given.
    """
    raw = series.labels.filter(pl.col("role") == "raw").sort("series_id")
    errors = raw.filter(pl.col("name").str.ends_with(".errors")).with_columns(
        key=pl.col("name").str.strip_suffix(".errors")
    )
    total = raw.filter(pl.col("name").str.ends_with(".total")).with_columns(
        key=pl.col("name").str.strip_suffix(".total")
    )
    joined = errors.join(total, on=["key", "service", "labels"], suffix="_total", nulls_equal=True)
    chosen: dict[str | None, tuple[bool, bool, str]] = {}
    for row in joined.iter_rows(named=True):
        rank = ((row["service"], row["key"]) not in preferred, row["signal"] != "errors", row["key"])
        chosen[row["service"]] = min(chosen.get(row["service"], rank), rank)
    return sorted(
        (row["series_id"], row["series_id_total"])
        for row in joined.iter_rows(named=True)
        if row["key"] == chosen[row["service"]][2]
    )


def added(series: SeriesSet, pairs: list[tuple[str, str]]) -> Rates | None:
    """All pairs as one: rates added up instant by instant; a missing or NaN errors sample beside a total is 0."""
    if not pairs:
        return None
    frames = []
    for errors, total in pairs:
        finite = series.samples_of(total).filter(pl.col("value").is_finite())
        frames.append(
            finite.join(series.samples_of(errors), on="at", how="left", suffix="_bad").with_columns(
                pl.col("value_bad").fill_nan(None).fill_null(0.0)
            )
        )
    summed = pl.concat(frames).group_by("at").agg(pl.col("value", "value_bad").sum()).sort("at")
    if summed.height < 2:
        return None
    at = summed["at"].dt.epoch("us").to_numpy().astype(np.int64)
    about = series.describe(pairs[0][0])
    step = float(np.median(np.diff(at)))
    return Rates(
        at, summed["value_bad"].to_numpy(), summed["value"].to_numpy(), float(about["range_s"] or 0.0) * 1e6, step
    )


def spans_of(started: Milestone, mitigated: Milestone) -> list[tuple[int, int]]:
    """From started to mitigated in microseconds: as found, the shortest that the ranges allow, the longest."""
    ends = [(m.earliest or m.at, m.at, m.latest or m.at) for m in (started, mitigated)]
    (s0, s, s1), (m0, m, m1) = [[micros(one) for one in three if one is not None] for three in ends]
    return [(s, m), (min(s1, m0), m0) if s1 < m0 else (s, s), (s0, m1)]


def count(rates: Rates, start: int, end: int) -> tuple[float, float] | None:
    """(all, bad) requests in a span: the rates, centred in their range, integrated by straight lines; None without data."""
    if end <= start:
        return (0.0, 0.0)
    at = rates.at - rates.range_us / 2
    if ((at >= start - rates.step) & (at <= end + rates.step)).sum() < 2:
        return None
    cuts = np.unique(np.clip(np.concatenate((at, [start, end])), start, end))
    seconds = cuts / 1e6
    total = float(np.trapezoid(np.interp(cuts, at, rates.total), seconds))
    bad = float(np.trapezoid(np.interp(cuts, at, rates.bad), seconds))
    return total, bad
