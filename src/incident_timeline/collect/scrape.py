"""Finds out how often a query's metrics were scraped, from the raw samples' own times."""

from collections import Counter
from collections.abc import Iterable

from incident_timeline.collect.prometheus_api import Matrix

_JITTER = 0.02  # scrapes come up to 2 % off their interval; Prometheus itself writes them on the grid when within 2 ms


def interval_s(found: Iterable[Matrix]) -> float | None:
    """The most frequent distance of neighbouring samples in seconds, None where no series has two.

    Configured intervals are whole seconds nearly always, so one within 2 % of a whole second is that.
    """
    distances: Counter[float] = Counter()
    for one in found:
        steps = one.samples["at"].diff().dt.total_microseconds().drop_nulls()
        distances.update(_rounded(step / 1e6) for step in steps.to_list() if step > 0)
    if not distances:
        return None
    most = max(distances.values())
    return min(step for step, count in distances.items() if count == most)


def _rounded(seconds: float) -> float:
    whole = float(round(seconds))
    return whole if whole and abs(seconds - whole) <= _JITTER * whole else round(seconds, 3)
