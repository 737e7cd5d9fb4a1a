"""The scan behind onset: how well 'the level changes here, for the next w samples' explains each signal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from incident_timeline.score.onset_signals import Floats, Ints, Signal

WIDTHS = (3, 5, 8, 13, 20, 36)  # samples; and "to the end". Fibonacci-like, so that any length is near one of them
CLIP = 20.0  # robust spreads: beyond, a value says no more than "far out"
MIN_BEFORE = 4  # samples that a baseline needs
MIN_AFTER = 3  # changed samples that a change needs
FLOOR = 0.5  # spread, in robust units, under which a stretch is not taken as quieter


@dataclass(frozen=True, slots=True)
class Scan:
    """One signal's evidence for a change at each own sample as the first changed one.

    `gain` is the log-likelihood gain of the best width as if the samples were independent. `kept` is that gain when the first
    `overlap` samples after the change are left out, so that one bad scrape, which a rate shows in `overlap` samples, keeps
    nothing; it equals `gain` where samples do not overlap. `shift` is level after minus level before in the signal's unit.
    """

    signal: Signal
    gain: Floats
    kept: Floats
    shift: Floats
    width: Ints
    kept_samples: Ints  # samples in the two levels of `kept`
    overlap: int  # neighbouring samples that share data, 1 for none
    cost: float  # samples that say as much as one independent one

    @property
    def worth(self) -> Floats:
        """What is left of `gain` as the samples depend on each other."""
        return discounted(self.gain, np.arange(len(self.gain)) + self.width, self.cost)

    @property
    def kept_worth(self) -> Floats:
        """What is left of `kept`."""
        return discounted(self.kept, self.kept_samples, self.cost)


def discounted(gain: Floats, samples: Ints, cost: float) -> Floats:
    """The gain n/2 ln(R) of n samples of which only every `cost`th says something new: n/2 ln(1 + (R - 1) / cost).

    A mean over m samples changes by one new part in m at a time, and each part varies m times as much as the mean does: seen in
    the parts, of which there are n, a shift is m times smaller against their variance. The same holds of the innovations of an
    AR(1) with cost (1 + phi) / (1 - phi). For small shifts it is gain / cost, the usual discount, which throws away most of what
    a plain shift shows.
    """
    n = np.maximum(samples, 1).astype(np.float64)
    return np.asarray(n / 2 * np.log1p(np.expm1(2 * gain / n) / cost))


def scan(signal: Signal, overlap: int = 1, *, to_the_end: bool = False) -> Scan | None:
    """The evidence for each split of one signal; None for one that is constant, too short, without samples or never got worse."""
    if len(signal.value) < MIN_BEFORE + MIN_AFTER:
        return None
    z = scaled(signal)
    if not np.any(z):
        return None
    up, one_sided = facing(z, signal.worse)
    sided, counted = np.array([one_sided]), np.array([counts_events(signal)])
    widths = () if to_the_end else WIDTHS
    gain, width = gains(up[None, :], sided, counted, 0, widths)
    if not np.any(gain):
        return None
    skip = overlap if overlap > 1 else 0
    kept, kept_width = gains(up[None, :], sided, counted, skip, widths) if skip else (gain, width)
    kept_samples = np.arange(len(z)) + kept_width[0] - skip
    shift = shifts(signal.value, width[0])
    return Scan(signal, gain[0], kept[0], shift, width[0], kept_samples, overlap, float(overlap))


def facing(z: Floats, worse: str) -> tuple[Floats, bool]:
    """The values turned so that worse is up, and whether only up counts."""
    return (-z if worse == "down" else z), worse != "both"


def gains(
    z: Floats, sided: NDArray[np.bool_], counted: NDArray[np.bool_], skip: int, widths: tuple[int, ...] = WIDTHS
) -> tuple[Floats, Ints]:  # fmt: skip
    """Log-likelihood gains n/2 ln(RSS0 / RSS1) of the best width for each split of each row, and that width.

    `z` has one scaled series a row. RSS0 is around one level over [0, split) and [split + skip, split + skip + w); RSS1
    around two. Only rises count where `sided`, one flag a row. Normal likelihood with unknown spread, which the
    clipping makes robust; the floor keeps a constant stretch from being infinitely sure. Where events are `counted`, one flag a
    row, it holds of each sample: what is known is then how much few events vary, however quiet they look.
    """
    rows, n = z.shape
    gain, width = np.zeros((rows, n)), np.zeros((rows, n), dtype=np.int64)
    places = n - MIN_AFTER - skip + 1 - MIN_BEFORE
    if places <= 0:
        return gain, width
    only_up = sided[:, None]
    total = np.concatenate((np.zeros((rows, 1)), np.cumsum(z, axis=1)), axis=1)
    square = np.concatenate((np.zeros((rows, 1)), np.cumsum(z * z, axis=1)), axis=1)
    for w in (*(w for w in widths if w < n - MIN_BEFORE), n):
        count = places if w == n else min(places, n - MIN_BEFORE - skip - w + 1)
        if count <= 0:
            continue
        split = slice(MIN_BEFORE, MIN_BEFORE + count)
        start = slice(split.start + skip, split.stop + skip)
        end = slice(n, n + 1) if w == n else slice(start.start + w, start.stop + w)
        before = np.arange(split.start, split.stop, dtype=np.float64)
        after = n - before - skip if w == n else np.full(count, float(w))
        whole = before + after
        before_sum = total[:, split]
        after_sum = total[:, end] - total[:, start]
        moved = after_sum / after - before_sum / before
        rss0 = square[:, split] + (square[:, end] - square[:, start]) - (before_sum + after_sum) ** 2 / whole
        floor = FLOOR * FLOOR * np.where(counted[:, None], whole, 1.0)
        rss0 += floor
        rss1 = np.maximum(rss0 - before * after / whole * moved * moved, floor)
        found = np.log(rss0 / rss1) * (whole / 2)
        found[only_up & (moved <= 0)] = 0.0
        better = found > gain[:, split]
        np.copyto(gain[:, split], found, where=better)
        np.copyto(width[:, split], (after + skip).astype(np.int64), where=better)
    return gain, width


def shifts(value: Floats, width: Ints) -> Floats:
    """Level in the next `width` samples minus level before, at each sample, in the values' unit; 0 where no width is."""
    n = len(value)
    total = np.concatenate(([0.0], np.cumsum(value - value[0])))
    index = np.arange(n)
    end = np.minimum(index + width, n)
    after = (total[end] - total[index]) / np.maximum(width, 1)
    return np.where(width > 0, after - total[index] / np.maximum(index, 1), 0.0)


