"""The panel of what the rule that fired reads: its own left side, its threshold, and where its comparison held."""

import json
import math
from datetime import datetime
from typing import Any

import polars as pl

from incident_timeline.explain.case import Case
from incident_timeline.explain.charts.series import exact, factor_of, gap_of, points_of, runs, unit_of
from incident_timeline.explain.charts.window import View
from incident_timeline.explain.wording import clean
from incident_timeline.model.instants import duration
from incident_timeline.model.pictures import Forms, Plot, Threshold
from incident_timeline.model.rules import AlertEpisode, AlertRule

_OPS = {">": "over", ">=": "at least", "<": "under", "<=": "at most", "==": "equal to", "!=": "other than"}


def describe_rule(case: Case, view: View) -> Plot | None:
    """The panel of what the rule that fired reads, with its threshold; None where no rule fired or its side was not collected."""
    episode = case.paging_episode()
    rule = case.rule(episode.name) if episode is not None else None
    if rule is None or episode is None:
        return None
    label = _rule_side(case, view, rule, episode)
    if label is None:
        return None
    series_id = label["series_id"]
    points = points_of(case, series_id, view)
    number, rule_number = case.numbers.get(f"series:{series_id}", ""), case.numbers.get(f"rule:{rule.name}", "")
    note = f"{f'[{number}] ' if number else ''}what {clean(rule.name, 40)} reads; {unit_of(label)}".rstrip("; ")
    name = clean(label["name"].replace("_", " "), 40)
    return Plot(
        key="rule",
        name=name if name != rule.name else "Rule's value",
        notes=(note,),
        points=points,
        gap_s=gap_of(label),
        factor=factor_of(label),
        hue="alert",
        outside=_beyond(points, rule),
        threshold=Threshold(rule.threshold, _threshold_texts(rule, label, rule_number))
        if rule.threshold is not None
        else None,
        least_px=120,
        most_px=420,
    )


def _rule_side(case: Case, view: View, rule: AlertRule, episode: AlertEpisode) -> dict[str, Any] | None:
    """The collected left side of a rule: of its series the one whose labels the episode carries, else the furthest out."""
    sides = case.scored.series.labels.filter(
        (pl.col("role") == "rule") & ((pl.col("query") == (rule.left or "")) | (pl.col("name") == rule.name))
    ).sort("series_id")
    found = []
    wanted = dict(episode.labels)
    down = rule.op in ("<", "<=")
    for row in sides.iter_rows(named=True):
        values = [v for _, v in points_of(case, row["series_id"], view) if math.isfinite(v)]
        if not values:
            continue
        own = _labels(row["labels"])
        same = sum(1 for key, value in own.items() if wanted.get(key) == value)
        against = sum(1 for key, value in own.items() if key in wanted and wanted[key] != value)
        # A threshold side collected beside the left one is the constant one; the left side is what moved.
        found.append(
            (against, -same, -(max(values) - min(values)), min(values) if down else -max(values), row["series_id"], row)
        )
    return min(found, key=lambda one: one[:5])[5] if found else None


def _labels(text: str | None) -> dict[str, str]:
    try:
        known = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in known.items()} if isinstance(known, dict) else {}


def _beyond(points: tuple[tuple[datetime, float], ...], rule: AlertRule) -> tuple[tuple[datetime, datetime], ...]:
    """Stretches of samples for which the rule's comparison held."""
    if rule.threshold is None:
        return ()
    return runs((at, math.isfinite(v) and _holds(v, rule.op, rule.threshold)) for at, v in points)


def _holds(value: float, op: str | None, threshold: float) -> bool:
    if op in (">", ">="):
        return value > threshold if op == ">" else value >= threshold
    if op in ("<", "<="):
        return value < threshold if op == "<" else value <= threshold
    return (value == threshold) == (op == "==")


def _threshold_texts(rule: AlertRule, label: dict[str, Any], number: str) -> Forms:
    assert rule.threshold is not None
    unit = label["unit"] or ""
    limit = f"{_OPS.get(rule.op or '', rule.op or '')} {exact(rule.threshold, unit)}".strip()
    held = f" for {_held(rule.for_s)}" if rule.for_s else ""
    name = clean(rule.name, 32)
    cited = f" [{number}]" if number else ""
    return (f"{name}: {limit}{held}{cited}", f"{name}: {limit}{held}", f"{limit}{held}", limit)


def _held(seconds: float) -> str:
    return f"{seconds / 60:g} m" if seconds >= 60 and seconds % 60 == 0 else duration(seconds)
