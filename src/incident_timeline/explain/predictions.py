"""Tests predictions over one incident's record: an order that the ranges leave open could not be tested, and says so."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import polars as pl

from incident_timeline.explain.case import Case
from incident_timeline.explain.named_moments import Instant, NotKnown, find_firings, find_moment, find_series
from incident_timeline.explain.watching import watches
from incident_timeline.explain.wording import figures
from incident_timeline.model.instants import duration
from incident_timeline.model.predicates.testing import FAILS, HOLDS, UNTESTED, Outcome, Testers, find_reader, find_rule
from incident_timeline.model.predicates.values import (
    AlertFired,
    AlertReaches,
    Happened,
    MetricExists,
    Moment,
    Ordered,
    RuleExists,
    RuleReads,
    SignalStands,
    Stretch,
)

_IN = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "%": 0.01}
_FITS = {"ms": ("s", "seconds"), "s": ("s", "seconds"), "m": ("s", "seconds"), "%": ("ratio", "1")}
_COMPARE: dict[str, Callable[[pl.Expr, float], pl.Expr]] = {
    ">": lambda one, value: one > value, ">=": lambda one, value: one >= value,
    "<": lambda one, value: one < value, "<=": lambda one, value: one <= value,
}  # fmt: skip


def incident_testers(case: Case) -> Testers:
    """What the evidence of an incident can decide; PromQL, pages and pull requests are asked of live systems, not of it."""
    testers: dict[type[Any], Callable[[Case, Any], Outcome]] = {
        MetricExists: _metric, RuleExists: _rule, RuleReads: _reads, AlertFired: _fired, AlertReaches: _reaches,
        SignalStands: _stands, Happened: _happened, Ordered: _ordered,
    }  # fmt: skip
    return {kind: partial(tester, case) for kind, tester in testers.items()}


def _metric(case: Case, one: MetricExists) -> Outcome:
    read = [series_id for series_id in case.queries if one.metric in case.words_of(series_id)]
    if not read:
        return Outcome(UNTESTED, "no query of this build reads a metric of that name")
    if one.label is None:
        return Outcome(HOLDS, "a query of this build reads it", (f"series:{read[0]}",))
    for series_id in read:
        labels = json.loads(case.series_label(series_id).get("labels") or "{}")
        if one.label in labels and one.value in (None, labels[one.label]):
            return Outcome(HOLDS, "a series of this build carries it", (f"series:{series_id}",))
    return Outcome(UNTESTED, "the queries of this build do not keep that label", (f"series:{read[0]}",))


def _rule(case: Case, one: RuleExists) -> Outcome:
    rules = case.scored.rules
    return find_rule(one, rules) if rules else Outcome(UNTESTED, "no rules were collected")


def _reads(case: Case, one: RuleReads) -> Outcome:
    if not case.scored.rules:
        return Outcome(UNTESTED, "no rules were collected")
    series = find_series(case, one.signal, None)
    words = {word for series_id in series for word in case.words_of(series_id)}
    service = case.series_label(series[0]).get("service") if series else case.scored.incident.service
    return find_reader(one, case.scored.rules, words, lambda rule: watches(rule, service))


def _fired(case: Case, one: AlertFired) -> Outcome:
    if one.environment is not None:
        return Outcome(UNTESTED, "the record of an incident does not tell environments apart")
    found = find_firings(case, one.alert)
    if isinstance(found, NotKnown):
        return Outcome(UNTESTED, found.why)
    since = [each for each in found if one.since is None or each.at >= one.since]
    if since:
        return Outcome(HOLDS, f"it fired at {case.time(since[0].at)}", since[0].evidence)
    window = case.scored.window
    return Outcome(FAILS, f"it did not fire from {case.time(window.start)} to {case.time(window.end)}", ("rule:*",))


def _reaches(case: Case, one: AlertReaches) -> Outcome:
    incident = case.scored.incident
    if one.service.casefold() in {name.casefold() for name in (incident.service, *incident.services) if name}:
        for row in case.rows.values():
            if row["kind"] == "alert.received" and f'"alertname": "{one.alert}"' in (row["detail"] or ""):
                return Outcome(HOLDS, f"its alert arrived there at {case.time(row['at'])}", (row["event_id"],))
    return Outcome(UNTESTED, "the record holds no page of that alert to that service")


def _happened(case: Case, one: Happened) -> Outcome:
    found = find_moment(case, one.moment)
    if isinstance(found, NotKnown):
        return Outcome(UNTESTED, found.why)
    if not found:
        return Outcome(FAILS, "what was collected would hold it, and does not")
    return Outcome(HOLDS, f"at {case.time(found[0].at)}", found[0].evidence)


def _ordered(case: Case, one: Ordered) -> Outcome:
    first, second = find_moment(case, one.first), find_moment(case, one.second)
    for found in (first, second):
        if isinstance(found, NotKnown):
            return Outcome(UNTESTED, found.why)
    assert not isinstance(first, NotKnown)
    assert not isinstance(second, NotKnown)
    for moment, found in ((one.first, first), (one.second, second)):
        if not found:
            return Outcome(FAILS, f"{moment}: what was collected would hold it, and does not")
    pairs = [(_lies(one, a, b), a, b) for a in first for b in second]
    verdict = next(v for v in (HOLDS, UNTESTED, FAILS) if any(v == each for each, _, _ in pairs))
    near = [(abs((b.at - a.at).total_seconds()), a, b) for each, a, b in pairs if each == verdict]
    apart, a, b = min(near, key=lambda each: each[0])
    times = f"{case.time(a.at)} and {case.time(b.at)}, {duration(apart)} apart"
    open_order = ", and their ranges leave it open" if verdict == UNTESTED else ""
    return Outcome(verdict, f"{times}{open_order}", tuple(dict.fromkeys([*a.evidence, *b.evidence])))


def _lies(one: Ordered, first: Instant, second: Instant) -> str:
    """Whether two instants stand as the line says, for all, for some or for none of what their ranges allow."""
    a, b = (first, second) if one.relation == "before" else (second, first)
    least, most = (b.earliest - a.latest).total_seconds(), (b.latest - a.earliest).total_seconds()
    low, high = one.least_s or 0.0, one.within_s if one.within_s is not None else float("inf")
    if least >= low and least >= 0 and most <= high and most > 0:
        return HOLDS
    return UNTESTED if most >= low and most > 0 and least <= high else FAILS


def _stands(case: Case, one: SignalStands) -> Outcome:
    series = find_series(case, one.signal, one.service)
    if not series:
        return Outcome(UNTESTED, f"no signal {one.signal} was collected")
    if len({case.series_label(each).get("service") for each in series}) > 1:
        return Outcome(UNTESTED, f"several services have a signal {one.signal}; say `of SERVICE`")
    unit = case.series_label(series[0]).get("unit") or ""
    if one.unit and unit not in (one.unit, *_FITS.get(one.unit, ())):
        return Outcome(UNTESTED, f"it is measured in {unit or 'no unit'}, not in {one.unit}", (f"series:{series[0]}",))
    stretch = _stretch(case, one.when)
    if isinstance(stretch, NotKnown):
        return Outcome(UNTESTED, stretch.why)
    samples = case.scored.series.samples_of(series[0]).filter(pl.col("value").is_finite())
    inside = samples.filter(pl.col("at").is_between(*stretch))["value"]
    span, cited = f"from {case.time(stretch[0])} to {case.time(stretch[1])}", (f"series:{series[0]}",)
    if inside.is_empty():
        return Outcome(UNTESTED, f"it has no sample {span}", cited)
    value = one.value * (1.0 if one.unit == unit else _IN.get(one.unit, 1.0))
    met = inside.to_frame().select(_COMPARE[one.op](pl.col("value"), value)).to_series()
    holds = met.all() if one.stays else met.any()
    low, high = inside.min(), inside.max()
    assert isinstance(low, float)
    assert isinstance(high, float)
    return Outcome(HOLDS if holds else FAILS, f"it was {figures(low, high, unit)} {span}", cited)


def _stretch(case: Case, when: Stretch | None) -> tuple[datetime, datetime] | NotKnown:
    start, end = case.scored.window.start, case.scored.window.end
    edges: dict[str, datetime] = {}
    for name, moment in (("after", when.after), ("before", when.before)) if when is not None else ():
        found = _first(case, moment) if moment is not None else None
        if isinstance(found, NotKnown):
            return found
        if found is not None:
            edges[name] = found
    limit = timedelta(seconds=when.within_s) if when is not None and when.within_s is not None else None
    if "after" in edges:
        start, end = edges["after"], edges["after"] + limit if limit is not None else end
    if "before" in edges:
        end, start = edges["before"], edges["before"] - limit if limit is not None else start
    return start, end


def _first(case: Case, moment: Moment) -> datetime | NotKnown:
    found = find_moment(case, moment)
    if isinstance(found, NotKnown):
        return found
    return found[0].at if found else NotKnown(f"{moment}: what was collected would hold it, and does not")
