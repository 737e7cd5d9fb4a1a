"""Describes who came when, by role: the first entry of each after the page, how long they were waited for, and every entry."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from incident_timeline.explain.case import Case, open_case
from incident_timeline.explain.charts.framing import picture_of
from incident_timeline.explain.charts.people import describe_people
from incident_timeline.explain.charts.window import View, choose_view
from incident_timeline.explain.charts.words import caption, confirmed, moment_name, moment_noun, name_as_fits, when
from incident_timeline.explain.wording import clean, plural
from incident_timeline.model.instants import clock, duration
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.pictures import (
    Bar,
    Forms,
    Mark,
    Moment,
    NoPicture,
    Picture,
    Row,
    TableBody,
    TableCell,
    TableLine,
)
from incident_timeline.model.scored import Scored

NAME = "arrivals"
_LINES = 16  # roles with a line of their own; the others are named in the last one
_FOOT = (
    "What was said on a call or in a room left no dot: this says something about our sources, not about anybody's work."
)
_BEFORE = timedelta(minutes=5)  # of first hurt: older entries are counted, not drawn
_HAIRLINES = ("started", "detected", "mitigated", "resolved")


def describe_arrivals(scored: Scored, roles: Mapping[str, str], numbers: Mapping[str, str]) -> Picture | NoPicture:
    """The picture of everybody with an entry on record, in the order of their first entry after the page, or why there is none."""
    case = open_case(scored, numbers, roles)
    view = choose_view(case)
    rows = [_own(row) for row in describe_people(case, view).rows] if view is not None else []
    if view is None or not rows:
        return NoPicture(NAME, "no entry of a person is on record")
    origin = _origin(case)
    since = origin.at if origin is not None and origin.at is not None else view.start
    noun = moment_noun(case, origin) if origin is not None else "the first entry"
    start = max(view.start, min(since, case.milestone("started").at or since) - _BEFORE)
    ordered = sorted(rows, key=lambda row: (_first(row, since) is None, _first(row, since) or since, row.name))
    waits = any(row.bars for row in ordered)
    lines = [_line(row, start, since, waits=waits) for row in ordered[:_LINES]]
    if rest := [row.name for row in ordered[_LINES:]]:
        lines.append(TableLine(("More",), ("in the record",), (), words=name_as_fits(rest)))
    titles = _titles(ordered, since, noun)
    head = f"{caption(case, start, view.end)}."
    keys = (" Dot: an entry on record. Pale: asked, and waited for.", " Dot: an entry. Pale: waited for.")
    body = TableBody(
        start,
        view.end,
        ("role", *(("waited for",) if waits else ()), f"first after {noun}", "entries"),
        3 if waits else 2,
        tuple(lines),
        _hairlines(case, view),
        foot=(_FOOT, "What left no record has no dot."),
        breaks=tuple((left, right) for left, right in view.breaks if left > start),
    )
    return picture_of(
        case, NAME, body, titles, (*(f"{head}{key if waits else key.split(' Pale')[0]}" for key in keys), head),
        kind="Who came when", finding=titles[0], lacking="only what left a record", table="the record",
        values=_values(ordered, since, noun, start),
    )  # fmt: skip


def _origin(case: Case) -> Milestone | None:
    known = (case.milestone(name) for name in ("detected", "started"))
    return next((one for one in known if confirmed(one)), None)


def _own(row: Row) -> Row:
    """A row of the lane of people without the request that others made: being asked is not coming."""
    asked = {bar.start for bar in row.bars}
    return replace(row, marks=tuple(mark for mark in row.marks if mark.at not in asked))


def _first(row: Row, since: datetime) -> datetime | None:
    return min((mark.at for mark in row.marks if mark.at >= since), default=None)


def _waited(row: Row) -> timedelta:
    return sum((bar.end - bar.start for bar in row.bars), timedelta())


def _line(row: Row, start: datetime, since: datetime, *, waits: bool) -> TableLine:
    first, waited = _first(row, since), _waited(row)
    after = duration((first - since).total_seconds()) if first is not None else "none"
    marks = [mark for mark in row.marks if mark.at >= start]
    bars = [bar for bar in row.bars if bar.start >= start]
    earlier = len(row.marks) - len(marks)
    begin = min([*(mark.at for mark in marks), *(bar.start for bar in bars)], default=None)
    wait = TableCell((duration(waited.total_seconds()) if waited else "",))
    return TableLine(
        name=(clean(row.name, 40), clean(row.name, 22)),
        note=(f"{earlier} earlier in the record", f"{earlier} earlier") if earlier else (),
        cells=(
            *((wait,) if waits else ()),
            TableCell((after,), bold=first is not None),
            TableCell((str(len(row.marks)),)),
        ),
        bars=tuple(Bar(bar.start, bar.end, bar.fill, hint=bar.hint) for bar in bars),
        marks=tuple(Mark(mark.at, (), "dot", mark.name, mark.hint, mark.event_id) for mark in marks),
        lead=clock(begin) if begin is not None else "",
    )


def _hairlines(case: Case, view: View) -> tuple[Moment, ...]:
    found = []
    for name in _HAIRLINES:
        m = case.milestone(name)
        if m.at is not None and confirmed(m) and view.holds(m.at):
            word = moment_name(case, m)
            found.append(Moment(m.at, (f"{word} {when(m.at, view.start)}", word), (name,)))
    return tuple(found)


def _titles(rows: list[Row], since: datetime, noun: str) -> Forms:
    firsts = [first for row in rows if (first := _first(row, since)) is not None]
    if not firsts:
        return (f"No entry of a person after {noun}",)
    lengths = [duration((first - since).total_seconds()) for first in firsts]
    if len(firsts) == 1:
        return (f"1 person has entries after {noun}: the first after {lengths[0]}",)
    people = f"{plural(len(firsts), 'person', 'people')} have entries after {noun}"
    return (
        f"{people}: the first came after {lengths[0]}, the last to come after {lengths[-1]}",
        f"{len(firsts)} people came {lengths[0]} to {lengths[-1]} after {noun}",
    )


def _values(rows: list[Row], since: datetime, noun: str, start: datetime) -> list[str]:
    found = []
    for row in rows:
        first, waited = _first(row, since), _waited(row)
        said = f"{row.name}: {plural(len(row.marks), 'entry', 'entries')}"
        said += f", first after {noun} {when(first, start)}" if first is not None else f", none after {noun}"
        found.append(said + (f", waited for {duration(waited.total_seconds())}" if waited else ""))
    return found
