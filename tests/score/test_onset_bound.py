"""Facts about the independent onset and the one under the bound of the first alert on a symptom, which are never mixed."""

from datetime import datetime

import numpy as np
import pytest

from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset import find_onset
from incident_timeline.score.onset_bound import SymptomAlert, first_symptom_alert, with_bound
from tests.score.series_story import at, series

N = 80


def told(first: int = 40, rise: float = 1.0, length: int = N) -> SeriesSet:
    """Latency around 0.2 that rises at a sample, and the pool beside it, as their queries have them."""
    value = 0.2 + 0.01 * np.random.default_rng(5).standard_normal(N)
    value[first : first + length] += rise
    latency = "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[1m])))"
    return series(
        {"latency_p99": value, "pool": np.full(N, 0.3)},
        latency_p99={"query": latency},
        pool={"role": "resource", "query": "db_pool_in_use / db_pool_size"},
    )


def rule(name: str, *metrics: str) -> AlertRule:
    """A rule that reads these metrics."""
    return AlertRule(name, "shop", "", 60, 0, 15, (), (), None, None, None, metrics, "")


def fired(name: str, when: datetime, **labels: str) -> AlertEpisode:
    """An episode that fired then."""
    return AlertEpisode(name, tuple(labels.items()), None, None, when, None, 15, "")


SLOW = rule("CheckoutSlow", "http_request_duration_seconds_bucket")
POOL = rule("PoolFull", "db_pool_in_use", "db_pool_size")


def test_the_first_alert_on_a_symptom_is_found_and_one_on_a_cause_is_not() -> None:
    """The pool's alert came before, and reads nothing that users feel."""
    episodes = [fired("PoolFull", at(300)), fired("CheckoutSlow", at(900)), fired("CheckoutSlow", at(700))]

    assert SymptomAlert("CheckoutSlow", at(700)) == first_symptom_alert([SLOW, POOL], episodes, told())


def test_an_alert_of_another_service_or_that_never_fired_bounds_nothing() -> None:
    """One carries the label of payments, one was only pending."""
    pending = AlertEpisode("CheckoutSlow", (), at(1), at(1), None, None, 15, "")

    assert first_symptom_alert([SLOW], [fired("CheckoutSlow", at(700), service="payments"), pending], told()) is None
    assert first_symptom_alert([SLOW], [fired("CheckoutSlow", at(700), service="checkout")], told()) is not None


def test_an_onset_before_the_alert_stays_as_it_is() -> None:
    """However long before: a late alert is what time to detect is about."""
    independent = find_onset(told())

    assert isinstance(independent, Onset)
    assert with_bound(independent, told(), SymptomAlert("CheckoutSlow", at(78 * 15))) == independent
    assert with_bound(independent, told(), None) == independent


def test_where_the_signals_alone_are_not_clear_the_bounded_answer_is_given_and_said() -> None:
    """A weak rise of eight samples, and an alert after it."""
    weak = told(rise=0.0145, length=8)
    independent = find_onset(weak)
    found = with_bound(independent, weak, SymptomAlert("CheckoutSlow", at(45 * 15)))

    assert isinstance(independent, NoOnset)
    assert isinstance(found, Onset)
    assert found.at <= at(45 * 15)
    assert "the first alert on a symptom, CheckoutSlow at 14:11:15, is the latest possible onset" in found.note
    assert independent.reason in found.note


def test_an_onset_after_the_alert_is_a_disagreement_that_is_shown() -> None:
    """Users were hurt from sample 20 for eight samples, and again from sample 60, far more; the alert fired at sample 26."""
    both = told(60)
    twice = SeriesSet(both.labels, told(20, 0.04, 8).samples.filter(told().samples["at"] < at(50 * 15)).vstack(
        both.samples.filter(both.samples["at"] >= at(50 * 15))
    ).sort("series_id", "at"))  # fmt: skip
    independent = find_onset(both)
    found = with_bound(independent, twice, SymptomAlert("CheckoutSlow", at(26 * 15)))

    assert isinstance(independent, Onset)
    assert isinstance(found, Onset)
    assert at(19.5 * 15) == found.at
    assert "the signals alone say 14:14:52, after it" in found.note


@pytest.mark.parametrize("clear", [True, False])
def test_without_any_bounded_answer_the_independent_one_stays_and_says_so(clear: bool) -> None:
    """Nothing happened before the alert."""
    some = told(60, 1.0 if clear else 0.0)
    found = with_bound(find_onset(some), some, SymptomAlert("CheckoutSlow", at(30 * 15)))

    assert isinstance(found, Onset) is clear
    words = found.note if isinstance(found, Onset) else found.reason
    assert "CheckoutSlow at 14:07:30" in words
    assert "no clear onset" in words
