"""Reads the archive's own events by the rules of today: which incidents hold recorded moments or gaps that others made."""

import polars as pl

from incident_timeline.archive.store import Archive, read_table
from incident_timeline.model.events import KIND, ORDER
from incident_timeline.model.gaps import GAPS
from incident_timeline.score.gaps import END, gap_lengths
from incident_timeline.score.recorded import MOMENT, find_recorded

# Of `fired` the archive holds less than a build has: its rows lack the rule's own samples.
_FROM_ROWS = ("detected", "acknowledged", "engaged", "resolved")
_RANGE = ("at", "earliest", "latest")
_NAMED = 5  # incidents that a sentence names


def reread(archive: Archive) -> list[str]:
    """In words, which incidents were scored by other rules than today's; empty when all follow from their archived rows.

    All incidents are read at once, without their bundles; 100,000 with 100 events each take 2 GB of memory.
    """
    milestones = read_table(archive, "milestones").collect()
    said = {
        "recorded milestones do not follow from their events": _other_moments(archive, milestones),
        "gaps do not follow from their milestones": _other_gaps(archive, milestones),
    }
    return [
        f"{len(names)} incidents whose {what} by this version's rules ({', '.join(sorted(names)[:_NAMED])}); "
        "timeline backfill --offline scores kept bundles anew"
        for what, names in said.items()
        if names
    ]


def _other_moments(archive: Archive, milestones: pl.DataFrame) -> set[str]:
    """Incidents with a milestone, found by a record or missing, that their events give otherwise; marks are left alone."""
    rows = read_table(archive, "events").select("incident_id", *dict.fromkeys((*ORDER, *MOMENT, "actor_kind")))
    events = rows.with_columns(pl.col("kind").cast(KIND, strict=False)).sort("incident_id", *ORDER).collect()
    found = find_recorded(events)
    unmarked = milestones.filter((pl.col("basis") == "recorded") | pl.col("basis").is_null())
    other: set[str] = set()
    for name in _FROM_ROWS:
        read = found.select(
            "incident_id", pl.col(name).struct.rename_fields([f"read {part}" for part in (*MOMENT, "basis")])
        )
        both = unmarked.filter(pl.col("name") == name).join(read, on="incident_id", how="left").unnest(name)
        differs = pl.any_horizontal(pl.col(part).ne_missing(pl.col(f"read {part}")) for part in _RANGE)
        other |= set(both.filter(differs)["incident_id"])
    return other


def _other_gaps(archive: Archive, milestones: pl.DataFrame) -> set[str]:
    """Incidents with a gap that is not the difference of their milestones."""
    ends = milestones.select("incident_id", "name", end=pl.struct(list(END.to_schema())))
    named = pl.DataFrame([(gap, *both) for gap, both in GAPS.items()], schema=["gap", "from", "to"], orient="row")
    pairs = named.join(ends.rename({"name": "from", "end": "start"}), on="from").join(
        ends.rename({"name": "to"}), on=["incident_id", "to"]
    )
    parts = {"seconds": "length", "earliest": "least", "latest": "most"}
    held = read_table(archive, "gaps").select("incident_id", "name", "status", *parts).collect()
    both = gap_lengths(pairs).join(
        held, left_on=["incident_id", "gap"], right_on=["incident_id", "name"], suffix=" held"
    )
    differs = pl.any_horizontal(
        pl.col("status").ne_missing(pl.col("status held")),
        *((pl.col(held) * 1e6).round().cast(pl.Int64).ne_missing(pl.col(now).dt.total_microseconds())
          for held, now in parts.items()),
    )  # fmt: skip
    return set(both.filter(differs)["incident_id"])
