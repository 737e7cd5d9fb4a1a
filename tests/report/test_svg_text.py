"""Text is measured with the widest font of the stack, cut with a sign, and axes have round ticks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.report.svg.axis import make_scale, make_ticks
from incident_timeline.report.svg.canvas import escape, number
from incident_timeline.report.svg.curve import tick_text, value_range, value_ticks
from incident_timeline.report.svg.text import packaged_font

FONT = packaged_font()
START = datetime(2026, 11, 17, 13, 50, tzinfo=UTC)


def test_widths_are_those_of_dejavu_sans() -> None:
    """Advances of the font file, 2048 units to the em: 1303 for a digit, 1401 for A, 1425 for a bold digit."""
    assert FONT.width("0", 2048) == 1303
    assert FONT.width("A", 2048) == 1401
    assert FONT.width("0", 2048, bold=True) == 1425
    assert FONT.width("14:07:31", 13) == pytest.approx(13 * (6 * 1303 + 2 * 690) / 2048)


def test_characters_that_the_table_lacks_are_not_too_narrow() -> None:
    """Wide ones count more than an em, combining marks nothing."""
    assert FONT.width("会", 10) > 10
    assert FONT.width("🔥", 10) > 13
    assert FONT.width("e\u0301", 10) == FONT.width("e", 10)


@given(st.text(st.characters(exclude_categories=["C"]), max_size=60), st.floats(5, 300))
def test_a_cut_text_fits(text: str, room: float) -> None:
    """Whatever is cut fits, and is the text itself where that fits."""
    cut = FONT.cut(text, room, 13)
    assert FONT.width(cut, 13) <= max(room, 0)
    if FONT.width(text, 13) <= room:
        assert cut == text


def test_wrapping_breaks_at_spaces_and_cuts_the_last_line() -> None:
    """Two lines, the second one cut."""
    assert FONT.wrap("what the rule reads and a good deal more", 80, 12) == ["what the", "rule reads…"]
    assert FONT.wrap("short", 80, 12) == ["short"]
    assert FONT.wrap("", 80, 12) == []


def test_markup_is_escaped_and_what_xml_cannot_hold_removed() -> None:
    """Five characters escaped; NUL, escape, bidi override, non-characters and lone surrogates gone; a line break is a space."""
    assert escape('<a href="x">&\'') == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"
    assert escape("a\x00b\x1bc\u202ed\ufffee\ud800f\ng") == "abcdef g"


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (1.005, "1"), (0.125, "0.12"), (-0.001, "0"), (-2.5, "-2.5")])
def test_coordinates_have_two_decimals(value: float, text: str) -> None:
    """Short and stable numbers."""
    assert number(value) == text


@pytest.mark.parametrize(
    ("minutes", "texts"),
    [
        (86, ["13:50", "14:00", "14:10", "14:20", "14:30", "14:40", "14:50", "15:00", "15:10"]),
        (9, ["13:50", "13:51", "13:52", "13:53", "13:54", "13:55", "13:56", "13:57", "13:58", "13:59"]),
        (500, ["14:00", "15:00", "16:00", "17:00", "18:00", "19:00", "20:00", "21:00", "22:00"]),
    ],
)
def test_ticks_are_round_and_at_most_ten(minutes: int, texts: list[str]) -> None:
    """Whole steps of UTC."""
    scale = make_scale(START, START + timedelta(minutes=minutes), (), 132, 1180)
    assert [tick.text for tick in make_ticks(scale, None, 60)] == texts


def test_past_midnight_the_first_tick_of_a_day_names_it() -> None:
    """Days only where there are several."""
    scale = make_scale(START + timedelta(hours=9), START + timedelta(hours=12), (), 132, 1180)
    days = [tick.day for tick in make_ticks(scale, None, 60) if tick.day]
    assert days == ["Nov 17", "Nov 18"]


@given(st.integers(1, 10_000_000), st.lists(st.integers(0, 10_000_000), min_size=2, max_size=20))
def test_the_scale_never_turns_back(length: int, offsets: list[int]) -> None:
    """Later is never further left, with a break or without, and all stays on the axis."""
    end = START + timedelta(seconds=length)
    gap = (START + timedelta(seconds=length * 0.4), START + timedelta(seconds=length * 0.6))
    for breaks in ((), (gap,)):
        scale = make_scale(START, end, breaks, 132, 1180)
        xs = [scale.x(START + timedelta(seconds=one)) for one in sorted(offsets)]
        assert xs == sorted(xs)
        assert all(132 - 1e-6 <= x <= 1180 + 1e-6 for x in xs)


def test_value_axes_are_round() -> None:
    """From zero where the values reach near it; at most so many ticks; numbers with the decimals they need."""
    assert value_range([0.3, 4.2]) == (0.0, pytest.approx(4.452))
    low, high = value_range([0.991, 0.999])
    assert 0.98 < low < 0.991 < 0.999 < high < 1.01
    assert value_range([]) == (0.0, 1.0)
    assert value_ticks(0, 4.45, 2) == (0.0, 4.0)
    assert value_ticks(0, 4.45, 4) == (0.0, 2.0, 4.0)
    assert [tick_text(v, 0.04) for v in (0.0, 0.04, 0.08)] == ["0.00", "0.04", "0.08"]
    assert tick_text(20_000, 20_000) == "20k"
