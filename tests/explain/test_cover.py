"""Facts about cover: which golden signals of which service are measured, read by a rule, and reach a pager."""

from dataclasses import replace

import polars as pl
import pytest

from incident_timeline.explain.case import Case, open_case
from incident_timeline.explain.charts import describe_cover
from incident_timeline.explain.charts.listing import list_values
from incident_timeline.explain.cover import GOLDEN, find_cover, same_shape_elsewhere, services
from incident_timeline.explain.wording import plain_text
from incident_timeline.model.grid import GridBody
from incident_timeline.model.pictures import NoPicture, Picture
from incident_timeline.model.rules import AlertRule
from incident_timeline.model.scored import Scored
from incident_timeline.model.series import LABELS_SCHEMA
from tests.report.example_scored import bare, example, told

TOTAL = 'sum(rate(http_requests_total{service="checkout"}[20s]))'
BAD = 'sum(rate(http_requests_total{service="checkout",code=~"5.."}[20s]))'
QUERIES = {
    "error_ratio": ("errors", "sli", f"{BAD} / {TOTAL}"), "traffic": ("traffic", "resource", TOTAL),
    "p99": ("latency", "sli", 'histogram_quantile(0.99, sum by (le) (rate(http_seconds_bucket{service="checkout"}[20s])))'),
}  # fmt: skip


def rule(name: str, expr: str, *metrics: str, severity: str = "page") -> AlertRule:
    """One loaded rule."""
    return replace(example().rules[0], name=name, expr=expr, metrics=metrics, labels=(("severity", severity),))


def errors_of(service: str, limit: str = "0.02") -> str:
    """The expression of an error-ratio rule."""
    all_of = f'sum by (service) (rate(http_requests_total{{service="{service}"}}[1m]))'
    return f'sum by (service) (rate(http_requests_total{{service="{service}",code=~"5.."}}[1m])) / {all_of} > {limit}'


RULES = (
    rule("CheckoutErrors", errors_of("checkout"), "http_requests_total"),
    rule("OrdersErrors", errors_of("orders"), "http_requests_total", severity="ticket"),
    rule(
        "SearchSlow", 'histogram_quantile(0.95, rate(http_seconds_bucket{job="search"}[5m])) > 1', "http_seconds_bucket"
    ),
    rule("NoTraffic", 'sum(rate(http_requests_total{service="checkout"}[5m])) == 0', "http_requests_total"),
    rule("Down", "up == 0", "up"),
)


def shop() -> Scored:
    """INC-123 with queries of three golden signals of checkout, and rules of three services."""
    scored = example()
    common = scored.series.labels.row(0, named=True)
    rows = [
        common | {"series_id": name, "name": name, "signal": signal, "role": role, "query": query, "labels": "{}"}
        for name, (signal, role, query) in QUERIES.items()
    ]
    return replace(scored, series=replace(scored.series, labels=pl.DataFrame(rows, schema=LABELS_SCHEMA)), rules=RULES)


def case_of(scored: Scored) -> Case:
    """The case of an incident."""
    _, numbers, roles = told(scored)
    return open_case(scored, numbers, roles)


def test_each_service_has_each_golden_signal() -> None:
    """The incident's own service first; a rule reads the signal that fits it most closely, of the service it names."""
    found = {
        (one.service, one.signal): ([r.name for r in one.rules], one.paging, one.asked, one.queries)
        for one in find_cover(case_of(shop()))
    }

    assert ["checkout", "orders", "search"] == services(case_of(shop()))
    assert 3 * len(GOLDEN) == len(found)
    assert (["CheckoutErrors"], ("CheckoutErrors",), True, ("error_ratio",)) == found["checkout", "errors"]
    assert (["NoTraffic"], ("NoTraffic",), True, ("traffic",)) == found["checkout", "traffic"]
    assert ([], (), True, ("p99",)) == found["checkout", "latency"]
    assert ([], (), True, ()) == found["checkout", "saturation"]
    assert (["OrdersErrors"], (), False, ()) == found["orders", "errors"]
    assert (["SearchSlow"], ("SearchSlow",), False, ()) == found["search", "latency"]


def test_the_table_says_query_rule_and_pager_in_words() -> None:
    """A row a service, with what was not asked said as that."""
    rows = [c for c in told(shop())[0] if c.section == "cover" and c.form == "row"]

    assert (
        "checkout; p99; no rule; traffic; NoTraffic reaches a pager; error ratio; CheckoutErrors reaches a pager; no query; no rule"
    ) == rows[0].text
    assert (
        "orders; not asked; no rule; not asked; no rule; not asked; OrdersErrors no pager by its labels" in rows[1].text
    )


def test_same_shape_and_no_cover_elsewhere_are_places_to_look_at() -> None:
    """Rules that differ in the service alone, and a signal that moved here and that nobody's rule reads elsewhere either."""
    scored = shop()
    moved = replace(scored, moved=tuple(replace(m, series_id="p99", name="p99") for m in scored.moved))
    found = [plain_text([one]) for one in same_shape_elsewhere(case_of(moved))]

    assert "OrdersErrors of orders differs from CheckoutErrors in the service alone." == found[0]
    assert found[1].startswith(
        "latency of checkout moved and no loaded rule reads it; no loaded rule reads that of orders either"
    )
    assert "search" not in found[1]


@pytest.mark.parametrize("limit", ["0.05", "0.02"])
def test_another_threshold_is_another_shape(limit: str) -> None:
    """Only what differs in nothing but the service is called alike."""
    other = rule("OrdersErrors", errors_of("orders", limit), "http_requests_total")
    found = list(same_shape_elsewhere(case_of(replace(shop(), rules=(RULES[0], other)))))

    assert (limit == "0.02") == any("in the service alone" in plain_text([one]) for one in found)


def test_without_rules_nothing_is_said_of_cover() -> None:
    """Not collected is not the same as none."""
    claims = told(bare())[0]

    assert [] == [c for c in claims if c.section in ("cover", "systemic.elsewhere")]


def test_the_chart_shows_what_the_table_says() -> None:
    """A swatch for each golden signal of each service: read and paging, read, measured, neither; without rules no picture."""
    scored = shop()
    _, numbers, roles = told(scored)
    found, nothing = describe_cover(scored, roles, numbers), describe_cover(bare(), roles, numbers)
    assert isinstance(found, Picture)
    assert isinstance(found.body, GridBody)
    fills = {name[0]: [cell.fill for cell in cells] for name, cells in found.body.rows}

    assert {
        "checkout": ["phase", "alert_strong", "alert_strong", "hollow"], "orders": ["hollow", "hollow", "alert_pale", "hollow"],
        "search": ["alert_strong", "hollow", "hollow", "hollow"],
    } == fills  # fmt: skip
    assert "Cover: of 3 golden signals measured of checkout, no rule reads 1" == found.title
    assert ("service", *GOLDEN) == list_values(found)[0]
    assert isinstance(nothing, NoPicture)
