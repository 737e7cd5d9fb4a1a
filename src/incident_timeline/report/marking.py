"""Words as Markdown: every character of outside text is shown as it is and none of it acts."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from incident_timeline.model.findings import Words

_ACTIVE = re.compile(
    r"[\\`*|~$]|\](?=[(\[:]|$)|^\[(?=[ xX]\])"
)  # `]` acts only before `(`, `[`, `:` or what may follow
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # inside a word it is inert in GFM, and identifiers stay readable
_LINE_START = re.compile(r"^(\s*)(?:([#+\-=>])|(\d+)([.)]))")
_AUTOLINK = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp|javascript|data|vbscript):")
_WWW = re.compile(r"(?i)\bwww\.")
_RUNS = re.compile(r"`+")


def escape(text: str) -> str:
    """Plain text as Markdown that shows exactly that text: no markup, no HTML, no links, no table cells."""
    text = " ".join(text.split("\n")).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _ACTIVE.sub(lambda m: f"\\{m[0]}", text)
    text = _UNDERSCORE.sub(r"\\_", text)
    text = _AUTOLINK.sub(lambda m: f"{m[1]}&#58;", text)
    text = _WWW.sub(lambda m: f"{m[0][:-1]}&#46;", text)
    return text.replace("@", "&#64;")


def escape_line(text: str) -> str:
    """The same for text that begins a line, where a number, a dash or a hash would begin a list or a heading."""
    return _LINE_START.sub(lambda m: f"{m[1]}{m[3] or ''}\\{m[2] or m[4]}", escape(text))


def code_span(text: str, *, table: bool) -> str:
    """A code span that holds exactly that text; in a table `|` is escaped, as GFM asks even inside code."""
    text = " ".join(text.split())
    if not text:
        return ""
    longest = max((len(run) for run in _RUNS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text.replace('|', chr(92) + '|') if table else text}{pad}{fence}"


def mark_words(words: Iterable[Words], numbers: Mapping[str, str], *, table: bool = False) -> str:
    """A cell as Markdown; references become `[E8]`, each number once in a row, those without a number are left out."""
    listed = [word for word in words if word.style != "ref" or word.text in numbers]
    parts: list[str] = []
    shown: list[str] = []
    for before, word in pairwise([Words(""), *listed]):
        if word.style == "ref":
            number = numbers[word.text]
            if before.style == "ref" and number in shown:
                continue
            shown = [*shown, number] if before.style == "ref" else [number]
            parts.append(f" [{number}]" if before.style == "ref" else f"[{number}]")
        elif word.style == "said":
            parts.append(f"“{escape(word.text)}”")
        elif word.style == "code":
            parts.append(code_span(word.text, table=table))
        elif word.style == "strong" and word.text.strip():
            parts.append(_strong(word.text))
        else:
            parts.append(escape(word.text))
    return _tidy("".join(parts))


def _strong(text: str) -> str:
    """Bold with the spaces outside the marks, as Markdown wants them."""
    inner = text.strip()
    start = text[: len(text) - len(text.lstrip())]
    return f"{start}**{escape(inner)}**{text[len(text.rstrip()) :]}"


def _tidy(text: str) -> str:
    return re.sub(r" +([.,;:])(?=\s|$)", r"\1", re.sub(r"  +", " ", text)).strip()
