"""A signal's normal band: the range in which its samples lay before an instant."""

from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from incident_timeline.model.onset import Band
from incident_timeline.score.onset_signals import Floats

SPREADS = 3.0  # half-width of the band in robust standard deviations: 3 sigma, the field's habit


def baseline_band(at: pl.Series, values: pl.Series, before: datetime) -> Band | None:
    """Median and 3 robust standard deviations of the finite values before an instant; None without four of them.

    `at` is a series of instants, `values` a series of numbers of the same length, in any order.
    """
    usable = values.is_finite() & (at < before)
    return band_of(values.filter(usable.fill_null(False)).to_numpy())


def band_of(values: NDArray[np.float64]) -> Band | None:
    """The band of finite values; None for fewer than four."""
    if len(values) < 4:
        return None
    centre, spread = centre_spread(values)
    low = centre - SPREADS * spread
    if float(values.min()) >= 0:
        low = max(low, 0.0)  # what was never negative (a share, a duration, a count) has no normal range below nothing
    return Band(centre, low, centre + SPREADS * spread, len(values))


def centre_spread(values: Floats) -> tuple[float, float]:
    """Median and robust standard deviation (1.4826 MAD; where more than half are equal, the plain one)."""
    centre = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - centre)))
    if spread <= 1e-9 * abs(centre):
        spread = float(np.std(values))
    return centre, spread


def outside(values: Floats, band: Band, worse: str) -> NDArray[np.bool_]:
    """Which values lie outside the band on the signal's bad side."""
    up, down = values > band.high, values < band.low
    if worse == "up":
        return up
    return down if worse == "down" else up | down
