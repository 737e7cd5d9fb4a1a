"""Gaps between milestones, of one incident or of many: the range that both ends allow and the weaker basis of the two."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from incident_timeline.model.events import INSTANT
from incident_timeline.model.gaps import GAPS, Gap
from incident_timeline.model.instants import duration
from incident_timeline.model.milestones import BASES, Milestone

END = pl.Struct({"at": INSTANT, "earliest": INSTANT, "latest": INSTANT, "basis": pl.String()})


def gap_lengths(milestones: pl.DataFrame) -> pl.DataFrame:
    """Every gap both of whose ends are columns, a row for each incident: struct of seconds, earliest, latest and status.

    `milestones` holds a struct with the fields of END for each milestone, all null where it is missing; its other columns come
    first, as they are. Seconds are exact differences of microseconds. An end before its start is `invalid` with its sign kept;
    a page before the onset is not (design section 5). A gap without one of its ends is `missing`.
    """
    ends = {name for name in milestones.columns if isinstance(milestones.schema[name], pl.Struct)}
    kept = [name for name in milestones.columns if name not in ends]
    measured = (name for name, both in GAPS.items() if ends.issuperset(both))
    return milestones.select(*kept, *(_length(name, *GAPS[name]).alias(name) for name in measured))


def measure_gaps(milestones: Mapping[str, Milestone]) -> dict[str, Gap]:
    """Every gap of model.gaps.GAPS, with the reason in words; one whose ends are not both known says which is absent and why.

    time_to_detect + time_to_know + response_gap = time_to_resolve and the four parts add up to response_gap, signs included.
    """
    ends = {
        name: [{"at": one.at, "earliest": one.earliest, "latest": one.latest, "basis": one.basis}]
        for name, one in milestones.items()
    }
    lengths = gap_lengths(pl.DataFrame(ends, schema=dict.fromkeys(ends, END))).row(0, named=True)
    return {name: _gap(name, length, *(milestones[end] for end in GAPS[name])) for name, length in lengths.items()}


def _length(name: str, start: str, end: str) -> pl.Expr:
    first, last = pl.col(start).struct, pl.col(end).struct
    seconds = _seconds(first.field("at"), last.field("at"))
    either = (
        pl.when((first.field("basis") == one) | (last.field("basis") == one)).then(pl.lit(one)) for one in BASES[::-1]
    )
    weaker = pl.coalesce(*either)  # BASES has the strongest first
    out_of_order = weaker if name == "time_to_detect" else pl.lit("invalid")
    return pl.struct(
        seconds=seconds,
        earliest=_seconds(first.field("latest"), last.field("earliest")),
        latest=_seconds(first.field("earliest"), last.field("latest")),
        status=pl.when(seconds.is_null())
        .then(pl.lit("missing"))
        .when(seconds < 0)
        .then(out_of_order)
        .otherwise(weaker),
    )


def _seconds(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    return (end - start).dt.total_microseconds() / 1e6


def _gap(name: str, length: Mapping[str, Any], start: Milestone, end: Milestone) -> Gap:
    seconds, low, high, status = (length[part] for part in ("seconds", "earliest", "latest", "status"))
    reason = ""
    if status == "missing":
        reason = "; ".join(f"{one.name} is missing: {one.reason}" for one in (start, end) if one.at is None)
        return Gap(name, None, None, None, status, reason, start.name, end.name)
    if status == "invalid":
        reason = f"{end.name} is {duration(-seconds)} before {start.name}; the sign is kept so that sums hold"
    elif seconds < 0:
        reason = f"people were paged {duration(-seconds)} before users were hurt"
    elif low < 0 <= high:
        reason = f"the ranges of {start.name} and {end.name} overlap, so their order is not certain"
    evidence = tuple(one.evidence[0] for one in (start, end) if one.evidence)
    return Gap(name, seconds, low, high, status, reason, start.name, end.name, evidence)
