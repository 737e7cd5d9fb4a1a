"""The shapes in which a copied conversation stands: who, when and what, as lines of Slack, Teams, Discord, IRC and the like."""

import re
from dataclasses import dataclass

# A clock time: 14:31, 14:31:05, 2:31 PM. Dates before it: 2026-11-17, 17/11/2026, 11/17, 17.11.2026, "Today at".
_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?)"
_DATE = r"(?:(?P<date>\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?)[,T]?\s+(?:at\s+)?)?"
_NAME = r"(?P<name>[^\s<>\[\]:][^<>\[\]:\n]{0,60}?)"
_BOT = r"(?P<bot>\s+(?:APP|BOT|App|Bot))?"

# One line holds who, when and what: `[14:31] <name> text`; `14:31 <name> text`; `[14:31] name: text`; `14:31 name: text` and
# `17/11/2026, 14:31 - name: text`.
_WHOLE = (
    re.compile(rf"^\[{_DATE}{_CLOCK}\]\s*<{_NAME}>\s+(?P<text>\S.*)$"),
    re.compile(rf"^{_DATE}{_CLOCK}\s+<{_NAME}>\s+(?P<text>\S.*)$"),
    re.compile(rf"^\[{_DATE}{_CLOCK}\]\s*{_NAME}{_BOT}:\s+(?P<text>\S.*)$"),
    re.compile(rf"^{_DATE}{_CLOCK}\s+(?:-\s+)?{_NAME}{_BOT}:\s+(?P<text>\S.*)$"),
)
# A line holds who and when, and what was said follows below: `name [2:31 PM]`; `name - Today at 2:31 PM`; `Name  2:31 PM`.
_GAP = r"(?:\s{2,}|\t|\s(?=\d{1,2}:\d{2}\s?[AaPp]))"
_HEADS = (
    re.compile(rf"^{_NAME}{_BOT}\s+\[{_DATE}{_CLOCK}\]\s*$"),
    re.compile(rf"^{_NAME}{_BOT}\s+[—–-]\s+(?:Today at\s+)?{_DATE}{_CLOCK}\s*$"),
    re.compile(rf"^{_NAME}{_BOT}{_GAP}(?:Today at\s+)?{_DATE}{_CLOCK}\s*$"),
)
# A clock alone: a further message of the one who spoke last, or the second half of a head.
_AGAIN = re.compile(rf"^\s*\[?{_CLOCK}\]?\s*$")
# `[2:31 PM] Name` with the words below it, or `[2:32] words` of the one who spoke last.
_EITHER = re.compile(rf"^\[{_DATE}{_CLOCK}\]\s+(?P<text>\S.*)$")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DAY = re.compile(
    r"[-—–\s]*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:(?P<iso>\d{4}-\d{2}-\d{2})"
    rf"|(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?"
    rf"|(?P<day2>\d{{1,2}})\.?\s+(?P<month2>{_MONTH})(?:\s+(?P<year2>\d{{4}}))?)[-—–\s]*",
    re.IGNORECASE,
)
# What the copy adds and nobody said.
_NOISE = re.compile(
    r"^\s*(?:\(edited\)|new|today|yesterday|\d+ repl(?:y|ies)|view thread|last reply .*|also sent to the channel|:[\w+-]+:|"
    r"replied to a thread:.*|\d{1,3})\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line read: `kind` is whole, head, again, either, day, noise or text; the fields are as they were written."""

    kind: str
    raw: str
    name: str = ""
    clock: str = ""
    date: str = ""
    text: str = ""
    bot: bool = False


def read_line(line: str) -> Line:
    """What a line of a copied conversation is."""
    raw = line.strip("\u200b\ufeff \t\r")
    for kind, patterns in (("whole", _WHOLE), ("head", _HEADS)):
        for pattern in patterns:
            if match := pattern.match(raw):
                found = {name: value or "" for name, value in match.groupdict().items()}
                text, bot = found.get("text", ""), bool(found.get("bot"))
                return Line(kind, raw, found["name"].strip(), found["clock"], found["date"], text, bot)
    if match := _EITHER.match(raw):
        return Line("either", raw, clock=match["clock"], date=match["date"] or "", text=match["text"])
    if match := _AGAIN.match(raw):
        return Line("again", raw, clock=match["clock"])
    if raw and (match := _DAY.fullmatch(raw)):
        return Line("day", raw, date=_day_text(match))
    return Line("noise" if not raw or _NOISE.match(raw) else "text", raw, text=raw)


def _day_text(match: re.Match[str]) -> str:
    if match["iso"]:
        return match["iso"]
    month, day, year = (match[a] or match[b] for a, b in (("month", "month2"), ("day", "day2"), ("year", "year2")))
    return f"{day} {month[:3].title()} {year or ''}".strip()
