"""Metric series: a table of what each series is, and its samples in long form."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from incident_timeline.model.events import INSTANT

LABELS_SCHEMA: dict[str, pl.DataType] = {
    "series_id": pl.String(),  # stable: source, query name, labels
    "source": pl.String(),  # prometheus | series (a file)
    "service": pl.String(),
    "name": pl.String(),  # the query's name, e.g. latency_p99
    "signal": pl.String(),  # latency | errors | traffic | saturation | other
    "unit": pl.String(),
    "worse": pl.String(),  # up | down | both
    "role": pl.String(),  # sli | resource (not a service-level signal) | rule (a rule's left side) | raw
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
    samples = pl.concat([part.samples for part in sets]).unique(["series_id", "at"], keep="last", maintain_order=True)
    return SeriesSet(labels, samples.sort("series_id", "at"))
