"""Facts about the charts that are tables over time: signals in the order they moved, and who came when."""

from dataclasses import replace

import polars as pl
import pytest

from incident_timeline.explain.charts import describe_arrivals, describe_moved
from incident_timeline.explain.charts.listing import list_values
from incident_timeline.explain.charts.words import name_as_fits
from incident_timeline.explain.roles import assign_roles
from incident_timeline.model.pictures import NoPicture, Picture, TableBody
from incident_timeline.model.scored import Scored
from tests.explain.crowded_incidents import many_roles, many_signals
from tests.explain.example_incident import LATENCY, ROLES, RULE_SIDE, at, make_scored, numbers
from tests.explain.odd_incidents import no_page, no_people, no_rules, no_signal, several_days


def moved(scored: Scored) -> tuple[Picture, TableBody]:
    """The signals in the order they moved."""
    found = describe_moved(scored, ROLES, numbers())
    assert isinstance(found, Picture)
    assert isinstance(found.body, TableBody)
    return found, found.body


def arrivals(scored: Scored) -> tuple[Picture, TableBody]:
    """Who came when."""
    found = describe_arrivals(scored, ROLES, numbers())
    assert isinstance(found, Picture)
    assert isinstance(found.body, TableBody)
    return found, found.body


def read_by_the_rule() -> Scored:
    """The example in which a second signal moved too, and the rule that paged reads it."""
    scored = make_scored()
    other = replace(
        scored.moved[0], series_id="errors", at=at("14:03:30"), earliest=at("14:03:15"), latest=at("14:03:45")
    )
    row = scored.series.describe(LATENCY) | {"series_id": "errors", "name": "error_ratio", "query": "errors_total"}
    labels = scored.series.labels.extend(scored.series.labels.head(1).clear())
    labels = labels.vstack(type(labels)([row], schema=labels.schema))
    rules = tuple(replace(rule, metrics=("errors_total",)) for rule in scored.rules)
    return replace(scored, moved=(other, scored.moved[0]), series=replace(scored.series, labels=labels), rules=rules)


def test_signals_stand_in_the_order_they_moved_with_the_rule_that_reads_them() -> None:
    """No rule: thin and pale to the page. Read by a rule: thick, strong from pending on. Minutes before the page beside them."""
    picture, body = moved(read_by_the_rule())
    first, second = body.lines[:2]

    assert picture.title == "2 signals left their bands before the page; no rule reads 1 of them"
    assert (first.name[0], first.cells[0].head[0], first.cells[1].head[0]) == ("p99 latency", "no rule", "8:16")
    assert [(bar.fill, bar.thin, bar.start, bar.end) for bar in first.bars] == [
        ("alert_pale", True, at("13:59:15"), at("14:07:31"))
    ]
    assert (second.cells[0].head[0], second.cells[0].note[0]) == ("CheckoutErrors", "pending 14:05:00, fired 14:07:00")
    assert [(bar.fill, bar.thin, bar.start, bar.end) for bar in second.bars] == [
        ("alert_pale", False, at("14:03:30"), at("14:05:00")), ("alert_strong", False, at("14:05:00"), at("14:07:31")),
    ]  # fmt: skip
    assert second.whisker is not None
    assert (second.whisker.earliest, second.whisker.latest) == (at("14:03:15"), at("14:03:45"))


def test_what_did_not_move_is_named_and_what_a_rule_reads_is_no_signal() -> None:
    """A collected signal without an onset is in the last line; the side of a rule is not one."""
    scored = make_scored()
    row = scored.series.describe(LATENCY) | {"series_id": "still", "name": "disk_use", "role": "resource"}
    labels = scored.series.labels.vstack(type(scored.series.labels)([row], schema=scored.series.labels.schema))
    _, body = moved(replace(scored, series=replace(scored.series, labels=labels)))

    assert RULE_SIDE in set(labels["series_id"])
    assert [(line.name[0], line.words[0]) for line in body.lines if line.words] == [("Did not move", "disk use")]


def test_without_rules_whether_one_reads_it_is_not_known() -> None:
    """Neither `no rule` nor a rule's bar: a hollow one, and the cell says so."""
    picture, body = moved(no_rules())

    assert picture.title == "1 signal left its band before the page"
    assert "no rules were collected" in picture.alt
    assert (body.lines[0].cells[0].head[0], body.lines[0].bars[0].fill) == ("not known", "hollow")


