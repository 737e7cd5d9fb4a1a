"""Facts about a drawn series: thinned to what a picture can show, and no peak lost."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.model.pictures import Plot
from incident_timeline.report.svg.axis import make_scale
from incident_timeline.report.svg.curve import make_curve, value_ticks

START = datetime(2026, 11, 17, 13, 0, tzinfo=UTC)


@given(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=2, max_size=3000), st.integers(60, 1100))
def test_the_drawn_line_keeps_its_peaks(values: list[float], width: int) -> None:
    """Its highest and lowest point are those of the samples, a px of width holds four points at most, and its axis has ticks."""
    points = tuple((START + timedelta(seconds=i), value) for i, value in enumerate(values))
    known = [value for value in values if math.isfinite(value)]
    scale = make_scale(START, points[-1][0], (), 132.0, 132.0 + width)
    curve = make_curve(Plot("sli", "latency", (), points, gap_s=10.0), scale, 0.0, 200.0)
    ys = [y for run in curve.runs for _, y in run]

    assert bool(known) == bool(ys)
    if known:
        assert (min(ys), max(ys)) == (curve.y(max(known)), curve.y(min(known)))
    assert len(ys) <= 4 * (width + 2) + 4 * len(curve.runs)
    assert 1 <= len(value_ticks(curve.low, curve.high, 4)) <= 4
