"""SURPRISE: what had not been seen before, what a green sign may have been taken to mean, and who said first what helped."""

from collections.abc import Callable, Iterator
from datetime import datetime

import polars as pl

from incident_timeline.explain.case import Case
from incident_timeline.explain.detection import first_moved
from incident_timeline.explain.near_changes import NearChange, change_name, first_entry, near_changes
from incident_timeline.explain.wording import Cell, cell, code, figure, figures, said
from incident_timeline.model.instants import duration
from incident_timeline.model.onset import Moved
from incident_timeline.model.rules import AlertRule
from incident_timeline.model.scored import Explanation

_QUOTE = 90
_DAY_S = 86_400.0
_HOLDS: dict[str, Callable[[pl.Expr, float], pl.Expr]] = {
    ">": pl.Expr.gt, ">=": pl.Expr.ge, "<": pl.Expr.lt, "<=": pl.Expr.le, "==": pl.Expr.eq, "!=": pl.Expr.ne,
}  # fmt: skip
_SHORTLY_S = 1800.0  # a success longer before first hurt than this was not what people relied on that hour


def unexpected(case: Case) -> Iterator[Cell]:
    """An end that nobody brought about, an alert that never fired before, and values outside what was held before."""
    yield from _ended_alone(case)
    yield from _never_before(case)
    for moved in case.scored.moved:
        yield _outside(case, moved)


def beliefs(case: Case) -> Iterator[Cell]:
    """What a green sign may have been taken to mean, and explanations that were believed and set aside."""
    for near in _green(case):
        ended = near.change.finished_at
        assert ended is not None
        yield cell(
            change_name(case, near.change), f" was reported a success at {case.time(ended)} ",
            case.cite([near.change.event_id]), f", {_around(case, ended)} ", case.cite_milestone(case.milestone("started")),
            ". Was a deploy that ended well taken for a service that is well?",
        )  # fmt: skip
    yield from _quiet_rules(case)
    for one in case.scored.explanations:
        if one.fate in ("tried, no effect", "set aside"):
            yield cell(_quoted(case, one), f": {one.fate} ", case.cite(one.fate_evidence, one.event_id), ".")


def who_knew(case: Case) -> Iterator[Cell]:
    """Who first said what the fix acted on, who acted on it, and who came later."""
    start, detected = case.milestone("fix_started"), case.milestone("detected")
    for one in [one for one in case.scored.explanations if one.fate == "acted on, worked"][:2]:
        row = case.rows.get(one.event_id)
        speaker = case.role(row["actor"]) if row else "somebody"
        tail = cell()
        acted = first_entry(case, start)
        if start.at is not None and acted is not None and start.at >= one.at and acted["event_id"] != one.event_id:
            who = f" by {case.role(acted['actor'])}" if acted["actor_kind"] == "human" else ""
            later = duration((start.at - one.at).total_seconds())
            tail = cell(f"; the fix was begun {later} later{who} ", case.cite([acted["event_id"]]))
        yield cell(f"said by {speaker} at {case.time(one.at)}: ", _quoted(case, one), tail, ".")
    for row in case.scored.events.filter(pl.col("kind") == "responder.joined").head(2).iter_rows(named=True):
        since = f", {duration((row['at'] - detected.at).total_seconds())} after the first page" if detected.at else ""
        yield cell(
            f"{case.role(row['actor'])} joined at {case.time(row['at'])}{since} ", case.cite([row["event_id"]]), "."
        )


def _outside(case: Case, moved: Moved) -> Cell:
    """One signal outside its band; against the days held before where there are any."""
    name, unit = case.signal_name(moved.series_id), case.series_label(moved.series_id)["unit"]
    band = f"{figures(moved.band.low, moved.band.high, unit)} over {moved.band.samples:,} samples before"
    first = cell(
        f"{name} left its band, {band}, at {case.time(moved.at)} ", case.cite([f"series:{moved.series_id}"])
    )  # fmt: skip
    return cell(first, *_against_history(case, moved), ".")


def _against_history(case: Case, moved: Moved) -> list[Cell]:
    """`; it went to 2.0 s, in the 7.0 days held before never over 0.41 s`; nothing without a day of history or a record value."""
    label = case.series_label(moved.series_id)
    same = [pl.col(key).eq_missing(pl.lit(label.get(key), pl.String)) for key in ("name", "service", "labels")]
    rows = case.scored.series.labels.filter(pl.col("role") == "history", *same)
    if not rows.height:
        return []
    past, days = _past(case, rows["series_id"][0])
    now = case.scored.series.samples_of(moved.series_id).filter(
        pl.col("value").is_finite() & (pl.col("at") >= moved.at)
    )
    if not past.height or not now.height:
        return []
    up = moved.direction == "up"
    most, peak = (past["value"].max(), now["value"].max()) if up else (past["value"].min(), now["value"].min())
    if days < 1 or not isinstance(most, float) or not isinstance(peak, float) or (peak <= most if up else peak >= most):
        return []
    side, unit = ("over" if up else "under"), label["unit"]
    text = f"; it went to {figure(peak, unit)}, in the {days:.1f} days held before never {side} {figure(most, unit)} "
    return [cell(text, case.cite([f"series:{rows['series_id'][0]}", f"series:{moved.series_id}"]))]


