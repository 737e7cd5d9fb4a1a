"""Counts and shares with their ranges: what the ends of a span, sampling and chance leave open."""

from collections.abc import Sequence

import numpy as np

from incident_timeline.model.scored import Amount
from incident_timeline.score.request_counts import Rates, count


def measure_amounts(rates: Rates, spans: Sequence[tuple[int, int]]) -> tuple[Amount, Amount, Amount] | None:
    """All, bad, and the share of bad requests of the first span, with the range of all spans; None without samples in it.

    Neither end can be told apart finer than by one range and one step, and a counter loses up to that at a restart.
    """
    counts = [count(rates, start, end) for start, end in spans]
    if counts[0] is None:
        return None
    known = [one for one in counts if one is not None]
    length = max(spans[0][1] - spans[0][0], 1)
    unsure = min(1.0, 2 * (rates.step + rates.range_us) / length)
    n, bad = counts[0]
    return amount(n, [t for t, _ in known], unsure), amount(bad, [b for _, b in known], unsure), share_of(known, unsure)


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
