"""Metric series: a table of what each series is, and its samples in long form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from incident_timeline.model.events import INSTANT

ROLES = {
    "sli": "a service-level signal: what users feel",
    "resource": "a signal beside it: traffic, saturation, other",
    "raw": "errors or total of a ratio",
    "history": "an sli or resource over the days before the window",
    "burn": "a ratio over 5m, 30m, 1h or 6h (`range_s` says which), for burn rates; window",
    "burn_history": "the same over the days before",
    "rule": "the left side of a rule's comparison, `name` is the rule's; window",
    "rule_history": "the same over the days before",
    "limit": "the right side of a rule's comparison where it is no number; window",
    "limit_history": "the same over the days before",
    "selector": "raw samples of a selector that a query or a rule reads, with their own times; window",
}
LABELS_SCHEMA: dict[str, pl.DataType] = {
    "series_id": pl.String(),  # stable: source, query name, labels
    "source": pl.String(),  # prometheus | series (a file)
    "service": pl.String(),
    "name": pl.String(),  # the query's name, e.g. latency_p99
    "signal": pl.String(),  # latency | errors | traffic | saturation | other
    "unit": pl.String(),
    "worse": pl.String(),  # up | down | both
    "role": pl.String(),  # one of ROLES
    "query": pl.String(),  # PromQL as sent
    "labels": pl.String(),  # JSON object of the series' own labels, keys sorted
    "step_s": pl.Float64(),  # distance of samples asked for
    "scrape_s": pl.Float64(),  # scrape interval found out; null where it could not be
    "range_s": pl.Float64(),  # range of the query's rate(...[range]); 0 where it reads instants
    "evidence": pl.String(),
}
SAMPLES_SCHEMA: dict[str, pl.DataType] = {
    "series_id": pl.String(),
    "at": INSTANT,
    "value": pl.Float64(),  # NaN is a sample that says NaN; no row is no sample
}
_PLAIN = {"at": INSTANT, "value": pl.Float64()}


@dataclass(frozen=True, slots=True)
class SeriesSet:
    """All collected series: `labels` (LABELS_SCHEMA, one row a series) and `samples` (SAMPLES_SCHEMA, sorted)."""

    labels: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LABELS_SCHEMA))
    samples: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SAMPLES_SCHEMA))

    def describe(self, series_id: str) -> dict[str, Any]:
        """The label row of one series as a dict; KeyError when there is none."""
        rows = self.labels.filter(pl.col("series_id") == series_id)
        if rows.is_empty():
            raise KeyError(series_id)
        return rows.row(0, named=True)

    def samples_of(self, series_id: str) -> pl.DataFrame:
        """The (at, value) samples of one series in time order."""
        return self.samples.filter(pl.col("series_id") == series_id).select("at", "value")

    def between(self, start: datetime, end: datetime) -> "SeriesSet":
        """The same series with only the samples in [start, end]."""
        return SeriesSet(self.labels, self.samples.filter(pl.col("at").is_between(start, end)))


def join_series(sets: list[SeriesSet]) -> SeriesSet:
    """Several sets as one, series in the order of their ids, samples in the order (series_id, at)."""
    if not sets:
        return SeriesSet()
    labels = pl.concat([part.labels for part in sets]).unique("series_id", keep="first").sort("series_id")
    samples = pl.concat([part.samples for part in sets]).sort("series_id", "at", maintain_order=True)
    # of neighbours that are one moment the later one given stays; three times as fast as a `unique` over both columns
    newest = pl.any_horizontal(pl.col(name) != pl.col(name).shift(-1) for name in ("series_id", "at"))
    return SeriesSet(labels, samples.filter(newest.fill_null(value=True)))


def labelled(rows: Sequence[Mapping[str, Any]], samples: Sequence[pl.DataFrame]) -> SeriesSet:
    """One row of labels and one (at, value) frame for each series, as a set; in one go, since an answer may hold thousands."""
    if not rows:
        return SeriesSet()
    filled = [(row["series_id"], frame) for row, frame in zip(rows, samples, strict=True) if frame.height]
    ids = pl.Series("series_id", [one for one, _ in filled], dtype=pl.String)
    named = ids.repeat_by(pl.Series([frame.height for _, frame in filled], dtype=pl.UInt32)).explode()
    table = pl.concat([frame.select("at", "value") for _, frame in filled]) if filled else pl.DataFrame(schema=_PLAIN)
    table = table.with_columns(series_id=named)
    return SeriesSet(pl.DataFrame(list(rows), schema=LABELS_SCHEMA), table.select(list(SAMPLES_SCHEMA)))
