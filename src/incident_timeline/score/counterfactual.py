"""Counterfactual detection: which rule would have shown the incident sooner, and how often it would have fired before it."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from incident_timeline.model.counterfactual import Candidate, Counterfactual
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.objectives import Objective
from incident_timeline.model.onset import Moved
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.burn_rate import SOURCE, burn_rules
from incident_timeline.score.evaluate import on_grid
from incident_timeline.score.promise import Span, days_held, find_history
from incident_timeline.score.rule_sides import HISTORY, compared, rule_of, side_of
from incident_timeline.score.variations import USUAL_FOR_S, Reading, Variation, edge_before, vary_for, vary_threshold

_USUAL_INTERVAL_S = 60.0  # Prometheus' default evaluation interval, where no loaded rule tells another
_WORD = re.compile(r"[A-Za-z_:][\w:]*")
_CAMEL = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Setting:
    """What all candidates of one incident share."""

    series: SeriesSet
    span: Span
    interval_s: float
    usual_for_s: tuple[float, ...]  # the paging rule's own `for` first
    labels: tuple[tuple[str, str], ...]  # of the rule that paged: where the new one would go
    objectives: tuple[Objective, ...]


def find_candidates(
    series: SeriesSet, moved: Sequence[Moved], rules: Sequence[AlertRule], episodes: Sequence[AlertEpisode],
    milestones: dict[str, Milestone], objectives: Sequence[Objective] = (),
) -> Counterfactual:  # fmt: skip
    """Candidates for every signal that left its band before detection, best first.

    Minutes are counted from when the candidate would have fired to when the rule that paged did; what Alertmanager adds is
    the same for both. Ranked by minutes saved for each page that it would have sent; where no days before are held, by
    minutes alone, after the others.
    """
    started, detected, fired = (milestones[name] for name in ("started", "detected", "fired"))
    end = fired.at if fired.at is not None and detected.at is not None and fired.at <= detected.at else detected.at
    if started.at is None or started.earliest is None or end is None or detected.at is None:
        return Counterfactual(
            reason="users' first hurt or the first page is not known, so nothing can be compared with it"
        )
    if started.at >= end:
        return Counterfactual(reason="a rule fired before users were hurt")
    episode = next((e for e in episodes if e.firing_at == fired.at and fired.at is not None), None)
    paging = rule_of(episode, rules) if episode is not None else None
    setting = Setting(
        series, Span(started.earliest, end), _interval(paging, rules),
        tuple(dict.fromkeys([*([paging.for_s] if paging else []), *USUAL_FOR_S])),
        tuple((k, v) for k, v in (paging.labels if paging else ()) if "{{" not in v), tuple(objectives),
    )  # fmt: skip
    before = [one for one in moved if one.at < detected.at]
    found = [
        *_of_rules(setting, rules, before, episode),
        *(candidate for one in before for candidate in _of_signal(setting, one)),
        *_of_ratios(setting, before),
    ]
    saves = [one for one in found if one.saved_s >= one.interval_s]
    fixed = tuple(sorted({r.name for r in rules if r.left is None and (r is paging or _reads(r, before, series))}))
    none = "no rule over what was collected would have fired earlier"
    if not before:
        none = "no collected signal had left its band before the first page or report"
    return Counterfactual(_ranked(saves), "" if saves else none, fixed)


def _interval(paging: AlertRule | None, rules: Sequence[AlertRule]) -> float:
    known = sorted(rule.interval_s for rule in rules if rule.interval_s)
    return (paging.interval_s if paging else 0.0) or (known[len(known) // 2] if known else _USUAL_INTERVAL_S)


def _ranked(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The best of each rule and form, the most minutes a page first."""
    kinds = sorted(found, key=lambda one: (one.rule, one.form, -one.worth, one.expr))
    best = [next(group) for _, group in groupby(kinds, key=lambda one: (one.rule, one.form))]
    return tuple(sorted(best, key=lambda one: (one.history_days is None, -one.worth, one.rule, one.form)))


def _reads(rule: AlertRule, moved: Sequence[Moved], series: SeriesSet) -> bool:
    queries = dict(series.labels.select("series_id", "query").iter_rows())
    words = {word for one in moved for word in _WORD.findall(queries.get(one.series_id) or "")}
    return bool(words & set(rule.metrics))


