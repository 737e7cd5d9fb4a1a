"""Facts about the comparison's page in real headless Chromium: silent, self-contained, readable wide and narrow, in both themes."""

import re
from pathlib import Path

import pytest

from incident_timeline.config.packaged import load_templates
from incident_timeline.report.across_page import render_across
from tests.report.browser import Visits
from tests.report.test_page_in_browser import LOOKS
from tests.report.test_svg_across import comparison

pytestmark = pytest.mark.live
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "compare" / "compare.html"


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_example_s_page_is_silent_asks_for_nothing_and_is_accessible(
    visit: Visits, width: int, scheme: str
) -> None:
    """Sixty simulated incidents as they lie in examples/: every picture is drawn once, in the theme that is asked for."""
    seen = visit.open(EXAMPLE, viewport={"width": width, "height": 900}, color_scheme=scheme)
    figures = seen.page.locator("figure.chart").count()
    other = "dark" if scheme == "light" else "light"

    assert ([], [], 0) == (seen.console, seen.requests, seen.beyond())
    assert [] == seen.violations()
    assert 2 == figures
    assert (figures, 0) == (seen.shown(f"figure.chart .{scheme} > svg"), seen.shown(f"figure.chart .{other} > svg"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_many_quarters_and_open_incidents_is_accessible_too(visit: Visits, scheme: str) -> None:
    """Ninety incidents over seven quarters, three still open."""
    page = render_across(comparison(90, 2.0, "quarter", open_ones=3), load_templates())
    seen = visit(page, viewport={"width": 400, "height": 900}, color_scheme=scheme)

    assert ([], [], 0, []) == (seen.console, seen.requests, seen.beyond(), seen.violations())


def test_every_number_of_the_pictures_stands_in_a_table(visit: Visits) -> None:
    """Read without the pictures: the tables name each cohort, its median, and the incidents behind each share."""
    seen = visit.open(EXAMPLE)
    tables = [seen.page.locator("table").nth(i).inner_text() for i in range(seen.page.locator("table").count())]

    assert 3 == len(tables)
    assert re.search(r"response gap\s+since 2026-06-01\s+6 of 8, median 7:07 \[4:04 to 11:06\]", tables[0])
    assert "shorter: 0.25 [0.17 to 0.38] times as long" in tables[1]
    assert re.search(r"response\s+deploy\s+1:41:05\s+16\s+SIM-025 23:16", tables[2])
