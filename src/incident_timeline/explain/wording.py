"""Builds sentences: pieces of words, numbers as the documents print them, and text from outside made safe to quote."""

import math
from collections.abc import Iterable

from incident_timeline.model.findings import Claim, Words
from incident_timeline.model.instants import duration
from incident_timeline.model.texts import visible

Cell = tuple[Words, ...]
QUOTE_LIMIT = 120  # characters of a quotation in a sentence; the evidence holds the whole text
_READ_LIMIT = 8  # times the limit: how much of a text is looked at before it is cut
_STANDS_FOR = {"percent": "%", "%": "%", "ratio": "", "1": "", "": "", "seconds": "s", "milliseconds": "ms"}


def clean(text: str | None, limit: int = QUOTE_LIMIT) -> str:
    """Outside text as one line of at most `limit` characters, without control, bidi, private or lone surrogate characters.

    A cut is shown as `…`. Nothing else is changed: escaping is the business of each output format.
    """
    head = (text or "")[: limit * _READ_LIMIT]
    line = " ".join(visible(head).split())
    if len(line) <= limit and len(text or "") <= limit * _READ_LIMIT:
        return line
    short = line[: limit - 1]
    at = short.rfind(" ")
    return (short[:at] if at > limit * 0.6 else short).rstrip(" ,;:.") + "…"


def cell(*pieces: Words | str | Iterable[Words]) -> Cell:
    """Pieces as one cell; plain strings become plain words, iterables of words are laid in a row."""
    words: list[Words] = []
    for piece in pieces:
        if isinstance(piece, str):
            words += [Words(piece)] if piece else []
        elif isinstance(piece, Words):
            words.append(piece)
        else:
            words += piece
    return tuple(words)


def strong(text: str) -> Words:
    """Words that stand out: a measured or recorded figure."""
    return Words(text, "strong")


def code(text: str | None, limit: int = QUOTE_LIMIT) -> Words:
    """A name or setting as the source spells it."""
    return Words(clean(text, limit), "code")


def said(text: str, limit: int = QUOTE_LIMIT) -> Words:
    """A quotation, without its marks; every format sets its own."""
    return Words(clean(text, limit), "said")


def refs(ids: Iterable[str]) -> Cell:
    """Evidence in the order given, each once."""
    return tuple(Words(one, "ref") for one in dict.fromkeys(ids))


def plain_text(cells: Iterable[Cell]) -> str:
    """The words of all cells as one plain text without references, for scores.json and screen readers."""
    parts = []
    for one in cells:
        text = "".join(_plain(word) for word in one if word.style != "ref")
        parts.append(" ".join(text.split()))
    text = "; ".join(part for part in parts if part)
    for mark in (".", ",", ";", ":", ")"):
        text = text.replace(f" {mark}", mark)
    return text.replace("( ", "(")


def _plain(word: Words) -> str:
    return f"“{word.text}”" if word.style == "said" else word.text


def claim(section: str, *cells: Cell, form: str = "sentence", evidence: Iterable[str] = ()) -> Claim:
    """A claim of these cells; its evidence is what the cells refer to, then what is given beside."""
    cited = [word.text for one in cells for word in one if word.style == "ref"]
    return Claim(plain_text(cells), section, tuple(dict.fromkeys([*cited, *evidence])), form, cells)


def between(low: float, high: float) -> str:
    """A range of seconds as `4:59 to 26:44`; one number where both ends print the same."""
    first, last = duration(low), duration(high)
    return first if first == last else f"{first} to {last}"


def bracket(low: float | None, high: float | None) -> str:
    """` [7:51 to 8:41]` with its leading space, or nothing where the range prints as one number."""
    if low is None or high is None or duration(low) == duration(high):
        return ""
    return f" [{duration(low)} to {duration(high)}]"


def figure(value: float | None, unit: str | None = None) -> str:
    """A value with two significant digits and its unit; ratios as per cent; `no value` for NaN and infinities."""
    if value is None or not math.isfinite(value):
        return "no value"
    if unit in ("ratio", "1"):
        return percent(value)
    shown = _STANDS_FOR.get(unit or "", clean(unit, 20))
    return f"{_digits(value, 2)} {shown}".strip()


def figures(low: float, high: float, unit: str | None = None) -> str:
    """`0.22 to 0.42 s`: two values with as many digits as tell them apart, at most four, and their unit once."""
    if not math.isfinite(low) or not math.isfinite(high):
        return f"{figure(low, unit)} to {figure(high, unit)}"
    share = unit in ("ratio", "1")
    ends = (low * 100, high * 100) if share else (low, high)
    digits = next((n for n in (2, 3) if _digits(ends[0], n) != _digits(ends[1], n)), 4)
    shown = "%" if share else _STANDS_FOR.get(unit or "", clean(unit, 20))
    return f"{_digits(ends[0], digits)} to {_digits(ends[1], digits)} {shown}".strip()


def _digits(value: float, significant: int) -> str:
    if value == 0:
        return "0"
    digits = max(0, significant - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(digits, 9)}f}"
    return text.replace("-", "\u2212")


def percent(share: float) -> str:
    """A share of 0 to 1 as `11.8 %`; whole per cents from 20 % on."""
    if not math.isfinite(share):
        return "no value"
    per_cent = share * 100
    return f"{per_cent:.0f} %" if per_cent >= 20 or per_cent == round(per_cent) else f"{per_cent:.1f} %"


def count(value: float) -> str:
    """A count with thousands set off: `41,900`."""
    return f"{round(value):,}" if math.isfinite(value) else "no value"


def capital(words: Cell) -> Cell:
    """A cell with its first letter as a sentence begins, unless a quotation or a name begins it."""
    if not words or words[0].style != "plain":
        return words
    text = words[0].text
    return (Words(text[:1].upper() + text[1:]), *words[1:])


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 moment`, `2 moments`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    rest = list(parts)
    return rest[0] if len(rest) == 1 else f"{', '.join(rest[:-1])} and {rest[-1]}" if rest else ""
