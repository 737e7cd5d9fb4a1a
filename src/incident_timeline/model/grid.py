"""Description of a grid without a clock: rows of cells under heads, each cell a swatch with words beside it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell: a swatch of a fill of model.pictures.FILLS, words beside it, and second text under them.

    Words are one text in several lengths, longest first, as everywhere in model.pictures.
    """

    fill: str
    head: tuple[str, ...]
    note: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class GridBody:
    """Rows of cells under heads, no axis; `key` holds (fill, what it stands for)."""

    heads: tuple[str, ...]  # of the names and of each column
    rows: tuple[tuple[tuple[str, ...], tuple[GridCell, ...]], ...]  # a name, and as many cells as there are columns
    key: tuple[tuple[str, str], ...]
    foot: tuple[str, ...] = ()