def test_without_a_page_the_lines_count_from_the_first_signal() -> None:
    """No hairline of a page, no minutes before it; the title says that none is on record."""
    picture, body = moved(no_page())

    assert picture.title == "1 signal left its band, the first at 13:59:15; no page is on record"
    assert body.moments == ()
    assert (body.heads[-1], body.lines[0].cells[-1].head[0]) == ("after the first", "0:00")


def test_forty_signals_are_all_named() -> None:
    """Twelve have a line, the others stand in one; those after the page say so."""
    picture, body = moved(many_signals())

    assert picture.title.startswith("21 signals left their bands before the page")
    assert len([line for line in body.lines if line.bars or line.whisker]) == 12
    assert body.lines[12].words[0].count(";") == 41 - 12 - 1
    assert body.lines[12].words[-1] == "29 in the record"


def test_people_stand_in_the_order_in_which_they_came() -> None:
    """First entry after the page, how long they were waited for, how many entries; every entry is a dot."""
    picture, body = arrivals(make_scored())

    assert (
        picture.title == "4 people have entries after the page: the first came after 3:34, the last to come after 35:34"
    )
    assert body.heads == ("role", "waited for", "first after the page", "entries")
    assert [(line.name[0], *(cell.head[0] for cell in line.cells)) for line in body.lines] == [
        ("A, on call", "", "3:34", "8"), ("B, on call 2", "", "14:44", "2"), ("C, orders team", "2:40", "19:39", "2"),
        ("D, approver", "", "35:34", "1"),
    ]  # fmt: skip
    assert sum(len(line.marks) for line in body.lines) == 13


def test_entries_long_before_the_hurt_are_counted_and_not_drawn() -> None:
    """Somebody who spoke seven minutes before is still listed by the first entry after the page."""
    scored = make_scored()
    events = scored.events
    early = events.filter(events["actor"].eq("PB")).head(1)
    shifted = early.with_columns(at=pl.lit(at("13:52:00")), event_id=early["event_id"] + "x")
    _, body = arrivals(replace(scored, events=events.vstack(shifted.select(events.columns)).sort("at", "event_id")))
    line = next(line for line in body.lines if line.name[0] == "B, on call 2")

    assert (line.note[0], line.cells[-1].head[0], len(line.marks)) == ("1 earlier in the record", "3", 2)


def test_fifteen_and_more_roles_are_all_named() -> None:
    """Sixteen have a line, the others stand in the last one."""
    scored = many_roles()
    found = describe_arrivals(scored, assign_roles(scored.events), numbers())
    assert isinstance(found, Picture)
    assert isinstance(found.body, TableBody)
    named = [line.name[0] for line in found.body.lines if not line.words]
    (rest,) = (line.words[0].split(", ") for line in found.body.lines if line.words)

    assert (len(named), len(set(named + rest))) == (16, 19)


@pytest.mark.parametrize(("describe", "scored"), [(describe_moved, no_signal), (describe_arrivals, no_people)])
def test_without_anything_to_show_there_is_a_reason(describe: object, scored: object) -> None:
    """No picture, and why."""
    assert callable(describe)
    assert callable(scored)
    found = describe(scored(), ROLES, numbers())

    assert isinstance(found, NoPicture)
    assert found.reason


def test_stretches_left_out_are_left_out_here_too() -> None:
    """Three days of nothing: one break."""
    assert len(arrivals(several_days())[1].breaks) == 1


def test_names_are_named_as_they_fit() -> None:
    """Ever fewer, and how many more there are."""
    assert name_as_fits(("a", "b", "c")) == ("a, b, c", "a, b and 1 more", "a and 2 more", "3 in the record")


@pytest.mark.parametrize("chart", range(5))
def test_every_chart_has_its_values_as_a_table(chart: int) -> None:
    """Lines as long as the head, none empty; the ledgers' lengths are those of the picture."""
    from incident_timeline.explain.charts import CHARTS

    found = CHARTS[chart](make_scored(), ROLES, numbers())
    assert isinstance(found, Picture)
    heads, rows = list_values(found)

    assert rows
    assert {len(row) for row in rows} <= {len(heads), 3}
    assert all(any(row) for row in rows)


def test_the_table_behind_a_series_keeps_its_peaks() -> None:
    """Least and greatest value of every stretch: the greatest of all is in one of them."""
    from incident_timeline.explain.charts import describe_signal

    found = describe_signal(make_scored(), ROLES, numbers())
    assert isinstance(found, Picture)
    series = [row for row in list_values(found)[1] if row[2] == "p99 latency"]
    greatest = make_scored().series.samples_of(LATENCY)["value"].max()

    assert 10 < len(series) <= 61
    assert any(row[3].endswith(f"{greatest:.3g}") for row in series)
