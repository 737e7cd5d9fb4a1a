"""Prometheus and all that speak its API: the services' queries, the rules, and what the rules did, over the window."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import httpx

from incident_timeline.collect.alerts import episode_rows, read_episodes, read_rules
from incident_timeline.collect.asking import in_flight, open_client
from incident_timeline.collect.backends import PROMETHEUS, THANOS, Backend, find_backend, is_thanos
from incident_timeline.collect.base import Collected
from incident_timeline.collect.prometheus_api import Answered, ask_range, ask_raw, ask_rules, scrapes_now
from incident_timeline.collect.queries import Query
from incident_timeline.collect.range_jobs import ASSUMED_SCRAPE_S, LEAST_RANGE_S, RangeJob, query_jobs
from incident_timeline.collect.rule_jobs import about_services, rule_jobs, rules_of_interest
from incident_timeline.collect.scrape import interval_s
from incident_timeline.collect.selectors import PROBED, Read, is_affordable, raw_job, reads
from incident_timeline.collect.told import Told
from incident_timeline.errors import SourceError, SourceUnreachable
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import rfc3339
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet, join_series

Ask = Callable[[], Any]
_ALERTS = ("ALERTS", "ALERTS_FOR_STATE")


class PrometheusCollector:
    """Collects the queries of each service; `unusable` are sentences about query files that cannot be used."""

    name = "prometheus"

    def __init__(self, services: dict[str, tuple[Query, ...]], unusable: Sequence[str] = ()) -> None:
        self.services, self.unusable = services, tuple(unusable)

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:
        """Series, rules and episodes of the window; a query without any sample is said, and is no failure.

        Two rounds of requests, each in flight together: what is known of the server and its rules, then all ranges and raw
        samples. A third only for selectors of rules that no query reads.
        """
        client, told = open_client(transport), Told()
        near = incident.created_at or window.start + (window.end - window.start) / 2
        probe = partial(ask_raw, client, start=near - PROBED, end=near)
        mine = reads(self._expressions())
        known = _all(
            {
                "backend": partial(find_backend, client),
                "thanos": partial(is_thanos, client),
                "rules": partial(ask_rules, client),
                **{name: partial(ask_raw, client, name, window.start, window.end) for name in _ALERTS},
                **{one.probe: partial(probe, one.probe) for one in mine},
            }
        )
        if (down := _unreachable(known.values())) is not None:
            return Collected((Coverage("prometheus", False, reason=str(down)), *self._queries_coverage()))
        rules, episodes = self._rules(known, incident, told)
        watched, left_out = rules_of_interest(rules, episodes, self.services)
        told.notes.extend([left_out] if left_out else [])
        jobs = sorted([*self._jobs(known, told), *rule_jobs(watched)], key=lambda job: job.place)
        theirs = [one for one in reads(rule.expr for rule in watched) if one not in mine]
        extra = _backend(known).parameters
        ranges = {job.asked(window): partial(ask_range, client, *job.asked(window), extra) for job in jobs}
        urgent = {job.asked(window) for job in jobs if not job.of_the_days_before}
        raw = partial(_raw_asks, client, window, extra, told)
        found = _all(
            {
                **{asked: ask for asked, ask in ranges.items() if asked in urgent},
                **raw(mine, known),
                **{one.probe: partial(probe, one.probe) for one in theirs},
                **{asked: ask for asked, ask in ranges.items() if asked not in urgent},  # what a budget cuts first
            }
        )
        rest = _all(raw(theirs, found))
        sets = [self._kept(job, found[job.asked(window)], told) for job in jobs]
        sets += [_raw_kept(one, (found | rest).get(one), known | found, told) for one in (*mine, *theirs)]
        series = join_series([one for one in sets if one.labels.height])
        if jobs and series.samples.is_empty() and not told.lacking:
            for why in _expired(client, window):
                told.lacks("", why)
        requests = len(known) + len(found) + len(rest)
        return Collected(
            (Coverage("prometheus", not told.lacking, reason=told.reason(), requests=requests), *self._queries_coverage()),
            events_frame(episode_rows(episodes, window)), series, rules=rules, episodes=episodes,
        )  # fmt: skip

    def _queries_coverage(self) -> tuple[Coverage, ...]:
        return (Coverage("queries", False, reason="; ".join(self.unusable)),) if self.unusable else ()

    def _expressions(self) -> list[str]:
        return [
            promql
            for service, queries in self.services.items()
            for query in queries
            for promql in query.expressions(service, LEAST_RANGE_S).values()
        ]

    def _rules(
        self, known: Mapping[Any, Any], incident: Incident, told: Told
    ) -> tuple[tuple[AlertRule, ...], tuple[AlertEpisode, ...]]:
        rules: tuple[AlertRule, ...] = ()
        if isinstance(known["rules"], SourceError):
            told.lacks("", known["rules"])
        else:
            rules = read_rules(*known["rules"])
        for name in _ALERTS:
            if isinstance(known[name], SourceError):
                told.lacks("ALERTS", known[name])
                return rules, ()
            _tell_warnings("ALERTS", known[name], told)
        mine = set(self.services) | ({incident.service} if incident.service else set())
        alerts, since = (about_services(known[name].series, mine) for name in _ALERTS)
        return rules, read_episodes(alerts, since, rules)

    def _jobs(self, probed: Mapping[Any, Any], told: Told) -> list[RangeJob]:
        jobs: list[RangeJob] = []
        for service, queries in sorted(self.services.items()):
            for query in queries:
                found = [probed[one.probe] for one in reads(query.expressions(service, LEAST_RANGE_S).values())]
                scraped = [interval_s(one.series) for one in found if isinstance(one, Answered)]
                slowest = max((s for s in scraped if s is not None), default=None)
                if slowest is None:
                    told.note(
                        f"{query.name} of {service}: scrape interval not found out, {ASSUMED_SCRAPE_S:g} s assumed"
                    )
                jobs += query_jobs(service, query, slowest)
        return jobs

    def _kept(self, job: RangeJob, answer: Any, told: Told) -> SeriesSet:
        what = f"{job.name} of {job.service}" if job.service else job.name
        what = f"{what} (days before)" if job.of_the_days_before else what
        if isinstance(answer, SourceError):
            told.lacks(what, answer)
            return SeriesSet()
        _tell_warnings(what, answer, told)
        if not answer.series and not job.of_the_days_before:
            told.note(f"{what} has no sample in the window")
        mine = about_services(answer.series, set(self.services)) if job.is_of_a_rule else answer.series
        return job.series(mine)


def _all(asks: Mapping[Any, Ask]) -> dict[Any, Any]:
    """Every answer by the key of its question; what a source refuses or lacks stands in the answer's place."""
    return dict(zip(asks, in_flight(_attempt, asks.values()), strict=True))


