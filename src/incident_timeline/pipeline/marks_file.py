"""Reads and extends marks.toml, which people may edit by hand: the tool only appends, and takes back its own last entry."""

import re
import tomllib
from datetime import UTC, datetime
from typing import Any

from incident_timeline.collect.packing import MARKS
from incident_timeline.errors import InputFileError
from incident_timeline.model.events import KINDS
from incident_timeline.model.instants import parse_instant, rfc3339
from incident_timeline.model.marks import ACTIONS, VERDICTS, Category, EventMark, Mark, Marks, Verdict
from incident_timeline.model.milestones import NAMES

FILE = MARKS
_HEADER = "# What people say about this incident. Edit by hand as you like; `timeline mark` only adds to the end.\n"
_MILESTONE_KEYS = {"milestone", "at", "none", "because", "event", "by", "on"}
_VERDICT_KEYS = {"change", "verdict", "why", "by", "on"}
_EVENT_KEYS = {"hide", "retime", "add", "at", "kind", "why", "by", "on"}
_CATEGORY_KEYS = {"name", "by", "on"}
_TABLES = ("mark", "verdict", "event", "category")
_ENTRY = re.compile(rf"(?m)^(?=[ \t]*\[\[[ \t]*(?:{'|'.join(_TABLES)})[ \t]*\]\])")  # before each entry


def read_marks(text: str | None) -> Marks:
    """The marks of a file's text; None is no file. Raises InputFileError naming the line of what cannot be used."""
    if not text:
        return Marks()
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputFileError(f"{FILE}: {error}; correct that line, or take the last entry back with --undo") from None
    unknown = table.keys() - set(_TABLES)
    if unknown:
        raise InputFileError(
            f"{FILE}: unknown table {min(unknown)!r}; known are {', '.join(f'[[{one}]]' for one in _TABLES)}"
        )
    lines = {
        kind: [i + 1 for i, line in enumerate(text.splitlines()) if line.strip() == f"[[{kind}]]"] for kind in _TABLES
    }
    marks = [_mark(row, _line(lines, "mark", n)) for n, row in enumerate(_rows(table, "mark"))]
    verdicts = [_verdict(row, _line(lines, "verdict", n)) for n, row in enumerate(_rows(table, "verdict"))]
    events = [_event(row, _line(lines, "event", n)) for n, row in enumerate(_rows(table, "event"))]
    categories = [_category(row, _line(lines, "category", n)) for n, row in enumerate(_rows(table, "category"))]
    return Marks(tuple(marks), tuple(verdicts), tuple(events), tuple(categories))


def append_mark(text: str | None, mark: Mark) -> str:
    """The file's text with one mark more at its end."""
    rows = {"milestone": mark.milestone}
    rows |= {"at": rfc3339(mark.at) or ""} if mark.at else {}
    rows |= (
        {"because": mark.because}
        | ({"event": mark.event_id} if mark.event_id else {})
        | {"by": mark.by, "on": rfc3339(mark.on) or ""}
    )
    return _append(text, "mark", rows, none=mark.at is None)


def append_verdict(text: str | None, verdict: Verdict) -> str:
    """The file's text with one verdict more at its end."""
    rows = {
        "change": verdict.event_id,
        "verdict": verdict.verdict,
        "why": verdict.why,
        "by": verdict.by,
        "on": rfc3339(verdict.on) or "",
    }
    return _append(text, "verdict", rows, none=False)


def append_event(text: str | None, mark: EventMark) -> str:
    """The file's text with one mark on an entry more at its end."""
    rows = {mark.action: mark.text if mark.action == "add" else mark.event_id or ""}
    rows |= {"at": rfc3339(mark.at) or ""} if mark.at else {}
    rows |= {"kind": mark.kind} if mark.action == "add" else {}
    return _append(text, "event", rows | {"why": mark.why, "by": mark.by, "on": rfc3339(mark.on) or ""}, none=False)


def append_category(text: str | None, category: Category) -> str:
    """The file's text with one category more at its end."""
    rows = {"name": category.name, "by": category.by, "on": rfc3339(category.on) or ""}
    return _append(text, "category", rows, none=False)


def undo_last(text: str | None) -> str:
    """The file's text without its last entry; InputFileError when there is none."""
    starts = [match.start() for match in _ENTRY.finditer(text or "")]
    if not starts:
        raise InputFileError(f"{FILE} holds no mark to take back")
    return (text or "")[: starts[-1]].rstrip("\n") + "\n"


