"""Alerting rules and their episodes: when each was pending and firing, from raw ALERTS samples and never from a range query."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from incident_timeline.collect.prometheus_api import Matrix
from incident_timeline.collect.promql import metrics, split_comparison
from incident_timeline.model.events import event
from incident_timeline.model.incident import Window
from incident_timeline.model.rules import AlertEpisode, AlertRule

_HOLE = 1.5  # evaluation intervals without a sample end an episode (apis.md 3.1)
# Labels by which the two of a highly available pair differ: the Prometheus operator's, Cortex' and Mimir's, Thanos'.
_REPLICAS = ("prometheus_replica", "__replica__", "replica")
Labels = tuple[tuple[str, str], ...]


def read_rules(groups: Sequence[dict[str, Any]], evidence: str) -> tuple[AlertRule, ...]:
    """The alerting rules of /api/v1/rules, each split at its top-level comparison where it has one.

    `metrics` follows recording rules down to what is scraped, so that a rule over `job:errors:rate1m` is seen to watch the
    requests behind it.
    """
    recorded = {
        str(rule.get("name")): metrics(str(rule.get("query", "")))
        for group in groups
        for rule in group.get("rules") or []
        if rule.get("type") == "recording"
    }
    rules = []
    for g, group in enumerate(groups):
        for r, rule in enumerate(group.get("rules") or []):
            if rule.get("type") not in (None, "alerting"):
                continue
            expr = str(rule.get("query", ""))
            split = split_comparison(expr)
            rules.append(
                AlertRule(
                    name=str(rule.get("name")), group=str(group.get("name")), expr=expr,
                    for_s=float(rule.get("duration") or 0), keep_firing_s=float(rule.get("keepFiringFor") or 0),
                    interval_s=float(group.get("interval") or 0), labels=_pairs(rule.get("labels")),
                    annotations=_pairs(rule.get("annotations")), left=split.left if split else None,
                    op=split.op if split else None, threshold=split.threshold if split else None,
                    metrics=_scraped(metrics(expr), recorded), evidence=f"{evidence}#/data/groups/{g}/rules/{r}",
                    right=split.right if split else None,
                )
            )  # fmt: skip
    return tuple(sorted(rules, key=lambda rule: (rule.name, rule.group, rule.expr)))


def _scraped(names: Sequence[str], recorded: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The names, and those that the recording rules among them read, however deep."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += recorded.get(name, ())
    return tuple(sorted(found))


def read_episodes(
    alerts: Iterable[Matrix], for_state: Iterable[Matrix], rules: Iterable[AlertRule] = ()
) -> tuple[AlertEpisode, ...]:
    """Episodes from raw samples of ALERTS and ALERTS_FOR_STATE; the rules give intervals, and which labels are templated.

    A label whose value the rule computes (`{{ $value }}`) changes while the alert goes on, and the replicas of a highly
    available pair differ in their replica label: neither makes another alert (apis.md 3.1, traps e and f).
    """
    listed = tuple(rules)
    intervals = {rule.name: rule.interval_s for rule in listed if rule.interval_s}
    passing = {rule.name: {name for name, value in rule.labels if "{{" in value} for rule in listed}
    states: dict[Labels, dict[str, list[datetime]]] = {}
    evidence: dict[Labels, str] = {}
    for one in alerts:
        labels = _identity(one.labels, passing)
        rows = states.setdefault(labels, {"pending": [], "firing": []})
        rows.setdefault(one.labels.get("alertstate", "firing"), []).extend(one.samples["at"].to_list())
        evidence.setdefault(labels, one.evidence)
    since: dict[Labels, list[tuple[datetime, float]]] = {}
    for one in for_state:
        since.setdefault(_identity(one.labels, passing), []).extend(one.samples.iter_rows())
    found = [
        episode
        for labels, rows in states.items()
        for episode in _episodes(labels, rows, sorted(since.get(labels, [])), intervals, evidence[labels])
    ]
    return tuple(
        sorted(found, key=lambda e: (e.pending_at or e.firing_at or datetime.max.replace(tzinfo=UTC), e.name, e.labels))
    )


def episode_rows(episodes: Sequence[AlertEpisode], window: Window) -> list[dict[str, Any]]:
    """alert.pending, alert.fired and alert.ended rows, each with the range that the evaluation interval leaves.

    An episode that is under way when the window begins may have begun earlier by any amount: its row says since when the
    rule was active, where ALERTS_FOR_STATE knows. One that still fires when the window ends has no end.
    """
    rows = []
    for one in episodes:
        labels = dict(one.labels)
        give = timedelta(seconds=one.interval_s)
        marks = [("alert.pending", one.pending_at, -give), ("alert.fired", one.firing_at, -give)]
        if one.last_firing_at is not None and one.last_firing_at + _HOLE * give <= window.end:
            marks.append(("alert.ended", one.last_firing_at, give))
        for kind, at, slack in marks:
            if at is None or not window.start <= at <= window.end:
                continue
            word = {"alert.pending": "pending", "alert.fired": "firing", "alert.ended": "fired for the last time"}[kind]
            ref = f"{one.name}{sorted(labels.items())}@{at.isoformat()}"
            earliest = min(at, at + slack)
            if at - window.start < _HOLE * give and kind != "alert.ended" and one.active_at is not None:
                earliest = min(earliest, one.active_at)
            rows.append(
                event(at, "prometheus", kind, ref, f"{one.name} {word}", evidence=one.evidence, earliest=earliest,
                      latest=max(at, at + slack), actor="Prometheus", actor_kind="machine", service=labels.get("service"),
                      detail=json.dumps({"labels": {"alertname": one.name, **labels}}, sort_keys=True))
            )  # fmt: skip
    return rows


def _episodes(
    labels: Labels,
    rows: dict[str, list[datetime]],
    since: list[tuple[datetime, float]],
    intervals: dict[str, float],
    evidence: str,
) -> list[AlertEpisode]:
    name = dict(labels).get("alertname", "")
    pending, firing = set(rows["pending"]), set(rows["firing"])
    times = sorted(pending | firing)
    steps = [(b - a).total_seconds() for a, b in pairwise(times)]
    interval = intervals.get(name) or (median(steps) if steps else 60.0)
    cuts = [0, *(i + 1 for i, step in enumerate(steps) if step > _HOLE * interval), len(times)]
    rest = tuple((k, v) for k, v in labels if k != "alertname")
    found = []
    for start, end in pairwise(cuts):
        run = times[start:end]
        active = [value for at, value in since if run[0] <= at <= run[-1]]
        found.append(
            AlertEpisode(
                name, rest, datetime.fromtimestamp(active[0], UTC) if active else None,
                next((t for t in run if t in pending), None), next((t for t in run if t in firing), None),
                next((t for t in reversed(run) if t in firing), None), interval, evidence,
            )
        )  # fmt: skip
    return found


def _identity(labels: dict[str, str], passing: Mapping[str, set[str]]) -> Labels:
    left_out = {"__name__", "alertstate", *_REPLICAS, *passing.get(labels.get("alertname", ""), ())}
    return tuple(sorted((k, v) for k, v in labels.items() if k not in left_out))


def _pairs(table: Any) -> Labels:
    return tuple(sorted((str(k), str(v)) for k, v in table.items())) if isinstance(table, dict) else ()
