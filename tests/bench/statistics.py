"""Intervals for shares and for differences of paired shares."""

import math
import random
from collections.abc import Sequence

Z = 1.959964  # 97.5th percentile of the normal distribution


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = hits / n, Z * Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return centre - half, centre + half


def paired_bootstrap(
    pairs: Sequence[tuple[bool, bool]], rng: random.Random, rounds: int = 10_000
) -> tuple[float, float, float]:
    """Mean difference of two methods on the same cases and its 95 % percentile interval (Efron 1979)."""
    gains = [int(first) - int(second) for first, second in pairs]
    means = sorted(sum(rng.choices(gains, k=len(gains))) / len(gains) for _ in range(rounds))
    return sum(gains) / len(gains), means[round(0.025 * rounds)], means[round(0.975 * rounds) - 1]


def bootstrap_mean(values: Sequence[float], rng: random.Random, rounds: int = 10_000) -> tuple[float, float, float]:
    """A mean and its 95 % percentile interval (Efron 1979), the values drawn anew with replacement."""
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(rounds))
    return sum(values) / len(values), means[round(0.025 * rounds)], means[round(0.975 * rounds) - 1]
