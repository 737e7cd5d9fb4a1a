"""Facts about like incidents and about the outcome test."""

from datetime import timedelta

import pytest

from incident_timeline.compare.outcome import measure_outcome
from incident_timeline.compare.similar import find_similar
from tests.compare.archived import T0, gaps, incidents, segments


def test_the_same_alert_service_and_words_come_first_with_the_reasons_said() -> None:
    """What is shared by all weighs nothing; what differs is said too."""
    table = incidents(
        {"alerts": ["CheckoutErrors"], "words": ["index", "customer", "page"], "fix": "rollback of checkout"},
        {"alerts": ["CheckoutErrors"], "words": ["index", "lock", "page"], "fix": "change of checkout"},
        {"alerts": ["SearchSlow"], "service": "search", "words": ["replica", "page"], "category": "overload"},
    )
    found = find_similar(table, "INC-1")

    assert ["INC-2"] == [one.incident for one in found]
    assert found[0].shared == ("same alerts: CheckoutErrors", "service: checkout", "words: index")
    assert found[0].different == ("how it ended there: change of checkout",)


def test_an_incident_that_is_not_archived_is_no_guess() -> None:
    """The pipeline turns this into a sentence."""
    with pytest.raises(KeyError):
        find_similar(incidents({}), "INC-9")


def test_the_outcome_test_says_when_it_cannot_tell() -> None:
    """Three incidents of a category: no ratio, no rate that leaves one out, and the counts of unsure endings as they are."""
    table = incidents(
        {"category": "lock", "attempts": 1},
        {"category": "lock"},
        {"category": "lock", "reopened": 2},
        {"category": "other"},
    )
    since = T0 + timedelta(weeks=2)
    found = measure_outcome(table, gaps("response_gap", []), segments(), "lock", since, since + timedelta(weeks=2))

    assert {"too few to tell"} == {step.verdict for step in found.comparison.steps}
    assert "cannot tell" == found.recurrence.verdict
    assert ((1, 0), (0, 1), (2, 1)) == (found.surely.attempts, found.surely.reopened, found.surely.incidents)
    assert (2, 14.0) == found.recurrence.before


def test_a_category_that_stopped_is_called_rarer_only_when_the_interval_says_so() -> None:
    """Twelve in twelve weeks before, none in thirty weeks since."""
    table = incidents(*[{"category": "lock"}] * 12)
    since = T0 + timedelta(weeks=12)
    found = measure_outcome(table, gaps("response_gap", []), segments(), "lock", since, since + timedelta(weeks=30))

    assert "rarer" == found.recurrence.verdict
    assert found.recurrence.ratio is not None
    assert found.recurrence.ratio.high is not None
    assert found.recurrence.ratio.high < 1
