"""Measures, cuts and wraps text by the advance widths of DejaVu Sans, the widest font of the charts' stack."""

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from incident_timeline.config.packaged import load_advances

Measure = Callable[[str], float]
_WIDE_EM = 1.35  # wide characters (CJK, emoji) that the table lacks; emoji fonts go up to 1.35 em
_OTHER_EM = 1.1  # any other character that the table lacks; wider than every letter of DejaVu Sans but a few ligatures


@dataclass(frozen=True, slots=True)
class Font:
    """Advance widths in em by character, regular and bold."""

    regular: Mapping[str, float]
    bold: Mapping[str, float]

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """The width of a text in px at a font size."""
        table = self.bold if bold else self.regular
        return size * sum(table[char] if char in table else _guess(char) for char in text)

    def measure(self, size: float, *, bold: bool = False) -> Measure:
        """A function from text to width at one size."""
        return lambda text: self.width(text, size, bold=bold)

    def first_fitting(self, forms: Iterable[str], room: float, size: float, *, bold: bool = False) -> str | None:
        """The first form that fits into `room` px, or None."""
        return next((form for form in forms if self.width(form, size, bold=bold) <= room), None)

    def cut(self, text: str, room: float, size: float, *, bold: bool = False) -> str:
        """The text, or as much of it as fits with `…` at its end; empty where not even that fits."""
        if self.width(text, size, bold=bold) <= room:
            return text

        def short(end: int) -> str:
            return text[:end].rstrip(" ,;:.") + "…"

        # no letter is narrower than nothing, so the widths of `short` rise with `end`
        fitting = bisect_right(range(1, len(text)), room, key=lambda end: self.width(short(end), size, bold=bold))
        return short(fitting) if fitting else ""

    def wrap(self, text: str, room: float, size: float, *, bold: bool = False, lines: int = 2) -> list[str]:
        """The text in at most `lines` lines of `room` px, broken at spaces, the last one cut where it must be."""
        found: list[str] = []
        rest = text.split()
        while rest and len(found) < lines - 1:
            line = rest.pop(0)
            while rest and self.width(f"{line} {rest[0]}", size, bold=bold) <= room:
                line = f"{line} {rest.pop(0)}"
            found.append(self.cut(line, room, size, bold=bold))
        if rest:
            found.append(self.cut(" ".join(rest), room, size, bold=bold))
        return found


def _guess(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    return _WIDE_EM if unicodedata.east_asian_width(char) in "WF" else _OTHER_EM


def make_font(table: Mapping[str, Any]) -> Font:
    """The font of a table of advances as config.packaged reads it."""
    return Font(_by_char(table["regular"]), _by_char(table["bold"]))


def _by_char(face: Mapping[str, Any]) -> Mapping[str, float]:
    units = face["units"]
    return {chr(first + i): advance / units for first, advances in face["runs"] for i, advance in enumerate(advances)}


@cache
def packaged_font() -> Font:
    """The font whose widths ship with the package."""
    return make_font(load_advances())
