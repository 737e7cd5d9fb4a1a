"""The milestones that an incident's rows alone give, of any number of incidents at once; a build asks for its one."""

import polars as pl

RECORDED = ("detected", "fired", "acknowledged", "engaged", "resolved")
MOMENT = ("at", "earliest", "latest", "event_id")  # what the row that decides says

_KIND, _BY, _INCIDENT = pl.col("kind"), pl.col("actor_kind"), pl.col("incident_id")
_ROW = pl.int_range(pl.len(), dtype=pl.UInt32)
_BEGINS = _INCIDENT.ne_missing(_INCIDENT.shift(1))
_ACK = _KIND == "incident.acknowledged"

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
    "human action": _KIND.is_in(["note.added", "chat.said", "responder.joined"]) & (_BY == "human"),
    "resolve": _KIND == "incident.resolved",
    "reopening": _KIND == "incident.reopened",
    "first of its incident": _BEGINS,
    "first of its instant": _BEGINS | (pl.col("at") != pl.col("at").shift(1)),
}


def find_recorded(events: pl.DataFrame) -> pl.DataFrame:
    """One row for each incident: its `incident_id`, `detected_by`, and for each of RECORDED a struct of MOMENT and `basis`.

    `events` is the event frame with a column `incident_id`; the rows of an incident stand together, in the total order. A
    moment that the rows do not give is a struct of nulls. `detected_by` is the name in DETECTING that decided, or null.

    The first row of a sort at or after another is looked up in the ascending row numbers of that sort: no rows are grouped,
    which is what makes 100,000 incidents take a fraction of a second (tests/bench/scale_figures.md).
    """
    found = events.select(_ROW.filter(where).implode().alias(sort) for sort, where in _SORTS.items())
    rows = {sort: found[sort][0] for sort in _SORTS}  # the ascending row numbers of each sort
    begins = rows["first of its incident"]
    spans = pl.DataFrame({"incident_id": events["incident_id"].gather(begins), "begins": begins}).with_columns(
        ends=pl.col("begins").shift(-1, fill_value=events.height)
    )
    spans = spans.with_columns(
        *(_first(rows[sort]).alias(sort) for sort in (*DETECTING, "fired", "taken")),
        *(_last(rows[sort]).alias(sort) for sort in ("resolve", "reopening")),
    )
    at, taken = pl.lit(events["at"]), pl.col("taken")
    # What was done at the very instant of the acknowledgement counts, wherever the order puts the two.
    instants = pl.lit(rows["first of its instant"])
    instant = instants.gather(instants.search_sorted(taken, side="right") - 1, null_on_oob=True)
    since = pl.when(taken.is_null()).then("begins").otherwise(instant)
    open_again = (at.gather(pl.col("reopening")) > at.gather(pl.col("resolve"))).fill_null(value=False)
    spans = spans.with_columns(
        detected=pl.coalesce(*DETECTING),
        detected_by=pl.coalesce(*(pl.when(pl.col(sort).is_not_null()).then(pl.lit(sort)) for sort in DETECTING)),
        acknowledged=taken,
        engaged=_first(rows["human action"], since),
        resolved=pl.when(~open_again).then("resolve"),
    )
    return spans.select("incident_id", "detected_by", *(_moment(events, name) for name in RECORDED))


def _first(rows: pl.Series, since: pl.Expr = pl.col("begins")) -> pl.Expr:  # noqa: B008 - an expression is a value
    """The first of these rows from `since` on that is still of the incident, else null."""
    numbers = pl.lit(rows)
    found = numbers.gather(numbers.search_sorted(since), null_on_oob=True)
    return pl.when(found < pl.col("ends")).then(found)


def _last(rows: pl.Series) -> pl.Expr:
    """The last of these rows that is of the incident, else null."""
    numbers = pl.lit(rows)
    below = numbers.search_sorted(pl.col("ends"))
    found = numbers.gather(pl.when(below > 0).then(below - 1), null_on_oob=True)
    return pl.when(found >= pl.col("begins")).then(found)


def _moment(events: pl.DataFrame, name: str) -> pl.Expr:
    row = pl.col(name)
    parts = (pl.lit(events[part]).gather(row).alias(part) for part in MOMENT)
    return pl.struct(*parts, basis=pl.when(row.is_not_null()).then(pl.lit("recorded"))).alias(name)
