"""Facts about the picture of several incidents: nothing meets, nothing is dropped silently, open incidents go on."""

import math

import pytest

from incident_timeline.compare.cohorts import cohorts_at, cohorts_by
from incident_timeline.compare.gaps import compare_gaps
from incident_timeline.config.packaged import load_templates
from incident_timeline.model.compared import Cohort, Comparison
from incident_timeline.report.across_page import render_across
from incident_timeline.report.svg.across import across_titles, draw_across
from tests.compare.archived import T0, gaps, incidents, segments
from tests.report.svg_checks import wrong_with

CATEGORIES = (
    "no_record",
    "unexplained",
    "approval",
    "deploy",
    "verify",
    "closing",
    "execute",
    "tooling",
    "recovery",
    "comms",
    "capacity",
)


def comparison(count: int, spread: float, by: str = "date", open_ones: int = 0) -> Comparison:
    """So many incidents, lengths from half a minute to hours, every third one unconfirmed; the last ones still open."""
    table = incidents(*({"service": f"service-{i % 3}", "is_open": i >= count - open_ones} for i in range(count)))
    rows = [
        (f"INC-{i + 1}", 600 * math.exp(spread * math.sin(7.3 * i)), "proposed" if i % 3 == 2 else "stated")
        for i in range(count)
    ]
    held = gaps("response_gap", rows[: count - open_ones])
    if open_ones:
        held.extend(
            gaps("response_gap", [(one, None, "missing") for one, _, _ in rows[count - open_ones :]], at_least=9000.0)
        )
    went = segments(*(("INC-1", "response", one, 100.0 * i + 5) for i, one in enumerate(CATEGORIES)))
    cohorts = cohorts_at(table, T0.replace(month=3)) if by == "date" else cohorts_by(table, by)
    return compare_gaps(table, held, went, cohorts, by=by, names=("response_gap",))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [900, 1200])
@pytest.mark.parametrize(
    "shown",
    [
        comparison(24, 1.0), comparison(3, 0.2), comparison(40, 0.05), comparison(60, 4.5), comparison(30, 1.5, "service"),
        comparison(30, 1.0, open_ones=4), comparison(300, 2.0),
    ],
    ids=["plain", "few", "alike", "far apart", "services", "open", "crowd"],
)  # fmt: skip
def test_every_picture_is_readable(shown: Comparison, width: int, theme: str) -> None:
    """Texts apart and inside, colours of the palette, sizes and contrast, the alternative text as its title."""
    alt = ". ".join(across_titles(shown, "response_gap"))

    assert [] == wrong_with(draw_across(shown, "response_gap", width=width, theme=theme), theme, alt)


def test_a_crowd_is_thinned_and_says_so() -> None:
    """150 of a cohort's dots are drawn, the shortest and the longest among them."""
    shown = comparison(1200, 2.0)
    svg = draw_across(shown, "response_gap")
    dots = [dot for group in shown.groups for dot in (*group.dots, *group.apart)]

    assert "150 of them drawn" in svg
    assert "of a crowd every k-th, by length, and its ends" in svg
    assert "one dot, one incident" not in svg
    assert "every incident a dot" not in svg
    assert f"{max(dots, key=lambda d: d.length.at).incident}: " in svg
    assert f"{min(dots, key=lambda d: d.length.at).incident}: " in svg


def test_many_cohorts_share_what_one_picture_can_hold() -> None:
    """Sixteen weeks of a hundred incidents: 93 dots each and not 150, so that the picture stays light; the page says it too."""
    one = comparison(1600, 2.0)
    weeks = [Cohort(f"week {i}", tuple(f"INC-{100 * i + k + 1}" for k in range(100))) for i in range(16)]
    table = incidents(*({} for _ in range(1600)))
    rows = [(dot.incident, dot.length.at, "stated") for group in one.groups for dot in (*group.dots, *group.apart)]
    shown = compare_gaps(table, gaps("response_gap", rows), segments(), weeks, by="week", names=("response_gap",))

    assert 16 * 93 == draw_across(shown, "response_gap").count("</title></circle>")
    assert "every k-th incident by length is a dot" in render_across(shown, load_templates())
    assert "Every incident is a dot." in render_across(comparison(24, 1.0), load_templates())
