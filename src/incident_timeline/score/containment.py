"""From when on it stopped spreading: the share of hurt requests grew no more."""

from datetime import timedelta

import numpy as np
import polars as pl

from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset_signals import Floats, signals_of

MIN_SAMPLES = 6
PLATEAU = 0.9  # the quantile of the share after the onset that counts as its plateau; single worse scrapes lie above it


def contain(series: SeriesSet, onset: Onset | NoOnset) -> Milestone:
    """When the error ratio first came within a tenth of its plateau; the range is from a fifth below the plateau to it.

    A share that never grew says nothing about spreading, so that is missing.
    """
    if isinstance(onset, NoOnset):
        return missing("contained", onset.reason)
    ratios = series.labels.filter(
        (pl.col("role") == "sli") & (pl.col("signal") == "errors") & (pl.col("unit") == "ratio")
    )
    if ratios.is_empty():
        return missing("contained", "no series gives the share of failed requests")
    signal = next((s for s in signals_of(series, {"sli"}) if s.series_id == ratios["series_id"][0]), None)
    if signal is None:
        return missing("contained", "the share of failed requests has no samples")
    after = signal.at >= micros(onset.earliest)
    at, value = signal.at[after], _smooth(signal.value[after])
    before = signal.value[signal.at < micros(onset.earliest)]
    usual = float(np.max(before)) if len(before) else 0.0
    if len(at) < MIN_SAMPLES or float(np.quantile(value, PLATEAU)) <= usual:
        return missing(
            "contained", "the share of failed requests did not grow beyond what it was before; slow ones are not in it"
        )
    plateau = float(np.quantile(value, PLATEAU))
    first, chosen, reached = (int(np.argmax(value >= part * plateau)) for part in (0.8, 0.9, 1.0))
    give = timedelta(microseconds=(signal.range_s or 0.0) * 5e5)
    low, middle, high = (from_micros(int(at[index])) for index in (first, chosen, reached))
    return Milestone(
        "contained", middle - give, low - 2 * give, high, "measured", "found",
        f"the share of failed requests first came within a tenth of its plateau of {plateau:.1%}", (),
    )  # fmt: skip


def _smooth(value: Floats) -> Floats:
    """A running median of five: one bad scrape is no growth."""
    if len(value) < 5:
        return value
    padded = np.pad(value, 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1), dtype=np.float64)
