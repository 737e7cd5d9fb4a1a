"""Reads text copied out of a channel: who said what, and when to the resolution in which the copy shows it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from incident_timeline.collect.actors import names_machine
from incident_timeline.collect.chat_file import Heard
from incident_timeline.collect.clock_times import ZONE_FLAG, local_instants
from incident_timeline.collect.paste_shapes import Line, read_line
from incident_timeline.collect.records import decode_text
from incident_timeline.errors import InputFileError, NaiveTimeError
from incident_timeline.model.events import event, event_id
from incident_timeline.model.instants import MICROSECOND, micros

DATE_FLAG = "say the day with --date 2026-11-17"
DATE_KEY = 'add date = "2026-11-17" (its own day) to its table'
_NAMED = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){0,3}(?: (?:APP|BOT))?")


@dataclass(slots=True)
class _Said:
    """One message as it stands in the copy: the day and the clock as written, the lines of its text."""

    line: int
    name: str
    bot: bool
    day: date
    clock: time
    resolution: timedelta
    twelve: bool  # whether its clock says AM or PM
    text: list[str] = field(default_factory=list)


def read_paste(
    content: bytes, name: str, where: str, zone: tzinfo | None, day: date | None,
    *, zone_fix: str = ZONE_FLAG, day_fix: str = DATE_FLAG,
) -> Heard:  # fmt: skip
    """chat.said rows of copied text; a minute stamp is that minute's middle, 30 s either way.

    Shapes: Slack's `Name  2:31 PM`, Teams' `[2:31 PM] Name`, `[14:31] name: text`, `14:31 <name> text`, `Name - Today at 2:31 PM`;
    lines with a date (`Tuesday, November 17th`, 2026-11-17) set the day. Raises NaiveTimeError where zone or day is not known and
    InputFileError for times that go back, each with what to do.
    """
    lines = [(number, read_line(text)) for number, text in enumerate(decode_text(content, name).split("\n"), start=1)]
    if zone is None:
        raise NaiveTimeError(
            f"{name}: its times have no zone, so they name no instants; {zone_fix}, the zone in which it was copied"
        )
    reader = _Reader(name, day, day_fix)
    for number, line in _of_one_shape(list(_joined(lines))):
        reader.take(number, line)
    if not reader.said:
        raise InputFileError(
            f"{name}: no line says who spoke and when; copy whole messages, as in `Asha Venkat  2:31 PM` or `[14:31] asha: text`"
        )
    notes = [f"{name}: {reader.before} lines before the first name are left out"] if reader.before else []
    empty = [one for one in reader.said if not "".join(one.text).strip()]
    return Heard(
        list(_rows(reader.said, name, where, zone)),
        tuple(notes + ([f"{len(empty)} messages without text"] if empty else [])),
    )


class _Reader:
    """Follows the copy line by line: the day, the last speaker, and that the clock never goes back within a day."""

    def __init__(self, name: str, day: date | None, day_fix: str) -> None:
        self.name, self.given, self.day, self.day_fix = name, day, day, day_fix
        self.said: list[_Said] = []
        self.before = 0

    def take(self, number: int, line: Line) -> None:
        """One line; raises for what cannot be placed in time."""
        if line.kind == "day":
            self.day = self._day(line.date, number)
        elif line.kind in ("whole", "head") or (line.kind == "again" and self.said):
            last = self.said[-1] if self.said else None
            who, bot = (line.name, line.bot) if line.kind != "again" or last is None else (last.name, last.bot)
            day = self._day(line.date, number) if line.date else self.day
            if day is None:
                raise NaiveTimeError(f"{self.name}, line {number}: {line.clock!r} has no day; {self.day_fix}")
            if line.date:
                self.day = day
            before = last if last and last.day == day else None
            clock, resolution, twelve = _clock(line.clock, before, f"{self.name}, line {number}")
            self._forward(last, day, clock, number)
            words = [line.text] if line.text else []
            self.said.append(_Said(number, who, bot, day, clock, resolution, twelve, words))
        elif line.kind == "text" and self.said:
            self.said[-1].text.append(line.text)
        elif line.kind in ("text", "again"):
            self.before += 1

    def _forward(self, last: _Said | None, day: date, clock: time, number: int) -> None:
        if last is None or (day, clock) >= (last.day, last.clock):
            return
        raise InputFileError(
            f"{self.name}, line {number}: {clock:%H:%M} comes after {last.clock:%H:%M} (line {last.line}), so it crosses midnight "
            f"or is out of order; write the day ({day + timedelta(days=1)}) on a line of its own before line {number}"
        )

    def _day(self, text: str, number: int) -> date:
        where = f"{self.name}, line {number}: the day {text!r}"
        found = _days(text, self.given)
        if not found:
            raise NaiveTimeError(
                f"{where} cannot be read, or has no year; {self.day_fix}, or write 2026-11-17 in its place"
            )
        if len(found) > 1 and self.given not in found:
            raise InputFileError(f"{where} can be {' or '.join(map(str, found))}; write one of these in its place")
        return self.given if self.given in found and self.given is not None else found[0]


def _days(text: str, given: date | None) -> list[date]:
    """The days that a written date can mean."""
    numbers = [int(part) for part in re.findall(r"\d+", text)]
    year = given.year if given else None
    candidates: list[tuple[int | None, int, int]] = []
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        candidates = [(numbers[0], numbers[1], numbers[2])]
    elif named := re.fullmatch(r"(\d{1,2}) ([A-Z][a-z]{2})(?: (\d{4}))?", text):
        month = "JanFebMarAprMayJunJulAugSepOctNovDec".find(named[2]) // 3 + 1
        years = [int(named[3])] if named[3] else [given.year + n for n in (-1, 0, 1)] if given else []
        dates = [_date(a_year, month, int(named[1])) for a_year in years]
        known = [one for one in dates if one is not None]  # without a year the nearest to the day that was given
        return [min(known, key=lambda one: abs(one - (given or one)))] if known else []
    elif len(numbers) >= 2:
        of_year = numbers[2] + (2000 if numbers[2] < 100 else 0) if len(numbers) > 2 else year
        candidates = [(of_year, numbers[1], numbers[0])]
        if "/" in text:
            candidates.append((of_year, numbers[0], numbers[1]))
    found = [_date(a_year or 0, month, day) for a_year, month, day in candidates]
    return list(dict.fromkeys(one for one in found if one is not None))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(text: str, last: _Said | None, where: str) -> tuple[time, timedelta, bool]:
    """The time of day, its resolution, and whether it counts to twelve; a bare `2:32` after `2:31 PM` is in the afternoon."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s?([AaPp])?.*", text)
    assert match is not None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    twelve = bool(match[4]) or (last is not None and last.twelve and hour <= 12)
    if match[4]:
        hour = hour % 12 + (12 if match[4] in "Pp" else 0)
    elif twelve and last is not None:
        hour = hour % 12 + (12 if last.clock.hour >= 12 else 0)
        hour += 12 if (hour, minute) < (last.clock.hour, last.clock.minute) and hour < 12 else 0
    try:
        return time(hour, minute, second), timedelta(seconds=1) if match[3] else timedelta(minutes=1), twelve
    except ValueError:
        raise InputFileError(f"{where}: {text!r} is no time of day; correct it") from None


