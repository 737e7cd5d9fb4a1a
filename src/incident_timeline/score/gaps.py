"""Gaps between milestones, of one incident or of many: the range that both ends allow and the weaker basis of the two."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import polars as pl

from incident_timeline.model.events import INSTANT
from incident_timeline.model.gaps import GAPS, Gap
from incident_timeline.model.instants import MICROSECOND, duration
from incident_timeline.model.milestones import BASES, Milestone

END = pl.Struct({"at": INSTANT, "earliest": INSTANT, "latest": INSTANT, "basis": pl.String()})


def gap_lengths(ends: pl.DataFrame) -> pl.DataFrame:
    """The frame with `length`, `least`, `most` (durations) and `status` of each row's gap: a row for each gap of each incident.

    `ends` names the gap in `gap` and has its two milestones in `start` and `end`, structs with the fields of END, null where one
    is missing: the gap is then `missing`. An end before its start is `invalid` with its sign kept; a page before the onset
    is not (design section 5).
    """
    first, last = pl.col("start").struct, pl.col("end").struct
    length = last.field("at") - first.field("at")
    either = (
        pl.when((first.field("basis") == one) | (last.field("basis") == one)).then(pl.lit(one)) for one in BASES[::-1]
    )
    return ends.with_columns(
        length=length,
        least=last.field("earliest") - first.field("latest"),
        most=last.field("latest") - first.field("earliest"),
        status=pl.when(length.is_null())
        .then(pl.lit("missing"))
        .when((length < timedelta()) & (pl.col("gap") != "time_to_detect"))
        .then(pl.lit("invalid"))
        .otherwise(pl.coalesce(*either)),  # the weaker basis: BASES has the strongest first
    )


def measure_gaps(milestones: Mapping[str, Milestone]) -> dict[str, Gap]:
    """Every gap of model.gaps.GAPS, with the reason in words; one whose ends are not both known says which is absent and why.

    time_to_detect + time_to_know + response_gap = time_to_resolve and the four parts add up to response_gap, signs included.
    """
    ends = [(name, _end(milestones[start]), _end(milestones[end])) for name, (start, end) in GAPS.items()]
    lengths = gap_lengths(pl.DataFrame(ends, schema={"gap": pl.String(), "start": END, "end": END}, orient="row"))
    rows = lengths.drop("start", "end").rows_by_key("gap", named=True, unique=True)
    return {name: _gap(name, rows[name], milestones[start], milestones[end]) for name, (start, end) in GAPS.items()}


def _end(one: Milestone) -> dict[str, Any]:
    return {"at": one.at, "earliest": one.earliest, "latest": one.latest, "basis": one.basis}


def _gap(name: str, row: Mapping[str, Any], start: Milestone, end: Milestone) -> Gap:
    status, reason = row["status"], ""
    if status == "missing":
        reason = "; ".join(f"{one.name} is missing: {one.reason}" for one in (start, end) if one.at is None)
        return Gap(name, None, None, None, status, reason, start.name, end.name)
    # Polars divides a column by a number through its inverse, which is not always the nearest float: Python's is exact.
    seconds, low, high = (row[part] / MICROSECOND / 1e6 for part in ("length", "least", "most"))
    if status == "invalid":
        reason = f"{end.name} is {duration(-seconds)} before {start.name}; the sign is kept so that sums hold"
    elif seconds < 0:
        reason = f"people were paged {duration(-seconds)} before users were hurt"
    elif low < 0 <= high:
        reason = f"the ranges of {start.name} and {end.name} overlap, so their order is not certain"
    evidence = tuple(one.evidence[0] for one in (start, end) if one.evidence)
    return Gap(name, seconds, low, high, status, reason, start.name, end.name, evidence)
