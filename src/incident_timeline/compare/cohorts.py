"""Puts archived incidents into cohorts: by category, service, severity, quarter or team, or before and after a date."""

from datetime import datetime

import polars as pl

from incident_timeline.model.compared import Cohort

BY = ("category", "service", "severity", "quarter", "team")
UNNAMED = "none given"


def cohorts_by(incidents: pl.DataFrame, by: str) -> tuple[Cohort, ...]:
    """The cohorts of one column of BY; quarters in time, others by name. What has no value is a cohort of its own.

    `incidents` is model.archived's table of that name. Cohorts are in no order of merit.
    """
    named = incidents.sort("began_at", "incident_id").with_columns(cohort=_quarter() if by == "quarter" else pl.col(by))
    rows = named.select("incident_id", pl.col("cohort").fill_null(UNNAMED))
    held = rows.group_by("cohort", maintain_order=True).agg("incident_id").sort("cohort")
    return tuple(Cohort(name, tuple(ids)) for name, ids in held.iter_rows())


def cohorts_at(incidents: pl.DataFrame, at: datetime) -> tuple[Cohort, Cohort]:
    """Incidents that began before a date, and those that began on or after it."""
    ordered = incidents.sort("began_at", "incident_id")
    day = f"{at:%Y-%m-%d}"
    before, after = ordered.filter(pl.col("began_at") < at), ordered.filter(pl.col("began_at") >= at)
    return Cohort(f"before {day}", tuple(before["incident_id"])), Cohort(f"since {day}", tuple(after["incident_id"]))


def _quarter() -> pl.Expr:
    began = pl.col("began_at")
    return pl.format("{} Q{}", began.dt.year(), began.dt.quarter())
