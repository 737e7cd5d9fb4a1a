"""Facts about the charts that people see under examples/: the checks of pictures hold for every one of them."""

import html
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.report.svg_checks import Drawn, wrong_with

CHARTS = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*/charts/*.svg"))


@pytest.mark.parametrize("path", CHARTS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_every_chart_of_the_examples_keeps_the_checks(path: Path) -> None:
    """No overlap, nothing outside, contrast, sizes, palette, in grey too; ledgers fill their axis end to end."""
    svg = path.read_text(encoding="utf-8")
    title = re.search(r"<title id[^>]*>([^<]*)</title>", svg)
    assert title is not None

    assert [] == wrong_with(svg, "dark" if path.stem.endswith("-dark") else "light", html.unescape(title[1]))
    segments = Drawn(svg).segments()
    for one, following in pairwise(segments):
        assert abs(float(one.get("x", "0")) + float(one.get("width", "0")) - float(following.get("x", "0"))) < 0.05