def merge_marks(base: str, ours: str, theirs: str) -> str:
    """The text of two files that grew from one: what either added is kept, what either took back is gone; theirs goes first.

    That holds of each entry, and of what stands before the first one as a whole.
    """
    split = ([one.strip() for one in _ENTRY.split(text)] for text in (base, ours, theirs))
    (base_head, *held), (mine_head, *mine), (head, *other) = split
    heads = _grown([base_head], [mine_head], [head])
    text = "\n\n".join(part for part in (*heads, *_grown(held, mine, other)) if part)
    return f"{text}\n" if text else ""


def _grown(held: list[str], mine: list[str], other: list[str]) -> list[str]:
    kept = [one for one in other if one in mine or one not in held]
    return kept + [one for one in mine if one not in held and one not in other]


def _append(text: str | None, kind: str, rows: dict[str, str], *, none: bool) -> str:
    lines = [f"{key} = {_quote(value)}" for key, value in rows.items()]
    if none:
        lines.insert(1, "none = true")
    body = (text or _HEADER).rstrip("\n")
    return f"{body}\n\n[[{kind}]]\n" + "\n".join(lines) + "\n"


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", escaped) + '"'


def _rows(table: dict[str, Any], kind: str) -> list[Any]:
    rows = table.get(kind, [])
    if not isinstance(rows, list):
        raise InputFileError(f"{FILE}: write [[{kind}]] with two brackets, one for each {kind}")
    return rows


def _line(lines: dict[str, list[int]], kind: str, number: int) -> str:
    found = lines[kind]
    return f"{FILE}, line {found[number]}" if number < len(found) else f"{FILE}, {kind} {number + 1}"


def _mark(row: dict[str, Any], where: str) -> Mark:
    _known(row, _MILESTONE_KEYS, where)
    name = row.get("milestone")
    if name not in NAMES:
        raise InputFileError(f"{where}: milestone is {name!r}; it must be one of {', '.join(NAMES)}")
    if ("at" in row) == bool(row.get("none")):
        raise InputFileError(f'{where}: give either at = "..." or none = true')
    at = None if row.get("none") else _instant(row["at"], f"{where}: at")
    return Mark(
        name, at, str(row.get("because", "")), row.get("event"), str(row.get("by", "somebody")), _on(row, where)
    )


def _verdict(row: dict[str, Any], where: str) -> Verdict:
    _known(row, _VERDICT_KEYS, where)
    if row.get("verdict") not in VERDICTS:
        raise InputFileError(f"{where}: verdict is {row.get('verdict')!r}; it must be one of {', '.join(VERDICTS)}")
    if not isinstance(row.get("change"), str):
        raise InputFileError(f"{where}: change must be the event id of a change, as scores.json lists it")
    return Verdict(
        row["change"], row["verdict"], str(row.get("why", "")), str(row.get("by", "somebody")), _on(row, where)
    )


def _category(row: dict[str, Any], where: str) -> Category:
    _known(row, _CATEGORY_KEYS, where)
    if not isinstance(row.get("name"), str) or not row["name"].strip():
        raise InputFileError(f'{where}: give name = "..." in a few words that other incidents can share')
    return Category(row["name"].strip(), str(row.get("by", "somebody")), _on(row, where))


def _event(row: dict[str, Any], where: str) -> EventMark:
    _known(row, _EVENT_KEYS, where)
    said = [action for action in ACTIONS if isinstance(row.get(action), str) and row[action]]
    if len(said) != 1:
        raise InputFileError(f'{where}: give one of hide = "id", retime = "id" or add = "text"')
    action = said[0]
    if (action != "hide") != ("at" in row):
        raise InputFileError(f"{where}: {action} {'needs' if action != 'hide' else 'takes no'} at")
    kind = str(row.get("kind", "note.added"))
    if kind not in KINDS:
        raise InputFileError(f"{where}: kind {kind!r} is not known; leave it out for a note")
    at = _instant(row["at"], f"{where}: at") if "at" in row else None
    event_id = None if action == "add" else row[action]
    text = row["add"] if action == "add" else ""
    return EventMark(
        action, event_id, at, text, kind, str(row.get("why", "")), str(row.get("by", "somebody")), _on(row, where)
    )


def _known(row: dict[str, Any], keys: set[str], where: str) -> None:
    unknown = row.keys() - keys
    if unknown:
        raise InputFileError(f"{where}: unknown key {min(unknown)!r}; known are {', '.join(sorted(keys))}")


def _on(row: dict[str, Any], where: str) -> datetime:
    return _instant(row["on"], f"{where}: on") if "on" in row else datetime(1970, 1, 1, tzinfo=UTC)


def _instant(value: Any, where: str) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InputFileError(f"{where} has no zone; add Z")
        return value.astimezone(UTC)
    return parse_instant(str(value), where)
