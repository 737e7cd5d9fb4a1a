"""Facts about joining sets of series: each moment once, in one order, whatever the parts."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from incident_timeline.model.series import SAMPLES_SCHEMA, SeriesSet, join_series

START = datetime(2026, 11, 17, 14, tzinfo=UTC)
Rows = list[tuple[str, int, float]]
SAMPLES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.floats(allow_nan=True)), max_size=12)


def part(rows: Rows) -> SeriesSet:
    """A set whose samples stand as given."""
    table = [(key, START + timedelta(seconds=second), value) for key, second, value in rows]
    return SeriesSet(samples=pl.DataFrame(table, schema=SAMPLES_SCHEMA, orient="row"))


@given(st.lists(SAMPLES, min_size=1, max_size=4))
def test_a_moment_that_several_parts_hold_stands_once_with_the_last_value_given(parts: list[Rows]) -> None:
    """Samples come in the order of series and time; NaN is a value like any other."""
    expected = {(key, second): value for rows in parts for key, second, value in rows}
    rows = [(key, second, value) for (key, second), value in sorted(expected.items())]

    assert_frame_equal(part(rows).samples, join_series([part(one) for one in parts]).samples)
