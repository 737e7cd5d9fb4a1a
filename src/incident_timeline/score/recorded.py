"""The milestones that an incident's rows alone give, of any number of incidents at once; a build asks for its one."""

from collections.abc import Mapping

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
    "human action": _KIND.is_in(["note.added", "chat.said", "responder.joined"]) & (_BY == "human"),
    "resolve": _KIND == "incident.resolved",
    "reopening": _KIND == "incident.reopened",
    "first of its incident": pl.col("begins"),
    "tied": ~pl.col("begins") & (pl.col("at") == pl.col("at").shift(1)),  # of the same instant as the row before
}


def find_recorded(events: pl.DataFrame) -> pl.DataFrame:
    """One row for each incident: its `incident_id`, `detected_by`, and for each of RECORDED a struct of MOMENT and `basis`.

    `events` is the event frame with a column `incident_id`; the rows of an incident stand together, in the total order. A
    milestone that the rows do not give is null. `detected_by` is the name in DETECTING that decided, or null.

    The first row of a sort at or after another is looked up in the ascending row numbers of that sort: no rows are grouped,
    which is what makes 100,000 incidents take a fraction of a second (tests/bench/scale_figures.md).
    """
    rows = _rows(events)
    begins = rows["first of its incident"]
    spans = pl.DataFrame({"incident_id": events["incident_id"].gather(begins), "begins": begins}).with_columns(
        ends=pl.col("begins").shift(-1, fill_value=events.height)
    )
    spans = _look_up(
        spans,
        {sort: _at_or_after(rows[sort], pl.col("begins")) for sort in (*DETECTING, "fired", "taken")}
        | {sort: _before(rows[sort], pl.col("ends")) for sort in ("resolve", "reopening")},
    )
    # What was done at the very instant of the acknowledgement counts, wherever the order puts the two.
    since = pl.coalesce(_first_of_its_instant(rows["tied"], pl.col("taken")), "begins")
    spans = _look_up(spans, {"engaged": _at_or_after(rows["human action"], since)})
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


def _look_up(spans: pl.DataFrame, found: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """The incidents with the rows found for them; what lies outside an incident's own rows is null."""
    inside = pl.col(*found).is_between("begins", "ends", closed="left")
    return spans.with_columns(**found).with_columns(pl.when(inside).then(pl.col(*found)))


def _at_or_after(rows: pl.Series, least: pl.Expr) -> pl.Expr:
    """The first of these rows that is `least` or later; null where none is."""
    numbers = pl.lit(rows)
    return numbers.gather(numbers.search_sorted(least), null_on_oob=True)


def _before(rows: pl.Series, limit: pl.Expr) -> pl.Expr:
    """The last of these rows that is earlier than `limit`; null where none is."""
    numbers = pl.lit(rows)
    place = numbers.search_sorted(limit).cast(pl.Int64) - 1
    return numbers.gather(pl.when(place >= 0).then(place), null_on_oob=True)


def _first_of_its_instant(tied: pl.Series, row: pl.Expr) -> pl.Expr:
    """The first row of the instant that `row` is of; null where that is null.

    Tied rows that follow one another belong to one instant, and in such a run a row's number less its place in `tied` is the same.
    """
    numbers, runs = pl.lit(tied), pl.lit(tied - pl.int_range(tied.len(), dtype=pl.UInt32, eager=True))
    place = numbers.search_sorted(row)
    first = numbers.gather(runs.search_sorted(row - place), null_on_oob=True) - 1
    return pl.when(numbers.gather(place, null_on_oob=True) == row).then(first).otherwise(row)


def _moment(moments: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """What these rows say, as a struct under the rows' own name; null where no row is."""
    said = moments[rows.fill_null(0)].with_columns(basis=pl.lit("recorded")).to_struct()
    return said.to_frame("said").select(pl.when(rows.is_not_null()).then("said").alias(rows.name)).to_series()
