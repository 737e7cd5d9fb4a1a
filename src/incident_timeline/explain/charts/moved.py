"""Describes the signals in the order they moved: when each left its band, whether a rule reads it, how long before the page."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from incident_timeline.explain.case import Case, open_case
from incident_timeline.explain.charts.changes import name_change
from incident_timeline.explain.charts.framing import picture_of
from incident_timeline.explain.charts.words import caption, confirmed, moment_name, moment_noun, name_as_fits, when
from incident_timeline.explain.wording import clean, plural
from incident_timeline.model.instants import clock, duration
from incident_timeline.model.onset import Moved
from incident_timeline.model.pictures import (
    Bar,
    Forms,
    Moment,
    NoPicture,
    Picture,
    TableBody,
    TableCell,
    TableLine,
    Whisker,
)
from incident_timeline.model.rules import AlertEpisode
from incident_timeline.model.scored import Scored

NAME = "moved"
_LINES = 12  # signals with a line of their own; the others are named in the last one
_CHANGES_BEFORE = 0.35  # of the time from first onset to page: so long before it ends of changes are shown
_ROLES = ("sli", "resource")  # of series that are signals of a service, not what a rule reads or a ratio is made of


def describe_moved(scored: Scored, roles: Mapping[str, str], numbers: Mapping[str, str]) -> Picture | NoPicture:
    """The picture of all signals that left their normal bands, first mover first, or why there is none."""
    case = open_case(scored, numbers, roles)
    moved = sorted(scored.moved, key=lambda one: (one.at, one.series_id))
    if not moved:
        return NoPicture(NAME, "no collected signal left its normal band clearly enough to date it")
    page = _page(case)
    shown, rest = moved[:_LINES], moved[_LINES:]
    ends = _ends_of_changes(case, moved[0].at, page or moved[-1].at)
    start, end = _span(moved, page, ends)
    titles = _titles(case, moved, page)
    lines = (
        *(_line(case, one, page, end) for one in shown),
        *_words("More", "moved later", [_name(case, one.series_id) for one in rest]),
        *_words("Did not move", "in the window", _still(case, moved)),
    )
    head = f"{caption(case, start, end)}."
    key = "Dot: left its band. Whisker: what the samples allow."
    rule = " Thick: a loaded rule reads its metric; strong: pending or firing." if scored.rules else ""
    noun = moment_noun(case, case.milestone("detected")) if page else ""
    body = TableBody(
        start,
        end,
        ("signal", "read by a rule?", f"before {noun}" if page else "after the first"),
        1,
        lines,
        (Moment(page, _page_texts(case, page), ("detected",)),) if page else (),
        ends,
        _foot(case),
    )
    return picture_of(
        case, NAME, body, titles, (f"{head} {key}{rule}", f"{head} {key}", head), kind="Signals in the order they moved",
        finding=titles[0], lacking=_lacking(case, page), table="the page", values=_values(case, moved, lines, start),
    )  # fmt: skip


def _page(case: Case) -> datetime | None:
    detected = case.milestone("detected")
    return detected.at if confirmed(detected) else None


def _page_texts(case: Case, page: datetime) -> Forms:
    word = moment_name(case, case.milestone("detected"))
    return (f"{word} {clock(page)}", word)


def _span(moved: Sequence[Moved], page: datetime | None, ends: Sequence[Moment]) -> tuple[datetime, datetime]:
    first = min([*(one.earliest for one in moved), *(end.at for end in ends), *([page] if page else [])])
    last = max([*(one.latest for one in moved), *(end.at for end in ends), *([page] if page else [])])
    pad = max((last - first) * 0.2, timedelta(seconds=20))
    return first - pad, last + pad * 0.3


def _ends_of_changes(case: Case, first: datetime, last: datetime) -> tuple[Moment, ...]:
    found = []
    earliest = first - max((last - first) * _CHANGES_BEFORE, timedelta(minutes=1))
    for change in case.scored.changes:
        at = change.finished_at
        if at is None or not earliest <= at <= last:
            continue
        word = "live" if change.status == "succeeded" else "ended"
        full, short = name_change(case, change)
        found.append(Moment(at, (f"{full} {word} {clock(at)}", f"{short} {word} {clock(at)}", short), (), strong=False))
    return tuple(sorted(found, key=lambda moment: moment.at))


def _name(case: Case, series_id: str) -> str:
    return clean(str(case.series_label(series_id)["name"]).replace("_", " "), 40)


def _line(case: Case, one: Moved, page: datetime | None, end: datetime) -> TableLine:
    label = case.series_label(one.series_id)
    number = case.numbers.get(f"series:{one.series_id}", "")
    until = page if page is not None else end
    episode = _episode(case, one, until)
    hint = f"{_name(case, one.series_id)} left its band {clock(one.at)}, between {clock(one.earliest)} and {clock(one.latest)}"
    name = _name(case, one.series_id)
    return TableLine(
        name=(name, clean(name, 20)),
        note=(f"{clean(label.get('service') or '', 24)} {number}".strip(), number),
        cells=(_reader(case, one, episode, until), _before(case, one, page)),
        bars=_bars(case, one, episode, until, hint),
        whisker=Whisker(one.at, one.earliest, one.latest, (), True),
        lead=clock(one.at),
    )


def _episode(case: Case, one: Moved, until: datetime) -> AlertEpisode | None:
    """The first alert, up to `until`, of a rule that reads a metric of this signal."""
    readers = {rule.name for rule in case.readers(one)}
    found = [(begin, e.name, e) for e in case.scored.episodes if e.name in readers and (begin := _begin(e)) <= until]
    return min(found, key=lambda entry: entry[:2])[2] if found else None


def _begin(episode: AlertEpisode) -> datetime:
    known = (episode.pending_at, episode.firing_at, episode.last_firing_at)
    return min((at for at in known if at is not None), default=datetime.max.replace(tzinfo=UTC))


def _bars(case: Case, one: Moved, episode: AlertEpisode | None, until: datetime, hint: str) -> tuple[Bar, ...]:
    if until <= one.at:
        return ()
    if not case.scored.rules:
        return (Bar(one.at, until, "hollow", thin=True, hint=f"{hint}; whether a rule reads it is not known"),)
    if not case.readers(one):
        return (Bar(one.at, until, "alert_pale", thin=True, hint=f"{hint}; no rule reads it"),)
    begin = until if episode is None else max(one.at, _begin(episode))
    bars = [Bar(one.at, begin, "alert_pale", hint=f"{hint}; a rule reads its metric")] if begin > one.at else []
    if episode is not None and begin < until:
        name = clean(episode.name, 40)
        bars.append(Bar(begin, until, "alert_strong", hint=f"{name} pending or firing from {clock(begin)}"))
    return tuple(bars)


def _reader(case: Case, one: Moved, episode: AlertEpisode | None, until: datetime) -> TableCell:
    if not case.scored.rules:
        return TableCell(("not known",), ("no rules were collected", "no rules"))
    names = sorted({rule.name for rule in case.readers(one)})
    if not names:
        return TableCell(("no rule",), bold=True)
    name = episode.name if episode is not None else names[0]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    short = clean(name, 18)
    heads = (f"{clean(name, 32)}{more}", clean(name, 32), short)
    if episode is None:
        return TableCell(heads, ("no alert of it by then", "no alert"))
    pending = f"pending {clock(episode.pending_at)}" if episode.pending_at is not None else ""
    fired = f"fired {clock(episode.firing_at)}" if episode.firing_at is not None and episode.firing_at <= until else ""
    said = ", ".join(part for part in (pending, fired) if part)
    return TableCell(heads, tuple(part for part in (said, fired or pending) if part))


def _before(case: Case, one: Moved, page: datetime | None) -> TableCell:
    if page is None:
        first = min(other.at for other in case.scored.moved)
        return TableCell((duration((one.at - first).total_seconds()),), bold=True)
    seconds = (page - one.at).total_seconds()
    return TableCell((duration(seconds) if seconds >= 0 else f"{duration(-seconds)} after",), bold=True)


def _still(case: Case, moved: Sequence[Moved]) -> list[str]:
    ids = [one.series_id for one in moved]
    still = case.scored.series.labels.filter(
        pl.col("role").is_in(_ROLES) & ~pl.col("series_id").is_in(ids)
    ).sort("name", "series_id")  # fmt: skip
    return [case.signal_name(series_id) for series_id in still["series_id"]]


def _words(name: str, note: str, parts: Sequence[str]) -> tuple[TableLine, ...]:
    """A line that only names signals; none where there are none."""
    return (TableLine((name,), (note,), (), words=name_as_fits(parts, "; ")),) if parts else ()


def _titles(case: Case, moved: Sequence[Moved], page: datetime | None) -> Forms:
    early = [one for one in moved if page is None or one.at < page]
    if page is not None and not early:
        noun = moment_noun(case, case.milestone("detected"))
        return (f"No signal left its band before {noun}; {len(moved)} did after it",)
    left = f"{plural(len(early), 'signal')} left {'its band' if len(early) == 1 else 'their bands'}"
    if page is None:
        return (f"{left}, the first at {clock(moved[0].at)}; no page is on record", left)
    first = f"{left} before {moment_noun(case, case.milestone('detected'))}"
    if not case.scored.rules:
        return (first,)
    unread = sum(1 for one in early if not case.readers(one))
    if unread == len(early):
        return (f"{first}; no rule reads {'it' if unread == 1 else 'any of them'}", first)
    return (f"{first}; no rule reads {unread} of them" if unread else f"{first}; rules read all of them", first)


def _lacking(case: Case, page: datetime | None) -> str:
    found = [] if page is not None else ["no page is on record"]
    return "; ".join(found + ([] if case.scored.rules else ["no rules were collected"]))


def _foot(case: Case) -> Forms:
    lacking = [
        f"{clean(c.source, 40)}{f' [{number}]' if (number := case.numbers.get(f'source:{c.source}', '')) else ''}"
        for c in case.scored.coverage
        if c.skipped or not c.ok
    ]
    place = "A signal that moved early is a place to look, no more."
    if not lacking:
        return (place,)
    return (f"Not collected: {', '.join(lacking)}. {place}", f"Not collected: {len(lacking)} sources. {place}", place)


def _values(case: Case, moved: Sequence[Moved], lines: Sequence[TableLine], start: datetime) -> list[str]:
    found = []
    for one, line in zip(moved, (line for line in lines if line.cells), strict=False):
        read = ", ".join((line.cells[0].head[0], *line.cells[0].note[:1]))
        found.append(f"{case.signal_name(one.series_id)} {when(one.at, start)}, {read}, {line.cells[-1].head[0]}")
    return found + [f"{line.name[0].lower()}: {line.words[0]}" for line in lines if line.words]
