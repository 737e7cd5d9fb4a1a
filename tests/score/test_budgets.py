"""Facts about error budgets and touched services: what an incident cost, with its range or the reason why not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.objectives import Objective
from incident_timeline.model.onset import Band, Moved
from incident_timeline.model.series import SeriesSet, join_series
from incident_timeline.score.budgets import measure_budgets
from incident_timeline.score.impact import measure_impact
from tests.score.series_story import T0, at, series
from tests.score.test_impact import RAW, milestone

N = 120
DAY = 86_400
SLO = Objective("checkout", "orders", 0.99, 28 * DAY)
STARTED, MITIGATED = milestone("started", 600), milestone("mitigated", 1200)


def incident(bad: float, total: float = 10.0) -> SeriesSet:
    """Requests a second every 15 s for half an hour, so many of them bad from 600 to 1200 s."""
    errors = np.zeros(N)
    errors[40:80] = bad
    values = {"orders.errors": errors, "orders.total": np.full(N, total)}
    return series(values, **dict.fromkeys(values, RAW | {"signal": "errors"}))


def days_before(*rates: float) -> SeriesSet:
    """All requests a second of the days before, one rate a day, at 60 s."""
    values = np.repeat(rates, DAY // 60)
    start = T0 - (len(values)) * (at(60) - at(0))
    return series({"h": values}, 60, start, h={"role": "history", "name": "orders.total"})


def spent(*parts: SeriesSet, objective: Objective = SLO, ends: tuple[Milestone, Milestone] = (STARTED, MITIGATED)):
    """The one budget of the incident."""
    (budget,) = measure_budgets(join_series(list(parts)), [objective], *ends)
    return budget


def test_what_was_spent_is_bad_requests_over_those_that_the_period_allows() -> None:
    """2 of 10 a second for 600 s are 1,200; 1 % of 28 days at 10 a second are 241,920."""
    found = spent(incident(2.0), days_before(*[10.0] * 7))

    assert pytest.approx(1200 / 241_920, rel=0.03) == found.spent.value
    assert pytest.approx(20, rel=0.03) == found.burn_rate.value
    assert "if the period is like the 7 days before" == found.note


def test_the_range_holds_the_quietest_and_the_busiest_day_and_the_counts_own_range() -> None:
    """Days of 5 and of 15 a second: the budget may be half or one and a half times as large."""
    found = spent(incident(2.0), days_before(5.0, 15.0, 10.0))
    even = spent(incident(2.0), days_before(10.0, 10.0, 10.0))

    assert even.spent.high is not None
    assert even.spent.low is not None
    assert pytest.approx(2 * even.spent.high, rel=0.01) == found.spent.high
    assert pytest.approx(even.spent.low / 1.5, rel=0.01) == found.spent.low


def test_less_than_a_day_before_gives_no_budget_but_the_speed() -> None:
    """Traffic of an hour says nothing about a month."""
    found = spent(incident(2.0), days_before(10.0).between(at(-7200), at(0)))

    assert found.spent.value is None
    assert "of all requests before the incident 2 h are known" in found.spent.reason
    assert pytest.approx(20, rel=0.03) == found.burn_rate.value


def test_a_ratio_without_counts_is_counted_by_time() -> None:
    """Half of everything bad for ten minutes of 28 days, of which 1 % may be."""
    ratio = np.zeros(N)
    ratio[40:80] = 0.5
    found = spent(series({"orders": ratio}, orders={"signal": "errors"}))

    assert pytest.approx(300 / (0.01 * 28 * DAY), rel=0.03) == found.spent.value
    assert "counted by time" == found.note


def test_without_an_end_or_samples_the_budget_says_why() -> None:
    """No mitigated, and an SLO whose series are not there."""
    open_end = spent(incident(2.0), ends=(STARTED, missing("mitigated", "it goes on")))
    absent = spent(incident(2.0), objective=Objective("checkout", "other", 0.9, DAY))

    assert "mitigated is missing: it goes on" == open_end.spent.reason
    assert "its series have no samples between started and mitigated" == absent.burn_rate.reason


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 10), st.floats(0.5, 0.9999), st.lists(st.floats(0.1, 100), min_size=1, max_size=4))
def test_what_was_spent_lies_in_its_range(bad: float, target: float, days: list[float]) -> None:
    """For any incident, objective and traffic before."""
    found = spent(incident(bad), days_before(*days), objective=Objective("checkout", "orders", target, 28 * DAY))

    for part in (found.spent, found.burn_rate):
        assert part.value is not None
        assert part.low is not None
        assert part.high is not None
        assert part.low - 1e-6 <= part.value <= part.high + 1e-6


def test_impact_counts_the_pair_of_an_objective_before_others() -> None:
    """An SLO is the team's own word for what is bad."""
    values = {"a.errors": np.ones(N), "a.total": np.full(N, 10.0)}
    both = join_series([series(values, **dict.fromkeys(values, RAW | {"signal": "errors"})), incident(2.0)])

    assert 600 == measure_impact(both, STARTED, MITIGATED).bad.value
    assert pytest.approx(1200, abs=31) == measure_impact(both, STARTED, MITIGATED, (), [SLO]).bad.value


def shop() -> SeriesSet:
    """Checkout fails from 600 to 1200 s, payments fails now and then as it always does, stock has no counts."""
    rates = {"checkout": (0.02, 4.0), "payments": (0.05, 0.05)}
    parts = []
    for service, (before, during) in rates.items():
        errors = np.full(N, before)
        errors[40:80] = during
        named = {"errors": errors, "total": np.full(N, 10.0)}
        values = {f"{service}.{half}": line for half, line in named.items()}
        said = {
            key: RAW | {"service": service, "name": f"q.{key.rpartition('.')[2]}", "signal": "errors"} for key in values
        }
        parts.append(series(values, **said))
    return join_series([*parts, series({"stock_p99": np.ones(N)}, stock_p99={"service": "stock"})])


def test_a_service_is_touched_when_it_fails_more_than_before() -> None:
    """Checkout is, payments fails no more than it did."""
    found = measure_impact(shop(), STARTED, MITIGATED)

    assert [("checkout", pytest.approx(0.4, abs=0.02))] == [(one.service, one.share.value) for one in found.touched]
    assert ("checkout",) == found.services


def test_a_service_whose_sli_left_its_band_is_touched_and_its_count_says_why_it_is_missing() -> None:
    """Stock is slow; how many requests were hurt there nobody counts."""
    band = Band(1.0, 0.9, 1.1, 40)
    moved = Moved("stock_p99", "stock_p99", at(610), at(600), at(615), "up", 9.0, band, 3.0, 20.0)
    found = measure_impact(shop(), STARTED, MITIGATED, [moved])

    assert ("checkout", "stock") == found.services
    assert "no query gives its failed and all requests (errors and total)" == found.touched[1].bad.reason
