"""Alerting rules and their episodes: when each was pending and firing, from raw ALERTS samples and never from a range query."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import promql_parser

from incident_timeline.collect.prometheus_api import Matrix
from incident_timeline.model.events import event
from incident_timeline.model.rules import AlertEpisode, AlertRule

_COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
_HOLE = 1.5  # evaluation intervals without a sample end an episode (apis.md 3.1)
Labels = tuple[tuple[str, str], ...]


def read_rules(groups: Sequence[dict[str, Any]], evidence: str) -> tuple[AlertRule, ...]:
    """The alerting rules of /api/v1/rules, each split at its top-level comparison where it has one."""
    rules = []
    for g, group in enumerate(groups):
        for r, rule in enumerate(group.get("rules") or []):
            if rule.get("type") not in (None, "alerting"):
                continue
            left, op, threshold, metrics = split_comparison(str(rule.get("query", "")))
            rules.append(
                AlertRule(
                    name=str(rule.get("name")), group=str(group.get("name")), expr=str(rule.get("query")),
                    for_s=float(rule.get("duration") or 0), keep_firing_s=float(rule.get("keepFiringFor") or 0),
                    interval_s=float(group.get("interval") or 0), labels=_pairs(rule.get("labels")),
                    annotations=_pairs(rule.get("annotations")), left=left, op=op, threshold=threshold, metrics=metrics,
                    evidence=f"{evidence}#/data/groups/{g}/rules/{r}",
                )
            )  # fmt: skip
    return tuple(sorted(rules, key=lambda rule: (rule.name, rule.group, rule.expr)))


def split_comparison(expr: str) -> tuple[str | None, str | None, float | None, tuple[str, ...]]:
    """(left side, operator, number on the right, metric names read) of an expression; None where it has no such comparison."""
    try:
        tree = promql_parser.parse(expr)
    except ValueError:
        return None, None, None, ()
    metrics = tuple(sorted(set(_metrics(tree))))
    while isinstance(tree, promql_parser.ParenExpr):
        tree = tree.expr
    if not isinstance(tree, promql_parser.BinaryExpr) or str(tree.op) not in _COMPARISONS:
        return None, None, None, metrics
    right = _number(tree.rhs)
    if right is None:
        return None, None, None, metrics
    return " ".join(str(tree.lhs.prettify()).split()), str(tree.op), right, metrics


def read_episodes(
    alerts: Iterable[Matrix], for_state: Iterable[Matrix], intervals: dict[str, float]
) -> tuple[AlertEpisode, ...]:
    """Episodes from raw samples of ALERTS and ALERTS_FOR_STATE; `intervals` are the rules' evaluation intervals by name."""
    states: dict[Labels, dict[str, list[datetime]]] = {}
    evidence: dict[Labels, str] = {}
    for one in alerts:
        labels = _identity(one.labels)
        rows = states.setdefault(labels, {"pending": [], "firing": []})
        rows.setdefault(one.labels.get("alertstate", "firing"), []).extend(one.samples["at"].to_list())
        evidence.setdefault(labels, one.evidence)
    since = {_identity(one.labels): list(one.samples.iter_rows()) for one in for_state}
    found = [
        episode
        for labels, rows in states.items()
        for episode in _episodes(labels, rows, since.get(labels, []), intervals, evidence[labels])
    ]
    return tuple(
        sorted(found, key=lambda e: (e.pending_at or e.firing_at or datetime.max.replace(tzinfo=UTC), e.name, e.labels))
    )


def episode_rows(episodes: Sequence[AlertEpisode]) -> list[dict[str, Any]]:
    """alert.pending, alert.fired and alert.ended rows, each with the range that the evaluation interval leaves."""
    rows = []
    for one in episodes:
        labels = dict(one.labels)
        give = timedelta(seconds=one.interval_s)
        marks = [("alert.pending", one.pending_at, -give), ("alert.fired", one.firing_at, -give)]
        if one.last_firing_at is not None:
            marks.append(("alert.ended", one.last_firing_at, give))
        for kind, at, slack in marks:
            if at is None:
                continue
            word = {"alert.pending": "pending", "alert.fired": "firing", "alert.ended": "fired for the last time"}[kind]
            ref = f"{one.name}{sorted(labels.items())}@{at.isoformat()}"
            rows.append(
                event(at, "prometheus", kind, ref, f"{one.name} {word}", evidence=one.evidence, earliest=min(at, at + slack),
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
    name = dict(labels)["alertname"]
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


def _identity(labels: dict[str, str]) -> Labels:
    return tuple(sorted((k, v) for k, v in labels.items() if k not in ("__name__", "alertstate")))


def _metrics(tree: Any) -> list[str]:
    if isinstance(tree, promql_parser.VectorSelector):
        return [tree.name] if tree.name else []
    parts: list[Any] = []
    for attribute in ("expr", "lhs", "rhs", "vector_selector", "param"):
        part = getattr(tree, attribute, None)
        if part is not None:
            parts.append(part)
    parts += list(getattr(tree, "args", None) or [])
    return [name for part in parts for name in _metrics(part)]


def _number(tree: Any) -> float | None:
    sign = 1.0
    while isinstance(tree, promql_parser.ParenExpr | promql_parser.UnaryExpr):
        sign = -sign if isinstance(tree, promql_parser.UnaryExpr) else sign
        tree = tree.expr
    return sign * float(tree.val) if isinstance(tree, promql_parser.NumberLiteral) else None


def _pairs(table: Any) -> Labels:
    return tuple(sorted((str(k), str(v)) for k, v in table.items())) if isinstance(table, dict) else ()
