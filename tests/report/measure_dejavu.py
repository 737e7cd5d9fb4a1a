"""Writes the advance widths of DejaVu Sans as JSON: `python tests/report/measure_dejavu.py REGULAR.ttf BOLD.ttf OUT.json`.

Needs fontTools. DejaVu Sans is the widest font of the charts' font stack, so a text that fits by these widths fits everywhere.
"""

import json
import sys
from itertools import groupby
from pathlib import Path

from fontTools.ttLib import TTFont

# Latin with its extensions, combining marks, Greek, Cyrillic, punctuation, currency, letter-like, arrows, mathematics.
_RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x24F),
    (0x300, 0x52F),
    (0x1E00, 0x1EFF),
    (0x2000, 0x20CF),
    (0x2100, 0x22FF),
    (0x2500, 0x25FF),
)


def advances(path: str) -> dict[str, object]:
    """`units` per em and `runs`: [first code point, [advance, ...]] for every run of code points that the font holds."""
    font = TTFont(path)
    cmap, widths = font.getBestCmap(), font["hmtx"]
    held = [code for low, high in _RANGES for code in range(low, high + 1) if code in cmap]
    runs = []
    for _, group in groupby(enumerate(held), key=lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in group]
        runs.append([codes[0], [widths[cmap[code]][0] for code in codes]])
    return {"units": font["head"].unitsPerEm, "runs": runs}


if __name__ == "__main__":
    regular, bold, out = sys.argv[1:]
    table = {"font": "DejaVu Sans 2.37", "regular": advances(regular), "bold": advances(bold)}
    Path(out).write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")
