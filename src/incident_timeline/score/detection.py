"""The detection ledger: from first hurt to first page, split by what the rule that paged could see."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

import polars as pl

from incident_timeline.model.gaps import Segment
from incident_timeline.model.instants import clock
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.onset import Moved
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.evaluate import holds
from incident_timeline.score.onset_moved import late_s
from incident_timeline.score.rule_sides import compared, rule_of, side_of
from incident_timeline.score.segments import Stretch, paint

_BASELINE = 12  # samples that say what normal was
_WORD = re.compile(r"[A-Za-z_:][\w:]*")
# Precedence: what the rule's own samples say over what signals say, and a signal over its absence.
_GROUPING, _PENDING, _EVALUATION, _UNMEASURED, _NO_RULE, _BELOW, _NOTHING_MOVED = range(1, 8)
_SIGNALS = ("sli", "resource")


def cut_detection(
    started: Milestone,
    detected: Milestone,
    *,
    episode: AlertEpisode | None,
    rules: Sequence[AlertRule],
    series: SeriesSet,
    moved: Sequence[Moved],
    events: pl.DataFrame,
    paged: Collection[str] = (),
) -> tuple[Segment, ...]:
    """Segments of started -> detected; empty where either end is missing or the page came first.

    In order of time: `unmeasured` until any collected signal had moved (where a person says when users began to hurt),
    `no_rule` until the signal that the paging rule reads had moved, `below_threshold` until its condition held,
    `evaluation` until an evaluation saw that, `pending` for the rule's `for`, `grouping` from firing to the page. `paged` are
    the alert names that the page carries. Where no rule of this server explains the page, only what is known of the signals
    is told, and the rest is `unexplained`.
    """
    start, end = started.at, detected.at
    if start is None or end is None or end <= start:
        return ()
    measured = list(_unmeasured(started, start, end, series, moved))
    if episode is None or episode.firing_at is None or (paged and episode.name not in paged):
        cuts = [*measured, *_without_a_rule(start, end, rules, series, moved, detected, paged)]
        return paint(start, end, cuts, default=_unexplained(start, end, detected, rules, paged))
    rule = rule_of(episode, rules)
    cuts = [*measured, *_by_the_rule(episode, rule, start, end, series, moved, events, started, detected)]
    return paint(start, end, cuts, default=_unexplained(start, end, detected, rules, paged))


def _by_the_rule(
    episode: AlertEpisode, rule: AlertRule | None, start: datetime, end: datetime, series: SeriesSet,
    moved: Sequence[Moved], events: pl.DataFrame, started: Milestone, detected: Milestone,
) -> Iterator[Stretch]:  # fmt: skip
    """What the samples of the rule that paged, and of the two sides that it compares, say of each stretch."""
    firing = episode.firing_at
    assert firing is not None
    what, again = (
        f"`{episode.name}`",
        " (reconstructed: no ALERTS sample is on record)" if episode.reconstructed else "",
    )
    alert = (episode.evidence,) if episode.reconstructed else _alert_events(events, episode)
    known = [at for at in (episode.active_at, episode.pending_at, firing) if at is not None]
    true_from = min(known)  # ALERTS_FOR_STATE is moved by a restart and by query_offset, a sample is not (apis.md 3.1)
    crossed = _crossed(rule, episode, series, start, true_from)
    read_from = _moved_at(rule, episode, moved, series, start, crossed)
    grouping = "firing to page created: Alertmanager's grouping, delivery"
    if firing < start:
        kept = f" (it keeps firing for {rule.keep_firing_s:g} s)" if rule is not None and rule.keep_firing_s else ""
        grouping = f"{what} had been firing since {clock(firing)}{kept}; the page came with its group"
    yield Stretch(firing, end, "grouping", grouping + again, _GROUPING, alert + detected.evidence)
    yield Stretch(true_from, firing, "pending", _for_text(rule, what) + again, _PENDING, alert)
    every = f"{what} is evaluated every {episode.interval_s:g} s"
    yield Stretch(crossed, true_from, "evaluation", every + again, _EVALUATION, alert)
    below = f"the signal had moved, the condition of {what} did not hold"
    yield Stretch(start, crossed, "below_threshold", below + again, _BELOW, alert)
    if read_from is None or read_from > start:
        until = crossed if read_from is None else min(read_from, crossed)
        reason = f"no rule that fired reads what had moved; the signal that {what} reads had not"
        yield Stretch(start, until, "no_rule", reason, _NO_RULE, started.evidence)


def _without_a_rule(
    start: datetime, end: datetime, rules: Sequence[AlertRule], series: SeriesSet, moved: Sequence[Moved],
    detected: Milestone, paged: Collection[str],
) -> Iterator[Stretch]:  # fmt: skip
    """Where people, or another system, told first: what moved before that, and whether a loaded rule reads it."""
    queries = dict(series.labels.select("series_id", "query").iter_rows())
    before = sorted((m for m in moved if m.at < end), key=lambda m: m.at)
    if not rules or not before or paged:
        return
    read = [m for m in before if _readers(m, rules, queries)]
    first = max(start, before[0].at)
    read_from = max(first, read[0].at) if read else end
    nobody = (
        f"none of the {len(rules)} loaded rules reads it" if len(rules) > 1 else "the one loaded rule does not read it"
    )
    evidence = (f"series:{before[0].series_id}", *detected.evidence)
    yield Stretch(first, read_from, "no_rule", f"{before[0].name} had moved and {nobody}", _NO_RULE, evidence)
    if read:
        reader = _readers(read[0], rules, queries)[0]
        why = f"{read[0].name} had moved and `{reader.name}`, which reads it, did not fire"
        yield Stretch(
            read_from, end, "below_threshold", why, _BELOW, (f"series:{read[0].series_id}", *detected.evidence)
        )


def _unmeasured(
    started: Milestone, start: datetime, end: datetime, series: SeriesSet, moved: Sequence[Moved]
) -> Iterator[Stretch]:
    """Users were hurt, as somebody says, and no signal of those that were collected had left its band."""
    if started.basis == "measured" or not series.labels["role"].is_in(_SIGNALS).any():
        return
    first = min((m.earliest for m in moved), default=end)
    precedence = _UNMEASURED if first < end else _NOTHING_MOVED
    yield Stretch(
        start, min(first, end), "unmeasured", "no collected signal had left its band", precedence, started.evidence
    )


def _unexplained(
    start: datetime, end: datetime, detected: Milestone, rules: Sequence[AlertRule], paged: Collection[str]
) -> Stretch:
    why = "no raw ALERTS sample says when a rule began to be true"
    if paged and rules and not {rule.name for rule in rules} & set(paged):
        names = ", ".join(f"`{name}`" for name in sorted(paged)[:3])
        why = f"the page names {names}, which no rule of this server is"
    return Stretch(start, end, "unexplained", why, 99, detected.evidence)


def _readers(moved: Moved, rules: Sequence[AlertRule], queries: dict[str, str]) -> list[AlertRule]:
    words = set(_WORD.findall(queries.get(moved.series_id) or ""))
    return [rule for rule in rules if words & set(rule.metrics)]


def _for_text(rule: AlertRule | None, what: str) -> str:
    return f"the `for` of {what}" + (f", {rule.for_s:g} s as loaded when collected" if rule else "")


def _alert_events(events: pl.DataFrame, episode: AlertEpisode) -> tuple[str, ...]:
    near = [at for at in (episode.pending_at, episode.firing_at) if at is not None]
    rows = events.filter(pl.col("kind").is_in(["alert.pending", "alert.fired"]) & pl.col("at").is_in(near))
    return tuple(rows["event_id"])


def _crossed(
    rule: AlertRule | None, episode: AlertEpisode, series: SeriesSet, start: datetime, true_from: datetime
) -> datetime:
    """The first sample of the last run beyond the limit before the rule saw it; without series, one evaluation before."""
    bound = max(start, true_from - timedelta(seconds=episode.interval_s))
    values = compared(rule, dict(episode.labels), series) if rule is not None else None
    if values is None or rule is None or rule.op is None:
        return min(bound, true_from)
    run_start = None
    for at, over in reversed(list(holds(values.filter(pl.col("at") <= true_from), rule.op).iter_rows())):
        if not over:
            break
        run_start = at
    return min(max(run_start or bound, start), true_from)


def _moved_at(
    rule: AlertRule | None, episode: AlertEpisode, moved: Sequence[Moved], series: SeriesSet, start: datetime,
    crossed: datetime,
) -> datetime | None:  # fmt: skip
    """When what the rule reads had moved: the start of the run, up to its crossing, in which its left side was beyond normal.

    Normal is all that the left side was before users were hurt (its extreme on the rule's side, 99 in 100 samples). As an
    onset is, it is put between the last sample inside and the first one outside, and earlier by what the rule's range delays.
    Without that series, the first collected signal over the same metrics counts.
    """
    if rule is None:
        return None
    left = side_of(rule, dict(episode.labels), series)
    if left is not None:
        about, samples = series.describe(left), series.samples_of(left)
        run = _run_before(samples, start, crossed, up=not (rule.op or ">").startswith("<"))
        if run is not None:
            earlier = samples.filter(pl.col("at") < run)["at"].max()
            middle = run if not isinstance(earlier, datetime) else earlier + (run - earlier) / 2
            return middle - timedelta(seconds=late_s(about["range_s"] or 0.0, about["step_s"] or 0.0))
    queries = dict(series.labels.select("series_id", "query").iter_rows())
    return min((m.at for m in moved if _readers(m, [rule], queries)), default=None)


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
