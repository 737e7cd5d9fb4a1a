"""The first alert on what users feel is the latest possible onset: the answer under that bound beside the independent one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from incident_timeline.model.instants import clock
from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset import find_onset
from incident_timeline.score.onset_signals import SLI_ROLES

_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


@dataclass(frozen=True, slots=True)
class SymptomAlert:
    """An alert on a user-facing symptom, and when it first fired."""

    name: str
    at: datetime


def first_symptom_alert(
    rules: Sequence[AlertRule], episodes: Sequence[AlertEpisode], series: SeriesSet
) -> SymptomAlert | None:
    """The first alert that fired of a rule that reads what a service-level signal reads, and nothing else of the service.

    An alert on a cause (a pool, a queue, a pod) may come before users are hurt, so it bounds nothing. An alert that carries the
    label of another service says nothing about this one.
    """
    slis = series.labels.filter(pl.col("role").is_in(list(SLI_ROLES)))
    felt = _metrics(slis["query"])
    other = _metrics(series.labels.filter(pl.col("role") == "resource")["query"]) - felt
    services = set(slis["service"].drop_nulls())
    symptoms = {rule.name for rule in rules if felt.intersection(rule.metrics) and not other.intersection(rule.metrics)}
    fired = [
        (episode.firing_at, episode.name)
        for episode in episodes
        if episode.firing_at is not None
        and episode.name in symptoms
        and dict(episode.labels).get("service") in (None, *services)
    ]
    return SymptomAlert(min(fired)[1], min(fired)[0]) if fired else None


def with_bound(independent: Onset | NoOnset, series: SeriesSet, alert: SymptomAlert | None) -> Onset | NoOnset:
    """The independent onset where it lies before the alert, as it must; else the bounded one, and how the two disagree.

    The two are never mixed: what is returned is one of them, whole, and its words name the other where they differ.
    """
    if alert is None or (isinstance(independent, Onset) and independent.earliest <= alert.at):
        return independent
    bounded = find_onset(series, latest=alert.at)
    bound = f"the first alert on a symptom, {alert.name} at {clock(alert.at)}, is the latest possible onset"
    if isinstance(independent, NoOnset):
        if isinstance(bounded, NoOnset):
            return NoOnset(f"{independent.reason}; {bound}, and before it: {bounded.reason}")
        return replace(bounded, note=_joined(f"{bound}; without that bound: {independent.reason}", bounded.note))
    told = f"the signals alone say {clock(independent.at)}, after it"
    if isinstance(bounded, NoOnset):
        return replace(independent, note=_joined(f"{bound}, but {told}; before it: {bounded.reason}", independent.note))
    return replace(bounded, note=_joined(f"{bound}; {told}", bounded.note))


def _metrics(queries: pl.Series) -> set[str]:
    """Every word of the queries that could be a metric's name."""
    return {word for query in queries.drop_nulls() for word in _WORD.findall(query)}


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
