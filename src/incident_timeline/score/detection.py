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

_BASELINE = 12  # samples that say what normal was
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
    read_from = _moved_at(rule, moved, series, start, crossed)
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


def _moved_at(
    rule: AlertRule | None, moved: Sequence[Moved], series: SeriesSet, start: datetime, crossed: datetime
) -> datetime | None:
    """When what the rule reads had moved: the start of the run, up to its crossing, in which its left side was beyond normal.

    Normal is all that the left side was before users were hurt (its extreme on the rule's side, 99 in 100 samples). Without
    that series, the first collected signal over the same metrics counts.
    """
    if rule is None:
        return None
    left = _left_series(rule, series)
    if left is not None:
        run = _run_before(series.samples_of(left), start, crossed, up=not (rule.op or ">").startswith("<"))
        if run is not None:
            return run
    queries = dict(series.labels.select("series_id", "query").iter_rows())
    reads = [m for m in moved if any(metric in (queries.get(m.series_id) or "") for metric in rule.metrics)]
    return min((m.at for m in reads), default=None)


def _run_before(samples: pl.DataFrame, start: datetime, crossed: datetime, *, up: bool) -> datetime | None:
    before = samples.filter((pl.col("at") < start) & pl.col("value").is_finite())["value"]
    if before.len() < _BASELINE:
        return None
    edge = before.quantile(0.99 if up else 0.01, "nearest")
    after = samples.filter(pl.col("at").is_between(start, crossed) & pl.col("value").is_finite())
    first = None
    for at, value in reversed(list(after.iter_rows())):
        if edge is None or (value <= edge if up else value >= edge):
            break
        first = at
    return first
