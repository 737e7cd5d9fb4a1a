"""Facts about cutting a stretch of time into segments."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.model.gaps import Segment
from incident_timeline.score.segments import Stretch, paint

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """T0 and so many seconds."""
    return T0 + timedelta(seconds=seconds)


def stretch(start: float, end: float, category: str, precedence: int) -> Stretch:
    """A claim without evidence."""
    return Stretch(at(start), at(end), category, "rule", precedence)


DEFAULT = stretch(0, 0, "unexplained", 99)


def test_what_no_stretch_covers_is_the_default() -> None:
    """An empty ledger is one segment of the default category."""
    expected = (Segment(at(0), at(60), "unexplained", "rule"),)

    assert expected == paint(at(0), at(60), [], default=DEFAULT)


def test_the_lower_precedence_wins_where_stretches_overlap() -> None:
    """An overlap goes to the stretch of lower precedence, and the other keeps what is left on both sides."""
    painted = paint(at(0), at(60), [stretch(0, 60, "no_record", 9), stretch(20, 30, "approval", 1)], default=DEFAULT)

    assert [("no_record", 20), ("approval", 10), ("no_record", 30)] == [(s.category, s.seconds) for s in painted]


def test_stretches_are_cut_to_the_gap() -> None:
    """A stretch that begins before the gap or ends after it counts only inside."""
    painted = paint(at(0), at(60), [stretch(-50, 600, "approval", 1)], default=DEFAULT)

    assert (Segment(at(0), at(60), "approval", "rule"),) == painted


def test_a_gap_without_length_has_no_segments() -> None:
    """Nothing is cut where the end is not after the start."""
    assert () == paint(at(60), at(60), [stretch(0, 90, "approval", 1)], default=DEFAULT)


STRETCHES = st.lists(
    st.builds(
        lambda start, length, category, precedence: stretch(start / 1e6, (start + length) / 1e6, category, precedence),
        st.integers(-10_000_000, 80_000_000), st.integers(-5, 90_000_000), st.sampled_from(["a", "b", "c"]), st.integers(0, 9),
    ),
    max_size=12,
)  # fmt: skip


@given(STRETCHES, st.integers(1, 70_000_000))
def test_segments_always_add_up_without_overlap(stretches: list[Stretch], length: int) -> None:
    """Whatever is claimed, segments follow one another and their microseconds add up to the gap exactly."""
    end = T0 + timedelta(microseconds=length)
    painted = paint(T0, end, stretches, default=DEFAULT)

    assert end - T0 == sum((s.end - s.start for s in painted), timedelta())
    assert [s.end for s in painted[:-1]] == [s.start for s in painted[1:]]
    assert (T0, end) == (painted[0].start, painted[-1].end)
    assert all(s.end > s.start for s in painted)


@given(STRETCHES, st.integers(1, 70_000_000))
def test_adding_a_stretch_never_changes_the_sum(stretches: list[Stretch], length: int) -> None:
    """One more claim moves minutes between categories and adds none."""
    end = T0 + timedelta(microseconds=length)
    more = [*stretches, stretch(5, 25, "d", 0)]

    sums = [
        sum((s.end - s.start for s in paint(T0, end, some, default=DEFAULT)), timedelta()) for some in (stretches, more)
    ]

    assert sums[0] == sums[1]
