"""Draws an incident for the terminal: its lanes, its gaps and where the minutes went, as lines of styled pieces of text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from incident_timeline.model.findings import Claim
from incident_timeline.model.instants import duration
from incident_timeline.model.pictures import CATEGORY_FILL, Bar, Lane, Picture, Plot, TimeBody
from incident_timeline.model.scored import Scored

_SPARKS = "▁▂▃▄▅▆▇█"
_GLYPHS = {"no_record": "╱", "unexplained": "╱", "hollow": "░", "phase": "─", "proposed": "┄"}
_KEY = "█ under way  ░ waiting  ╱ no record  ┄ not confirmed"
_IF = "; not confirmed, they hold if candidate 1 is right"
_LEFT_OUT = "⋯"
_GUTTER = 14  # columns of names before the lanes
_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880, 10080)
_TICK = 8  # least columns from one tick's label to the next
_BAR = 34  # columns of the longest bar of a ledger


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one style: plain, mild, strong, or the hue of a fill (alert, people, change, well, no, hurt)."""

    text: str
    style: str = "plain"


Line = tuple[Piece, ...]


def draw_lanes(picture: Picture, width: int) -> list[Line]:
    """The lanes of a picture over `width` columns: an axis, a line of each lane, phases with their names below."""
    body = picture.body
    assert isinstance(body, TimeBody)
    scale = _Scale(body, max(20, width - _GUTTER))
    lines: list[Line] = [(Piece(" " * _GUTTER + scale.axis(), "mild"),)]
    phases = [lane for lane in body.lanes if lane.key == "phases"]
    for lane in [lane for lane in body.lanes if lane.key != "phases"] + phases:
        cells = scale.plot(lane) if isinstance(lane, Plot) else scale.lane(lane)
        name = lane.name if isinstance(lane, Plot) and lane.points else lane.name.lower()
        lines.append((Piece(f"{name[: _GUTTER - 1]:<{_GUTTER}}"), *_runs(cells)))
    lines += [(Piece(" " * _GUTTER + scale.names(lane), "mild"),) for lane in phases if isinstance(lane, Lane)]
    gone = sum((b - a for a, b in body.breaks), timedelta()).total_seconds()
    left_out = f"; {_LEFT_OUT} {duration(gone)} left out" if gone else ""
    lines.append((Piece(f"{'':<{_GUTTER}}{_KEY}; one column is {scale.column()}{left_out}", "mild"),))
    return lines


def draw_ledgers(scored: Scored, claims: Sequence[Claim], numbers: Mapping[str, str]) -> Iterator[Line]:
    """Each ledger: its sum, and a line of each kind of segment with length, bar and evidence, in the order they begin."""
    for name, segments in scored.ledgers.items():
        rows = [c for c in claims if c.section == f"ledger.{name}"]
        if not segments or len(rows) != len(segments):
            continue
        kinds: dict[str, list[int]] = {}
        for i, row in enumerate(rows):
            kinds.setdefault(_text(row, 3), []).append(i)
        unsure = name != "detection" and any(c.section == "knew" and c.form == "row" for c in claims)
        total = sum((one.end - one.start for one in segments), timedelta())
        lengths = {
            kind: sum((segments[i].end - segments[i].start for i in at), timedelta()) for kind, at in kinds.items()
        }
        unit = max(lengths.values()) / _BAR
        yield ()
        yield (
            Piece(f"  {name}", "strong"),
            Piece(f"  {duration(total.total_seconds())}, parts add up{_IF if unsure else ''}", "mild"),
        )
        for kind, at in kinds.items():
            fill = CATEGORY_FILL.get(segments[at[0]].category, "hollow")
            bar = _glyph(fill) * max(1, round(lengths[kind] / unit)) if lengths[kind] else ""
            cited = dict.fromkeys(numbers[e] for i in at for e in segments[i].evidence if e in numbers)
            yield (
                Piece(f"  {kind[:26]:<26} {duration(lengths[kind].total_seconds()):>8}  "), Piece(f"{bar:<{_BAR + 2}}", _hue(fill)),
                Piece(" ".join(list(cited)[:3]), "mild"),
            )  # fmt: skip


def draw_head(claims: Sequence[Claim], numbers: Mapping[str, str]) -> Iterator[Line]:
    """The heading, the four numbers with their range and evidence, and what is still open."""
    title = next(c for c in claims if c.section == "heading" and c.form == "title")
    yield (Piece(f"{_text(title, 0)}  {_text(title, 1)}", "strong"), Piece(f"  {_text(title, 2)}, times UTC", "mild"))
    yield ()
    for one in (c for c in claims if c.section == "headline"):
        style = "hurt" if one.form in ("unsure", "silent") else "strong"
        cited = " ".join(f"[{n}]" for n in dict.fromkeys(numbers[e] for e in one.evidence if e in numbers))
        yield (
            Piece(f"  {_text(one, 1):<36}"), Piece(f"{_text(one, 0):>16}", style), Piece(f"  {_text(one, 2)} "),
            Piece(cited, "mild"),
        )  # fmt: skip
    yield ()
    for one in (c for c in claims if c.section == "open"):
        yield (Piece(f"  {'!' if one.form == 'lacking' else '?'}  {one.text}"),)


