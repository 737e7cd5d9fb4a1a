"""Which services an incident touched: each with its failed and all requests, or why they are not known."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from incident_timeline.model.instants import micros
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.onset import Moved
from incident_timeline.model.scored import Amount, Touched
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.amounts import measure_amounts, wilson
from incident_timeline.score.request_counts import Rates, added, count, spans_of


def find_touched(
    series: SeriesSet,
    pairs: Sequence[tuple[str, str]],
    moved: Sequence[Moved],
    started: Milestone,
    mitigated: Milestone,
) -> tuple[Touched, ...]:
    """The services whose own SLI left its band between the ends, or whose requests failed more often than before.

    More often than before: the 95 % Wilson intervals of both shares do not meet. Sorted by service.
    """
    spans = spans_of(started, mitigated)
    start, end = spans[-1]
    slis = series.labels.filter(pl.col("role") == "sli")
    services = dict(zip(slis["series_id"], slis["service"], strict=True))
    shaken = {services[m.series_id] for m in moved if m.series_id in services and start <= micros(m.at) <= end}
    owners = dict(zip(series.labels["series_id"], series.labels["service"], strict=True))
    found = []
    for service in sorted({one for one in owners.values() if one}):
        rates = added(series, [pair for pair in pairs if owners[pair[0]] == service])
        if service in shaken or (rates is not None and _failed_more(rates, spans[0])):
            found.append(_touched(service, rates, spans))
    return tuple(found)


def _touched(service: str, rates: Rates | None, spans: Sequence[tuple[int, int]]) -> Touched:
    measured = measure_amounts(rates, spans) if rates is not None else None
    if measured is None:
        none = Amount(None, reason="no query gives its failed and all requests (errors and total)")
        return Touched(service, none, none, none)
    return Touched(service, *measured)


def _failed_more(rates: Rates, span: tuple[int, int]) -> bool:
    first = int(np.min(rates.at))
    during, before = count(rates, *span), count(rates, first, span[0])
    if during is None or before is None or during[0] <= 0 or before[0] <= 0:
        return False
    return wilson(during[1] / during[0], during[0])[0] > wilson(before[1] / before[0], before[0])[1]
