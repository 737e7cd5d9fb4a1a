"""What to ask Prometheus about alerting rules: both sides of the comparison of those that fired or watch a service."""

from collections.abc import Iterable, Mapping, Sequence

from incident_timeline.collect.prometheus_api import Matrix
from incident_timeline.collect.promql import longest_range_s, metrics, selectors
from incident_timeline.collect.queries import Query
from incident_timeline.collect.range_jobs import ASSUMED_SCRAPE_S, HISTORY_STEP_S, LEAST_RANGE_S, RangeJob
from incident_timeline.model.rules import AlertEpisode, AlertRule

MOST_RULES = 60  # of those that only watch the service; what fired is asked for in any case
SERVICE_LABELS = ("service", "job", "app", "component")  # labels by which a series or a rule names its service


def rules_of_interest(
    rules: Sequence[AlertRule], episodes: Sequence[AlertEpisode], services: Mapping[str, Sequence[Query]]
) -> tuple[tuple[AlertRule, ...], str]:
    """The rules with a comparison that fired or watch a service, those that fired first; and what was left out, in words.

    A rule watches a service when it reads a metric that the service's queries read and names no other service.
    """
    fired = {one.name for one in episodes}
    mine = set(services)
    read = {name for service, queries in services.items() for query in queries
            for text in query.expressions(service, LEAST_RANGE_S).values() for name in metrics(text)}  # fmt: skip
    candidates = [rule for rule in rules if rule.left is not None]
    wanted = [rule for rule in candidates if rule.name in fired]
    watching = [r for r in candidates if r.name not in fired and read & set(r.metrics) and _may_watch(r, mine)]
    left_out = len(watching) - MOST_RULES
    words = f"{left_out} more rules that read the same metrics were not asked for" if left_out > 0 else ""
    return (*wanted, *watching[:MOST_RULES]), words


def rule_jobs(rules: Iterable[AlertRule]) -> list[RangeJob]:
    """Each side of each rule over the window at its group's interval, and over the days before; a number is not asked for."""
    jobs = []
    for rule in rules:
        sides = [("rule", rule.left), ("limit", rule.right if rule.threshold is None else None)]
        for role, promql in sides:
            if promql is not None:
                jobs += [
                    _side(rule, promql, role, rule.interval_s or ASSUMED_SCRAPE_S),
                    _side(rule, promql, f"{role}_history", HISTORY_STEP_S),
                ]
    return jobs


def about_services(series: Sequence[Matrix], services: set[str]) -> list[Matrix]:
    """The series that name one of the services in a label, or name none at all; all when no service is known."""
    return [one for one in series if _named(one.labels.items(), services)]


def _side(rule: AlertRule, promql: str, role: str, step_s: float) -> RangeJob:
    worse = {">": "up", "<": "down"}.get((rule.op or " ")[0], "both")
    service = dict(rule.labels).get("service", "")
    return RangeJob(rule.name, service, promql, step_s, role, "other", "", worse, longest_range_s(promql), None)


def _may_watch(rule: AlertRule, services: set[str]) -> bool:
    return _named(rule.labels, services) and all(_named(one.equals, services) for one in selectors(rule.expr))


def _named(labels: Iterable[tuple[str, str]], services: set[str]) -> bool:
    named = {value for name, value in labels if name in SERVICE_LABELS}
    return not services or not named or bool(named & services)
