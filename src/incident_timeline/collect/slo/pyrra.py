"""Reads Pyrra's SLOs (pyrra.dev/v1alpha1)."""

from collections.abc import Iterator, Sequence

from incident_timeline.collect.read_query import ReadQuery
from incident_timeline.collect.slo.parts import About, period, question_of, rate_of, share, slo_query
from incident_timeline.collect.yaml_lines import Place, need

_SOURCE = "https://github.com/pyrra-dev/pyrra"
_SPEC = (
    "description",
    "target",
    "window",
    "indicator",
    "alerting",
    "partial_response_strategy",
    "performanceOverAccuracy",
)
_INDICATORS = ("ratio", "latency", "latencyNative", "bool_gauge", "boolGauge")


def read_pyrra(documents: Sequence[Place]) -> Iterator[ReadQuery]:
    """One SLO a document; groups are added up. QueryFileError names file and line for native histograms and the unknown."""
    for document in documents:
        table = document.known("apiVersion", "kind", "metadata", "spec", "status")
        metadata, spec = (need(table, key, document) for key in ("metadata", "spec"))
        name = need(metadata.table(), "name", metadata)
        parts = spec.known(*_SPEC)
        target, window, indicator = (need(parts, key, spec) for key in ("target", "window", "indicator"))
        objective = share(target)
        about = About(
            name.text(), name, question_of(parts.get("description"), objective), _SOURCE, objective, period(window)
        )
        kinds = indicator.known(*_INDICATORS)
        if len(kinds) != 1:
            raise indicator.error("indicator needs exactly one of ratio, latency and bool_gauge")
        kind, place = next(iter(kinds.items()))
        yield _read(kind, place, about)


def _read(kind: str, place: Place, about: About) -> ReadQuery:
    if kind == "latencyNative":
        raise place.error("latencyNative (native histograms) is not read; give latency with buckets")
    if kind in ("bool_gauge", "boolGauge"):
        metric = need(place.known("metric", "grouping"), "metric", place)
        rate_of(metric)
        return slo_query(about, ratio=(f"1 - avg({metric.text().strip().replace('$', '$$')})", metric))
    first = "errors" if kind == "ratio" else "success"
    table = place.known(first, "total", "grouping")
    one, total = (_metric(need(table, key, place)) for key in (first, "total"))
    all_of = rate_of(total)
    bad = rate_of(one) if kind == "ratio" else f"{all_of} - {rate_of(one)}"
    return slo_query(about, bad=(bad, one), total=(all_of, total))


def _metric(place: Place) -> Place:
    return need(place.known("metric"), "metric", place)
