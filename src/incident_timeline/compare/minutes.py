"""Where the time went across incidents: minutes by ledger category, with a reading list of the incidents behind each."""

import polars as pl

from incident_timeline.model.compared import Share

LONGEST = 200  # incidents in a reading list; the table `segments` of the archive has all
PINNED = ("no_record", "unexplained")  # what nobody can explain comes first: it is the question for the meeting


def where_time_went(segments: pl.DataFrame) -> tuple[Share, ...]:
    """One share for each category of each ledger: unexplained time first, then the most seconds.

    `segments` is model.archived's table. Seconds are summed over incidents; no share is a mean. A reading list ends after LONGEST.
    """
    longest_first = (
        segments.group_by("ledger", "category", "incident_id")
        .agg(pl.col("seconds").sum())
        .sort("seconds", "incident_id", descending=[True, False])
    )
    shares = [
        Share(ledger, category, total, count, tuple(zip(ids, seconds, strict=True)))
        for ledger, category, total, count, ids, seconds in longest_first.group_by(
            "ledger", "category", maintain_order=True
        )
        .agg(
            pl.col("seconds").sum().alias("total"),
            pl.len().alias("incidents"),
            pl.col("incident_id", "seconds").head(LONGEST),
        )
        .iter_rows()
    ]
    return tuple(sorted(shares, key=lambda one: (one.ledger, one.category not in PINNED, -one.seconds, one.category)))
