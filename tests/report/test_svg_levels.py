"""The leveller: no text meets another, a stem or the edge, and every mark is named by exactly one text."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.report.svg.levels import Flag, Placed, Spacing, fit, name_run
from incident_timeline.report.svg.text import packaged_font

MEASURE = packaged_font().measure(13)
X0, X1 = 134.0, 1196.0


def flag(x: float, number: int, words: str) -> Flag:
    """An entry's flag in its usual three forms."""
    name = f"E{number}"
    return Flag(x, (f"{name} “{words}”", f"{name} “{words[:10]}…”", name), name)


def collisions(placed: tuple[Placed, ...], spacing: Spacing) -> list[str]:
    """Pairs of texts that meet, and texts that lie on another's stem."""
    found = []
    for one, other in combinations(placed, 2):
        if (
            one.level == other.level
            and one.left < other.right + spacing.gap - 1e-6
            and other.left < one.right + spacing.gap - 1e-6
        ):
            found.append(f"{one} meets {other}")
        low, high = sorted((one, other), key=lambda p: p.level)
        if low.level < high.level and low.left - spacing.clear < high.x < low.right + spacing.clear:
            found.append(f"{low} lies on the stem of {high}")
    return found


FLAGS = st.lists(
    st.tuples(
        st.floats(X0 + 4, X1 - 60),
        st.text(st.characters(codec="latin-1", exclude_categories=["C"]), min_size=1, max_size=40),
    ),
    min_size=1,
    max_size=45,
)


@settings(max_examples=60, deadline=None)
@given(FLAGS, st.integers(1, 6), st.lists(st.floats(X0, X1), max_size=5))
def test_nothing_meets_and_nothing_is_lost(rows: list[tuple[float, str]], levels: int, obstacles: list[float]) -> None:
    """Random marks, words and hairlines: no collision, all inside, every mark named once or, with no room at all, by none."""
    flags = [flag(x, i, words) for i, (x, words) in enumerate(rows)]
    placed = fit(flags, X0, X1, levels, obstacles, MEASURE)
    assert [] == collisions(placed, Spacing())
    assert all(X0 <= one.left and one.right <= X1 and 0 <= one.level < levels for one in placed)
    named = [i for one in placed for i in one.flags]
    assert len(named) == len(set(named))
    if len(rows) <= 20 and levels >= 4:
        assert sorted(named) == list(range(len(rows)))


def test_a_long_text_that_reaches_back_over_a_short_one_leaves_room_for_the_mark_before_both() -> None:
    """Two marks at one moment, the second with a text as long as the way to the first mark."""
    flags = [flag(642.0, 0, "0"), flag(920.0, 1, "0"), flag(920.0, 2, "0" * 29)]
    placed = fit(flags, X0, X1, 4, [], MEASURE)
    assert [0, 1, 2] == sorted(i for one in placed for i in one.flags)
    assert [] == collisions(placed, Spacing())


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(X0 + 4, X1 - 60), min_size=1, max_size=8, unique=True))
def test_few_marks_keep_hairlines_free(xs: list[float]) -> None:
    """Where every text has room beside the hairlines, none crosses one."""
    line = (X0 + X1) / 2
    placed = fit([flag(x, i, "words") for i, x in enumerate(xs) if abs(x - line) > 60], X0, X1, 8, [line], MEASURE)
    assert not [one for one in placed if one.left < line < one.right]


def test_full_texts_on_the_fewest_levels() -> None:
    """Two texts that could touch take two levels; the later mark stays low, so no stem crosses its text."""
    placed = fit([flag(200, 1, "first thing said"), flag(240, 2, "second")], X0, X1, 4, (), MEASURE)
    assert [(one.text, one.level) for one in placed] == [("E1 “first thing said”", 1), ("E2 “second”", 0)]


def test_at_the_right_edge_a_flag_flies_left() -> None:
    """A text that would leave the plot ends at its stem instead."""
    (one,) = fit([flag(X1 - 10, 1, "nearly over")], X0, X1, 4, (), MEASURE)
    assert one.right < one.x


def test_marks_of_one_second_are_all_named() -> None:
    """Twelve marks at one x on four levels: some have their own text, the others are named together."""
    placed = fit([flag(300, i, "all at once") for i in range(1, 13)], X0, X1, 4, (), MEASURE)
    assert sorted(i for one in placed for i in one.flags) == list(range(12))
    assert [] == collisions(placed, Spacing())


def test_three_hundred_marks_do_not_meet() -> None:
    """Three hundred marks on six levels: bundled, none meets."""
    flags = [flag(X0 + 5 + i * 3.3, i, "words of some length") for i in range(300)]
    placed = fit(flags, X0, X1, 6, (), MEASURE)
    assert [] == collisions(placed, Spacing())
    assert sum(len(one.flags) for one in placed) >= 290


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["E7", "E8", "E9"], "E7–E9"),
        (["E9", "E7", "E8"], "E7–E9"),
        (["E7", "E12"], "E7, E12"),
        (["E7", "E12", "E20"], "E7 … E20 (3)"),
        (["E7"], "E7"),
        (["", ""], "2 entries"),
    ],
)
def test_runs_are_named_by_their_ends(names: list[str], expected: str) -> None:
    """What is bundled says which numbers it holds."""
    assert name_run(names) == expected
