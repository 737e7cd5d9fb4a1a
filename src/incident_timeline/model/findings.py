"""What the stages say: sentences with evidence, charts, and what could not be had."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """One source's part in a build: reached or not, and what was skipped with the reason."""

    source: str
    ok: bool
    skipped: bool = False  # True: not configured, not asked for, or not part of the plan; not a failure
    reason: str = ""
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of a sentence, so that every format can tell our own words from quoted outside text.

    `style`: plain (ours or outside text alike: always escaped), said (a quotation), code, strong, mild (second text),
    ref (`text` is the id of a piece of evidence, shown as its number).
    """

    text: str
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the report and what it rests on; `section` names the block it belongs to.

    `cells` is the same sentence for documents: one cell, or several where `form` is a row of a table.
    """

    text: str
    section: str
    evidence: tuple[
        str, ...
    ] = ()  # event ids, series ids (`series:...`), rule names (`rule:...`), sources (`source:...`)
    form: str = "sentence"  # title | sentence | row | lead | item | command: how documents lay it out
    cells: tuple[tuple[Words, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture: its file stem, its alt text, the SVG documents of both themes, and its values as a table."""

    name: str
    title: str
    alt: str
    svg_light: str
    svg_dark: str
    heads: tuple[str, ...] = ()  # of the table behind it
    rows: tuple[tuple[str, ...], ...] = ()
