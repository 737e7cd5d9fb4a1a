"""Where the time went across incidents: minutes by ledger category, with a reading list of the incidents behind each."""

import polars as pl

from incident_timeline.model.compared import Share

PINNED = ("no_record", "unexplained")  # what nobody can explain comes first: it is the question for the meeting


def where_time_went(segments: pl.DataFrame) -> tuple[Share, ...]:
    """One share for each category of each ledger: unexplained time first, then the most seconds.

    `segments` is model.archived's table. Seconds are summed over incidents; no share is a mean.
    """
    by_incident = segments.group_by("ledger", "category", "incident_id").agg(pl.col("seconds").sum())
    shares = [
        Share(ledger, category, sum(seconds), len(seconds), tuple(sorted(zip(ids, seconds, strict=True), key=_longest)))
        for ledger, category, ids, seconds in by_incident.group_by("ledger", "category")
        .agg("incident_id", "seconds")
        .iter_rows()
    ]
    return tuple(sorted(shares, key=lambda one: (one.ledger, one.category not in PINNED, -one.seconds, one.category)))


def _longest(pair: tuple[str, float]) -> tuple[float, str]:
    return -pair[1], pair[0]
