"""Says which services a rule may be about, by the labels that its expression asks for."""

import re

from incident_timeline.model.rules import AlertRule

SERVICE_LABELS = ("service", "job", "app", "component")  # labels by which a rule names its service
_ASKS = re.compile(r"\b(" + "|".join(SERVICE_LABELS) + r')\s*(=~|=)\s*"((?:[^"\\]|\\.)*)"')


def named_services(rule: AlertRule) -> frozenset[str]:
    """Services that a rule's labels or its expression's equality matchers name; empty where it is about any."""
    asked = {value for label, op, value in _ASKS.findall(rule.expr) if op == "="}
    return frozenset(asked | {value for label, value in rule.labels if label in SERVICE_LABELS and "{{" not in value})


def watches(rule: AlertRule, service: str | None) -> bool:
    """Whether a rule may be about a service: it names that one, matches it by a pattern, or names none."""
    if service is None:
        return True
    named = named_services(rule)
    patterns = [value for _, op, value in _ASKS.findall(rule.expr) if op == "=~"]
    if named:
        return service in named
    return not patterns or any(_fits(pattern, service) for pattern in patterns)


def _fits(pattern: str, service: str) -> bool:
    try:
        return re.fullmatch(pattern, service) is not None
    except re.error:
        return True  # RE2 and Python differ in a few forms; a rule is not called blind for that


def rule_shape(rule: AlertRule) -> str:
    """A rule's expression with the services it names taken out: rules of one shape differ in nothing else."""
    return _ASKS.sub(lambda found: f'{found[1]}{found[2]}"…"', rule.expr)
