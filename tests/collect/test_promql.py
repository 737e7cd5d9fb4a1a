"""Facts about reading PromQL: comparisons, selectors, ranges, and the raw samples to ask for."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from incident_timeline.collect.prometheus_api import Matrix
from incident_timeline.collect.promql import Comparison, longest_range_s, metrics, selectors, split_comparison
from incident_timeline.collect.scrape import interval_s
from incident_timeline.collect.selectors import reads
from incident_timeline.model.events import INSTANT


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("rate(a[1m]) / rate(b[1m]) > 0.02", Comparison("rate(a[1m]) / rate(b[1m])", ">", "0.02", 0.02)),
        ("(up == 0)", Comparison("up", "==", "0", 0.0)),
        ("a < -1", Comparison("a", "<", "-1", -1.0)),
        ("a >= 5 * 60", Comparison("a", ">=", "5 * 60", 300.0)),
        ("0.05 < a", Comparison("a", ">", "0.05", 0.05)),
        ("a > bool (3)", Comparison("a", ">", "(3)", 3.0)),
        (r'sum(x{path=~"/a\\.b", q="c\"d"}) > 3', Comparison(r'sum(x{path=~"/a\\.b",q="c\"d"})', ">", "3", 3.0)),
        ("a > b", Comparison("a", ">", "b", None)),
        ("a < on (job) group_left () 2 * b", Comparison("a", "<", "2 * b", None)),
        ("a > scalar(b)", Comparison("a", ">", "scalar(b)", None)),
        ("a > bool b", None),
        ("a > time()", None),
        ("a > 1 and b < 2", None),
        ("absent(a)", None),
        ("2 > 1", None),
        ("a > 1 / 0", None),
        ("not promql at (", None),
    ],
)
def test_a_rule_is_split_at_its_top_level_comparison(expr: str, expected: Comparison | None) -> None:
    """Both sides can be asked for; what has no comparison at its top, or answers 0 and 1, is not variable."""
    assert expected == split_comparison(expr)


def test_selectors_are_written_so_that_a_server_reads_them_back() -> None:
    """Offsets go, matchers stay, quotes and backslashes are escaped again."""
    expr = r'rate(x_bucket{service="a",code=~"5..|4\"x",path!~"/v\\d"}[20s] offset 5m) / sum(foo)'

    assert ["foo{}", r'x_bucket{service="a",path!~"/v\\d",code=~"5..|4\"x"}'] == [one.text for one in selectors(expr)]
    assert (("service", "a"),) == selectors(expr)[1].equals
    assert ("foo", "x_bucket") == metrics(expr)
    assert [one.text for one in selectors(expr)] == [selectors(one.text)[0].text for one in selectors(expr)]


@pytest.mark.parametrize(
    ("expr", "seconds"),
    [
        ("up", 0.0),
        ("rate(a[30s])", 30.0),
        ("rate(a[30s]) / rate(b[5m])", 300.0),
        ("max_over_time(a[1h:1m])", 3600.0),
        ("(", 0.0),
    ],
)
def test_the_longest_range_is_how_late_a_series_can_be(expr: str, seconds: float) -> None:
    """Subqueries count like range selectors."""
    assert seconds == longest_range_s(expr)


def test_one_bucket_of_a_histogram_is_enough_to_find_its_interval() -> None:
    """All buckets are scraped together, and there may be hundreds."""
    (asked,) = reads(['histogram_quantile(0.9, sum by (le) (rate(d_bucket{service="a"}[1m])))'])
    (whole,) = reads(["rate(d_bucket[1m])"])

    assert ('d_bucket{service="a",le="+Inf"}', 'd_bucket{service="a"}') == (asked.probe, asked.selector.text)
    assert 'd_bucket{le="+Inf"}' == whole.probe


def matrix(seconds: list[float]) -> Matrix:
    """A series with samples at so many seconds."""
    at = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=one) for one in seconds]
    return Matrix(
        {}, pl.DataFrame({"at": at, "value": [0.0] * len(at)}, schema={"at": INSTANT, "value": pl.Float64}), "p#/0"
    )


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ([[0, 5, 10, 15]], 5.0),
        ([[0.003, 5.001, 9.998, 15.002]], 5.0),  # jitter
        ([[0, 15, 30, 60, 75]], 15.0),  # one scrape missed
        ([[0, 15, 30], [1, 61, 121, 181]], 60.0),  # the more frequent distance
        ([[0, 0.5, 1.0]], 0.5),
        ([[0]], None),
        ([], None),
    ],
)
def test_the_scrape_interval_is_the_most_frequent_distance(series: list[list[float]], expected: float | None) -> None:
    """Found out from the samples themselves, within two percent of a whole second."""
    assert expected == interval_s([matrix(one) for one in series])
