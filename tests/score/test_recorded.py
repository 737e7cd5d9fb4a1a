"""Facts about milestones of many incidents at once: they are those of each one, and those that a plain reading gives."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.model.events import ACTOR_KINDS, KIND, SCHEMA, event, events_frame
from incident_timeline.model.gaps import GAPS
from incident_timeline.model.milestones import BASES, NAMES, Milestone, missing
from incident_timeline.score.gaps import END, gap_lengths, measure_gaps
from incident_timeline.score.recorded import MOMENT, RECORDED, find_recorded
from tests.bench.scale_cases import many_events
from tests.bench.scale_peers import as_table, by_duckdb, by_pandas, to_duckdb, to_pandas

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)
TOLD_APART = (
    "page.sent", "alert.fired", "alert.received", "incident.acknowledged", "incident.resolved", "incident.reopened",
    "note.added", "chat.said", "status.updated", "responder.joined", "metric.onset",
)  # fmt: skip
Row = dict[str, Any]

# Few seconds and two sources, so that many rows share an instant and the order among them comes from the other columns.
ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(("chat", "pagerduty")), st.sampled_from(TOLD_APART),
              st.sampled_from(sorted(ACTOR_KINDS)), st.integers(0, 3)),
    max_size=12,
)  # fmt: skip


def frame(rows: Sequence[tuple[int, str, str, str, int]]) -> pl.DataFrame:
    """The event frame of drawn rows, each with a range around its second."""
    return events_frame(
        event(
            T0 + timedelta(seconds=second), source, kind, f"{number}", kind, evidence="x", actor_kind=who,
            earliest=T0 + timedelta(seconds=second - slack), latest=T0 + timedelta(seconds=second + 2 * slack),
        )
        for number, (second, source, kind, who, slack) in enumerate(rows)
    )  # fmt: skip


def together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Several incidents' events as one frame with a column incident_id."""
    empty = pl.DataFrame(schema={**SCHEMA, "incident_id": pl.String()})
    named = (one.with_columns(incident_id=pl.lit(f"INC-{number}")) for number, one in enumerate(frames))
    return pl.concat([empty, *named])


def read_plainly(rows: Sequence[Row]) -> dict[str, Row | None]:
    """The rules of README's table of milestones, one row after the other."""

    def first(fits: Callable[[Row], bool]) -> Row | None:
        return next((row for row in rows if fits(row)), None)

    human = {row["event_id"] for row in rows if row["actor_kind"] == "human"}
    taken = first(lambda row: row["kind"] == "incident.acknowledged" and row["event_id"] in human)
    resolves = [row for row in rows if row["kind"] == "incident.resolved"]
    reopened = resolves and any(r["kind"] == "incident.reopened" and r["at"] > resolves[-1]["at"] for r in rows)
    said = ("note.added", "chat.said", "status.updated")
    return {
        "detected": first(lambda row: row["kind"] == "page.sent")
        or first(lambda row: row["kind"] in ("alert.received", "alert.fired"))
        or first(lambda row: row["kind"] == "incident.acknowledged")
        or first(lambda row: row["kind"] in said and row["actor_kind"] != "machine"),
        "fired": first(lambda row: row["kind"] == "alert.fired"),
        "acknowledged": taken,
        "engaged": first(
            lambda row: (
                row["kind"] in ("note.added", "chat.said", "responder.joined")
                and row["event_id"] in human
                and (taken is None or row["at"] >= taken["at"])
            )
        ),
        "resolved": resolves[-1] if resolves and not reopened else None,
    }


@given(st.lists(ROWS, max_size=5))
def test_many_incidents_at_once_give_what_each_one_gives(drawn: list[list[tuple[int, str, str, str, int]]]) -> None:
    """Nothing of one incident reaches another, whether its kinds are text or an enumeration."""
    frames = [one for one in map(frame, drawn) if one.height]
    events = together(frames)
    each = [find_recorded(together([one])).drop("incident_id") for one in frames]
    found = find_recorded(events)

    assert found["incident_id"].to_list() == [f"INC-{number}" for number in range(len(frames))]
    assert pl.concat([found.drop("incident_id").clear(), *each]).equals(found.drop("incident_id"))
    assert found.equals(find_recorded(events.with_columns(pl.col("kind").cast(KIND))))


@given(ROWS)
def test_the_moments_are_those_of_a_plain_reading(drawn: list[tuple[int, str, str, str, int]]) -> None:
    """Time, range and event id of every milestone, also where several rows share an instant."""
    events = frame(drawn)
    found = find_recorded(together([events]))
    expected = read_plainly(events.rows(named=True))

    if not drawn:
        assert found.is_empty()
        return
    for name in RECORDED:
        row = expected[name]
        moment = {part: row[part] for part in MOMENT} | {"basis": "recorded"} if row else None
        assert found[name].to_list() == [moment], name


@given(st.lists(st.lists(st.one_of(st.none(), st.tuples(st.integers(-9, 9), st.integers(0, 3), st.sampled_from(BASES))),
                         min_size=len(NAMES), max_size=len(NAMES)), min_size=1, max_size=4))  # fmt: skip
def test_gaps_of_many_incidents_are_those_of_each_one(drawn: list[list[tuple[int, int, str] | None]]) -> None:
    """Seconds, range and status of every gap, with ends missing and out of order."""
    incidents = [{name: milestone(name, one) for name, one in zip(NAMES, row, strict=True)} for row in drawn]
    ends = [
        {"gap": name, "start": asdict(one[start]), "end": asdict(one[end])}
        for one in incidents
        for name, (start, end) in GAPS.items()
    ]
    found = gap_lengths(pl.DataFrame(ends, schema={"gap": pl.String(), "start": END, "end": END}))

    each = [gap for one in incidents for gap in measure_gaps(one).values()]
    seconds = [(gap.seconds, gap.earliest, gap.latest) for gap in each]
    lengths = found.select(pl.col("length", "least", "most").dt.total_microseconds() / 10**6)
    assert lengths.rows() == seconds
    assert found["status"].to_list() == [gap.status for gap in each]


def test_pandas_and_duckdb_give_the_same(tmp_path: Path) -> None:
    """The peers of the bench, each with its own way to the first rows, agree on every time and event id."""
    events = many_events(300, 40)
    found = as_table(find_recorded(events))

    assert found.equals(as_table(by_pandas(to_pandas(events))))
    assert found.equals(as_table(by_duckdb(to_duckdb(events, tmp_path))))
    assert 0 < found["resolved_at"].null_count() < 300


def milestone(name: str, drawn: tuple[int, int, str] | None) -> Milestone:
    """A milestone some seconds from T0 with a range, or a missing one."""
    if drawn is None:
        return missing(name, "nothing was drawn")
    seconds, slack, basis = drawn
    at = T0 + timedelta(seconds=seconds)
    return Milestone(name, at, at - timedelta(seconds=slack), at + timedelta(seconds=slack), basis, "found")
