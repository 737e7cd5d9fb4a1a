"""What to ask Prometheus about one incident: each query over the window, its history, and the rules' left sides."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.collect.prometheus_api import Matrix
from incident_timeline.collect.promql import longest_range_s, metrics, selectors
from incident_timeline.collect.queries import Query
from incident_timeline.model.events import event_id
from incident_timeline.model.incident import Window
from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import LABELS_SCHEMA, SAMPLES_SCHEMA, SeriesSet

ASSUMED_SCRAPE_S = 15.0  # where the interval cannot be found out: the interval of Prometheus' own example configuration
LEAST_RANGE_S = 20.0  # shorter, a quantile of a quiet service is that of a handful of requests
HISTORY = timedelta(days=7)
HISTORY_STEP_S = 60.0  # 10,081 points: one request (design section 5)
MOST_RULES = 60  # of those that only watch the service; what fired is asked for in any case
SERVICE_LABELS = ("service", "job", "app", "component")  # labels by which a series or a rule names its service


@dataclass(frozen=True, slots=True)
class RangeJob:
    """One range query to ask, and what its series are."""

    name: str
    service: str
    promql: str
    step_s: float
    role: str  # sli | resource | raw | history | rule
    signal: str
    unit: str
    worse: str
    range_s: float
    scrape_s: float | None

    def span(self, window: Window) -> tuple[datetime, datetime]:
        """The stretch to ask for, its start on the step's grid so that builds over other windows are comparable."""
        if self.role != "history":
            return _on_grid(window.start, self.step_s), window.end
        before = window.start - timedelta(microseconds=1)
        return _on_grid(window.start - HISTORY, self.step_s), before

    def series(self, one: Matrix) -> SeriesSet:
        """One answered series as a labelled set; its id depends on what was asked, not on when."""
        labels = json.dumps(dict(sorted(one.labels.items())), ensure_ascii=False)
        key = event_id("prometheus", self.role, self.service, self.name, labels)
        row: dict[str, Any] = {
            "series_id": key, "source": "prometheus", "service": self.service or one.labels.get("service"),
            "name": self.name, "signal": self.signal, "unit": self.unit, "worse": self.worse, "role": self.role,
            "query": self.promql, "labels": labels, "step_s": self.step_s, "scrape_s": self.scrape_s,
            "range_s": self.range_s, "evidence": one.evidence,
        }  # fmt: skip
        samples = one.samples.select(pl.lit(key, pl.String).alias("series_id"), "at", "value")
        return SeriesSet(pl.DataFrame([row], schema=LABELS_SCHEMA), samples.select(list(SAMPLES_SCHEMA)))


def rate_range_s(scrape_s: float | None) -> float:
    """The range for `$range`: four scrapes, so that two may be missed and a rate still has its two samples."""
    return max(LEAST_RANGE_S, 4 * (scrape_s or ASSUMED_SCRAPE_S))


def query_jobs(service: str, query: Query, scrape_s: float | None) -> list[RangeJob]:
    """A query over the window at the scrape interval; an SLI over the seven days before as well, at 60 s."""
    jobs = []
    for name, promql in query.expressions(service, rate_range_s(scrape_s)).items():
        role = query.role if name == query.name else "raw"
        ranged = longest_range_s(promql)
        about = (query.signal, query.unit if role != "raw" else "1/s", query.worse, ranged, scrape_s)
        jobs.append(RangeJob(name, service, promql, scrape_s or ASSUMED_SCRAPE_S, role, *about))
        if role == "sli":
            jobs.append(RangeJob(name, service, promql, HISTORY_STEP_S, "history", *about))
    return jobs


def rule_jobs(
    rules: Sequence[AlertRule], episodes: Sequence[AlertEpisode], services: Mapping[str, Sequence[Query]]
) -> tuple[list[RangeJob], str]:
    """The left side of each rule that fired or watches a service, at its own interval; and what was left out, in words.

    A rule watches a service when it reads a metric that the service's queries read and names no other service.
    """
    fired = {one.name for one in episodes}
    mine = set(services)
    read = {name for service, queries in services.items() for query in queries
            for text in query.expressions(service, LEAST_RANGE_S).values() for name in metrics(text)}  # fmt: skip
    candidates = [rule for rule in rules if rule.left is not None]
    wanted = [rule for rule in candidates if rule.name in fired]
    watching = [r for r in candidates if r.name not in fired and read & set(r.metrics) and _may_watch(r, mine)]
    jobs = [_rule_job(rule) for rule in (*wanted, *watching[:MOST_RULES])]
    left_out = len(watching) - MOST_RULES
    return jobs, f"{left_out} more rules that read the same metrics were not asked for" if left_out > 0 else ""


def about_services(series: Sequence[Matrix], services: set[str]) -> list[Matrix]:
    """The series that name one of the services in a label, or name none at all; all when no service is known."""
    return [one for one in series if _named(one.labels.items(), services)]


def _rule_job(rule: AlertRule) -> RangeJob:
    left = rule.left or ""
    worse = {">": "up", "<": "down"}.get((rule.op or " ")[0], "both")
    service, step = dict(rule.labels).get("service", ""), rule.interval_s or ASSUMED_SCRAPE_S
    return RangeJob(rule.name, service, left, step, "rule", "other", "", worse, longest_range_s(left), None)


def _may_watch(rule: AlertRule, services: set[str]) -> bool:
    return _named(rule.labels, services) and all(_named(one.equals, services) for one in selectors(rule.expr))


def _named(labels: Any, services: set[str]) -> bool:
    named = {value for name, value in labels if name in SERVICE_LABELS}
    return not services or not named or bool(named & services)


def _on_grid(at: datetime, step_s: float) -> datetime:
    step = round(step_s * 1e6)
    return from_micros(-(-micros(at) // step) * step)
