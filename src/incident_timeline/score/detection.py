"""The detection ledger: from first hurt to first page, split by what the rule that paged could see."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from incident_timeline.model.gaps import Segment
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.onset import Moved
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.segments import Stretch, paint

_COMPARISONS = {">": "__gt__", ">=": "__ge__", "<": "__lt__", "<=": "__le__", "==": "__eq__", "!=": "__ne__"}


def cut_detection(
    started: Milestone,
    detected: Milestone,
    *,
    episode: AlertEpisode | None,
    rule: AlertRule | None,
    series: SeriesSet,
    moved: Sequence[Moved],
    events: pl.DataFrame,
) -> tuple[Segment, ...]:
    """Segments of started -> detected; empty where either end is missing or the page came first.

    In order of time: `no_rule` until the signal that the paging rule reads had moved, `below_threshold` until its
    condition held, `evaluation` until an evaluation saw that, `pending` for the rule's `for`, `grouping` from firing to
    the page. Without any ALERTS sample of a rule that fired the stretch is `unexplained`.
    """
    start, end = started.at, detected.at
    if start is None or end is None or end <= start:
        return ()
    default = Stretch(
        start, end, "unexplained", "no raw ALERTS sample says when a rule began to be true", 99, detected.evidence
    )
    if episode is None or episode.firing_at is None:
        return paint(start, end, (), default=default)
    alert = _alert_events(events, episode)
    true_from = episode.active_at or episode.pending_at or episode.firing_at
    crossed = _crossed(rule, episode, series, start, true_from)
    read_from = _moved_at(rule, moved, series)
    what = f"`{episode.name}`"
    cuts = [
        Stretch(start, crossed, "below_threshold", f"the signal had moved, the condition of {what} did not hold", 5, alert),
        Stretch(crossed, true_from, "evaluation", f"{what} is evaluated every {episode.interval_s:g} s", 3, alert),
        Stretch(true_from, episode.firing_at, "pending", _for_text(rule, what), 2, alert),
        Stretch(episode.firing_at, end, "grouping", "firing to page created: Alertmanager's grouping, delivery", 1,
                alert + detected.evidence),
    ]  # fmt: skip
    if read_from is None or read_from > start:
        until = crossed if read_from is None else min(read_from, crossed)
        reason = f"no rule that fired reads what had moved; the signal that {what} reads had not"
        cuts.append(Stretch(start, until, "no_rule", reason, 4, started.evidence))
    return paint(start, end, cuts, default=default)


def _for_text(rule: AlertRule | None, what: str) -> str:
    return f"the `for` of {what}" + (f", {rule.for_s:g} s as loaded when collected" if rule else "")


def _alert_events(events: pl.DataFrame, episode: AlertEpisode) -> tuple[str, ...]:
    near = [at for at in (episode.pending_at, episode.firing_at) if at is not None]
    rows = events.filter(pl.col("kind").is_in(["alert.pending", "alert.fired"]) & pl.col("at").is_in(near))
    return tuple(rows["event_id"])


def _crossed(
    rule: AlertRule | None, episode: AlertEpisode, series: SeriesSet, start: datetime, true_from: datetime
) -> datetime:
    """The first sample of the last run over the threshold before the rule saw it; without series, one evaluation before."""
    bound = max(start, true_from - timedelta(seconds=episode.interval_s))
    left = _left_series(rule, series)
    if rule is None or left is None or rule.threshold is None or rule.op not in _COMPARISONS:
        return bound
    samples = series.samples_of(left).filter(pl.col("at") <= true_from)
    holds = getattr(samples["value"], _COMPARISONS[rule.op])(rule.threshold)
    run_start = None
    for at, over in zip(reversed(samples["at"].to_list()), reversed(holds.to_list()), strict=True):
        if not over:
            break
        run_start = at
    return min(max(run_start or bound, start), true_from)


def _left_series(rule: AlertRule | None, series: SeriesSet) -> str | None:
    if rule is None or rule.left is None:
        return None
    rows = series.labels.filter((pl.col("role") == "rule") & (pl.col("name") == rule.name))
    return None if rows.height != 1 else str(rows["series_id"][0])


def _moved_at(rule: AlertRule | None, moved: Sequence[Moved], series: SeriesSet) -> datetime | None:
    """When the first signal that the rule reads left its band: its own left side, or one over the same metrics."""
    if rule is None:
        return None
    left = _left_series(rule, series)
    queries = dict(series.labels.select("series_id", "query").iter_rows())
    reads = [
        m
        for m in moved
        if m.series_id == left or any(metric in (queries.get(m.series_id) or "") for metric in rule.metrics)
    ]
    own = [m for m in reads if m.series_id == left]
    # A service's traffic moving is not the errors moving: prefer the rule's own left side where it was collected.
    return min((m.at for m in own or reads), default=None)
