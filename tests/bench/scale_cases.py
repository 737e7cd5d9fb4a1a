"""Made-up archives of any size for measuring: events of many incidents, and the tables that comparing reads. Seeded."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from incident_timeline.model.archived import TABLES
from incident_timeline.model.events import INSTANT, KIND, ORDER
from incident_timeline.model.gaps import CATEGORIES, GAPS

SEED = 8
FIRST = datetime(2016, 1, 1, tzinfo=UTC)
ACTOR_KIND = pl.Enum(["human", "machine", "unknown"])
# What the rows of an incident are, in shares: half of a busy incident's rows are chat, most of the rest decides nothing.
SHARES = {
    "page.sent": 0.01, "alert.fired": 0.02, "alert.received": 0.02, "incident.acknowledged": 0.012, "incident.resolved": 0.012,
    "incident.reopened": 0.004, "note.added": 0.03, "chat.said": 0.45, "status.updated": 0.02, "responder.joined": 0.02,
    "page.notified": 0.08, "service.deployed": 0.03, "metric.onset": 0.03, "other": 0.262,
}  # fmt: skip
SEGMENTS = 10  # of an incident
TEN_YEARS = timedelta(days=3653)


def many_events(incidents: int, each: int) -> pl.DataFrame:
    """Events as the archive's check loads them: kinds as an enumeration, each incident's rows together in the total order."""
    chance, n = np.random.default_rng(SEED), incidents * each
    weights = np.array(list(SHARES.values()))
    number = np.arange(n)
    second = chance.integers(0, 7200, n)
    slack = chance.choice([0, 0, 0, 30], n)
    kinds = pl.Series(list(SHARES), dtype=KIND).gather(chance.choice(len(SHARES), n, p=weights / weights.sum()))
    who = pl.Series(ACTOR_KIND.categories, dtype=ACTOR_KIND).gather(chance.choice(3, n, p=[0.55, 0.4, 0.05]))
    frame = pl.DataFrame({"number": number, "second": second, "slack": slack, "kind": kinds, "actor_kind": who})
    at = pl.lit(FIRST, INSTANT) + pl.duration(hours=pl.col("number") // each, seconds="second", time_unit="us")
    return (
        frame.select(
            incident_id=pl.format("INC-{}", (pl.col("number") // each).cast(pl.String).str.zfill(7)),
            at=at,
            earliest=at - pl.duration(seconds="slack", time_unit="us"),
            latest=at + pl.duration(seconds="slack", time_unit="us"),
            source=pl.lit("pagerduty"),
            kind="kind",
            actor_kind="actor_kind",
            event_id=pl.col("number").hash(SEED).cast(pl.String).str.zfill(20).str.tail(12),
        )
        .sort("incident_id", *ORDER)
        .rechunk()
    )


def many_tables(incidents: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The archive's tables incidents, gaps and segments over ten years; one in a hundred still open, a fifth of gaps missing."""
    chance, n = np.random.default_rng(SEED), incidents
    ids = pl.Series([f"INC-{number:07d}" for number in range(n)])
    still, confirmed = chance.random(n) < 0.01, chance.random(n) < 0.6
    began = pl.Series([FIRST + number * (TEN_YEARS / n) for number in range(n)], dtype=INSTANT)
    table = pl.DataFrame(
        {
            "incident_id": ids, "service": [f"service-{i % 40}" for i in range(n)],
            "category": [f"kind-{i % 12}" for i in range(n)],
            "began_at": began, "is_open": still, "knew_confirmed": confirmed,
            "knew_moved_s": pl.Series(chance.normal(0, 60, n)).set(pl.Series(~confirmed), None),
        }
    )  # fmt: skip
    gaps = [_gaps(name, ids, still, confirmed, chance) for name in GAPS]
    kinds = pl.DataFrame([(ledger, kind) for ledger, held in CATEGORIES.items() for kind in held], schema=["ledger", "category"],
                         orient="row")  # fmt: skip
    segments = kinds[chance.integers(0, kinds.height, SEGMENTS * n)].with_columns(
        incident_id=ids.gather(np.repeat(np.arange(n), SEGMENTS)),
        seconds=pl.Series(chance.lognormal(4, 1, SEGMENTS * n).round()),
    )
    return _whole("incidents", table), _whole("gaps", pl.concat(gaps)), _whole("segments", segments)


def _gaps(
    name: str, ids: pl.Series, still: np.ndarray, confirmed: np.ndarray, chance: np.random.Generator
) -> pl.DataFrame:
    start, end = GAPS[name]
    seconds, lost = chance.lognormal(6.5, 1.4, ids.len()).round(), chance.random(ids.len()) < 0.2
    running = still & (end == "resolved")
    missing = pl.Series(lost | running)
    proposed = ~confirmed & ("knew_enough" in (start, end))
    status = np.where(missing, "missing", np.where(proposed, "proposed", np.where(seconds < 15, "invalid", "recorded")))
    known = pl.Series(seconds).set(missing, None)
    return pl.DataFrame(
        {
            "incident_id": ids, "name": name, "seconds": known, "earliest": known - 30, "latest": known + 30,
            "at_least": pl.Series(seconds).set(pl.Series(~running), None), "status": status,
            "reason": np.where(missing, f"{end} is missing: no record", ""),
        }
    )  # fmt: skip


def _whole(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every column of the archive's table, in its types; what is not given is null."""
    schema = TABLES[name]
    return frame.select(
        (pl.col(column) if column in frame.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in schema.items()
    )
