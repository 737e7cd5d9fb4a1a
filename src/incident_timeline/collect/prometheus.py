"""Prometheus and all that speak its API: the services' queries, the rules, and what the rules did, over the window."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import httpx
import polars as pl

from incident_timeline.collect.alerts import episode_rows, read_episodes, read_rules
from incident_timeline.collect.base import Collected
from incident_timeline.collect.asking import in_flight, open_client
from incident_timeline.collect.prometheus_api import Answered, Matrix, ask_range, ask_raw, ask_rules
from incident_timeline.collect.queries import Query
from incident_timeline.errors import SourceError, SourceUnreachable
from incident_timeline.model.events import event_id, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import LABELS_SCHEMA, SAMPLES_SCHEMA, SeriesSet, join_series

ASSUMED_SCRAPE_S = 15.0  # where the interval cannot be found out: the interval of Prometheus' own example configuration
LEAST_RANGE_S = 20.0  # shorter, a quantile of a quiet service is that of a handful of requests
HISTORY = timedelta(days=7)
HISTORY_STEP_S = 60.0  # 10,081 points: one request (design section 5)


@dataclass(frozen=True, slots=True)
class _Job:
    """One range query to ask."""

    name: str
    service: str
    promql: str
    step_s: float
    role: str
    signal: str
    unit: str
    worse: str
    range_s: float
    history: bool = False


class PrometheusCollector:
    """Collects the queries of each service; `unusable` are sentences about query files that cannot be used."""

    name = "prometheus"

    def __init__(self, services: dict[str, tuple[Query, ...]], unusable: Sequence[str] = ()) -> None:
        self.services, self.unusable = services, tuple(unusable)

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:
        """Series, rules and episodes of the window; a query without any sample is said, and is no failure."""
        client = open_client(transport)
        try:
            scrape = self._scrape_interval(client, window, incident)
        except SourceUnreachable as error:
            return Collected((Coverage("prometheus", False, reason=str(error)), *self._queries_coverage()))
        except SourceError:
            scrape = None
        lacking: list[str] = []
        rules, episodes = self._rules(client, window, lacking, incident)
        jobs = self._jobs(scrape or ASSUMED_SCRAPE_S, rules, episodes)
        answers = in_flight(lambda job: _ask(client, job, window), jobs)
        sets, notes = [], [f"scrape interval not found out, {ASSUMED_SCRAPE_S:g} s assumed"] if scrape is None else []
        for job, answer in zip(jobs, answers, strict=True):
            if isinstance(answer, SourceError):
                lacking.append(f"{job.name} of {job.service}: {answer}")
                continue
            notes += [f"{job.name}: {warning}" for warning in answer.warnings]
            if not answer.series and not job.history:
                notes.append(f"{job.name} of {job.service} has no sample in the window")
            sets += [_series(job, one, scrape) for one in answer.series]
        reason = "; ".join(dict.fromkeys([*lacking, *notes]))
        coverage = Coverage("prometheus", not lacking, reason=reason, requests=len(jobs) + 4)
        rows = [row for row in episode_rows(episodes) if window.start <= row["at"] <= window.end]
        return Collected(
            (coverage, *self._queries_coverage()), events_frame(rows), join_series(sets), rules=rules, episodes=episodes
        )

    def _queries_coverage(self) -> tuple[Coverage, ...]:
        return (Coverage("queries", False, reason="; ".join(self.unusable)),) if self.unusable else ()

    def _scrape_interval(self, client: httpx.Client, window: Window, incident: Incident) -> float | None:
        """The median distance of raw `up` samples in the ten minutes before the incident was created."""
        near = incident.created_at or window.start + (window.end - window.start) / 2
        found = ask_raw(client, "up", near - timedelta(minutes=10), near)
        steps = [
            step for one in found.series
            for step in one.samples["at"].diff().dt.total_microseconds().drop_nulls().to_list()
        ]  # fmt: skip
        return round(median(steps) / 1e6, 3) if steps else None

    def _rules(
        self, client: httpx.Client, window: Window, lacking: list[str], incident: Incident
    ) -> tuple[tuple[AlertRule, ...], tuple[AlertEpisode, ...]]:
        try:
            groups, where = ask_rules(client)
            rules = read_rules(groups, where)
        except SourceError as error:
            lacking.append(str(error))
            rules = ()
        intervals = {rule.name: rule.interval_s for rule in rules if rule.interval_s}
        try:
            alerts, since = in_flight(
                lambda metric: ask_raw(client, metric, window.start, window.end), ("ALERTS", "ALERTS_FOR_STATE")
            )
        except SourceError as error:
            lacking.append(f"ALERTS: {error}")
            return rules, ()
        mine = set(self.services) | ({incident.service} if incident.service else set())
        return rules, read_episodes(_about(alerts, mine), _about(since, mine), intervals)

    def _jobs(self, scrape_s: float, rules: Sequence[AlertRule], episodes: Sequence[AlertEpisode]) -> list[_Job]:
        range_s = max(LEAST_RANGE_S, 4 * scrape_s)  # four scrapes: two may be missed and a rate still has its two samples
        jobs = []
        for service, queries in sorted(self.services.items()):
            for query in queries:
                for name, promql in query.expressions(service, range_s).items():
                    rated = range_s if f"{range_s:g}s" in promql else 0.0
                    role = query.role if name == query.name else "raw"
                    jobs.append(
                        _Job(name, service, promql, scrape_s, role, query.signal, query.unit, query.worse, rated)
                    )
                    if role == "sli":
                        jobs.append(
                            _Job(name, service, promql, HISTORY_STEP_S, "history", query.signal, query.unit, query.worse,
                                 rated, history=True)
                        )  # fmt: skip
        fired = {one.name for one in episodes}
        for rule in rules:
            if rule.name in fired and rule.left is not None:
                step = rule.interval_s or scrape_s
                worse = "up" if (rule.op or "").startswith(">") else "down"
                jobs.append(
                    _Job(
                        rule.name,
                        dict(rule.labels).get("service", ""),
                        rule.left,
                        step,
                        "rule",
                        "other",
                        "",
                        worse,
                        0.0,
                    )
                )
        return jobs


def _ask(client: httpx.Client, job: _Job, window: Window) -> Answered | SourceError:
    start, end = (
        (window.start - HISTORY, window.start - timedelta(seconds=1)) if job.history else (window.start, window.end)
    )
    try:
        return ask_range(client, job.promql, start, end, job.step_s)
    except SourceError as error:
        return error


def _about(answer: Answered, services: set[str]) -> list[Matrix]:
    """The alerts that name one of the services in a label, or name none at all; all when no service is known."""
    if not services:
        return list(answer.series)
    keys = ("service", "job", "app", "component")
    return [
        one
        for one in answer.series
        if not (named := {one.labels[k] for k in keys if k in one.labels}) or named & services
    ]


def _series(job: _Job, one: Matrix, scrape_s: float | None) -> SeriesSet:
    labels = json.dumps(dict(sorted(one.labels.items())), ensure_ascii=False)
    key = event_id("prometheus", job.role, job.service, job.name, labels)
    row: dict[str, Any] = {
        "series_id": key, "source": "prometheus", "service": job.service or one.labels.get("service"), "name": job.name, "signal": job.signal, "unit": job.unit,
        "worse": job.worse, "role": job.role, "query": job.promql, "labels": labels, "step_s": job.step_s, "scrape_s": scrape_s,
        "range_s": job.range_s, "evidence": one.evidence,
    }  # fmt: skip
    samples = one.samples.select(pl.lit(key).alias("series_id"), "at", "value")
    return SeriesSet(pl.DataFrame([row], schema=LABELS_SCHEMA), samples.cast(dict(SAMPLES_SCHEMA)))  # type: ignore[arg-type]
