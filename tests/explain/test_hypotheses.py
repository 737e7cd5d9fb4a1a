"""Facts about hypotheses: read as people write them, each prediction tested on the record, never answered beyond it."""

from dataclasses import replace

import pytest

from incident_timeline.explain.case import Case, open_case
from incident_timeline.explain.hypotheses import Hypothesis, claim_hypotheses, read_hypotheses
from incident_timeline.explain.predictions import incident_testers
from incident_timeline.model.findings import Coverage
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.predicates import NotUnderstood, evaluate, parse_predicate
from incident_timeline.model.predicates.testing import FAILS, HOLDS, UNTESTED
from incident_timeline.model.scored import Scored
from tests.explain.example_incident import at
from tests.report.example_scored import bare, example, told, without


def case_of(scored: Scored) -> Case:
    """The case of an incident, as claims read it."""
    _, numbers, roles = told(scored)
    return open_case(scored, numbers, roles)


def test_hypotheses_are_read_as_people_write_them() -> None:
    """Over two lines, in a list, in bold, after an answer; the document's own empty form and plain prose are none."""
    text = """We believe …… is fragile because ……
- predicts: ……

We believe the pool is fragile because nothing
watches it.
- predicts: no rule reads pool_in_use
* **predicts**: signal a moved before signal b

2. **We believe retries are fragile because they add up**

_Answer:_ We believe in good reviews.
We believe in tea.

_Answer:_ we believe caches hide it
predict: rule A exists
_Answer:_ ……
predicts: not of the one above
"""

    assert (
        Hypothesis(
            "We believe the pool is fragile because nothing watches it.",
            ("no rule reads pool_in_use", "signal a moved before signal b"),
        ),
        Hypothesis("We believe retries are fragile because they add up", ()),
        Hypothesis("we believe caches hide it", ("rule A exists",)),
    ) == read_hypotheses(text)


@pytest.mark.parametrize(
    ("line", "verdict", "because"),
    [
        ("signal p99_latency moved before alert CheckoutErrors fired", HOLDS, "13:59:15 and 14:07:00, 7:45 apart"),
        ("signal p99_latency moved before started", UNTESTED, "their ranges leave it open"),
        ("signal p99_latency moved after alert CheckoutErrors", FAILS, "7:45 apart"),
        ("deploy of checkout v418 within 10m before started", HOLDS, "13:54:02 and 13:59:15, 5:13 apart"),
        ("deploy of checkout v418 finished at least 5m before started", FAILS, "1:05 apart"),
        ("deploy of checkout within 5m20s before started", UNTESTED, "leave it open"),
        ("deploy of search happened", FAILS, "would hold it"),
        ("no deploy of search within 24h before started", HOLDS, "would hold it"),
        ("knew_enough before fix_started", HOLDS, "14:29:40 and 14:34:50, 5:10 apart"),
        ("knew_enough at least 10m before fix_started", UNTESTED, "leave it open"),
        ("E9 before E12", HOLDS, "14:19:02 and 14:24:30"),
        ("E900 before E12", UNTESTED, "has the number E900"),
        ("signal p99_latency stays under 1 s within 3m after E9", FAILS, "from 14:19:02 to 14:22:02"),
        ("signal p99 latency stands over 3500 ms between started and detected", HOLDS, "from 13:59:15 to 14:07:31"),
        ("signal p99_latency > 3 %", UNTESTED, "measured in seconds, not in %"),
        ("signal queue > 3", UNTESTED, "no signal queue"),
        ("no rule reads p99_latency", HOLDS, "none of the 1 loaded rules"),
        ("rule CheckoutErrors reads CheckoutErrors", HOLDS, "read by CheckoutErrors"),
        ("rule CheckoutSlow exists", FAILS, "has that name"),
        ("alert CheckoutErrors fired", HOLDS, "at 14:07:00"),
        ("alert CheckoutErrors fired since 2026-11-18", FAILS, "did not fire"),
        ("alert CheckoutErrors fired in staging", UNTESTED, "environments"),
        ("alert Other fired", UNTESTED, "no rule of that name"),
        ("metric checkout_seconds_bucket exists", HOLDS, "a query of this build"),
        ("metric checkout_seconds_bucket has label pod", UNTESTED, "do not keep that label"),
        ("promql `up == 0` holds", UNTESTED, "nothing that was collected"),
        ("pr acme/shop#1 is merged", UNTESTED, "nothing that was collected"),
    ],
)  # fmt: skip
def test_a_prediction_is_tested_on_the_record(line: str, verdict: str, because: str) -> None:
    """Holds and does not hold only where the ranges leave no doubt; what was not collected could not be tested."""
    predicate = parse_predicate(line)
    assert not isinstance(predicate, NotUnderstood)

    outcome = evaluate(predicate, incident_testers(case_of(example())))

    assert (verdict, True) == (outcome.verdict, because in outcome.because), outcome


def test_what_was_not_collected_is_never_called_absent() -> None:
    """Without deploys, rules or series, nothing holds and nothing fails."""
    scored = replace(bare(), coverage=(Coverage("deploys: acme/shop", ok=False),))
    lines = ["no deploy of checkout before started", "deploy of checkout happened", "no rule reads x", "rule A exists",
             "alert A fired", "signal x moved before started", "started before detected", "metric x exists"]  # fmt: skip
    testers = incident_testers(case_of(scored))

    assert {UNTESTED} == {evaluate(parse_predicate(line), testers).verdict for line in lines}  # type: ignore[arg-type]


def test_a_missing_milestone_is_said_with_its_reason() -> None:
    """The reason that the milestone itself carries."""
    outcome = evaluate(
        parse_predicate("mitigated before resolved"),  # type: ignore[arg-type]
        incident_testers(case_of(without(example(), "mitigated"))),
    )

    assert (UNTESTED, True) == (outcome.verdict, "made missing: mitigated" in outcome.because)


def test_a_confirmed_moment_is_no_longer_a_range() -> None:
    """What could not be tested over the candidates can be once a person marked the moment."""
    scored = example()
    marked = Milestone("knew_enough", *[at("14:29:40")] * 3, "stated", "marked", "said on the call", ())
    known = replace(scored, milestones=scored.milestones | {"knew_enough": marked})
    line = parse_predicate("knew_enough at least 10m before fix_started")

    assert FAILS == evaluate(line, incident_testers(case_of(known))).verdict  # type: ignore[arg-type]


def test_each_hypothesis_carries_its_verdict_and_every_line_its_evidence() -> None:
    """A line that is not understood is told what to write, and names stay roles."""
    given = [
        Hypothesis("We believe Asha's change is fragile", ("no rule reads p99_latency", "rule CheckoutErrors exists")),
        Hypothesis("We believe b", ("signal p99_latency improves", "rule CheckoutSlow exists")),
        Hypothesis("We believe c is fragile", ()),
    ]
    scored = example()
    claims = claim_hypotheses(case_of(scored), given)
    _, numbers, _ = told(scored)

    assert [
        "“We believe responder A's change is fragile”: what it predicts holds on this record; other beliefs may predict the same",
        "“We believe b”: something that it predicts does not hold",
        "“We believe c is fragile”: could not test: it predicts nothing yet",
    ] == [c.text for c in claims if c.form == "lead"]
    assert (
        "could not test: signal p99_latency improves; not understood: write signal NAME stands over" in claims[4].text
    )
    assert [] == [c for c in claims if not set(c.evidence) & set(numbers)]
