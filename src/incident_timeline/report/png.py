"""A chart as PNG, for documents that take no SVG; drawn without a browser, where the `png` extra is installed."""

import importlib.util
import io

SCALE = 2.0  # px of the picture for each of the drawing: 900 become 1800, 280 a inch in a 6.5 inch column
_COLOURS = 255  # the palette has some twenty, the rest are the edges of letters


def draw_png(svg: str) -> bytes | None:
    """The PNG of a drawn chart; None where vl-convert-python or Pillow is not installed."""
    if not all(importlib.util.find_spec(name) for name in ("vl_convert", "PIL")):
        return None
    import vl_convert
    from PIL import Image

    drawn = Image.open(io.BytesIO(vl_convert.svg_to_png(svg, scale=SCALE))).convert("RGB")
    small = drawn.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    held = io.BytesIO()
    small.save(held, "PNG", compress_level=6)
    return held.getvalue()
