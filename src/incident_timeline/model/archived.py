"""The tables that keep what was scored of every incident, and their schemas; DuckDB, Spark and Trino read the same."""

import polars as pl

from incident_timeline.model.events import INSTANT, SCHEMA

SCHEMA_VERSION = 2

# Every row carries `build`, the digest of the scores it came from: rows whose build is not that of their incident's row are
# left over from a write that was cut short, and readers leave them out.
_KEY: dict[str, pl.DataType] = {"incident_id": pl.String(), "build": pl.String()}

_LIKE: dict[str, pl.DataType] = {
    "relation": pl.String(), "key": pl.String(), "title": pl.String(), "at": INSTANT, "why": pl.String(),
}  # fmt: skip

TABLES: dict[str, dict[str, pl.DataType]] = {
    "incidents": {
        **_KEY,
        "schema_version": pl.Int32(),
        "title": pl.String(),  # its own, else what the first page or alert said
        "service": pl.String(),
        "severity": pl.String(),  # PagerDuty's priority, else its urgency
        "team": pl.String(),
        "url": pl.String(),
        "category": pl.String(),  # as a person gave it, else null
        "began_at": INSTANT,  # started, else detected, else the window's start: what quarters and dates go by
        "resolved_at": INSTANT,
        "collected_at": INSTANT,
        "is_open": pl.Boolean(),
        "knew_confirmed": pl.Boolean(),  # a person marked when they knew enough
        "knew_moved_s": pl.Float64(),  # the mark minus the first proposal; null without either
        "attempts": pl.Int32(),  # attempts without effect
        "reopened": pl.Int32(),
        "alerts": pl.List(pl.String()),
        "signals": pl.List(pl.String()),  # names of signals that moved, in order
        "changes": pl.List(pl.String()),  # what was changed near the onset: service and kind
        "fix": pl.String(),  # the change that ended it: `rollback of checkout`; null where none is known to have
        "fix_said": pl.String(),  # else what was said when the fix was begun, roles in the place of names
        "words": pl.List(pl.String()),  # content words of the title and of what people said, without names
        "pagerduty_like": pl.List(pl.Struct(_LIKE)),  # incidents that PagerDuty itself takes for like this one
        "pagerduty_lacks": pl.String(),  # why PagerDuty gave no past incidents, null where it did
    },
    "milestones": {
        **_KEY,
        "name": pl.String(),
        "at": INSTANT,
        "earliest": INSTANT,
        "latest": INSTANT,
        "basis": pl.String(),
        "status": pl.String(),
        "reason": pl.String(),
    },
    "gaps": {
        **_KEY,
        "name": pl.String(),
        "seconds": pl.Float64(),
        "earliest": pl.Float64(),
        "latest": pl.Float64(),
        "at_least": pl.Float64(),  # still running when collected: so long by then; else null
        "status": pl.String(),
        "reason": pl.String(),
    },
    "segments": {
        **_KEY,
        "ledger": pl.String(),
        "number": pl.Int32(),
        "from": INSTANT,
        "to": INSTANT,
        "seconds": pl.Float64(),
        "category": pl.String(),
        "rule": pl.String(),
    },
    "events": {**_KEY, **SCHEMA},
}


def empty_table(name: str) -> pl.DataFrame:
    """A table without rows; KeyError for a name that is none of TABLES."""
    return pl.DataFrame(schema=TABLES[name])
