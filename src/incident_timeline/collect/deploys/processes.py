"""Reads restarts out of metrics: when processes began, by their own word, and when containers of pods were restarted."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from incident_timeline.collect.deploys.versions import Seen, service_of
from incident_timeline.collect.prometheus_api import Matrix
from incident_timeline.model.events import event
from incident_timeline.model.incident import Window
from incident_timeline.model.instants import from_seconds

TOGETHER = timedelta(minutes=10)  # processes of one service that begin within it are one restart
AFTER = timedelta(
    minutes=2
)  # until a count holds what began before it; the stretch over which pods' restarts are asked for

Row = dict[str, Any]
T = TypeVar("T")


def began_anew(
    started: Iterable[Matrix], counted: Iterable[Matrix], changes: Sequence[Seen], window: Window
) -> list[Row]:
    """One row for each run of processes of a service that began within `TOGETHER`, unless a new version explains them.

    `started` are process_start_time_seconds, whose value is exact; `counted` are processes by service, which tell a restart
    from processes that were added. Where there was none before, nothing began anew.
    """
    begun: dict[str, dict[datetime, str]] = {}
    for one in started:
        for value in one.samples["value"].unique(maintain_order=True).drop_nans():
            at = from_seconds(value)
            if window.start < at <= window.end:
                begun.setdefault(service_of(one.labels) or "a process", {}).setdefault(at, one.evidence)
    counts = _counts(counted)
    rows = []
    for place, times in sorted(begun.items()):
        rolled = [change.first for change in changes if service_of(change.labels) == place]
        for run in _runs(times, lambda at: at):
            before, after = _count(counts.get(place, {}), run[0]), _count(counts.get(place, {}), run[-1] + AFTER)
            if before and not any(abs(run[0] - at) <= TOGETHER for at in rolled):
                more = max(0, after - before)
                count = more or len(run)
                words = f"{count} {'processes' if count > 1 else 'process'} {'more' if more else 'began anew'}"
                kind = "change.made" if more else "service.restarted"
                rows.append(_row(run[0], run[-1], kind, place, words, times[run[0]], {"processes": count}))
    return rows


def _counts(counted: Iterable[Matrix]) -> Mapping[str, Mapping[datetime, int]]:
    found: dict[str, dict[datetime, int]] = {}
    for one in counted:
        at_place = found.setdefault(service_of(one.labels) or "a process", {})
        for at, value in one.samples.iter_rows():
            at_place[at] = at_place.get(at, 0) + int(value)
    return found


def _count(counts: Mapping[datetime, int], at: datetime) -> int:
    """How many there were at the last step before an instant; 0 where nothing was counted yet."""
    last = max((step for step in counts if step < at), default=None)
    return 0 if last is None else counts[last]


def _runs(items: Iterable[T], at: Callable[[T], datetime]) -> list[list[T]]:
    """The items in time order, cut where nothing happened for longer than `TOGETHER`."""
    runs: list[list[T]] = []
    for one in sorted(items, key=at):
        if runs and at(one) - at(runs[-1][-1]) <= TOGETHER:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def restarted(restarts: Iterable[Matrix]) -> list[Row]:
    """One row for each stretch in which containers of a pod were restarted, to the step of the question."""
    rows = []
    for one in restarts:
        place = service_of(one.labels) or "a pod"
        for run in _runs(one.samples["at"], lambda at: at):
            row = _row(run[0], run[-1], "service.restarted", place, "its containers were restarted", one.evidence, {})
            rows.append(row | {"earliest": run[0] - AFTER})
    return rows


def _row(at: datetime, until: datetime, kind: str, place: str, words: str, evidence: str, facts: Row) -> Row:
    return event(
        at, "deploys", kind, f"prometheus-{place}-{int(at.timestamp())}", f"{place}: {words}, as Prometheus saw", evidence=evidence,
        service=place, until=until if until > at else None, actor_kind="unknown",
        detail=json.dumps({"observed": True, **facts}, sort_keys=True),
    )  # fmt: skip