def _of_rules(
    setting: Setting, rules: Sequence[AlertRule], moved: Sequence[Moved], episode: AlertEpisode | None
) -> Iterator[Candidate]:
    """Loaded rules over what had moved, with another threshold or a shorter `for`."""
    for rule in rules:
        about = dict(episode.labels) if episode is not None and rule.name == episode.name else {}
        left = side_of(rule, about, setting.series)
        if (
            left is None
            or rule.threshold is None
            or rule.op is None
            or rule.op[0] not in "<>"
            or not _reads(rule, moved, setting.series)
        ):
            continue
        label = setting.series.describe(left)
        past = compared(rule, about, setting.series, HISTORY)
        interval = rule.interval_s or setting.interval_s
        reading = Reading(on_grid(setting.series.samples_of(left), interval, label["step_s"]), past, interval, rule.op)
        edge = edge_before(reading, setting.span.start)
        moved_to = vary_threshold(reading, edge, setting.span, (rule.for_s,)) if edge is not None else None
        forms = {"threshold": moved_to, "for": vary_for(reading, rule.threshold, rule.for_s, setting.span)}
        for form, one in forms.items():
            if one is not None:
                change = f"{one.threshold:g} instead of {rule.threshold:g}{_held(one.for_s)}"
                shorter = f"for {_span(one.for_s)} instead of {_span(rule.for_s)}"
                yield _candidate(
                    setting, one, reading, label, rule=rule.name, form=form, expr=f"{rule.left} {rule.op} {one.threshold:g}",
                    change=shorter if form == "for" else change, source=f"the loaded rule {rule.name}", replaces=rule.name,
                    labels=tuple((k, v) for k, v in rule.labels if "{{" not in v), cites=(f"rule:{rule.name}",),
                )  # fmt: skip


def _of_signal(setting: Setting, moved: Moved) -> Iterator[Candidate]:
    """A rule on a signal itself, on the side on which it left its band."""
    label = setting.series.describe(moved.series_id)
    op, edge = (">", moved.band.high) if moved.direction == "up" else ("<", moved.band.low)
    past = find_history(setting.series.labels, label, "history")
    history = setting.series.samples_of(past) if past is not None else None
    interval = max(setting.interval_s, label["step_s"] or 0.0)
    reading = Reading(
        on_grid(setting.series.samples_of(moved.series_id), interval, label["step_s"]), history, interval, op
    )
    one = vary_threshold(reading, edge, setting.span, setting.usual_for_s)
    if one is not None and label["query"]:
        name = f"{_camel(label['service'])}{_camel(label['name'])}{'High' if op == '>' else 'Low'}"
        change = f"{label['name']} {op} {one.threshold:g}{_held(one.for_s)}"
        yield _candidate(
            setting, one, reading, label, rule=name, form="signal", expr=f"{_grouped(label['query'])} {op} {one.threshold:g}",
            change=change, source=f"the query {label['name']}", labels=setting.labels,
        )  # fmt: skip


def _of_ratios(setting: Setting, moved: Sequence[Moved]) -> Iterator[Candidate]:
    """Burn-rate rules over the ratios that had moved."""
    ratios = {(row["service"], row["name"]) for one in moved for row in [setting.series.describe(one.series_id)]}
    for service, name in sorted(ratios, key=str):
        for burn in burn_rules(setting.series, service, name, setting.interval_s, setting.objectives, setting.span):
            promised = burn.promised
            yield Candidate(
                rule=f"{_camel(service)}{_camel(name)}BudgetBurn", form="burn_rate", expr=burn.expr, for_s=0.0,
                interval_s=setting.interval_s, labels=setting.labels, alert_labels=burn.labels, change=burn.change,
                source=SOURCE, fires_at=promised.fires_at, held_until=promised.held_until,
                saved_s=(setting.span.end - promised.fires_at).total_seconds(), before=promised.before,
                perhaps=promised.perhaps, history_days=burn.history_days, evidence=burn.evidence,
            )  # fmt: skip


def _candidate(
    setting: Setting, one: Variation, reading: Reading, label: dict[str, Any], *, rule: str, form: str, expr: str,
    change: str, source: str, labels: tuple[tuple[str, str], ...], cites: tuple[str, ...] = (), replaces: str = "",
) -> Candidate:  # fmt: skip
    carried = {k: v for k, v in json.loads(label["labels"] or "{}").items() if k != "__name__"}
    promised = one.promised
    return Candidate(
        rule=rule, form=form, expr=expr, for_s=one.for_s, interval_s=reading.interval_s, labels=labels,
        alert_labels=tuple(sorted(carried.items())), change=change, source=source, fires_at=promised.fires_at,
        held_until=promised.held_until, saved_s=(setting.span.end - promised.fires_at).total_seconds(),
        before=promised.before, perhaps=promised.perhaps, history_days=days_held(reading.history),
        evidence=(f"series:{label['series_id']}", *cites), replaces=replaces,
    )  # fmt: skip


def _grouped(query: str) -> str:
    """A query as the left side of a comparison; `or` and arithmetic bind otherwise."""
    return query if query.isidentifier() else f"({query})"


def _camel(text: str | None) -> str:
    return "".join(part[:1].upper() + part[1:] for part in _CAMEL.split(text or "") if part)


def _held(for_s: float) -> str:
    return f" for {_span(for_s)}" if for_s else ""


def _span(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds and seconds % 60 == 0 else f"{seconds:g} s"