def scaled(signal: Signal) -> Floats:
    """The values in robust spreads around their median, clipped at 20; all zero for a constant.

    The spread is 1.4826 times the median distance from the median. Where more than half of the values are equal it is the
    median distance of the others; but where they are a share and one request in it is known, the distance is counted in
    requests, as 2 sqrt(count + 3/8), whose spread is about 1 however many they are (Anscombe 1948).
    """
    off = signal.value - float(np.median(signal.value))
    away = np.abs(off)
    if counts_events(signal) and signal.event:
        off = np.sign(off) * 2 * (np.sqrt(away / signal.event + 3 / 8) - np.sqrt(3 / 8))
        return np.asarray(np.clip(off, -CLIP, CLIP), dtype=np.float64)
    spread = 1.4826 * float(np.median(away))
    if mostly_equal(signal.value):
        apart = away[away > 0]
        if len(apart) == 0:
            return np.zeros_like(signal.value)
        spread = float(np.median(apart))
    return np.asarray(np.clip(off / spread, -CLIP, CLIP), dtype=np.float64)


def counts_events(signal: Signal) -> bool:
    """Whether a signal is a share of few requests: one is known in it, and mostly none is other than usual."""
    return signal.event is not None and mostly_equal(signal.value)


def mostly_equal(value: Floats) -> bool:
    """Whether more than half of the values are equal, but for rounding."""
    centre = float(np.median(value))
    away = np.abs(value - centre)
    return float(np.median(away)) <= 1e-9 * max(abs(centre), float(away.max()), 1e-300)


def dependence(z: Floats, split: int, width: int, lag: int = 1) -> float:
    """Autocorrelation at a lag of what is left of a scaled signal when the best change is taken out."""
    left = z.copy()
    for part in (slice(0, split), slice(split, split + width), slice(split + width, len(z))):
        if len(left[part]):
            left[part] = left[part] - left[part].mean()
    power = float(np.dot(left, left))
    return float(np.dot(left[lag:], left[:-lag])) / power if power > 0 else 0.0
