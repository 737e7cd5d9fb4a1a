"""The milestones that an incident's rows alone give, of any number of incidents at once; a build asks for its one."""

from collections.abc import Mapping
from typing import Literal

import polars as pl

RECORDED = ("detected", "fired", "acknowledged", "engaged", "resolved")
MOMENT = ("at", "earliest", "latest", "event_id")  # what the row that decides says

_KIND, _BY, _ACK = pl.col("kind"), pl.col("actor_kind"), pl.col("kind") == "incident.acknowledged"

# What detects an incident, the first signal addressed to people: of these the first that there is any of.
DETECTING: dict[str, pl.Expr] = {
    "page": _KIND == "page.sent",
    "alert": _KIND.is_in(["alert.received", "alert.fired"]),
    "acknowledgement": _ACK,
    "report": _KIND.is_in(["note.added", "chat.said", "status.updated"]) & (_BY != "machine"),
}
_SORTS: dict[str, pl.Expr] = {
    **DETECTING,
    "fired": _KIND == "alert.fired",
    "taken": _ACK & (_BY == "human"),
    "engaged": _KIND.is_in(["note.added", "chat.said", "responder.joined"]) & (_BY == "human"),
    "resolve": _KIND == "incident.resolved",
    "reopening": _KIND == "incident.reopened",
    "first of its incident": pl.col("begins"),
    "tied": ~pl.col("begins") & (pl.col("at") == pl.col("at").shift(1)),  # of the same instant as the row before
}


def find_recorded(events: pl.DataFrame) -> pl.DataFrame:
    """One row for each incident: its `incident_id`, `detected_by`, and for each of RECORDED a struct of MOMENT and `basis`.

    `events` is the event frame with a column `incident_id`; the rows of an incident stand together, in the total order. A
    milestone that the rows do not give is null. `detected_by` is the name in DETECTING that decided, or null.

    The first row of a sort from another on is an as-of join of row numbers, which ascend: no rows are grouped, which is what
    makes 100,000 incidents take a fraction of a second (tests/bench/scale_figures.md).
    """
    rows = _rows(events)
    begins = rows["first of its incident"]
    spans = pl.DataFrame({"incident_id": events["incident_id"].gather(begins), "begins": begins}).with_columns(
        ends=pl.col("begins").shift(-1, fill_value=events.height) - 1
    )
    for sort in (*DETECTING, "fired", "taken"):
        spans = _look_up(spans, rows, sort, "begins", "forward")
    for sort in ("resolve", "reopening"):
        spans = _look_up(spans, rows, sort, "ends", "backward")
    # What was done at the very instant of the acknowledgement counts, wherever the order puts the two.
    spans = spans.join(_instants(rows["tied"]), left_on="taken", right_on="tied", how="left", maintain_order="left")
    spans = spans.with_columns(since=pl.coalesce("instant", "taken", "begins"))
    spans = _look_up(spans, rows, "engaged", "since", "forward")
    at = pl.lit(events["at"])
    open_again = at.gather(pl.col("reopening")) > at.gather(pl.col("resolve"))
    spans = spans.with_columns(
        detected=pl.coalesce(*DETECTING),
        detected_by=pl.coalesce(*(pl.when(pl.col(sort).is_not_null()).then(pl.lit(sort)) for sort in DETECTING)),
        acknowledged="taken",
        resolved=pl.when(~open_again.fill_null(value=False)).then("resolve"),
    )
    moments = events.select(MOMENT)
    return spans.select("incident_id", "detected_by", *(_moment(moments, spans[name]) for name in RECORDED))


def _rows(events: pl.DataFrame) -> dict[str, pl.Series]:
    """The ascending row numbers of each sort."""
    incident = pl.col("incident_id")
    numbered = events.select(
        "at",
        "kind",
        "actor_kind",
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
        begins=incident.ne_missing(incident.shift(1)),
    )
    found = numbered.select(pl.col("row").filter(where).implode().alias(sort) for sort, where in _SORTS.items())
    return {sort: found[sort][0] for sort in _SORTS}


def _look_up(
    spans: pl.DataFrame, rows: Mapping[str, pl.Series], sort: str, near: str, strategy: Literal["forward", "backward"]
) -> pl.DataFrame:
    """The incidents with the row of a sort that follows, or precedes, the one that column `near` has; null outside an incident."""
    numbers = rows[sort].alias(sort).to_frame().with_columns(number=sort)
    found = spans.join_asof(numbers, left_on=near, right_on="number", strategy=strategy, check_sortedness=False)
    inside = pl.col(sort).is_between("begins", "ends")
    return found.select(*spans.columns, pl.when(inside).then(sort).alias(sort))


def _instants(tied: pl.Series) -> pl.DataFrame:
    """For each tied row the first row of its instant: of tied rows that follow one another, the row before the first."""
    follows = (pl.col("tied").diff() == 1).fill_null(value=False)
    return tied.alias("tied").to_frame().with_columns(instant=pl.when(~follows).then(pl.col("tied") - 1).forward_fill())


def _moment(moments: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """What these rows say, as a struct under the rows' own name; null where no row is."""
    said = moments[rows.fill_null(0)].with_columns(basis=pl.lit("recorded")).to_struct()
    return said.to_frame("said").select(pl.when(rows.is_not_null()).then("said").alias(rows.name)).to_series()
