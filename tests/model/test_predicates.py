"""Facts about the predicate grammar: what each line becomes, what is refused with advice, and how outcomes are joined."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.model import predicates
from incident_timeline.model.milestones import NAMES
from incident_timeline.model.predicates import NotUnderstood, Outcome, evaluate, parse_predicate
from incident_timeline.model.predicates.testing import FAILS, HOLDS, UNTESTED, find_reader, find_rule, reads, together
from incident_timeline.model.predicates.values import (
    AlertFired,
    AlertMoment,
    AlertReaches,
    DeployMoment,
    EntryMoment,
    Happened,
    MetricExists,
    MilestoneMoment,
    Not,
    Ordered,
    PromqlHolds,
    PullMerged,
    RuleExists,
    RuleReads,
    SignalMoment,
    SignalStands,
    Stretch,
    UrlAnswers,
)
from tests.explain.example_incident import make_scored

DOCUMENTED = [
    line.split("   also:")[0].strip() for line in (predicates.__doc__ or "").splitlines() if line.startswith("    ")
]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("metric up exists", MetricExists("up")),
        ("The metric `db_query_duration_seconds` exists with a `query` label.",
         MetricExists("db_query_duration_seconds", "query")),
        ('metric jobs_total has label queue="mail out"', MetricExists("jobs_total", "queue", "mail out")),
        ("promql `sum(rate(x[5m])) > 0` holds for 10 min", PromqlHolds("sum(rate(x[5m])) > 0", 600.0)),
        ("- rule CheckoutSlow exists", RuleExists("CheckoutSlow")),
        ("no rule reads pool in use (yet)", Not(RuleReads(None, "pool_in_use"))),
        ("rule CheckoutSlow reads the metric x", RuleReads("CheckoutSlow", "x")),
        ("rule CheckoutSlow reads metric x", RuleReads("CheckoutSlow", "x")),
        ("alert CheckoutSlow fires in staging", AlertFired("CheckoutSlow", None, "staging")),
        ("alert CheckoutSlow fired since 2026-12-01 in staging",
         AlertFired("CheckoutSlow", datetime(2026, 12, 1, tzinfo=UTC), "staging")),
        ("the alert CheckoutSlow reaches the PagerDuty service PSVC1", AlertReaches("CheckoutSlow", "PSVC1")),
        ("url https://runbooks.example.com/a answers", UrlAnswers("https://runbooks.example.com/a")),
        ('runbook of CheckoutSlow contains "query analysis"', UrlAnswers(None, "CheckoutSlow", "query analysis")),
        ("PR acme/shop#2291 is merged", PullMerged("acme/shop", 2291)),
        ("https://github.com/acme/shop/pull/2291 is merged", PullMerged("acme/shop", 2291)),
        ("signal latency_p99 stays under 200 ms within 3m after [E27]",
         SignalStands("latency_p99", None, "<", 200.0, "ms", stays=True, when=Stretch(EntryMoment("E27"), None, 180.0))),
        ("signal error ratio of checkout > 2 %", SignalStands("error_ratio", "checkout", ">", 2.0, "%")),
        ("deploy of checkout v418 happened", Happened(DeployMoment("checkout", "v418"))),
        ("no deploy of search within 24 h before started",
         Not(Ordered(DeployMoment("search"), "before", MilestoneMoment("started"), within_s=86_400.0))),
        ("pool in use left its band", NotUnderstood("pool in use left its band", "")),
        ("signal pool in use left its band before alert CheckoutErrors fired",
         Ordered(SignalMoment("pool_in_use"), "before", AlertMoment("CheckoutErrors"))),
        ("knew enough at least 5m after the deploy of checkout finished",
         Ordered(MilestoneMoment("knew_enough"), "after", DeployMoment("checkout", None, "finished"), least_s=300.0)),
    ],
)  # fmt: skip
def test_a_line_becomes_its_value(line: str, expected: object) -> None:
    """As people write them: articles, list markers, backticks, full stops and remarks do not count."""
    found = parse_predicate(line)

    assert expected == (NotUnderstood(found.text, "") if isinstance(found, NotUnderstood) else found)


def test_the_documented_lines_are_all_understood() -> None:
    """The grammar's own page shows nothing that it would refuse, and shows one line at least of every kind."""
    found = [parse_predicate(line) for line in DOCUMENTED]

    assert [] == [one for one in found if isinstance(one, NotUnderstood)]
    assert {MetricExists, PromqlHolds, RuleExists, RuleReads, AlertFired, AlertReaches, UrlAnswers, PullMerged,
            SignalStands, Happened, Ordered} == {type(one) for one in found}  # fmt: skip