def draw_commands(claims: Sequence[Claim], folder: str) -> Iterator[Line]:
    """How to confirm what is not confirmed, and where the documents lie."""
    yield ()
    for one in (c for c in claims if c.section == "knew" and c.form == "command"):
        yield (Piece("  "), *(Piece(word.text, "strong" if word.style == "code" else "plain") for word in one.cells[0]))
    yield (Piece(f"  {folder}/postmortem.md, report.html", "mild"),)


class _Scale:
    """Time to columns, stretches left out of the picture taken out."""

    def __init__(self, body: TimeBody, columns: int) -> None:
        self.body, self.columns = body, columns
        self.shown = (body.end - body.start) - sum((b - a for a, b in body.breaks), timedelta())

    def at(self, moment: datetime) -> int:
        """The column of an instant, kept inside the picture."""
        gone = sum((min(b, moment) - a for a, b in self.body.breaks if moment > a), timedelta())
        share = (moment - self.body.start - gone) / self.shown if self.shown else 0.0
        return max(0, min(self.columns - 1, int(share * self.columns)))

    def column(self) -> str:
        """How long one column is."""
        return duration((self.shown / self.columns).total_seconds())

    def axis(self) -> str:
        """Clock times at whole steps, and a mark where a stretch is left out."""
        minutes = self.shown.total_seconds() / 60 / self.columns
        step = timedelta(
            minutes=next((s for s in _STEPS_MIN if s / minutes >= _TICK), _STEPS_MIN[-1]) if minutes else 1
        )
        cells = [" "] * (self.columns + 5)
        midnight = self.body.start.replace(hour=0, minute=0, second=0, microsecond=0)
        moment = midnight + step * (-(-(self.body.start - midnight) // step))
        for left, _ in self.body.breaks:
            cells[self.at(left)] = _LEFT_OUT
        last = -_TICK
        while moment < self.body.end:
            x = self.at(moment)
            if x - last >= _TICK and cells[x : x + 5] == [" "] * 5:
                cells[x : x + 5] = f"{moment:%H:%M}"
                last = x
            moment += step
        return "".join(cells).rstrip()

    def lane(self, lane: Lane) -> list[Piece]:
        """Bars, the strong ones over the pale, then marks over both."""
        cells = [Piece(" ")] * self.columns
        bars = [bar for row in lane.rows for bar in row.bars]
        for bar in sorted(bars, key=lambda bar: bar.fill.endswith("_strong")):
            self._fill(cells, bar)
        for mark in (mark for row in lane.rows for mark in row.marks):
            glyph = {"page": "▼", "dot": "●"}.get(mark.shape, mark.name[:1])
            cells[self.at(mark.at)] = Piece(glyph, {"page": "strong", "dot": "people"}.get(mark.shape, "strong"))
        return cells

    def _fill(self, cells: list[Piece], bar: Bar) -> None:
        first, last = self.at(bar.start), self.at(bar.end)
        for x in range(first, max(first + 1, last)):
            cells[x] = Piece(_glyph(bar.fill), _hue(bar.fill))
        if bar.fill == "phase":
            cells[first] = Piece("├", "plain")

    def plot(self, plot: Plot) -> list[Piece]:
        """The peak of each column, in the hue of what is outside the band."""
        peaks: dict[int, float] = {}
        hurt: set[int] = set()
        for at, value in plot.points:
            if value == value:  # NaN is no sample
                x = self.at(at)
                peaks[x] = max(peaks.get(x, value), value)
                if any(a <= at <= b for a, b in plot.outside):
                    hurt.add(x)
        low, high = min(peaks.values(), default=0.0), max(peaks.values(), default=0.0)
        cells = [Piece(" ")] * self.columns
        for x, value in peaks.items():
            level = int((value - low) / (high - low) * (len(_SPARKS) - 1)) if high > low else 0
            cells[x] = Piece(_SPARKS[level], "hurt" if x in hurt else "plain")
        return cells

    def names(self, lane: Lane) -> str:
        """The shortest name of each phase under where it begins, moved to the left where it would end outside."""
        cells = [" "] * (self.columns + 20)
        free = 0
        for bar in (bar for row in lane.rows for bar in row.bars if bar.texts):
            text = "knew?" if bar.fill == "proposed" else bar.texts[-1]
            x = max(free, min(self.at(bar.start), self.columns - len(text)))
            cells[x : x + len(text)] = text
            free = x + len(text) + 1
        return "".join(cells).rstrip()


def _runs(cells: Iterable[Piece]) -> Line:
    """Neighbours of one style as one piece."""
    return tuple(
        Piece("".join(c.text for c in run), style) for style, run in groupby(cells, key=lambda cell: cell.style)
    )


def _glyph(fill: str) -> str:
    return _GLYPHS.get(fill) or ("█" if fill.endswith("_strong") else "░")


def _hue(fill: str) -> str:
    return fill.split("_")[0] if "_" in fill else "plain"


def _text(claim: Claim, cell: int) -> str:
    """A cell's words without references."""
    return "".join(word.text for word in claim.cells[cell] if word.style != "ref").strip()
