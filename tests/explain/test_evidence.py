"""Facts about evidence numbers: what is numbered, in which order, and that numbers never change meaning."""

from dataclasses import replace

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.explain.evidence import ALL_RULES, COLLECTED, number_evidence
from incident_timeline.model.events import event, events_frame, sort_events
from incident_timeline.model.findings import Coverage
from tests.explain.example_incident import LATENCY, RULE_SIDE, at
from tests.report.example_scored import bare, example


def test_events_are_numbered_in_time_order() -> None:
    """E1 is the first event, and every event has a number of its own."""
    scored = example()
    numbers = number_evidence(scored)

    assert [f"E{i}" for i in range(1, scored.events.height + 1)] == [numbers[one] for one in scored.events["event_id"]]


def test_series_rules_and_coverage_are_numbered_by_what_matters_first() -> None:
    """S1 decides, R1 are all rules, C1 was not collected."""
    numbers = number_evidence(example())
    wanted = {
        f"series:{LATENCY}": "S1", f"series:{RULE_SIDE}": "S2", ALL_RULES: "R1", "rule:CheckoutErrors": "R2",
        "source:calls": "C1", "source:staging metrics": "C2", COLLECTED: "C3",
    }  # fmt: skip

    assert wanted == {one: numbers[one] for one in wanted}


def test_an_onset_carries_the_number_of_its_series() -> None:
    """What was measured is cited as the series, not as an entry of its own."""
    scored = example()
    rows = [
        event(at("13:59:15"), "score", "metric.onset", ref, "left its band", evidence="x") for ref in (LATENCY, "onset")
    ]
    scored = replace(scored, events=sort_events(pl.concat([scored.events, events_frame(rows)])))
    numbers = number_evidence(scored)

    assert ["S1", "S1"] == [numbers[row["event_id"]] for row in rows]


def test_an_incident_without_anything_still_has_something_to_cite() -> None:
    """`Nothing on record says ...` rests on what was collected."""
    assert {COLLECTED: "C1", "source:pagerduty": "C2"} == dict(number_evidence(bare()))


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 22)), st.booleans())
def test_numbers_once_given_never_change(left_out: set[int], fewer_sources: bool) -> None:
    """A build over part of the evidence, then one over all of it: old numbers stay, new ones are appended."""
    whole = example()
    keep = [i not in left_out for i in range(whole.events.height)]
    coverage = (*whole.coverage[:2], Coverage("new", ok=False)) if fewer_sources else whole.coverage
    first = number_evidence(replace(whole, events=whole.events.filter(pl.Series(keep)), coverage=coverage))
    second = number_evidence(whole, first)

    assert dict(first) == {one: second[one] for one in first}
    assert len(set(second.values())) == len(second)
    assert dict(second) == dict(number_evidence(whole, second))
