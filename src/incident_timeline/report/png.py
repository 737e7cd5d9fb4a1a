"""A chart as PNG, for documents that take no SVG; drawn without a browser, where the `png` extra is installed."""

import importlib.util
import io

from incident_timeline.report.svg.palette import LIGHT

SCALE = 2.0  # px of the picture for each of the drawing: 900 become 1800, 280 a inch in a 6.5 inch column
_COLOURS = 255  # the palette has some twenty, the rest are the edges of letters
_NEAR = 12  # of 765: what the reduction moves a colour by


def _exact(palette: list[int]) -> list[int]:
    """A reduced palette with the charts' own colours as they are: the nearest entry to each, so that paper stays paper."""
    entries = [palette[i : i + 3] for i in range(0, len(palette), 3)]
    known = (getattr(LIGHT, name) for name in LIGHT.__slots__)
    for colour in (value for value in known if value.startswith("#")):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        away = [sum(abs(a - b) for a, b in zip(entry, wanted, strict=True)) for entry in entries]
        if away and min(away) <= _NEAR:
            entries[away.index(min(away))] = wanted
    return [value for entry in entries for value in entry]


def draw_png(svg: str) -> bytes | None:
    """The PNG of a chart drawn in the light theme; None where vl-convert-python or Pillow is not installed."""
    if not all(importlib.util.find_spec(name) for name in ("vl_convert", "PIL")):
        return None
    import vl_convert
    from PIL import Image

    drawn = Image.open(io.BytesIO(vl_convert.svg_to_png(svg, scale=SCALE))).convert("RGB")
    small = drawn.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.putpalette(_exact(small.getpalette() or []))
    held = io.BytesIO()
    small.save(held, "PNG", compress_level=6)
    return held.getvalue()
