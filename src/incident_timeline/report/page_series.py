"""Series as the page's live charts take them: thinned without losing a peak, and written small."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from incident_timeline.model.scored import Scored
from incident_timeline.model.texts import visible

Figure = dict[str, Any]
_DIGITS = 5  # significant digits of a value: a chart of 1,000 px shows three


@dataclass(frozen=True, slots=True)
class Samples:
    """One series in time order: ms since the Unix epoch, and values with NaN for none."""

    at: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


def samples_by_series(scored: Scored) -> Mapping[str, Samples]:
    """The samples of every series inside the incident's window, cut once for all charts."""
    inside = scored.series.samples.filter(pl.col("at").is_between(scored.window.start, scored.window.end)).select(
        "series_id", pl.col("at").dt.epoch("ms"), pl.col("value").fill_null(math.nan)
    )
    parts = inside.partition_by("series_id", as_dict=True, include_key=False)
    return {key[0]: Samples(part["at"].to_numpy(), part["value"].to_numpy()) for key, part in parts.items()}


def write_line(samples: Samples, most: int) -> Figure:
    """Samples as `x0` and `dx` (ms since the Unix epoch, ms), `x` in steps of `dx` from `x0`, and `y`; None breaks the line.

    At most about `most` samples; values are rounded to five significant digits.
    """
    rows = kept_rows(samples.values, most)
    steps = samples.at[rows] - samples.at[0]
    unit = int(np.gcd.reduce(steps)) or 1
    values = _rounded(samples.values[rows])
    shown = values.astype(object)
    shown[~np.isfinite(values)] = None
    return {"x0": int(samples.at[0]), "dx": unit, "x": (steps // unit).tolist(), "y": shown.tolist()}


def kept_rows(values: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.int64]:
    """At most about `most` rows of a series: the first, the last, and of each bucket the least and greatest: peaks are kept."""
    count = len(values)
    if count <= most:
        return np.arange(count)
    size = -(-count * 2 // most)
    padded = np.full(-(-count // size) * size, math.nan)
    padded[:count] = values
    buckets = padded.reshape(-1, size)
    starts = np.arange(buckets.shape[0]) * size
    known = np.isfinite(buckets)  # a bucket without a value keeps its first row: the gap stays
    low = starts + np.where(known, buckets, math.inf).argmin(axis=1)
    high = starts + np.where(known, buckets, -math.inf).argmax(axis=1)
    rows = np.unique(np.concatenate(([0, count - 1], low, high)))
    return rows[rows < count]


def _rounded(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    with np.errstate(all="ignore"):  # what is too large or too small to be rounded stays as it is
        size = np.floor(np.log10(np.abs(values)))
        scale = 10.0 ** (_DIGITS - 1 - size)
        rounded = np.round(values * scale) / scale
    return np.where(np.isfinite(rounded), rounded, values)


def to_json(value: Any) -> str:
    """A value as JSON that may stand inside a `<script>`: no `<`, `>` or `&`, the same bytes each time."""
    text = msgspec.json.encode(value, order="sorted").decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def plain(text: str) -> str:
    """Outside text for Plotly, which reads a little HTML in labels: shown as it is, one line of at most 80 characters."""
    line = " ".join(visible(text[:800]).split())[:80]
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
