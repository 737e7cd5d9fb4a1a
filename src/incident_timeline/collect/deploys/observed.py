"""Changes that Prometheus itself saw: versions of `*_build_info`, images of pods, processes that began anew, restarts of pods.

They show what was done by hand, past every pipeline, and need no further credential; who did it is not on record there.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import httpx

from incident_timeline.collect.asking import in_flight, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.processes import began_anew, restarted
from incident_timeline.collect.deploys.rows import LEAD, Deploy, Step, collected, key_of, steps_of
from incident_timeline.collect.deploys.versions import Seen, read_changes, service_of
from incident_timeline.collect.prometheus_api import Answered, Matrix, ask_range, ask_raw
from incident_timeline.errors import SourceError
from incident_timeline.model.events import events_frame, sort_events
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import from_seconds, micros
from incident_timeline.model.rollback import Direction

STEP_S = 60.0
AROUND = timedelta(minutes=6)  # of raw samples around a change: a lookback of 5 minutes and a step
MOST = 40  # changes; a platform of hundreds of services deploys all the time
VERSIONS = ("version", "tag", "release", "revision", "sha", "commit", "image", "image_id")
PLACES = ("job", "service", "app", "component", "namespace", "container")


class ObservedChanges:
    """Collects what the metrics of the configured Prometheus show of changes.

    A cause may lie in another service, so all are read; where more than `MOST` changed, only those of `services` are kept.
    """

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
            (f"process_start_time_seconds > {micros(window.start) // 1_000_000}", window.start),
            (f"count by ({', '.join(PLACES)}) (process_start_time_seconds)", window.start),
            ("sum by (namespace, container) (changes(kube_pod_container_status_restarts_total[2m])) > 0", window.start),
        )
        answers = in_flight(lambda one: _attempt(client, one[0], one[1], window.end, told), asked)
        if len(told) == len(asked):
            return Collected((Coverage(source, False, reason=told[0], requests=len(asked)),))
        versions, images, started, counted, restarts = answers
        changes = [one for found in (versions, images) for one in read_changes(found, STEP_S)]
        rows = [*began_anew(started, counted, changes, window), *restarted(restarts)]
        notes: list[str] = []
        if len(changes) + len(rows) > MOST and self.services:
            left = [one for one in changes if service_of(one.labels) not in self.services]
            others = [row for row in rows if row["service"] not in self.services]
            notes.append(f"{len(left) + len(others)} changes of other services are left out")
            changes = [one for one in changes if one not in left]
            rows = [row for row in rows if row not in others]
        deploys = in_flight(lambda one: self._deploy(client, one, told), changes)
        found = collected(source, deploys, window, lacking=told, notes=notes, requests=len(asked) + len(changes))
        if not rows:
            return found
        (said,) = found.coverage
        said = said if deploys else replace(said, reason="; ".join([*told, *notes]))
        return Collected((said,), sort_events(found.events.vstack(events_frame(rows))))

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
        end = end if end is not None and end[0] > start[0] else None  # without an overlap one row says all
        began, done = (start[0], end[0]) if end else (None, start[0])
        steps = steps_of(evidence, "succeeded", started=began, finished=done)
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


def _ranged(step: Step, start: tuple[datetime, datetime], end: tuple[datetime, datetime] | None) -> Step:
    if step.kind == "deploy.started" or end is None:
        return replace(step, earliest=start[1], words="a new version runs")
    return replace(step, latest=max(end[1], step.at), words="the old version is gone")
