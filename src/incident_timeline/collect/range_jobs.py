"""What to ask Prometheus about the queries of one incident: the window, the days before, and ranges for burn rates."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from incident_timeline.collect.prometheus_api import Matrix
from incident_timeline.collect.promql import longest_range_s
from incident_timeline.collect.queries import Query
from incident_timeline.model.events import event_id
from incident_timeline.model.incident import Window
from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.series import SeriesSet, labelled

ASSUMED_SCRAPE_S = 15.0  # where the interval cannot be found out: the interval of Prometheus' own example configuration
LEAST_RANGE_S = 20.0  # shorter, a quantile of a quiet service is that of a handful of requests
HISTORY = timedelta(days=7)
HISTORY_STEP_S = 60.0  # 10,081 points: one request (design section 5)
# The windows of the multi-window, multi-burn-rate alerts of the SRE workbook (chapter 5, table 5-8): 1h with 5m, 6h with 30m.
BURN_RANGES_S = (300.0, 1800.0, 3600.0, 21600.0)
_OF_THE_DAYS_BEFORE = ("history", "burn_history", "rule_history", "limit_history")
# What a budget cuts first stands last.
_BY_NAME = ("sli", "resource", "raw", "history")  # a query has one expression; rules of one name may have several
_ORDER = ("sli", "resource", "raw", "rule", "limit", "history", "rule_history", "limit_history", "burn", "burn_history")


@dataclass(frozen=True, slots=True)
class RangeJob:
    """One range query to ask, and what its series are."""

    name: str
    service: str
    promql: str
    step_s: float
    role: str  # one of model.series.ROLES
    signal: str
    unit: str
    worse: str
    range_s: float
    scrape_s: float | None

    def span(self, window: Window) -> tuple[datetime, datetime]:
        """The stretch to ask for, its start on the step's grid so that builds over other windows are comparable."""
        if not self.of_the_days_before:
            return _on_grid(window.start, self.step_s), window.end
        before = window.start - timedelta(microseconds=1)
        return _on_grid(window.start - HISTORY, self.step_s), before

    @property
    def of_the_days_before(self) -> bool:
        """Whether it asks for the lookback rather than the window."""
        return self.role in _OF_THE_DAYS_BEFORE

    @property
    def is_of_a_rule(self) -> bool:
        """Whether it asks for a side of a rule's comparison, which may hold series of other services."""
        return self.role.split("_")[0] in ("rule", "limit")

    @property
    def place(self) -> int:
        """Its place in the queue: what a budget cuts first has the highest."""
        return _ORDER.index(self.role)

    def asked(self, window: Window) -> tuple[str, datetime, datetime, float]:
        """Query, start, end and step: jobs that ask the same are asked once."""
        return (self.promql, *self.span(window), self.step_s)

    def series(self, found: Sequence[Matrix]) -> SeriesSet:
        """The answered series as a labelled set; an id depends on what was asked, not on when."""
        told = (self.role, self.service, self.name) if self.role in _BY_NAME else (self.role, self.name, self.promql)
        rows: list[dict[str, Any]] = []
        for one in found:
            labels = json.dumps(dict(sorted(one.labels.items())), ensure_ascii=False)
            rows.append({
                "series_id": event_id("prometheus", *told, labels), "source": "prometheus",
                "service": self.service or one.labels.get("service"), "name": self.name, "signal": self.signal,
                "unit": self.unit, "worse": self.worse, "role": self.role, "query": self.promql, "labels": labels,
                "step_s": self.step_s, "scrape_s": self.scrape_s, "range_s": self.range_s, "evidence": one.evidence,
            })  # fmt: skip
        return labelled(rows, [one.samples for one in found])


def rate_range_s(scrape_s: float | None) -> float:
    """The range for `$range`: four scrapes, so that two may be missed and a rate still has its two samples."""
    return max(LEAST_RANGE_S, 4 * (scrape_s or ASSUMED_SCRAPE_S))


def query_jobs(service: str, query: Query, scrape_s: float | None) -> list[RangeJob]:
    """A query over the window at the scrape interval and over the seven days before at 60 s; a ratio also for its burn rates.

    All requests of an SLO over those days too: they say how large its error budget is.
    """
    jobs = []
    step = scrape_s or ASSUMED_SCRAPE_S
    for name, promql in query.expressions(service, rate_range_s(scrape_s)).items():
        role = query.role if name == query.name else "raw"
        about = (query.signal, query.unit if role != "raw" else "1/s", query.worse, longest_range_s(promql), scrape_s)
        jobs.append(RangeJob(name, service, promql, step, role, *about))
        if role != "raw" or (query.objective is not None and name.endswith(".total")):
            jobs.append(RangeJob(name, service, promql, HISTORY_STEP_S, "history", *about))
    if query.query is None:
        for range_s in BURN_RANGES_S:
            promql = query.expressions(service, range_s)[query.name]
            about = (query.signal, query.unit, query.worse, range_s, scrape_s)
            jobs.append(RangeJob(query.name, service, promql, step, "burn", *about))
            jobs.append(RangeJob(query.name, service, promql, HISTORY_STEP_S, "burn_history", *about))
    return jobs


def _on_grid(at: datetime, step_s: float) -> datetime:
    step = round(step_s * 1e6)
    return from_micros(-(-micros(at) // step) * step)
