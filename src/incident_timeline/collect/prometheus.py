"""Prometheus and all that speak its API: the services' queries, the rules, and what the rules did, over the window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import httpx

from incident_timeline.collect.alerts import episode_rows, read_episodes, read_rules
from incident_timeline.collect.asking import in_flight, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.prometheus_api import Answered, ask_range, ask_raw, ask_rules, is_victoria, scrapes_now
from incident_timeline.collect.queries import Query
from incident_timeline.collect.range_jobs import (
    ASSUMED_SCRAPE_S,
    LEAST_RANGE_S,
    RangeJob,
    about_services,
    query_jobs,
    rule_jobs,
)
from incident_timeline.collect.scrape import interval_s, probes
from incident_timeline.errors import SourceError, SourceUnreachable
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import rfc3339
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import join_series

T = TypeVar("T")

PROBED = timedelta(minutes=10)  # of raw samples before the incident, to find the scrape interval out
VICTORIA = {"nocache": "1"}  # else it shifts start and end of a range for its cache


@dataclass(frozen=True, slots=True)
class _Told:
    """What goes into the coverage: what is lacking (a failure) and what is only worth saying."""

    lacking: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def reason(self) -> str:
        """All of it, each once."""
        return "; ".join(dict.fromkeys([*self.lacking, *self.notes]))


class PrometheusCollector:
    """Collects the queries of each service; `unusable` are sentences about query files that cannot be used."""

    name = "prometheus"

    def __init__(self, services: dict[str, tuple[Query, ...]], unusable: Sequence[str] = ()) -> None:
        self.services, self.unusable = services, tuple(unusable)

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:
        """Series, rules and episodes of the window; a query without any sample is said, and is no failure.

        Two rounds of requests, each in flight together: what is known of the server and its rules, then all ranges.
        """
        client, told = open_client(transport), _Told()
        probed = probes(
            promql
            for service, queries in self.services.items()
            for query in queries
            for promql in query.expressions(service, LEAST_RANGE_S).values()
        )
        selectors = sorted({selector for texts in probed.values() for selector in texts})
        near = incident.created_at or window.start + (window.end - window.start) / 2
        asked: list[Callable[[], Any]] = [
            lambda: is_victoria(client),
            lambda: ask_rules(client),
            lambda: ask_raw(client, "ALERTS", window.start, window.end),
            lambda: ask_raw(client, "ALERTS_FOR_STATE", window.start, window.end),
            *(lambda one=one: ask_raw(client, one, near - PROBED, near) for one in selectors),
        ]
        answers = in_flight(_attempt, asked)
        if (down := next((a for a in answers if isinstance(a, SourceUnreachable)), None)) is not None and all(
            isinstance(a, SourceError) for a in answers
        ):
            return Collected((Coverage("prometheus", False, reason=str(down)), *self._queries_coverage()))
        rules, episodes = self._rules(answers[1], answers[2], answers[3], incident, told)
        raw = dict(zip(selectors, answers[4:], strict=True))
        jobs = self._jobs(probed, raw, rules, episodes, told)
        extra = VICTORIA if answers[0] is True else {}
        sets = self._series(client, jobs, window, extra, told)
        if jobs and not sets and not told.lacking:
            told.lacking.extend(_expired(client, window))
        coverage = Coverage("prometheus", not told.lacking, reason=told.reason(), requests=len(asked) + len(jobs))
        return Collected(
            (coverage, *self._queries_coverage()), events_frame(episode_rows(episodes, window)), join_series(sets),
            rules=rules, episodes=episodes,
        )  # fmt: skip

    def _queries_coverage(self) -> tuple[Coverage, ...]:
        return (Coverage("queries", False, reason="; ".join(self.unusable)),) if self.unusable else ()

    def _rules(
        self, listed: Any, alerts: Any, since: Any, incident: Incident, told: _Told
    ) -> tuple[tuple[AlertRule, ...], tuple[AlertEpisode, ...]]:
        rules: tuple[AlertRule, ...] = ()
        if isinstance(listed, SourceError):
            told.lacking.append(str(listed))
        else:
            rules = read_rules(*listed)
        for one in (alerts, since):
            if isinstance(one, SourceError):
                told.lacking.append(f"ALERTS: {one}")
                return rules, ()
            _tell_warnings("ALERTS", one, told)
        intervals = {rule.name: rule.interval_s for rule in rules if rule.interval_s}
        mine = set(self.services) | ({incident.service} if incident.service else set())
        return rules, read_episodes(about_services(alerts.series, mine), about_services(since.series, mine), intervals)

    def _jobs(
        self, probed: dict[str, tuple[str, ...]], raw: dict[str, Any], rules: Sequence[AlertRule],
        episodes: Sequence[AlertEpisode], told: _Told,
    ) -> list[RangeJob]:  # fmt: skip
        jobs: list[RangeJob] = []
        for service, queries in sorted(self.services.items()):
            for query in queries:
                texts = query.expressions(service, LEAST_RANGE_S).values()
                found = [raw[selector] for text in texts for selector in probed[text]]
                scraped = [interval_s(one.series) for one in found if isinstance(one, Answered)]
                slowest = max((s for s in scraped if s is not None), default=None)
                if slowest is None:
                    told.notes.append(
                        f"{query.name} of {service}: scrape interval not found out, {ASSUMED_SCRAPE_S:g} s assumed"
                    )
                jobs += query_jobs(service, query, slowest)
        more, left_out = rule_jobs(rules, episodes, self.services)
        told.notes.extend([left_out] if left_out else [])
        return jobs + more

    def _series(
        self, client: httpx.Client, jobs: Sequence[RangeJob], window: Window, extra: dict[str, str], told: _Told
    ) -> list[Any]:
        answers = in_flight(
            lambda job: _attempt(lambda: ask_range(client, job.promql, *job.span(window), job.step_s, extra)), jobs
        )
        sets = []
        for job, answer in zip(jobs, answers, strict=True):
            what = f"{job.name} of {job.service}" if job.service else job.name
            if isinstance(answer, SourceError):
                told.lacking.append(f"{what}: {answer}")
                continue
            _tell_warnings(job.name, answer, told)
            if not answer.series and job.role != "history":
                told.notes.append(f"{what} has no sample in the window")
            kept = about_services(answer.series, set(self.services)) if job.role == "rule" else answer.series
            sets += [job.series(one) for one in kept]
        return sets


def _expired(client: httpx.Client, window: Window) -> list[str]:
    """A sentence when the server scrapes today and holds nothing of the window: that is expired, not "none"."""
    step_s = max(60.0, (window.end - window.start).total_seconds() // 100)
    then = _attempt(lambda: ask_range(client, "count(up)", window.start, window.end, step_s))
    if isinstance(then, SourceError) or then.series or not scrapes_now(client):
        return []
    span = f"{rfc3339(window.start)} to {rfc3339(window.end)}"
    why = "its samples have expired (or it began later); `timeline keep` seals evidence before that"
    return [f"holds nothing of {span} and scrapes today, so {why}"]


def _tell_warnings(what: str, answer: Answered, told: _Told) -> None:
    (told.lacking if answer.partial else told.notes).extend(f"{what}: {warning}" for warning in answer.warnings)


def _attempt(ask: Callable[[], T]) -> T | SourceError:
    try:
        return ask()
    except SourceError as error:
        return error
