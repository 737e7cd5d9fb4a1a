"""Cuts Markdown and HTML into lines that say what they are: heading, list entry, table row, or text."""

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser

_HEADING = re.compile(r" {0,3}(#{1,6})\s(.*)")
_ENTRY = re.compile(r"([-*+•◦‣]|\(?\d{1,3}[.)])\s+(?:\[([ xX✓])\]\s*)?(.*)")
_RULE = re.compile(r"[\s|:+-]*-[\s|:+-]*")
_PAGE = re.compile(r"<(?:!doctype|html|body|head|meta|div|h[1-6]|p|table|ul|ol|section|article|span)\b", re.IGNORECASE)
_BOLD = re.compile(r"(\*\*|__)(.+)\1")
_BLOCKS = {
    "p",
    "div",
    "li",
    "tr",
    "br",
    "ul",
    "ol",
    "table",
    "section",
    "article",
    "blockquote",
    "pre",
    "dt",
    "dd",
    "hr",
}
_UNSEEN = {"script", "style", "head", "template"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document; `cells` are those of a table row."""

    number: int
    text: str
    level: int = 0  # of a heading, 1 to 6
    indent: int = 0
    entry: bool = False  # of a list
    checked: bool = False
    bold: bool = False  # all of it
    cells: tuple[str, ...] = ()
    quiet: bool = False  # inside a code fence or a comment: nothing in it is a heading or a field


def read_lines(text: str) -> list[Line]:
    """The lines of a document; HTML when it begins like it, Markdown else. Never raises, and leaves no words out."""
    if _PAGE.match(text.lstrip("\ufeff \t\r\n")):
        return _html_lines(text)
    return _markdown_lines(text)


def _markdown_lines(text: str) -> list[Line]:
    lines: list[Line] = []
    fence = ""
    for number, raw in enumerate(text.split("\n"), 1):
        bare = raw.rstrip("\r").expandtabs(4)
        mark = re.match(r"\s*(`{3,}|~{3,})", bare)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            lines.append(Line(number, bare.strip(), quiet=True))
        elif fence or bare.lstrip().startswith("<!--"):
            lines.append(Line(number, bare.strip(), indent=_indent(bare), quiet=True))
        else:
            lines.append(_markdown_line(number, re.sub(r"^(\s*>\s?)+", "", bare)))
    return lines


def _markdown_line(number: int, bare: str) -> Line:
    if heading := _HEADING.match(bare):
        return Line(number, _unmarked(heading[2].strip().rstrip("#").strip()), level=len(heading[1]))
    indent, text = _indent(bare), bare.strip()
    if text.startswith("|") or (text.count("|") > 1 and _RULE.fullmatch(text)):
        cells = tuple(cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", text.strip("|")))
        return Line(number, text, indent=indent, cells=() if _RULE.fullmatch(text) else cells)
    entry = _ENTRY.fullmatch(text)
    line = Line(number, entry[3] if entry else text, indent=indent, entry=bool(entry))
    if entry and entry[2] and entry[2] != " ":
        line = replace(line, checked=True)
    whole = _BOLD.fullmatch(line.text)
    if whole and whole[1] not in whole[2]:
        return replace(line, text=whole[2].strip(), bold=True)
    return line


def _indent(bare: str) -> int:
    return len(bare) - len(bare.lstrip())


def _unmarked(text: str) -> str:
    return re.sub(r"(\*\*|__)(.+?)\1", r"\2", text).strip()


class _Reader(HTMLParser):
    """Gathers the visible words of an HTML page block by block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self.words: list[tuple[str, bool]] = []
        self.begun = 1
        self.level = self.depth = self.strong = self.unseen = 0
        self.entry = self.checked = False
        self.cells: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block ends the words before it; a list deepens, a heading and bold say so."""
        if tag in _UNSEEN:
            self.unseen += 1
        if tag in _BLOCKS or re.fullmatch(r"h[1-6]", tag):
            self.flush()
        if re.fullmatch(r"h[1-6]", tag):
            self.level = int(tag[1])
        elif tag in ("ul", "ol"):
            self.depth += 1
        elif tag == "li":
            self.entry = True
        elif tag in ("b", "strong"):
            self.strong += 1
        elif tag == "tr":
            self.end_row()
            self.cells = []
        elif tag == "input" and "checked" in dict(attrs):
            self.checked = True

    def handle_endtag(self, tag: str) -> None:
        """The end of a block or a cell."""
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        if tag in ("td", "th") and self.cells is not None:
            self.cells.append(_joined(self.words)[0])
            self.words = []
        elif tag in ("tr", "table"):
            self.end_row()
        elif tag in _BLOCKS or re.fullmatch(r"h[1-6]", tag):
            self.flush()
        if tag in ("ul", "ol"):
            self.depth = max(0, self.depth - 1)
        elif tag in ("b", "strong"):
            self.strong = max(0, self.strong - 1)

    def handle_data(self, data: str) -> None:
        """Visible words."""
        if self.unseen or not data.strip():
            if self.words and data:
                self.words.append((" ", bool(self.strong)))
            return
        if not self.words and self.cells is None:
            self.begun = self.getpos()[0] + len(data[: len(data) - len(data.lstrip())].split("\n")) - 1
        elif self.cells == [] and not self.words:
            self.begun = self.getpos()[0]
        self.words.append((data, bool(self.strong)))

    def end_row(self) -> None:
        """Ends a table row, whatever stands in it; outside of one ends the line."""
        if self.cells is not None:
            cells, self.cells = tuple(self.cells), None
            last = _joined(self.words)[0]
            cells = (*cells, last) if last else cells
            if cells:
                self.lines.append(Line(self.begun, " | ".join(cells), cells=cells))
            self.words = []
        self.flush()

    def flush(self) -> None:
        """Ends the line that the words so far make."""
        if self.cells is not None:
            self.words.append((" ", False))
            return
        text, bold = _joined(self.words)
        if text:
            entry = _ENTRY.fullmatch(text) if not self.entry and not self.level else None
            self.lines.append(
                Line(
                    self.begun, entry[3] if entry else text, self.level, max(0, 2 * self.depth - 2), self.entry or bool(entry),
                    self.checked or bool(entry and entry[2] and entry[2] != " "), bold,
                )
            )  # fmt: skip
        self.words, self.level, self.entry, self.checked = [], 0, False, False


def _joined(words: list[tuple[str, bool]]) -> tuple[str, bool]:
    """The words of a block in one line, its bold beginning marked as in Markdown; and whether all of it is bold."""
    whole = " ".join("".join(word for word, _ in words).split())
    some = [bold for word, bold in words if word.strip()]
    if some and all(some):
        return whole, True
    head = ""
    for word, bold in words:
        if word.strip() and not bold:
            break
        head += word
    head = " ".join(head.split())
    return (f"**{head}** {whole[len(head) :].strip()}" if head else whole), False


def _html_lines(text: str) -> list[Line]:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.end_row()
    return reader.lines
