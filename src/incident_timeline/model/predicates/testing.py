"""Tests a predicate over given facts: it holds, it does not hold, or it could not be tested, each with the reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from incident_timeline.model.predicates.values import Not, Plain, Predicate, RuleExists, RuleReads
from incident_timeline.model.rules import AlertRule

HOLDS, FAILS, UNTESTED = "holds", "does not hold", "could not test"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a test gave: one of HOLDS, FAILS, UNTESTED, why in words, and the evidence it rests on."""

    verdict: str
    because: str
    evidence: tuple[str, ...] = ()  # event ids, `series:<id>`, `rule:<name>`, or where a proof lies


Testers = Mapping[type[Any], Callable[[Any], Outcome]]  # one for each kind that the facts at hand can decide


def evaluate(predicate: Predicate, testers: Testers) -> Outcome:
    """The outcome of a predicate; a kind without a tester could not be tested, and `not` turns holds round."""
    plain: Plain = predicate.plain if isinstance(predicate, Not) else predicate
    tester = testers.get(type(plain))
    if tester is None:
        return Outcome(UNTESTED, "nothing that was collected can say")
    outcome = tester(plain)
    if isinstance(predicate, Not) and outcome.verdict != UNTESTED:
        return replace(outcome, verdict=FAILS if outcome.verdict == HOLDS else HOLDS)
    return outcome


def together(outcomes: Iterable[Outcome]) -> str:
    """The verdict over several: one that does not hold decides, then one that could not be tested; without any, untested."""
    verdicts = [one.verdict for one in outcomes]
    if FAILS in verdicts:
        return FAILS
    return HOLDS if verdicts and UNTESTED not in verdicts else UNTESTED


def find_rule(predicate: RuleExists, rules: Iterable[AlertRule]) -> Outcome:
    """Whether a rule of that name is among the loaded ones."""
    given = tuple(rules)
    if any(rule.name == predicate.rule for rule in given):
        return Outcome(HOLDS, f"it is one of the {len(given)} loaded alerting rules", (f"rule:{predicate.rule}",))
    return Outcome(FAILS, f"none of the {len(given)} loaded alerting rules has that name", ("rule:*",))


def find_reader(
    predicate: RuleReads,
    rules: Iterable[AlertRule],
    metrics: Iterable[str],
    about: Callable[[AlertRule], bool] | None = None,
) -> Outcome:
    """Whether the rule, or any rule, reads one of `metrics`: those of the signal, else the name itself as a metric.

    `about` says which rules may be about the signal's service; the others cannot read it.
    """
    given, wanted = tuple(rules), frozenset(metrics) or frozenset({predicate.signal})
    named = [rule for rule in given if predicate.rule in (None, rule.name)]
    if predicate.rule is not None and not named:
        return find_rule(RuleExists(predicate.rule), given)
    may = [rule for rule in named if about is None or about(rule)]
    readers = [rule for rule in may if any(reads(rule, metric) for metric in wanted)]
    if readers:
        names = ", ".join(dict.fromkeys(rule.name for rule in readers[:5]))
        return Outcome(HOLDS, f"read by {names}", tuple(f"rule:{rule.name}" for rule in readers[:5]))
    who = f"{predicate.rule} does not read it" if predicate.rule else f"none of the {len(given)} loaded rules reads it"
    return Outcome(FAILS, who, (f"rule:{predicate.rule}" if predicate.rule else "rule:*",))


def reads(rule: AlertRule, metric: str) -> bool:
    """Whether a rule reads a metric, a histogram's or summary's parts counted as the metric itself."""
    return any(name == metric or (name.rpartition("_")[0] == metric and _part(name)) for name in rule.metrics)


def _part(name: str) -> bool:
    return name.endswith(("_bucket", "_count", "_sum"))