@pytest.mark.parametrize("line", DOCUMENTED)
def test_the_canonical_line_says_the_same(line: str) -> None:
    """A value printed and read again is the same value, turned round too."""
    found = parse_predicate(line)

    assert found == parse_predicate(str(found))
    assert isinstance(turned := parse_predicate(f"not {line}"), Not)
    assert (found, turned) == (turned.plain, parse_predicate(str(turned)))


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("metric x improves", "metric NAME exists"), ("look into the pool", "a line begins with metric"),
        ("signal x goes up", "signal NAME stands over 500 ms"), ("deploy looks odd", "deploy of SERVICE"), ("", "MOMENT"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told_the_nearest_form(line: str, advice: str) -> None:
    """Advice that can be typed as it stands."""
    found = parse_predicate(line)

    assert isinstance(found, NotUnderstood)
    assert advice in found.why


_WORDS = [
    "metric", "rule", "reads", "alert", "fired", "signal", "stays", "before", "after", "within", "at", "least", "no", "not",
    "the", "of", "5m", "1.5", "%", "E3", "x_y", "`a`", "(", ")", ">", "url", *NAMES,
]  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join)))
def test_any_text_is_a_value_or_told(text: str) -> None:
    """Never an error; and what is understood reads the same again."""
    found = parse_predicate(text)

    assert isinstance(found, NotUnderstood) or found == parse_predicate(str(found))


def test_not_turns_holds_round_and_leaves_what_could_not_be_tested() -> None:
    """Only a test that was made can be turned."""
    rule = RuleExists("A")

    def gives(verdict: str) -> dict[type, object]:
        return {RuleExists: lambda _: Outcome(verdict, "why", ("rule:A",))}

    assert [FAILS, HOLDS, UNTESTED] == [evaluate(Not(rule), gives(v)).verdict for v in (HOLDS, FAILS, UNTESTED)]  # type: ignore[arg-type]
    assert evaluate(rule, {}).verdict == UNTESTED


def test_several_outcomes_are_as_good_as_the_worst() -> None:
    """One that does not hold decides; without any outcome nothing was tested."""
    every = {
        (HOLDS, HOLDS): HOLDS, (HOLDS, UNTESTED): UNTESTED, (UNTESTED, FAILS): FAILS, (HOLDS, FAILS): FAILS, (): UNTESTED,
    }  # fmt: skip

    assert every == {verdicts: together(Outcome(v, "") for v in verdicts) for verdicts in every}


def test_rules_are_found_by_name_and_by_what_they_read() -> None:
    """By metric, by the metrics of a signal, of a named rule or of any."""
    rules = make_scored().rules
    some, none = RuleReads(None, "checkout_errors_total"), RuleReads(None, "pool_in_use")

    assert (HOLDS, FAILS) == (
        find_rule(RuleExists("CheckoutErrors"), rules).verdict,
        find_rule(RuleExists("B"), rules).verdict,
    )
    assert (HOLDS, FAILS) == (find_reader(some, rules, ()).verdict, find_reader(none, rules, ()).verdict)
    assert HOLDS == find_reader(none, rules, ("checkout_requests_total",)).verdict
    assert FAILS == find_reader(RuleReads("B", "checkout_errors_total"), rules, ()).verdict


def test_a_histogram_is_read_by_its_parts() -> None:
    """`x_seconds` is read where `x_seconds_bucket` is; `x` is not read where `x_total` is."""
    rule = next(iter(make_scored().rules))

    assert (False, True) == (reads(rule, "checkout_errors"), reads(rule, "checkout_errors_total"))
    assert re.search("errors_total", rule.expr)