def _of_one_shape(lines: list[tuple[int, Line]]) -> Iterator[tuple[int, Line]]:
    """The lines of a copy from one tool: the first head says which shape it has, and what has the other is a part of a message.

    So a line of a log inside a message (`14:31:05 ERROR checkout: time-out`) is not taken for somebody who spoke.
    """
    first = next((line.kind for _, line in lines if line.kind in ("whole", "head")), "head")
    for number, line in lines:
        other = line.kind in ("head", "again") if first == "whole" else line.kind == "whole"
        yield number, Line("text", line.raw, text=line.raw) if other else line


def _joined(lines: Iterable[tuple[int, Line]]) -> Iterator[tuple[int, Line]]:
    """The lines with every head in one: Slack copies name and clock as two lines, and `[2:31 PM] Asha` may be words as well."""
    held: tuple[int, Line] | None = None
    known: set[str] = set()
    for number, line in lines:
        if line.kind == "either":
            read = _head(line.text, line) if _is_name(line.text, known, line) else replace(line, kind="again")
        elif held is not None and line.kind == "again" and _is_name(held[1].text, known, line):
            read, held = _head(held[1].text, line), None
        elif held is not None and line.kind == "head" and line.name in ("APP", "BOT"):
            read, held = _head(f"{held[1].text} {line.name}", line), None
        else:
            read = line
        if held is not None:
            yield held
        held = None
        if read.name:
            known.add(read.name)
        if read.kind == "text":
            held = (number, read)
        else:
            yield number, read
    if held is not None:
        yield held


def _head(text: str, line: Line) -> Line:
    name = text.removesuffix(" APP").removesuffix(" BOT")
    return Line("head", f"{text} {line.raw}", name, line.clock, line.date, bot=name != text)


def _is_name(text: str, known: set[str], line: Line) -> bool:
    """Whether what stands beside a clock is who spoke: a name seen before, or up to four words that are no sentence."""
    if text.removesuffix(" APP").removesuffix(" BOT") in known:
        return True
    short = bool(_NAMED.fullmatch(text)) and text[-1] not in ".!?"
    written = all(word[:1].isupper() for word in text.split())
    return short and (written or bool(line.date or re.search("[AaPp]", line.clock)))


def _rows(said: list[_Said], name: str, where: str, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """One row a message; messages of one stamp keep the copy's order, a microsecond apart."""
    seen: dict[str, int] = {}
    for one in said:
        text = "\n".join(one.text).strip()
        if not text:
            continue
        first, last = local_instants(
            datetime.combine(one.day, one.clock), zone, f"{name}, line {one.line}: {one.clock:%H:%M}"
        )
        stamp = f"{micros(first)}"
        seen[stamp] = seen.get(stamp, 0) + 1
        middle = first + (one.resolution / 2 if one.resolution > timedelta(seconds=1) else timedelta(0))
        line = " ".join(text.split())
        detail = {
            "actor_name": None if one.bot else one.name,
            "text": text if text != line or len(text) > 200 else None,
        }
        fields = {key: value for key, value in detail.items() if value}
        machine = one.bot or names_machine(one.name)
        yield event(
            middle + (seen[stamp] - 1) * MICROSECOND, "chat", "chat.said", f"paste:{stamp}:{seen[stamp]}", line,
            evidence=f"{where}#/line/{one.line}", earliest=first, latest=last + one.resolution, actor=one.name,
            actor_kind="machine" if machine else "human", detail=json.dumps(fields, ensure_ascii=False, sort_keys=True),
            event_id=event_id("chat", "paste", stamp, one.name, text, seen[stamp]),
        )  # fmt: skip