def _attempt(ask: Ask) -> Any:
    try:
        return ask()
    except SourceError as error:
        return error


def _unreachable(answers: Iterable[Any]) -> SourceUnreachable | None:
    """Why the server cannot be reached, where no question at all got an answer."""
    rest = [one for one in answers if one is not False]
    down = next((one for one in rest if isinstance(one, SourceUnreachable)), None)
    return down if all(isinstance(one, SourceError) for one in rest) else None


def _backend(known: Mapping[Any, Any]) -> Backend:
    if known["thanos"] is True:
        return THANOS
    return known["backend"] if isinstance(known["backend"], Backend) else PROMETHEUS


def _raw_asks(
    client: httpx.Client, window: Window, extra: dict[str, str], told: Told, wanted: Sequence[Read], probed: Mapping[Any, Any]
) -> dict[Any, Ask]:  # fmt: skip
    """The questions for raw samples of selectors; those with too many samples, and why they are left out, are told."""
    asks: dict[Any, Ask] = {}
    for one in wanted:
        seen = probed[one.probe]
        if isinstance(seen, SourceError):
            continue  # the query that reads it fails as well and says why
        if is_affordable(one, seen, window):
            asks[one] = partial(ask_raw, client, one.selector.text, window.start, window.end, extra)
        else:
            told.note(
                f"raw samples of {one.selector.text}: too many to keep, so its queries' own steps are all there is"
            )
    return asks


def _raw_kept(read: Read, answer: Any, probed: Mapping[Any, Any], told: Told) -> SeriesSet:
    if isinstance(answer, SourceError):
        told.lacks(f"raw samples of {read.selector.text}", answer)
    if not isinstance(answer, Answered):
        return SeriesSet()
    _tell_warnings(read.selector.text, answer, told)
    return raw_job(read, interval_s(probed[read.probe].series)).series(answer.series)


def _expired(client: httpx.Client, window: Window) -> list[str]:
    """A sentence when the server scrapes today and holds nothing of the window: that is expired, not "none"."""
    step_s = max(60.0, (window.end - window.start).total_seconds() // 100)
    then = _attempt(partial(ask_range, client, "count(up)", window.start, window.end, step_s))
    if isinstance(then, SourceError) or then.series or not scrapes_now(client):
        return []
    span = f"{rfc3339(window.start)} to {rfc3339(window.end)}"
    why = "its samples have expired (or it began later); `timeline keep` seals evidence before that"
    return [f"holds nothing of {span} and scrapes today, so {why}"]


def _tell_warnings(what: str, answer: Answered, told: Told) -> None:
    for warning in answer.warnings:
        if answer.partial:
            told.lacks(what, warning)
        else:
            told.note(f"{what}: {warning}")
