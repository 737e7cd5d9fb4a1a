"""Changes that Prometheus itself saw: versions of `*_build_info`, images of pods, processes that began anew, restarts of pods.

They show what was done by hand, past every pipeline, and need no further credential; who did it is not on record there.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

import httpx

from incident_timeline.collect.asking import in_flight, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.rows import LEAD, Deploy, Step, collected, key_of, steps_of
from incident_timeline.collect.deploys.versions import Seen, read_changes
from incident_timeline.collect.prometheus_api import Answered, Matrix, ask_range, ask_raw
from incident_timeline.collect.rule_jobs import SERVICE_LABELS
from incident_timeline.errors import SourceError
from incident_timeline.model.events import event, events_frame, sort_events
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import from_seconds
from incident_timeline.model.rollback import Direction

STEP_S = 60.0
AROUND = timedelta(minutes=6)  # of raw samples around a change: a lookback of 5 minutes and a step
TOGETHER = timedelta(minutes=10)  # processes of one service that begin anew within it are one restart
VERSIONS = ("version", "tag", "release", "revision", "sha", "commit", "image", "image_id")
PLACES = ("job", "service", "app", "component", "namespace", "container")

Row = dict[str, Any]
T = TypeVar("T")


class ObservedChanges:
    """Collects what the metrics of the configured Prometheus show of changes; of `services` only, where any is configured."""

    name = "deploys"

    def __init__(self, services: Sequence[str] = ()) -> None:
        self.services = tuple(services)

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Two rounds: a coarse look at a day and the window, then raw samples around what changed."""
        client, source = open_client(transport), "deploys: prometheus"
        labels = ", ".join(dict.fromkeys(("__name__", *PLACES, *VERSIONS)))
        begin, told = window.start - LEAD, list[str]()
        asked = (
            (f'group by ({labels}) ({{__name__=~".+_build_info"}})', begin),
            (f"group by ({labels}) (kube_pod_container_info)", begin),
            (_of_services("process_start_time_seconds", self.services), window.start),
            ("sum by (namespace, container) (changes(kube_pod_container_status_restarts_total[2m])) > 0", window.start),
        )
        answers = in_flight(lambda one: _attempt(client, one[0], one[1], window.end, told), asked)
        if len(told) == len(asked):
            return Collected((Coverage(source, False, reason=told[0], requests=len(asked)),))
        versions, images, processes, restarts = ([s for s in one if self._wanted(s.labels)] for one in answers)
        changes = [one for found in (versions, images) for one in read_changes(found, STEP_S)]
        deploys = in_flight(lambda one: self._deploy(client, one, told), changes)
        found = collected(source, deploys, window, lacking=told, requests=len(asked) + len(changes))
        rows = [*_began_anew(processes, changes, window), *_restarted(restarts)]
        if not rows:
            return found
        (said,) = found.coverage
        said = said if deploys else replace(said, reason="; ".join(told))
        return Collected((said,), sort_events(found.events.vstack(events_frame(rows))))

    def _wanted(self, labels: Mapping[str, str]) -> bool:
        return not self.services or service_of(labels) in self.services

    def _deploy(self, client: httpx.Client, seen: Seen, told: list[str]) -> Deploy:
        """A change of version with the times of its own samples: the first of the new one, the last of the old."""
        start, end = (seen.first, seen.first - timedelta(seconds=STEP_S)), None
        if seen.last_old > seen.first:
            end = (seen.last_old, seen.last_old + timedelta(seconds=STEP_S))
        evidence = seen.evidence
        try:
            raw = ask_raw(client, seen.selector, seen.first - AROUND, seen.last_old + AROUND)
            new = [m for m in raw.series if seen.is_new(m.labels)]
            old = [m for m in raw.series if not seen.is_new(m.labels)]
            start, evidence = _first(new, seen) or start, new[0].evidence if new else evidence
            end = _last(old, start)
        except SourceError as error:
            told.append(f"samples around a change of {service_of(seen.labels)}: {error}")
        end = end or (start[0], start[0])  # no sample of another version after that
        steps = steps_of(evidence, "succeeded", started=start[0], finished=end[0])
        steps = tuple(_ranged(step, start, end) for step in steps)
        why = "live before, with another in between" if seen.back else "not live in the day before"
        said = Direction(
            seen.back, seen.sha if seen.back else None, seen.previous, f"Prometheus saw it: a version {why}"
        )
        name = service_of(seen.labels)
        return Deploy(
            key_of("prometheus", name, seen.metric, int(seen.first.timestamp())), steps, name, seen.labels.get("namespace"),
            seen.ref, seen.sha, landed=True, said=said,
            facts={"observed": True, "previous": seen.previous, "metric": seen.metric},
        )  # fmt: skip


def service_of(labels: Mapping[str, str]) -> str | None:
    """The service that labels name: `service` and its like, for a pod its container."""
    return next((labels[key] for key in (*SERVICE_LABELS, "container") if labels.get(key)), None)


