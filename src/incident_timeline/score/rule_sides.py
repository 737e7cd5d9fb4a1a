"""What a rule compared: its left side beside its limit, for the one series that an alert was about."""

import json
from collections.abc import Mapping, Sequence

import polars as pl

from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet

HISTORY = "_history"  # what the roles of the days before end with


def rule_of(episode: AlertEpisode, rules: Sequence[AlertRule]) -> AlertRule | None:
    """The loaded rule behind an episode: of several with its name the one whose fixed labels the episode carries."""
    carried = dict(episode.labels)
    named = [rule for rule in rules if rule.name == episode.name]
    fixed = {rule: [(name, value) for name, value in rule.labels if "{{" not in value] for rule in named}
    fitting = [rule for rule in named if all(carried.get(name) == value for name, value in fixed[rule])]
    return max(fitting or named, key=lambda rule: len(fixed[rule]), default=None)


def side_of(rule: AlertRule, about: Mapping[str, str], series: SeriesSet, role: str = "rule") -> str | None:
    """The id of the series of one side (role `rule` or `limit`, or those of the days before) that fits an alert's labels.

    None where it was not collected, or where several fit as well: then nobody knows which one it was.
    """
    text = rule.right if role.startswith("limit") else rule.left
    rows = series.labels.filter(
        (pl.col("role") == role) & (pl.col("name") == rule.name) & (pl.col("query") == (text or ""))
    )
    ranked: list[tuple[int, str]] = []
    for series_id, labels in rows.select("series_id", "labels").iter_rows():
        own = json.loads(labels or "{}")
        if all(about.get(name, value) == value for name, value in own.items()):
            ranked.append((sum(1 for name in own if name in about), series_id))
    best = max((same for same, _ in ranked), default=0)
    fitting = [series_id for same, series_id in ranked if same == best]
    return fitting[0] if len(fitting) == 1 else None


def compared(
    rule: AlertRule, about: Mapping[str, str], series: SeriesSet, days_before: str = ""
) -> pl.DataFrame | None:
    """(at, value, limit) of a rule over the window, or with `days_before=HISTORY` over the lookback; None where a side lacks."""
    left = side_of(rule, about, series, f"rule{days_before}")
    if left is None or rule.op is None:
        return None
    values = series.samples_of(left)
    if rule.threshold is not None:
        return values.with_columns(limit=pl.lit(rule.threshold))
    right = side_of(rule, about, series, f"limit{days_before}")
    if right is None:
        return None
    return values.join(series.samples_of(right).rename({"value": "limit"}), on="at", how="inner").sort("at")
