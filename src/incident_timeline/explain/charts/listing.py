"""The values behind a chart as a table, read from its description: what the picture shows, one line for each thing shown."""

import math
from collections.abc import Iterator
from datetime import datetime

from incident_timeline.explain.charts.words import when
from incident_timeline.explain.ledger_words import wording
from incident_timeline.model.grid import GridBody, GridCell
from incident_timeline.model.instants import duration, from_micros, micros
from incident_timeline.model.pictures import (
    Forms,
    Lane,
    Picture,
    Plot,
    StairBody,
    TableBody,
    TableLine,
    TimeBody,
)

Rows = tuple[tuple[str, ...], ...]
_STEPS_S = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
_MOST = 60  # lines for one series


def list_values(picture: Picture) -> tuple[tuple[str, ...], Rows]:
    """Heads and lines of the table behind a picture, in time order where it has a clock."""
    body = picture.body
    if isinstance(body, StairBody):
        return ("from", "to", "length", "ledger", "kind"), _of_stairs(body)
    if isinstance(body, GridBody):
        return body.heads, tuple(_of_row(name, cells) for name, cells in body.rows)
    if isinstance(body, TableBody):
        return ("time", *body.heads), tuple(_of_line(line, body.start) for line in body.lines)
    timed = sorted(_of_time(body), key=lambda entry: entry[0])
    rows = dict.fromkeys(
        (when(start, body.start), when(end, body.start) if end else "", where, what)
        for (start, _), end, where, what in timed
    )  # fmt: skip
    return ("from", "to", "where", "what"), tuple(rows)


def _of_row(name: Forms, cells: tuple[GridCell, ...]) -> tuple[str, ...]:
    return name[0], *(cell.hint or cell.head[0] for cell in cells)


def _of_stairs(body: StairBody) -> Rows:
    return tuple(
        (when(s.start, body.start), when(s.end, body.start), duration(s.micros / 1e6), stair.name, wording(s.category))
        for stair in body.stairs
        for s in stair.steps
    )


def _of_line(line: TableLine, start: datetime) -> tuple[str, ...]:
    cells = (" ".join(part for part in (cell.head[0], *cell.note[:1]) if part) for cell in line.cells)
    name = " ".join(part for part in (line.name[0], *line.note[:1]) if part)
    if line.words:
        return "", name, line.words[0]
    times = f"{line.lead}"
    if line.whisker is not None:
        times = f"{line.lead}, {when(line.whisker.earliest, start)} to {when(line.whisker.latest, start)}"
    return times, name, *cells


Entry = tuple[tuple[datetime, int], datetime | None, str, str]  # begin and place in the picture, end, where, what


def _of_time(body: TimeBody) -> Iterator[Entry]:
    for moment in body.moments:
        yield (moment.at, -1), None, "milestone", moment.texts[0]
    for span in body.spans:
        if span.kind == "proposed" and span.texts:
            yield (span.start, -1), span.end, "milestone", span.texts[0]
    for i, lane in enumerate(body.lanes):
        yield from _of_plot(lane, i) if isinstance(lane, Plot) else _of_lane(lane, i)


def _of_lane(lane: Lane, place: int) -> Iterator[Entry]:
    for row in lane.rows:
        where = f"{lane.name}: {row.name}" if row.name else lane.name
        for bar in row.bars:
            words = bar.hint or (bar.texts[0] if bar.texts else "")
            if words:
                yield (bar.start, place), bar.end if bar.end > bar.start else None, where, words
        for mark in row.marks:
            words = mark.hint or (mark.texts[0] if mark.texts else mark.name)
            yield (mark.at, place), None, where, words


def _of_plot(plot: Plot, place: int) -> Iterator[Entry]:
    """Least and greatest value of each stretch of a round length, so that no peak is lost."""
    known = [(at, value * plot.factor) for at, value in plot.points if math.isfinite(value)]
    if not known:
        return
    span = (known[-1][0] - known[0][0]).total_seconds()
    step = next((s for s in _STEPS_S if span / s <= _MOST), _STEPS_S[-1]) * 1_000_000
    found: dict[int, list[float]] = {}
    for at, value in known:
        found.setdefault(micros(at) // step, []).append(value)
    for slot, values in found.items():
        low, high = min(values), max(values)
        text = f"{low:.3g}" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g} to {high:.3g}"
        yield (from_micros(slot * step), place), from_micros((slot + 1) * step), plot.name, text.replace("-", "\u2212")
