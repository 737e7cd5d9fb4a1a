"""The scan behind onset: how well 'the mean changes here, for the next w samples' explains one signal or several."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from incident_timeline.score.onset_signals import Floats, Ints, Signal

WIDTHS = (3, 5, 8, 13, 20, 36)  # samples; and "to the end". Fibonacci-like, so that any length is near one of them
CLIP = 20.0  # robust spreads: beyond, a value says no more than "far out"
MIN_BEFORE = 4  # samples that a baseline needs
MIN_AFTER = 2  # changed samples that a change needs
FLOOR = 0.5  # spread, in robust units, under which a stretch is not taken as quieter
MAX_DISCOUNT = 2.5


@dataclass(frozen=True, slots=True)
class Scan:
    """One signal's gain at each own sample as the first changed one; `discount` is what autocorrelation costs."""

    signal: Signal
    gain: Floats  # log-likelihood gain of the best width, >= 0; 0 where no split is allowed
    shift: Floats  # level after minus level before of that width, in robust spreads
    width: NDArray[np.int64]
    discount: float


def scan(signal: Signal) -> Scan:
    """Gain of the best change of level that begins at each sample of one signal (formula: n/2 ln(RSS0/RSS1))."""
    z = scaled(signal.value)
    n = len(z)
    gain, shift, width = np.zeros(n), np.zeros(n), np.zeros(n, dtype=np.int64)
    if n < MIN_BEFORE + MIN_AFTER or not np.any(z):
        return Scan(signal, gain, shift, width, 1.0)
    total = np.concatenate(([0.0], np.cumsum(z)))
    square = np.concatenate(([0.0], np.cumsum(z * z)))
    first = np.arange(MIN_BEFORE, n - MIN_AFTER + 1)
    for w in (*(w for w in WIDTHS if w < n), n):
        end = np.minimum(first + w, n)
        m = end - first
        before, after = total[first] / first, (total[end] - total[first]) / m
        rss0 = square[end] - total[end] ** 2 / end + FLOOR * FLOOR
        rss1 = np.maximum(rss0 - first * m / end * (after - before) ** 2, FLOOR * FLOOR)
        found = end / 2 * np.log(rss0 / rss1)
        moved = after - before
        if signal.worse != "both":
            found = np.where(moved > 0 if signal.worse == "up" else moved < 0, found, 0.0)
        better = found > gain[first]
        at = first[better]
        gain[at], shift[at], width[at] = found[better], moved[better], m[better]
    best = int(np.argmax(gain))
    return Scan(signal, gain, shift, width, discount(residual(z, best, int(width[best]))))


def scaled(value: Floats) -> Floats:
    """Values in robust spreads around their median, clipped at 20; all zero for a constant."""
    centre = float(np.median(value))
    off = value - centre
    spread = 1.4826 * float(np.median(np.abs(off)))
    if spread <= 1e-9 * max(abs(centre), 1e-300):
        apart = np.abs(off)[np.abs(off) > 0]
        if len(apart) == 0:
            return np.zeros_like(value)
        spread = float(np.median(apart))
    return np.asarray(np.clip(off / spread, -CLIP, CLIP), dtype=np.float64)


def residual(z: Floats, split: int, width: int) -> Floats:
    """What is left of the values when the best change of level is taken out."""
    left = z.copy()
    left[:split] -= z[:split].mean() if split else 0.0
    if width:
        left[split : split + width] -= z[split : split + width].mean()
    return left[: split + width] if width else left


def discount(left: Floats) -> float:
    """(1 + phi) / (1 - phi) of the lag-1 autocorrelation: how many samples say what one independent one would."""
    power = float(np.dot(left, left))
    if power <= 0 or len(left) < 3:
        return 1.0
    phi = float(np.clip(np.dot(left[1:], left[:-1]) / power, 0.0, 0.95))
    return min((1 + phi) / (1 - phi), MAX_DISCOUNT)


def joined(scans: tuple[Scan, ...]) -> tuple[Ints, Floats]:
    """All samples' times, and the summed gain when the change begins just before each of them."""
    times = np.unique(np.concatenate([s.signal.at for s in scans]))
    total = np.zeros(len(times))
    for s in scans:
        index = np.searchsorted(s.signal.at, times)
        inside = index < len(s.gain)
        total[inside] += s.gain[index[inside]]
    return times, total
