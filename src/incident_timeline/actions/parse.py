"""Reads the action items of a document, with the line of every field; every line is an item's or stands outside."""

import hashlib
import re
from datetime import date

from incident_timeline.actions.dates import find_dates
from incident_timeline.actions.labels import heading_field, is_other_label, label_of
from incident_timeline.actions.lines import Line, read_lines
from incident_timeline.model.actions import FIELDS, ActionItem, ActionsDocument, Written
from incident_timeline.model.predicates import NotUnderstood, parse_predicate

_SECTION = re.compile(
    r"(?:\W*\d+(?:\.\d+)*[.):]?\s*)?\W*"
    r"(?:(?:post[- ]?mortem|incident|review|corrective|prevent(?:at)?ive"
    r"|remedial|immediate|long[- ]term|short[- ]term|and|our|open|&|/)\s+)*"
    r"(?:action items?|actions|follow[- ]?ups?(?: actions?| items?)?|remediations?|corrections|next steps|to[- ]?dos?|capa)"
    r"\b.{0,60}",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(?:action(?: item)? )?(?:[A-Z]{0,3}[-#]?\d{1,3})\s*[.:)\]–—-]\s*", re.IGNORECASE)
_NAMED = re.compile(
    r"\W{0,3}((?:[A-Z]{1,8}[-#]|[A-Z]{1,3})\d{1,6})(?:\W{0,4}[.:)\]–—-]|\W*$)"
)  # `A-17: limit the pool`
_EMPTY = re.compile(r"[\s.…_?*–—-]*|<[^<>]*>|\[[^\[\]]*\]|tbd\.?|n/?a\.?|none\.?|no\.?", re.IGNORECASE)
_BREAK = re.compile(r"(?:[-*_] ?){3,}")  # a thematic break: what follows is not the last field's
_CLOSED = re.compile(r"(?:done|closed|complete[d]?|finished|resolved|shipped|✓|✔|x)\b.*", re.IGNORECASE)


class _Draft:
    """An item while its lines are read."""

    def __init__(self, line: Line, title: str = "") -> None:
        self.line, self.title = line.number, title
        self.entry, self.indent = line.entry, line.indent
        self.fields: dict[str, list[Written]] = {field: [] for field in FIELDS}
        self.closed = line.checked
        self.lines: list[int] = []
        self.label = ""

    def add(self, field: str, text: str, line: int) -> None:
        """A value of a field."""
        self.fields[field].append(Written(" ".join(text.split()), line))

    def extend(self, field: str, text: str, line: int) -> None:
        """More words for the last value of a field."""
        last = self.fields[field][-1] if self.fields[field] else Written("", line)
        kept = self.fields[field][:-1]
        self.fields[field] = [
            *kept,
            Written(" ".join([last.text, *text.split()]).strip(), last.line if last.text else line),
        ]

    def filled(self) -> bool:
        """Whether anything but an empty form stands in it."""
        return bool(self.title) or any(not is_empty(one.text) for values in self.fields.values() for one in values)

    def item(self, path: str) -> ActionItem:
        """The item as it stands."""
        fields = {field: tuple(one for one in values if one.text) for field, values in self.fields.items()}
        if not fields["what"] and self.title:
            fields["what"] = (Written(self.title, self.line),)
        fields["done"] = tuple(part for one in fields["done"] for part in conditions(one))
        title = self.title or (fields["what"][0].text if fields["what"] else "")
        label = self.label or (_label_in(fields["what"][0].text) if fields["what"] else "")
        closed = self.closed or any(_CLOSED.fullmatch(one.text.strip("*_` ")) for one in fields["status"])
        return ActionItem(
            key_of(fields["what"][0].text if fields["what"] else title), title, path, self.line, **fields, closed=closed,
            lines=tuple(self.lines), label=label,
        )  # fmt: skip


def parse_actions(text: str, path: str) -> ActionsDocument:
    """The action items of Markdown or HTML; never raises, whatever the text is.

    An item begins with WHAT (however it is called), and under a heading such as `Action items` with any list entry, deeper
    heading, bold line or table row. An empty form is no item.
    """
    reader = _Reader()
    for line in read_lines(text):
        reader.read(line)
    drafts = [draft for draft in reader.drafts if draft.filled()]
    left = [number for draft in reader.drafts if not draft.filled() for number in draft.lines]
    outside = tuple(sorted([*reader.outside, *left]))
    return ActionsDocument(path, tuple(draft.item(path) for draft in drafts), reader.incident_on, outside)


def is_empty(text: str) -> bool:
    """Whether words say nothing: dots, a dash, `tbd`, `none`, a placeholder in brackets."""
    return bool(_EMPTY.fullmatch(text.strip().strip("*_` ")))


def key_of(text: str) -> str:
    """Ten hex digits that stay the same for the same words, whatever their case, marks and spaces."""
    return hashlib.sha256(" ".join(re.findall(r"\w+", text.lower())).encode()).hexdigest()[:10]


def _label_in(text: str) -> str:
    found = _NAMED.match(text)
    return found[1] if found else ""


def conditions(one: Written) -> list[Written]:
    """The conditions in one value of DONE WHEN: cut at semicolons, and at `, and` where a part of it is a predicate."""
    found = []
    for part in re.split(r"\s*;\s+", one.text):
        pieces = [piece for piece in re.split(r",?\s+and\s+", part) if piece]
        whole = isinstance(parse_predicate(part), NotUnderstood)
        cut = whole and len(pieces) > 1 and any(not isinstance(parse_predicate(p), NotUnderstood) for p in pieces)
        found += [Written(piece, one.line) for piece in (pieces if cut else [part]) if piece]
    return found


class _Reader:
    """Reads line by line what belongs to which item."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.outside: list[int] = []
        self.incident_on: date | None = None
        self.section = 0  # the level of the heading that opened the list of actions; 0: outside of one
        self.now: _Draft | None = None
        self.field: str | None = None
        self.columns: tuple[str | None, ...] = ()
        self.above: Line | None = None  # a list entry that belongs to no item yet

    def read(self, line: Line) -> None:
        """One line more."""
        if not line.cells and line.text.strip("|-: "):
            self.columns = ()
        if line.level and not line.quiet:
            self._heading(line)
        elif line.quiet or not line.text:
            self._more(line)
        elif line.cells:
            self._row(line)
        elif label := label_of(line.text, bold=line.bold):
            self._labelled(line, label.field, label.rest)
        elif self._begins(line):
            self._begin(line, line.text)
        else:
            self._more(line)

    def _heading(self, line: Line) -> None:
        opens = bool(_SECTION.fullmatch(line.text))
        self.now, self.field = None, None
        if opens or (self.section and line.level <= self.section):
            self.section = line.level if opens else 0
            self._stray(line)
        elif self.section:
            self._begin(line, line.text)
        else:
            self._stray(line)

    def _begin(self, line: Line, text: str) -> None:
        self.now, self.field, self.above = _Draft(line, _NUMBERED.sub("", text).strip("*_ ")), None, None
        self.now.label = _label_in(text)
        self.drafts.append(self.now)
        self.now.lines.append(line.number)

    def _labelled(self, line: Line, field: str, rest: str) -> None:
        if (
            field == "project"
            and (not line.entry or line.indent == 0)
            and self.section
            and re.match(r"projects", line.text, re.IGNORECASE)
        ):
            self.now, self.field = None, None  # the list of projects that stands after the items
            self._stray(line)
            return
        taken = self.now is not None and bool(self.now.fields["what"])
        if (field == "what" and (self.now is None or taken)) or (self.now is None and self.section):
            self._begin(line, "")
        elif self.now is None and self.above is not None and line.entry and line.indent > self.above.indent:
            self.outside.remove(
                self.above.number
            )  # fields stand below it, so it is an item, whatever the heading is called
            self._begin(self.above, self.above.text)
        if self.now is None:
            self._stray(line)
            return
        if line.number not in self.now.lines:
            self.now.lines.append(line.number)
        self.now.add(field, rest, line.number)
        self.field = field

    def _begins(self, line: Line) -> bool:
        """Whether an unlabelled line begins an item: a list entry at the margin or a bold line, under the right heading."""
        if not self.section or not (line.bold or (line.entry and line.indent < 2)):
            return False
        if line.bold or self.field != "done" or self.now is None:
            return True
        return self.now.entry and line.indent <= self.now.indent  # else it is one of the conditions

    def _row(self, line: Line) -> None:
        fields = tuple(heading_field(cell) for cell in line.cells)
        if len({field for field in fields if field}) >= 2:
            self.columns, self.now, self.field = fields, None, None
            self._stray(line)
            return
        if not self.columns or ("what" not in self.columns and not self.section):
            self._more(line)
            return
        self._begin(line, "")
        for field, cell in zip(self.columns, line.cells, strict=False):
            if field and self.now is not None:
                self.now.add(field, cell, line.number)
            elif self.now is not None and _label_in(cell) == cell.strip("*_` "):
                self.now.label = _label_in(cell)
        rest = [cell for cell in line.cells[len(self.columns) :] if cell]
        if rest and self.now is not None:
            self.now.extend(next((f for f in reversed(self.columns) if f), "verify"), " ".join(rest), line.number)
        self.now = None

    def _more(self, line: Line) -> None:
        if self.now is None:
            self._stray(line)
            return
        self.now.lines.append(line.number)
        if _BREAK.fullmatch(line.text):
            self.field = None
        if not line.text or self.field is None or line.text.startswith("<!--"):
            return
        if not line.entry and is_other_label(line.text):
            self.field = None
        elif self.field == "done" and (line.entry or not self.now.fields["done"]):
            self.now.add("done", line.text, line.number)
        else:
            self.now.extend(self.field, line.text, line.number)

    def _stray(self, line: Line) -> None:
        self.outside.append(line.number)
        self.above = line if line.entry and not line.quiet else self.above if line.indent and not line.level else None
        if self.incident_on is None and not self.drafts:
            self.incident_on = next(iter(find_dates(line.text)), None)