def _of_services(metric: str, services: Sequence[str]) -> str:
    if not services:
        return metric
    names = "|".join(services)
    return " or ".join(f'{metric}{{{label}=~"{names}"}}' for label in SERVICE_LABELS)


def _attempt(client: httpx.Client, query: str, start: datetime, end: datetime, told: list[str]) -> list[Matrix]:
    try:
        answer: Answered = ask_range(client, query, _on_grid(start), end, STEP_S)
    except SourceError as error:
        told.append(str(error))
        return []
    told.extend(answer.warnings if answer.partial else ())
    return list(answer.series)


def _on_grid(at: datetime) -> datetime:
    return from_seconds(at.timestamp() // STEP_S * STEP_S)


def _first(new: Sequence[Matrix], seen: Seen) -> tuple[datetime, datetime] | None:
    """(first sample of the new version, earliest possible): it began to run after the scrape before that sample."""
    near = seen.first - timedelta(seconds=2 * STEP_S)
    times = [[at for at in one.samples["at"] if at >= near] for one in new]
    times = [one for one in times if one]
    if not times:
        return None
    first = min(one[0] for one in times)
    spacing = min((b - a for one in times for a, b in pairwise(one)), default=timedelta(seconds=STEP_S))
    return first, first - spacing


def _last(old: Sequence[Matrix], start: tuple[datetime, datetime]) -> tuple[datetime, datetime] | None:
    """(last sample of another version, latest possible)."""
    lasts = [one.samples["at"][-1] for one in old if one.samples.height]
    if not lasts or max(lasts) <= start[1]:
        return None
    return max(lasts), max(lasts) + (start[0] - start[1])


def _ranged(step: Step, start: tuple[datetime, datetime], end: tuple[datetime, datetime]) -> Step:
    if step.kind == "deploy.started":
        return replace(step, earliest=start[1], words="a new version runs")
    return replace(step, latest=max(end[1], step.at), words="the old version is gone")


@dataclass(frozen=True, slots=True)
class _Start:
    """The start of one process: exact, because the process says it itself."""

    at: datetime
    place: str
    again: bool  # the same target had a process before
    evidence: str


def _began_anew(processes: Iterable[Matrix], changes: Sequence[Seen], window: Window) -> list[Row]:
    """One row for each run of processes of a service that began within `TOGETHER`, unless a new version explains them."""
    starts: list[_Start] = []
    first_seen: dict[str, datetime] = {}
    for one in processes:
        place, begun = service_of(one.labels) or "a process", one.samples["at"][0]
        first_seen[place] = min(first_seen.get(place, begun), begun)
    for one in processes:
        values = one.samples["value"].unique(maintain_order=True).drop_nans().to_list()
        for index, value in enumerate(values):
            at = from_seconds(value)
            place = service_of(one.labels) or "a process"
            others = (
                index > 0 or one.samples["at"][0] > first_seen[place]
            )  # else it is the first that was scraped at all
            if others and window.start < at <= window.end:
                starts.append(_Start(at, place, index > 0, one.evidence))
    rows = []
    for place in sorted({one.place for one in starts}):
        rolled = [change.first for change in changes if service_of(change.labels) == place]
        runs = _runs([one for one in starts if one.place == place], lambda one: one.at)
        rows += [_start_row(place, run) for run in runs if not any(abs(run[0].at - at) <= TOGETHER for at in rolled)]
    return rows


def _runs(items: Iterable[T], at: Callable[[T], datetime]) -> list[list[T]]:
    """The items in time order, cut where nothing happened for longer than `TOGETHER`."""
    runs: list[list[T]] = []
    for one in sorted(items, key=at):
        if runs and at(one) - at(runs[-1][-1]) <= TOGETHER:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _start_row(place: str, run: Sequence[_Start]) -> Row:
    again = sum(one.again for one in run)
    kind = "service.restarted" if again else "change.made"
    count, many = again or len(run), "processes" if (again or len(run)) > 1 else "process"
    words = f"{count} {many} began anew" if again else f"{count} {many} more"
    return _row(run[0].at, run[-1].at, kind, place, words, run[0].evidence, {"processes": len(run)})


def _restarted(restarts: Iterable[Matrix]) -> list[Row]:
    """One row for each stretch in which containers of a pod were restarted, to the step of the question."""
    rows = []
    for one in restarts:
        place = service_of(one.labels) or "a pod"
        for run in _runs(one.samples["at"], lambda at: at):
            row = _row(run[0], run[-1], "service.restarted", place, "its containers were restarted", one.evidence, {})
            rows.append(row | {"earliest": run[0] - timedelta(seconds=2 * STEP_S)})
    return rows


def _row(at: datetime, until: datetime, kind: str, place: str, words: str, evidence: str, facts: Row) -> Row:
    return event(
        at, "deploys", kind, f"prometheus-{place}-{int(at.timestamp())}", f"{place}: {words}, as Prometheus saw", evidence=evidence,
        service=place, until=until if until > at else None, actor_kind="unknown",
        detail=json.dumps({"observed": True, **facts}, sort_keys=True),
    )  # fmt: skip
