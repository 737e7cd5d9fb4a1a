"""The palette: one table, readable in both themes, in grey, and without red, green or blue receptors."""

from itertools import combinations

import pytest

from incident_timeline.model.gaps import CATEGORIES
from incident_timeline.model.pictures import CATEGORY_FILL, FILLS
from incident_timeline.report.svg.palette import THEMES, contrast, luminance

HUES = ("alert", "people", "change", "well")
STRONG = ("hurt", *(f"{hue}_strong" for hue in HUES))
# Machado, Oliveira, Fernandes 2009, severity 1.0, applied to linear RGB.
SEEN_BY = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
FLOORS = {"light": (45, 30, 22, 16), "dark": (36, 22, 14, 20)}


def lab(colour: str, seen_by: str) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of a colour as somebody sees it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    r, g, b = (min(1.0, max(0.0, sum(k * c for k, c in zip(row, linear, strict=True)))) for row in SEEN_BY[seen_by])
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("theme", THEMES)
def test_strong_hues_stay_apart_for_everybody(theme: str) -> None:
    """Least distance between two strong hues, CIE76, as seen with all receptors and with one kind missing."""
    colours = THEMES[theme]
    for seen_by, floor in zip(SEEN_BY, FLOORS[theme], strict=True):
        seen = [lab(getattr(colours, role), seen_by) for role in STRONG]
        least = min(sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5 for a, b in combinations(seen, 2))
        assert least >= floor - 0.7, (seen_by, least)


@pytest.mark.parametrize("theme", THEMES)
def test_strong_and_pale_survive_grey(theme: str) -> None:
    """Under way and waiting of one hue differ at least 2.9 : 1 in luminance."""
    colours = THEMES[theme]
    for hue in HUES:
        assert contrast(getattr(colours, f"{hue}_strong"), getattr(colours, f"{hue}_pale")) >= 2.85, hue


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_outlines_stand_out(theme: str) -> None:
    """Text on every fill at least 4.5 : 1, outlines and lines at least 3 : 1 to the paper (WCAG 2.2, 1.4.3 and 1.4.11)."""
    colours = THEMES[theme]
    for role in FILLS:
        assert contrast(colours.outline(role), colours.paper) >= 3
        if role not in ("proposed", "hollow", "no_record", "unexplained"):
            assert contrast(colours.on(colours.fill(role)), colours.fill(role)) >= 4.5
    for role in ("ink", "muted"):
        assert contrast(getattr(colours, role), colours.paper) >= 4.5
    assert contrast(colours.hurt, colours.hurt_tint) >= 4.5
    assert contrast(colours.rule, colours.paper) >= 3


def test_every_category_of_the_ledgers_has_its_fill() -> None:
    """The table is complete against the ledgers' categories, holds nothing else, and names known fills."""
    categories = {category for names in CATEGORIES.values() for category in names}
    assert categories == set(CATEGORY_FILL)
    assert set(CATEGORY_FILL.values()) <= set(FILLS)


def test_luminance_of_black_and_white() -> None:
    """The ends of the scale."""
    assert (luminance("#000000"), round(luminance("#FFFFFF"), 6)) == (0.0, 1.0)
    assert round(contrast("#000000", "#FFFFFF"), 6) == 21.0
