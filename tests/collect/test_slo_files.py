"""Facts about SLO files of Sloth, Pyrra and OpenSLO: read as ratios with an objective, or refused with file and line."""

from pathlib import Path

import pytest

from incident_timeline.collect.query_files import find_queries, read_queries
from incident_timeline.errors import QueryFileError

FOLDER = Path(__file__).parent / "slo"
DAY = 86_400.0
REQUESTS = "http_requests_total"


def read(name: str) -> dict[str, tuple[float | None, float | None, str, dict[str, str]]]:
    """Of each SLO in a file: objective, period, signal, and its PromQL for a range of a minute."""
    found = [one.query for one in read_queries((FOLDER / name).read_text(encoding="utf-8"), name)]
    return {q.name: (q.objective, q.period_s, q.signal, q.expressions("checkout", 60)) for q in found}


def ratio(name: str, errors: str, total: str) -> dict[str, str]:
    """The three expressions of an SLO by its bad and all requests."""
    errors = f"({errors}) or 0 * ({total})"
    return {name: f"({errors}) / ({total})", f"{name}.errors": errors, f"{name}.total": total}


def test_sloth_gives_events_latency_and_ready_ratios() -> None:
    """`{{.window}}` becomes the range, a `$` of a regular expression stays, an objective is a percentage of 30 days."""
    all_of = f'sum(rate({REQUESTS}{{service="checkout"}}[60s]))'
    bad = f'sum(rate({REQUESTS}{{service="checkout",code=~"(5..|429)$"}}[60s]))'
    found = read("sloth.yaml")

    assert (0.999, 30 * DAY, "errors", ratio("requests-availability", bad, all_of)) == found["requests-availability"]
    assert (0.99, 30 * DAY, "latency") == found["requests-latency"][:3]
    assert (0.95, 30 * DAY, "errors", {"recorded": 'checkout:errors:ratio{window="60s"}'}) == found["recorded"]


def test_pyrra_gives_ratio_latency_and_a_gauge() -> None:
    """Selectors become rates, groups are added up; slow requests are those that no bucket up to the limit holds."""
    all_of = f'sum(rate({REQUESTS}{{service="checkout"}}[60s]))'
    timed = 'sum(rate(http_request_duration_seconds_count{service="checkout"}[60s]))'
    fast = 'sum(rate(http_request_duration_seconds_bucket{service="checkout",le="0.5"}[60s]))'
    failed = f'sum(rate({REQUESTS}{{service="checkout",code=~"5.."}}[60s]))'

    assert {
        "checkout-errors": (0.995, 28 * DAY, "errors", ratio("checkout-errors", failed, all_of)),
        "checkout-latency": (0.9, 28 * DAY, "latency", ratio("checkout-latency", f"{timed} - {fast}", timed)),
        "checkout-probe": (0.99, 14 * DAY, "errors", {"checkout-probe": '1 - avg(probe_success{job="checkout"})'}),
    } == read("pyrra.yaml")


def test_openslo_gives_an_slo_for_each_objective() -> None:
    """Counters become rates, good requests are taken from all, an SLI may stand in the same file."""
    all_of = f'sum(rate({REQUESTS}{{service="checkout"}}[60s]))'
    good = f'sum(rate({REQUESTS}{{code!~"5..",service="checkout"}}[60s]))'
    bad = f"({all_of}) - ({good})"
    rated = ratio("rated", "sum(rate(failed_total[5m]))", "sum(rate(all_total[5m]))")

    assert {
        "checkout-1": (0.99, 30 * DAY, "errors", ratio("checkout-1", bad, all_of)),
        "checkout-2": (0.999, 30 * DAY, "errors", ratio("checkout-2", bad, all_of)),
        "rated": (0.95, 7 * DAY, "errors", rated),
    } == read("openslo.yaml")


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("sloth.yaml", "    objective: 99.9", "    objective: 100", "line 6: objective is 100"),
        ("sloth.yaml", "error_query: sum(rate", "error_query: sum(increase", "line 10: error_query reads increase()"),
        ("sloth.yaml", "      events:\n        error_query: sum", "      plugin: {}\n      events:\n        error_query: sum",
         "line 9: an SLI plugin is not read"),
        ("sloth.yaml", "{{.window}}]))\n        total", "5m]))\n        total", "line 10: error_query names no {{.window}}"),
        ("sloth.yaml", "alerting: {}", "alertin: {}", "line 22: unknown key 'alertin'"),
        ("sloth.yaml", '"requests-latency"', '"requests-availability"', "line 13: the SLO 'requests-availability' stands"),
        ("sloth.yaml", "prometheus/v1", "prometheus/v2", "line 1: 'prometheus/v2' is not read"),
        ("pyrra.yaml", "    latency:", "    latencyNative:", "line 23: latencyNative (native histograms) is not read"),
        ("pyrra.yaml", "window: 28d", "window: a month", "line 20: window is no duration"),
        ("pyrra.yaml", 'total{service="checkout"}', 'total{service="checkout"}[5m]', "line 12: metric must be one selector"),
        ("openslo.yaml", "budgetingMethod: Occurrences", "budgetingMethod: Timeslices", "line 24: budgetingMethod Timeslices"),
        ("openslo.yaml", "type: Prometheus", "type: Datadog", "line 13: the source 'Datadog' is not read"),
        ("openslo.yaml", "indicatorRef: checkout-errors", "indicatorRef: elsewhere", "line 22: the SLI 'elsewhere' is not in this"),
        ("openslo.yaml", "ratioMetric:\n            counter: false", "thresholdMetric:\n            counter: false",
         "line 38: thresholdMetric is not read"),
        ("openslo.yaml", "    counter: true", "    counter: false", "line 11: counter must be true"),
    ],
)  # fmt: skip
def test_what_is_not_understood_names_file_and_line(name: str, old: str, new: str, words: str) -> None:
    """Nothing of an SLO file is left out in silence."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert old in text

    with pytest.raises(QueryFileError) as caught:
        read_queries(text.replace(old, new, 1), name)

    assert f"{name}, {words}" in str(caught.value)


def test_a_service_names_an_slo_file_or_the_folder_that_holds_it() -> None:
    """All SLOs of the files, under their own names."""
    everything, unusable = find_queries(["slo"], [FOLDER.parent])
    one, _ = find_queries(["slo/pyrra.yaml"], [FOLDER.parent])

    assert () == unusable
    assert {"recorded", "checkout-probe", "rated"} < {query.name for query in everything}
    assert ["checkout-errors", "checkout-latency", "checkout-probe"] == [query.name for query in one]
