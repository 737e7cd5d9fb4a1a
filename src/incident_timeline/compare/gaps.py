"""Compares the gaps of cohorts: every incident a dot, medians and ratios with intervals, never a mean of minutes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import polars as pl

from incident_timeline.compare.minutes import where_time_went
from incident_timeline.compare.statistics import (
    CONFIDENCE,
    LEAST,
    censored_median,
    holm,
    median_interval,
    needed_a_side,
    ratio_of_means,
)
from incident_timeline.model.compared import Cohort, Comparison, Dots, Group, Interval, Ratio, Step, p_words
from incident_timeline.model.gaps import GAPS

SHOWN = ("time_to_detect", "time_to_know", "response_gap", "knew_to_mitigated", "time_to_contain", "time_to_mitigate",
         "time_to_resolve")  # fmt: skip
_DOT = ("incident_id", "at", "low", "high", "open", "confirmed")
CUT = 0.3  # the improvement that "how many more would be needed" speaks of


def compare_gaps(
    incidents: pl.DataFrame, gaps: pl.DataFrame, segments: pl.DataFrame, cohorts: Sequence[Cohort], *, by: str,
    at: datetime | None = None, names: Sequence[str] = SHOWN, proposed: bool = False, cut: float = CUT,
    beside: Sequence[float] = (),
) -> Comparison:  # fmt: skip
    """The comparison of cohorts over the archive's tables (model.archived).

    Unless `proposed`, a gap one of whose ends no person has confirmed is shown apart and does not count. Steps go from each
    cohort to the next only where cohorts follow in time (`by` is quarter or a date); others are not set against each other.
    `beside` are p-values of what else is asked at once: they count when all are judged together.
    """
    held = pl.Series([one for cohort in cohorts for one in cohort.incidents], dtype=pl.String)
    mine = incidents.filter(pl.col("incident_id").is_in(held.implode()))
    marked = mine.filter(pl.col("knew_confirmed"))["incident_id"]
    members = _members(cohorts).with_columns(marked=pl.col("incident_id").is_in(marked.implode()))
    groups = tuple(group for name in names for group in _groups(name, cohorts, members, gaps, proposed=proposed))
    steps = _steps(groups, cohorts, names, cut, beside) if by in ("quarter", "date") else ()
    # Of detection the series and the page decide; the other two ledgers begin or end where we knew enough.
    sure = pl.col("incident_id").is_in((held if proposed else marked).implode()) | (pl.col("ledger") == "detection")
    counted = segments.filter(pl.col("incident_id").is_in(held.implode()) & sure)
    return Comparison(
        by=by, at=at, incidents=mine.height, confirmed=marked.len(), cohorts=tuple(cohorts), groups=groups, steps=steps,
        shares=where_time_went(counted), moved=median_interval(mine["knew_moved_s"].drop_nulls().to_list()), cut=cut,
    )  # fmt: skip


def _members(cohorts: Sequence[Cohort]) -> pl.DataFrame:
    """One row for each incident of each cohort, in the cohorts' order; `cohort` is the cohort's number."""
    parts = [
        pl.DataFrame({"incident_id": cohort.incidents}, schema={"incident_id": pl.String()}).with_columns(
            cohort=pl.lit(number, pl.UInt32)
        )
        for number, cohort in enumerate(cohorts)
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"incident_id": pl.String(), "cohort": pl.UInt32()})


def _groups(
    name: str, cohorts: Sequence[Cohort], members: pl.DataFrame, gaps: pl.DataFrame, *, proposed: bool
) -> Iterator[Group]:
    """One gap in every cohort. `members` has a column `marked` besides those of _members."""
    mine = gaps.filter(pl.col("name") == name).unique("incident_id", keep="last")
    rows = members.join(mine, on="incident_id", how="left", maintain_order="left").with_columns(
        _length(), lacking=_reason(name), confirmed=_confirmed(name)
    )
    for number, cohort in enumerate(cohorts):
        of_it = rows.filter(pl.col("cohort") == number)
        known = of_it.filter(pl.col("at").is_not_null())
        counts = pl.lit(proposed) | pl.col("confirmed")
        counted, apart = (Dots(known.filter(which).select(_DOT)) for which in (counts, ~counts))
        lacking = of_it.filter(pl.col("at").is_null()).group_by("lacking").len().sort("lacking")
        yield Group(
            name, cohort.name, len(cohort.incidents), counted, apart, tuple(lacking.iter_rows()), _median(counted)
        )


def _length() -> list[pl.Expr]:
    """`at`, `low`, `high` and `open` of the gap; null where it is missing, or its ends are out of order.

    A gap that still runs is at least so long, whatever else is said of it.
    """
    least, seconds = pl.col("at_least"), pl.col("seconds")
    still = least.is_not_null()
    valid = pl.when(pl.col("status") != "invalid")
    ends = {"at": seconds, "low": pl.coalesce("earliest", "seconds"), "high": pl.coalesce("latest", "seconds")}
    known = (pl.when(still).then(least).otherwise(valid.then(end)).alias(part) for part, end in ends.items())
    return [*known, still.alias("open")]


def _confirmed(name: str) -> pl.Expr:
    """Whether no end of the gap is merely proposed; of one that still runs only its beginning can be."""
    running = pl.col("marked") if "knew_enough" in GAPS[name] else pl.lit(value=True)
    return pl.when(pl.col("at_least").is_not_null()).then(running).otherwise(pl.col("status") != "proposed")


def _reason(name: str) -> pl.Expr:
    """Why an incident has no such gap, in words."""
    absent = [
        pl.when(pl.col("reason").str.contains(f"{end} is missing", literal=True)).then(pl.lit(end))
        for end in GAPS[name]
    ]
    ends = pl.concat_str(*absent, separator=" and ", ignore_nulls=True)
    return (
        pl.when(pl.col("status").is_null())
        .then(pl.lit("not archived"))
        .when(pl.col("status") == "invalid")
        .then(pl.lit("ends out of order"))
        .when(ends == "")
        .then(pl.lit(f"{name} missing"))
        .otherwise(pl.format("{} missing", ends))
    )


def _median(dots: Dots) -> Interval | None:
    if dots.still_open:
        return censored_median(dots.lengths)
    return median_interval(dots.rows["at"].to_list())


def _steps(
    groups: Sequence[Group], cohorts: Sequence[Cohort], names: Sequence[str], cut: float, beside: Sequence[float]
) -> tuple[Step, ...]:
    by_key = {(group.gap, group.cohort): group for group in groups}
    pairs = [
        (by_key[name, before.name], by_key[name, after.name]) for name in names for before, after in pairwise(cohorts)
    ]
    ratios = [ratio_of_means(before.dots.lengths, after.dots.lengths) for before, after in pairs]
    known = [i for i, ratio in enumerate(ratios) if ratio is not None]
    adjusted = dict(zip(known, holm([*(r.p for r in ratios if r is not None), *beside]), strict=False))
    return tuple(
        _step(before, after, ratio, adjusted.get(i), len(known) + len(beside), cut)
        for i, ((before, after), ratio) in enumerate(zip(pairs, ratios, strict=True))
    )


def _step(before: Group, after: Group, ratio: Ratio | None, p: float | None, looked_at: int, cut: float) -> Step:
    if ratio is None or p is None:
        ended = [len(group.dots) - group.dots.still_open for group in (before, after)]
        more = sum(max(0, LEAST - one) for one in ended)
        least = f"at least {LEAST} ended and confirmed gaps a side are needed"
        why = f"{least}, the smaller side has {min(ended)}: {more} more at least"
        return Step(before.gap, before.cohort, after.cohort, None, None, "too few to tell", None, why)
    needed = needed_a_side(ratio.log_sd, cut)
    many = f", for {looked_at} comparisons at once" if looked_at > 1 else ""
    if p < 1 - CONFIDENCE:
        verdict = "shorter" if ratio.value < 1 else "longer"
        return Step(before.gap, before.cohort, after.cohort, ratio, p, verdict, needed, f"p {p_words(p)}{many}")
    more = max(0, 2 * needed - ratio.before - ratio.after)
    why = f"p {p_words(p)}{many}; about {more} more incidents would show a {cut:.0%} cut four times in five"
    if not more:
        why = f"p {p_words(p)}{many}; a {cut:.0%} cut would have been seen four times in five"
    return Step(before.gap, before.cohort, after.cohort, ratio, p, "no evidence of a change", needed, why)
