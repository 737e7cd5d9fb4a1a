"""Episodes of rules that paged and left no ALERTS sample: their condition and `for`, applied to what was asked of the server."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

import polars as pl

from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.evaluate import holds, runs
from incident_timeline.score.rule_sides import compared

_ASSUMED_S = 60.0  # the default evaluation interval of Prometheus' configuration


def reconstruct_episodes(
    rules: Sequence[AlertRule], known: Sequence[AlertEpisode], series: SeriesSet, paged: Collection[str]
) -> tuple[AlertEpisode, ...]:
    """An episode for every stretch in which a rule held whose name the page carries and of which no sample is on record.

    Samples of ALERTS may be gone, or never have been written where this server does not evaluate the rule. A reconstructed
    episode is as good as the rule that is loaded now, so it says that it is one.
    """
    recorded = {one.name for one in known}
    return tuple(
        episode
        for rule in rules
        if rule.name in paged and rule.name not in recorded and rule.op is not None
        for episode in _episodes(rule, series)
    )


def _episodes(rule: AlertRule, series: SeriesSet) -> Iterator[AlertEpisode]:
    values = compared(rule, {}, series)
    if values is None or values.is_empty() or rule.op is None:
        return
    interval = rule.interval_s or _ASSUMED_S
    rows = series.labels.filter((pl.col("role") == "rule") & (pl.col("name") == rule.name))
    for run in runs(holds(values, rule.op), interval, rule.for_s, rule.keep_firing_s):
        if run.firing_at is not None:
            pending = run.active_at if run.firing_at > run.active_at else None
            last = run.last_at + timedelta(seconds=rule.keep_firing_s)
            evidence = f"series:{rows['series_id'][0]}"
            yield AlertEpisode(
                rule.name,
                rule.labels,
                run.active_at,
                pending,
                run.firing_at,
                last,
                interval,
                evidence,
                reconstructed=True,
            )
