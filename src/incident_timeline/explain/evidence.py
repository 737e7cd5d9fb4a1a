"""Numbers the evidence: E events, S series, R rules, C coverage; a number once given never changes its meaning."""

import json
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from incident_timeline.model.scored import Scored

COLLECTED = "source:*"  # what all sources together gave: the evidence of "nothing on record says ..."
ARCHIVE = "archive:*"  # what the archive held of other incidents
ALL_RULES = "rule:*"  # the rules as the server listed them
_METRIC_KINDS = ("metric.onset", "metric.recovered")


def number_evidence(
    scored: Scored, previous: Mapping[str, str] | None = None, *, archive: bool = False
) -> Mapping[str, str]:
    """The number of every piece of evidence: event ids, `series:<id>`, `rule:<name>`, `source:<name>` -> `E1`, `S1`, ....

    A first build counts in the order in which the documents list them: events by time, the deciding series first, then in
    the order in which they moved, the rule that fired first, what was not collected first. With `previous` (as this
    function returned it) known ids keep their numbers and new ones are appended. Onset and recovery events carry their
    series' number. `archive`: what the archive knows is part of it.
    """
    numbers = dict(previous or {})
    used = set(numbers.values())
    sources = [*_sources(scored), *([ARCHIVE] if archive else [])]
    for letter, ids in (
        ("E", _events(scored)), ("S", _series(scored)), ("R", _rules(scored)), ("C", sources),
    ):  # fmt: skip
        last = max((int(n[1:]) for n in used if n[:1] == letter and n[1:].isdigit()), default=0)
        for one in dict.fromkeys(ids):
            if one not in numbers:
                last += 1
                numbers[one] = f"{letter}{last}"
    for event_id, series_id in series_of_events(scored).items():
        if event_id not in numbers and f"series:{series_id}" in numbers:
            numbers[event_id] = numbers[f"series:{series_id}"]
    return numbers


def series_of_events(scored: Scored) -> Mapping[str, str]:
    """Event id of an onset or recovery -> id of the series it was measured on, where the event says it."""
    known = set(scored.series.labels["series_id"])
    found = {}
    for row in scored.events.filter(pl.col("kind").is_in(_METRIC_KINDS)).iter_rows(named=True):
        series_id = next((one for one in _named_series(row["ref"], row["detail"]) if one in known), None)
        if series_id is None and scored.decisive in known:
            series_id = scored.decisive
        if series_id is not None:
            found[row["event_id"]] = series_id
    return found


def _named_series(ref: str | None, detail: str | None) -> Iterator[str]:
    if ref:
        yield ref
    try:
        fields = json.loads(detail) if detail else {}
    except ValueError:
        return
    if isinstance(fields, dict) and isinstance(fields.get("series_id"), str):
        yield fields["series_id"]


def _events(scored: Scored) -> Iterator[str]:
    measured = series_of_events(scored)
    return (one for one in scored.events["event_id"] if one not in measured)


def _series(scored: Scored) -> Iterator[str]:
    labels = scored.series.labels
    known = set(labels["series_id"])
    order: list[str] = [scored.decisive] if scored.decisive else []
    order += [moved.series_id for moved in scored.moved]
    order += list(labels.filter(pl.col("role") == "sli").sort("series_id")["series_id"])
    fired = [e.name for e in scored.episodes if e.firing_at is not None]
    order += list(
        labels.filter((pl.col("role") == "rule") & pl.col("name").is_in(fired)).sort("series_id")["series_id"]
    )
    order += [one.removeprefix("series:") for one in _cited(scored)]
    return (f"series:{one}" for one in order if one in known)


def _rules(scored: Scored) -> Iterator[str]:
    if not scored.rules and not scored.episodes:
        return
    yield ALL_RULES
    fired = [e for e in scored.episodes if e.firing_at is not None]
    yield from (f"rule:{e.name}" for e in sorted(fired, key=lambda e: (e.firing_at, e.name)))
    yield from (one for one in _cited(scored) if one.startswith("rule:"))


def _sources(scored: Scored) -> Iterator[str]:
    lacking = [c.source for c in scored.coverage if c.skipped or not c.ok]
    yield from (f"source:{one}" for one in lacking)
    yield COLLECTED
    yield from (f"source:{c.source}" for c in scored.coverage)


def _cited(scored: Scored) -> Iterable[str]:
    """All ids that segments, milestones and the impact rest on."""
    for segments in scored.ledgers.values():
        for segment in segments:
            yield from segment.evidence
    for milestone in scored.milestones.values():
        yield from milestone.evidence
    yield from scored.impact.evidence
