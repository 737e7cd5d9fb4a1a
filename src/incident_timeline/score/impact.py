"""How many users were hurt between started and mitigated: requests, bad ones, their share and the worst minute, with ranges."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.scored import Amount, Impact
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset_signals import Floats, Ints

MINUTE = 60_000_000  # microseconds
NOTE = "failed requests only; slow answers are not in these counts"


@dataclass(frozen=True, slots=True)
class Rates:
    """Bad and all requests a second, at the same instants (microseconds), read over `range_us` and every `step`."""

    at: Ints
    bad: Floats
    total: Floats
    range_us: float
    step: float


def measure_impact(series: SeriesSet, started: Milestone, mitigated: Milestone) -> Impact:
    """Impact from the pairs `<query>.errors` and `<query>.total` (role `raw`, requests a second); says why where it cannot.

    A rate over a range read at t counts what came in (t - range, t]; centred there, its integral is the count. The
    range of a count holds the ranges of both ends, and one range and step of the mean rate at each end for the sampling.
    Several pairs (one a service) are added up. Bad are all failed requests of the span.
    """
    pairs = request_pairs(series)
    services = touched(series, pairs)
    for milestone in (started, mitigated):
        if milestone.at is None:
            return unknown(f"{milestone.name} is missing: {milestone.reason}", services)
    if not pairs:
        return unknown("no query gives failed and all requests (errors and total)", services)
    rates = added(series, pairs)
    if rates is None:
        return unknown("failed and all requests have no samples at the same instants", services)
    spans = spans_of(started, mitigated)
    counts = [count(rates, start, end) for start, end in spans]
    if counts[0] is None:
        return unknown("fewer than two samples of all requests lie between started and mitigated", services)
    known = [c for c in counts if c is not None]
    n, bad = counts[0]
    # Neither end can be told apart finer than by one range and one step, and a counter loses up to that at a restart.
    length = max(spans[0][1] - spans[0][0], 1)
    unsure = min(1.0, 2 * (rates.step + rates.range_us) / length)
    worst, worst_at = worst_minute(rates, *spans[0])
    whole, failed = [t for t, _ in known], [b for _, b in known]
    return Impact(
        total=amount(n, whole, unsure),
        bad=amount(bad, failed, unsure),
        share=share_of(known, unsure),
        worst_minute=worst,
        worst_minute_at=worst_at,
        services=services,
        note=NOTE,
        evidence=tuple(f"series:{one}" for pair in pairs for one in pair),
    )


def request_pairs(series: SeriesSet) -> list[tuple[str, str]]:
    """(errors, total) series ids of role `raw` with the same query name, service and labels, in the order of their ids."""
    raw = series.labels.filter(pl.col("role") == "raw").sort("series_id")
    errors = raw.filter(pl.col("name").str.ends_with(".errors")).with_columns(
        key=pl.col("name").str.strip_suffix(".errors")
    )
    total = raw.filter(pl.col("name").str.ends_with(".total")).with_columns(
        key=pl.col("name").str.strip_suffix(".total")
    )
    on = ["key", "service", "labels"]
    joined = errors.join(total, on=on, suffix="_total", nulls_equal=True)
    if joined.is_empty():
        return []
    first = joined.sort("key")["key"][0]  # several queries may count the same requests, so only one query is added up
    chosen = joined.filter(pl.col("key") == first).sort("series_id")
    return list(zip(chosen["series_id"], chosen["series_id_total"], strict=True))


def touched(series: SeriesSet, pairs: list[tuple[str, str]]) -> tuple[str, ...]:
    """The services of the pairs, else of all series."""
    ids = {one for pair in pairs for one in pair}
    labels = series.labels.filter(pl.col("series_id").is_in(list(ids))) if ids else series.labels
    return tuple(sorted(set(labels["service"].drop_nulls())))


def added(series: SeriesSet, pairs: list[tuple[str, str]]) -> Rates | None:
    """All pairs as one: rates added up instant by instant; a missing or NaN errors sample beside a total is 0."""
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


def worst_minute(rates: Rates, start: int, end: int) -> tuple[Amount, datetime | None]:
    """The largest share of bad requests in one whole or partial clock minute of the span, and when that began."""
    best: tuple[float, float, int] | None = None
    for minute in range(start // MINUTE * MINUTE, end, MINUTE):
        counts = count(rates, max(minute, start), min(minute + MINUTE, end))
        if counts is None or counts[0] <= 0 or min(minute + MINUTE, end) - max(minute, start) < MINUTE / 2:
            continue
        share = counts[1] / counts[0]
        if best is None or share > best[0]:
            best = (share, counts[0], minute)
    if best is None:
        return Amount(None, reason="no minute between started and mitigated has samples"), None
    share, n, minute = best
    low, high = wilson(share, n)
    return Amount(round(share, 6), round(low, 6), round(high, 6)), from_micros(minute)


def wilson(share: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """95 % Wilson interval of a share of n requests (Wilson 1927): what chance alone may add or take in a minute."""
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return max(0.0, centre - half), min(1.0, centre + half)


def amount(value: float, others: list[float], unsure: float) -> Amount:
    """A count with the range of all spans, wider on both sides by the share of it that sampling leaves open."""
    low, high = min(others) - unsure * value, max(others) + unsure * value
    return Amount(float(round(value)), float(max(0, round(low))), float(round(high)))


def share_of(counts: list[tuple[float, float]], unsure: float) -> Amount:
    """Bad over all requests of the span as found, with the range of the other spans and what sampling leaves open."""
    shares = [bad / total for total, bad in counts if total > 0]
    if not shares or counts[0][0] <= 0:
        return Amount(None, reason="no requests came between started and mitigated")
    low, high = max(0.0, min(shares) * (1 - unsure)), min(1.0, max(shares) * (1 + unsure))
    return Amount(round(shares[0], 6), round(low, 6), round(high, 6))


def unknown(reason: str, services: tuple[str, ...]) -> Impact:
    """No impact could be measured; every part says why."""
    none = Amount(None, reason=reason)
    return Impact(none, none, none, none, None, services)
