"""Text from outside as it may be shown: without characters that move a cursor, turn the reading direction or are not there."""

import unicodedata

_JOINERS = "\u200c\u200d"  # that scripts and emoji need


def visible(text: str, keep: str = "") -> str:
    """The text without control, format, private, unassigned and lone surrogate characters; separators become spaces.

    `keep` names control characters that stay, such as line ends.
    """
    return text if text.isascii() and text.isprintable() else "".join(_shown(char, keep) for char in text)


def _shown(char: str, keep: str) -> str:
    if char in keep:
        return char
    category = unicodedata.category(char)
    if category in ("Zl", "Zp", "Zs") or char in "\t\n\r\v\f":
        return " "
    return char if category[0] != "C" or char in _JOINERS else ""
