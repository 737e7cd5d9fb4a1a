"""Reads OpenSLO's SLOs (openslo/v1) over Prometheus, with their SLIs in the same file."""

from collections.abc import Iterator, Sequence

import promql_parser

from incident_timeline.collect.promql import longest_range_s
from incident_timeline.collect.read_query import ReadQuery
from incident_timeline.collect.slo.parts import About, period, question_of, share, slo_query, windowed
from incident_timeline.collect.yaml_lines import Place, need

_SOURCE = "https://github.com/OpenSLO/OpenSLO"
_OTHER_KINDS = ("Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")
_SPEC = (
    "description",
    "service",
    "indicator",
    "indicatorRef",
    "timeWindow",
    "budgetingMethod",
    "objectives",
    "alertPolicies",
)
_OBJECTIVE = ("displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow", "indicator",
              "indicatorRef", "compositeWeight")  # fmt: skip


def read_openslo(documents: Sequence[Place]) -> Iterator[ReadQuery]:
    """One query for each objective of each SLO; QueryFileError names file and line for what gives no share of requests."""
    slos, indicators = [], {}
    for document in documents:
        table = document.known("apiVersion", "kind", "metadata", "spec")
        kind = need(table, "kind", document)
        metadata = need(table, "metadata", document)
        name, spec = need(metadata.table(), "name", metadata), need(table, "spec", document)
        if kind.text() == "SLO":
            slos.append((name, spec))
        elif kind.text() == "SLI":
            indicators[name.text()] = spec
        elif kind.text() not in _OTHER_KINDS:
            raise kind.error(f"unknown kind {kind.text()!r}; known are SLO, SLI, {', '.join(_OTHER_KINDS)}")
    for name, spec in slos:
        yield from _read_slo(name, spec, indicators)


def _read_slo(name: Place, spec: Place, indicators: dict[str, Place]) -> Iterator[ReadQuery]:
    table = spec.known(*_SPEC)
    method = need(table, "budgetingMethod", spec)
    if method.text() != "Occurrences":
        raise method.error(
            f"budgetingMethod {method.text()} counts slices of time; only Occurrences (requests) is read"
        )
    windows = need(table, "timeWindow", spec).items()
    if len(windows) != 1:
        raise table["timeWindow"].error("timeWindow must hold one window")
    length = period(need(windows[0].known("duration", "isRolling", "calendar"), "duration", windows[0]))
    objectives = need(table, "objectives", spec).items()
    for number, objective in enumerate(objectives, 1):
        parts = objective.known(*_OBJECTIVE)
        goal = _goal(parts, objective)
        indicator = _indicator(parts, indicators) or _indicator(table, indicators)
        if indicator is None:
            raise objective.error("it names no indicator")
        called = f"{name.text()}-{number}" if len(objectives) > 1 else name.text()
        about = About(called, name, question_of(table.get("description"), goal), _SOURCE, goal, length)
        yield _read_ratio(about, indicator)


def _goal(parts: dict[str, Place], objective: Place) -> float:
    if ("target" in parts) == ("targetPercent" in parts):
        raise objective.error("an objective needs either target or targetPercent")
    return share(parts["target"], 1.0) if "target" in parts else share(parts["targetPercent"])


def _indicator(table: dict[str, Place], indicators: dict[str, Place]) -> Place | None:
    """The SLI's specification: written in place, or named and in the same file."""
    if "indicator" in table:
        inside = table["indicator"].known("metadata", "spec")
        return need(inside, "spec", table["indicator"])
    if "indicatorRef" not in table:
        return None
    name = table["indicatorRef"].text()
    if name not in indicators:
        raise table["indicatorRef"].error(f"the SLI {name!r} is not in this file; put it there")
    return indicators[name]


def _read_ratio(about: About, indicator: Place) -> ReadQuery:
    table = indicator.known("description", "ratioMetric", "thresholdMetric")
    if "thresholdMetric" in table:
        raise table["thresholdMetric"].error("thresholdMetric is not read; it gives no share of requests")
    owner = need(table, "ratioMetric", indicator)
    ratio = owner.known("counter", "good", "bad", "total", "raw", "rawType")
    if "raw" in ratio:
        kind = need(ratio, "rawType", owner)
        if kind.text() not in ("success", "failure"):
            raise kind.error(f"rawType is {kind.text()!r}; it must be success or failure")
        place = _query(ratio["raw"])
        text = windowed(place)
        return slo_query(about, ratio=(f"1 - ({text})" if kind.text() == "success" else text, place))
    if ("good" in ratio) == ("bad" in ratio):
        raise owner.error("ratioMetric needs total with either good or bad, or raw with rawType")
    total, one = _query(need(ratio, "total", owner)), _query(ratio["good"] if "good" in ratio else ratio["bad"])
    counter = need(ratio, "counter", owner)
    all_of, part = _rate(total, counter), _rate(one, counter)
    return slo_query(about, bad=(f"({all_of}) - ({part})" if "good" in ratio else part, one), total=(all_of, total))


def _query(metric: Place) -> Place:
    """Where the PromQL of a metric stands."""
    source = need(metric.known("metricSource"), "metricSource", metric)
    table = source.known("metricSourceRef", "type", "spec")
    if "type" in table and table["type"].text().lower() != "prometheus":
        raise table["type"].error(f"the source {table['type'].text()!r} is not read; only Prometheus is")
    spec = need(table, "spec", source)
    inside = spec.known("query", "promql")
    return inside.get("promql") or need(inside, "query", spec)


def _rate(place: Place, counter: Place) -> str:
    """Requests a second: as written where it reads a range, else the rate of the counters that it adds up."""
    text = windowed(place)
    if "$range" in text or longest_range_s(text):
        return text
    if counter.scalar() is not True:
        raise counter.error(
            "counter must be true where the queries are no rates, so that requests a second can be read"
        )
    try:
        tree = promql_parser.parse(text)
    except ValueError as error:
        raise place.error(f"{place.name} is not PromQL: {error}") from None
    if isinstance(tree, promql_parser.AggregateExpr) and str(tree.op) == "sum" and tree.modifier is None:
        tree = tree.expr
    if not isinstance(tree, promql_parser.VectorSelector):
        raise place.error(f"{place.name} must be a counter, the sum of one, or a rate over a range")
    return f"sum(rate({tree.prettify()}[$range]))"
