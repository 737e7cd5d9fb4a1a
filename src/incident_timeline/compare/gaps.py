"""Compares the gaps of cohorts: every incident a dot, medians and ratios with intervals, never a mean of minutes."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

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
from incident_timeline.model.compared import Cohort, Comparison, Dot, Group, Interval, Length, Ratio, Step
from incident_timeline.model.gaps import GAPS

SHOWN = ("time_to_detect", "time_to_know", "response_gap", "knew_to_mitigated", "time_to_contain", "time_to_mitigate",
         "time_to_resolve")  # fmt: skip
CUT = 0.3  # the improvement that "how many more would be needed" speaks of


def compare_gaps(
    incidents: pl.DataFrame, gaps: pl.DataFrame, segments: pl.DataFrame, cohorts: Sequence[Cohort], *, by: str,
    at: datetime | None = None, names: Sequence[str] = SHOWN, proposed: bool = False, cut: float = CUT,
) -> Comparison:  # fmt: skip
    """The comparison of cohorts over the archive's tables (model.archived).

    Unless `proposed`, a gap one of whose ends no person has confirmed is shown apart and does not count. Steps go from each
    cohort to the next only where cohorts follow in time (`by` is quarter or a date); others are not set against each other.
    """
    held = {one for cohort in cohorts for one in cohort.incidents}
    mine = incidents.filter(pl.col("incident_id").is_in(list(held)))
    marked = frozenset(mine.filter(pl.col("knew_confirmed"))["incident_id"])
    groups = tuple(_group(name, cohort, gaps, marked, proposed=proposed) for name in names for cohort in cohorts)
    steps = _steps(groups, cohorts, names, cut) if by in ("quarter", "date") else ()
    # Of detection the series and the page decide; the other two ledgers begin or end where we knew enough.
    sure = pl.col("incident_id").is_in(list(held if proposed else marked)) | (pl.col("ledger") == "detection")
    counted = segments.filter(pl.col("incident_id").is_in(list(held)) & sure)
    return Comparison(
        by=by, at=at, incidents=mine.height, confirmed=len(marked), cohorts=tuple(cohorts), groups=groups, steps=steps,
        shares=where_time_went(counted), moved=median_interval(mine["knew_moved_s"].drop_nulls().to_list()), cut=cut,
    )  # fmt: skip


def _group(name: str, cohort: Cohort, gaps: pl.DataFrame, marked: frozenset[str], *, proposed: bool) -> Group:
    rows = {
        row["incident_id"]: row
        for row in gaps.filter((pl.col("name") == name) & pl.col("incident_id").is_in(cohort.incidents)).iter_rows(
            named=True
        )
    }
    dots, lacking = [], Counter[str]()
    for incident in cohort.incidents:
        row = rows.get(incident)
        length = _length(row) if row else None
        if row is None or length is None:
            lacking[_reason(row)] += 1
            continue
        dots.append(Dot(incident, length, _confirmed(row, length, knew=incident in marked)))
    counted = [dot for dot in dots if proposed or dot.confirmed]
    apart = [dot for dot in dots if not proposed and not dot.confirmed]
    return Group(
        name, cohort.name, len(cohort.incidents), tuple(counted), tuple(apart), tuple(sorted(lacking.items())),
        _median([dot.length for dot in counted]),
    )  # fmt: skip


def _confirmed(row: dict[str, Any], length: Length, *, knew: bool) -> bool:
    """Whether no end of the gap is merely proposed; of one that still runs only its beginning can be."""
    return (knew or "knew_enough" not in GAPS[row["name"]]) if length.open else row["status"] != "proposed"


def _length(row: dict[str, Any]) -> Length | None:
    """The gap as a length; None where it is missing, and where its ends are out of order (a page before users were hurt)."""
    seconds, low, high, least = (row[key] for key in ("seconds", "earliest", "latest", "at_least"))
    if isinstance(least, float):
        return Length(least, least, least, open=True)
    if not isinstance(seconds, float) or row["status"] == "invalid":
        return None
    return Length(seconds, low if isinstance(low, float) else seconds, high if isinstance(high, float) else seconds)


def _reason(row: dict[str, Any] | None) -> str:
    if row is None:
        return "not archived"
    if row["status"] == "invalid":
        return "ends out of order"
    ends = [name for name in GAPS[row["name"]] if f"{name} is missing" in str(row["reason"])]
    return f"{' and '.join(ends) or row['name']} missing"


def _median(lengths: Sequence[Length]) -> Interval | None:
    if any(one.open for one in lengths):
        return censored_median(lengths)
    return median_interval([one.at for one in lengths])


def _steps(groups: Sequence[Group], cohorts: Sequence[Cohort], names: Sequence[str], cut: float) -> tuple[Step, ...]:
    by_key = {(group.gap, group.cohort): group for group in groups}
    pairs = [
        (by_key[name, before.name], by_key[name, after.name]) for name in names for before, after in pairwise(cohorts)
    ]
    ratios = [ratio_of_means(_lengths(before), _lengths(after)) for before, after in pairs]
    known = [i for i, ratio in enumerate(ratios) if ratio is not None]
    adjusted = dict(zip(known, holm([r.p for r in ratios if r is not None]), strict=True))
    return tuple(
        _step(before, after, ratio, adjusted.get(i), len(known), cut)
        for i, ((before, after), ratio) in enumerate(zip(pairs, ratios, strict=True))
    )


def _lengths(group: Group) -> list[Length]:
    return [dot.length for dot in group.dots]


def _step(before: Group, after: Group, ratio: Ratio | None, p: float | None, looked_at: int, cut: float) -> Step:
    if ratio is None or p is None:
        fewest = min(sum(not dot.length.open for dot in group.dots) for group in (before, after))
        why = f"at least {LEAST} ended and confirmed gaps a side are needed, the smaller side has {fewest}"
        return Step(before.gap, before.cohort, after.cohort, None, None, "too few to tell", None, why)
    needed = needed_a_side(ratio.log_sd, cut)
    many = f", for {looked_at} comparisons at once" if looked_at > 1 else ""
    if p < 1 - CONFIDENCE:
        verdict = "shorter" if ratio.value < 1 else "longer"
        return Step(before.gap, before.cohort, after.cohort, ratio, p, verdict, needed, f"p {_p_words(p)}{many}")
    more = max(0, 2 * needed - ratio.before - ratio.after)
    why = f"p {_p_words(p)}{many}; about {more} more incidents would show a {cut:.0%} cut four times in five"
    if not more:
        why = f"p {_p_words(p)}{many}; a {cut:.0%} cut would have been seen four times in five"
    return Step(before.gap, before.cohort, after.cohort, ratio, p, "no evidence of a change", needed, why)


def _p_words(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"