def _past(case: Case, series_id: str) -> tuple[pl.DataFrame, float]:
    """The finite samples of a series of the days before, and how many days they span."""
    past = case.scored.series.samples_of(series_id).filter(pl.col("value").is_finite())
    first, last = past["at"].min(), past["at"].max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return past, 0.0
    return past, (last - first).total_seconds() / _DAY_S


def _never_before(case: Case) -> Iterator[Cell]:
    """The rule that paged, where its condition did not hold for as long as its `for` in any of the days held."""
    episode = case.paging_episode()
    rule = case.rule(episode.name) if episode else None
    if rule is None or rule.threshold is None or rule.op not in _HOLDS:
        return
    rows = case.scored.series.labels.filter((pl.col("role") == "rule_history") & (pl.col("name") == rule.name))
    spans = [_past(case, series_id) for series_id in rows["series_id"]]
    days = min((days for _, days in spans), default=0.0)
    if days < 1 or any(_held(past, rule) for past, _ in spans):
        return
    yield cell(
        code(rule.name), f" would not have fired once in the {days:.1f} days held before: its condition never held for "
        f"{duration(rule.for_s)} ", case.cite([*rows["series_id"], f"rule:{rule.name}"]), ".",
    )  # fmt: skip


def _held(past: pl.DataFrame, rule: AlertRule) -> bool:
    """Whether the condition held at samples that span the rule's `for` without one between at which it did not."""
    assert rule.threshold is not None
    since: datetime | None = None
    for at, met in past.select("at", _HOLDS[rule.op or ""](pl.col("value"), rule.threshold)).iter_rows():
        since = (since or at) if met else None
        if since is not None and (at - since).total_seconds() >= rule.for_s:
            return True
    return False


def _ended_alone(case: Case) -> Iterator[Cell]:
    """Users were well again and no deploy or change between first hurt and then is on record."""
    started, mitigated = case.milestone("started"), case.milestone("mitigated")
    if started.at is None or mitigated.at is None or mitigated.basis != "measured":
        return
    if case.milestone("fix_started").at is not None or case.scored.gaps["time_to_mitigate"].status == "invalid":
        return
    begun = started.earliest or started.at
    changes = [c for c in case.scored.changes if begun <= c.at <= mitigated.at]
    if not changes:
        yield cell(
            f"users were well again at {case.time(mitigated.at)} ", case.cite_milestone(mitigated),
            "; no deploy or change between first hurt and then is on record ", case.cite(()), ".",
        )  # fmt: skip


def _quiet_rules(case: Case) -> Iterator[Cell]:
    moved, fired, episode = first_moved(case), case.milestone("fired"), case.paging_episode()
    if moved is None or episode is None or fired.at is None or fired.at <= moved.latest:
        return
    yield cell(
        f"{case.signal_name(moved.series_id)} stood outside its band from {case.time(moved.at)} ",
        case.cite([f"series:{moved.series_id}"]), "; the alert that paged, ", code(episode.name), ", fired "
        f"{duration((fired.at - moved.at).total_seconds())} later ", case.cite(fired.evidence),
        ". Was silence taken for health?",
    )  # fmt: skip


def _green(case: Case) -> list[NearChange]:
    """Changes that ended in a success: those that something else points at, else those that ended shortly before."""
    if case.milestone("started").at is None:
        return []
    ended = [near for near in near_changes(case) if near.change.status == "succeeded" and near.change.finished_at]
    linked = [near for near in ended if near.linked]
    return linked or [near for near in ended if near.lead_s <= _SHORTLY_S]


def _around(case: Case, at: datetime) -> str:
    """`5:59 before first hurt`, `together with first hurt`, `2:00 after first hurt`."""
    started = case.milestone("started")
    assert started.at is not None
    if (started.earliest or started.at) <= at <= (started.latest or started.at):
        return "together with first hurt"
    seconds = (started.at - at).total_seconds()
    return f"{duration(abs(seconds))} {'before' if seconds > 0 else 'after'} first hurt"


def _quoted(case: Case, one: Explanation) -> Cell:
    return cell(said(case.hidden(one.text, _QUOTE), _QUOTE), " ", case.cite([one.event_id]))
