"""When the moments that people name in a prediction were, by the record: each with its range and its evidence, or why not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incident_timeline.explain.case import MOMENTS, Case
from incident_timeline.explain.near_changes import entries_of
from incident_timeline.explain.watching import watches
from incident_timeline.model.milestones import candidates
from incident_timeline.model.predicates.values import (
    AlertMoment,
    DeployMoment,
    EntryMoment,
    MilestoneMoment,
    Moment,
    SignalMoment,
    TimeMoment,
)


@dataclass(frozen=True, slots=True)
class Instant:
    """One time that a moment may mean, with the range that the record leaves."""

    at: datetime
    earliest: datetime
    latest: datetime
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotKnown:
    """Why nothing that was collected says when a moment was."""

    why: str


def find_moment(case: Case, moment: Moment) -> tuple[Instant, ...] | NotKnown:
    """Every time of a moment in time order; none where what was collected would hold it and does not."""
    match moment:
        case MilestoneMoment():
            return _milestone(case, moment.name)
        case DeployMoment():
            return _deploys(case, moment)
        case AlertMoment():
            return find_firings(case, moment.name)
        case SignalMoment():
            return _signal(case, moment)
        case EntryMoment():
            return _entry(case, moment.number)
        case TimeMoment():
            return (Instant(moment.at, moment.at, moment.at),)


def find_firings(case: Case, alert: str) -> tuple[Instant, ...] | NotKnown:
    """When an alert fired; alerts of other services are not kept, so their silence says nothing."""
    found = [one for one in case.scored.episodes if one.name == alert and one.firing_at is not None]
    if not found:
        rule = case.rule(alert)
        own = [case.scored.incident.service, *case.scored.series.labels["service"].unique()]
        if rule is None:
            return NotKnown("no rule of that name is among those collected")
        if not any(watches(rule, one) for one in own if one):
            return NotKnown("it watches another service, whose alerts are not kept with this incident")
        return ()
    firings = []
    for one in found:
        assert one.firing_at is not None
        rows = [r for r in case.rows.values() if r["kind"] == "alert.fired" and r["at"] == one.firing_at]
        row = next((r for r in rows if alert in (r["summary"] or "")), None)
        ids = (row["event_id"],) if row else (f"rule:{alert}",)
        first = row["earliest"] if row else one.firing_at
        firings.append(Instant(one.firing_at, first, one.firing_at, ids))
    return _in_order(firings)


def _milestone(case: Case, name: str) -> tuple[Instant, ...] | NotKnown:
    found = case.milestone(name)
    if found.at is None:
        return NotKnown(f"{MOMENTS[name]} is not on record: {case.hidden(found.reason, 160)}")
    rivals = candidates(found)
    times = [one.at for one in rivals] or [found.at]
    measured = (f"series:{case.scored.decisive}",) if found.basis == "measured" and case.scored.decisive else ()
    return (
        Instant(
            found.at, min([found.earliest or found.at, *times]), max([found.latest or found.at, *times]),
            tuple(one.event_id for one in rivals) or found.evidence or measured,
        ),
    )  # fmt: skip


def _deploys(case: Case, moment: DeployMoment) -> tuple[Instant, ...] | NotKnown:
    found = []
    for change in case.scored.changes:
        names = {(change.ref or "").casefold(), (change.sha or "")[:7].casefold(), (change.sha or "").casefold()}
        if (change.service or "").casefold() != moment.service.casefold():
            continue
        if moment.ref is not None and moment.ref.casefold() not in names:
            continue
        at = change.finished_at if moment.end == "finished" else change.at
        if at is not None:
            found.append(Instant(at, at, at, tuple(entries_of(case, change))))
    if not found and not any(
        one.ok and one.source.split(":")[0] in ("deploys", "events", "pagerduty") for one in case.scored.coverage
    ):
        return NotKnown("no source of deploys was collected")
    return _in_order(found)


def _signal(case: Case, moment: SignalMoment) -> tuple[Instant, ...] | NotKnown:
    known = find_series(case, moment.name, moment.service)
    if not known:
        return NotKnown(f"no signal {moment.name} was collected")
    moved = [one for one in case.scored.moved if one.series_id in known]
    return _in_order(Instant(one.at, one.earliest, one.latest, (f"series:{one.series_id}",)) for one in moved)


def find_series(case: Case, name: str, service: str | None) -> list[str]:
    """Ids of the collected series of a query, by its name, of one service where it is given; what rules read counts too."""
    rows = case.scored.series.labels.iter_rows(named=True)
    return [
        row["series_id"]
        for row in rows
        if row["name"] == name and row["role"] in ("sli", "resource", "rule") and service in (None, row["service"])
    ]


def _entry(case: Case, number: str) -> tuple[Instant, ...] | NotKnown:
    row = next((case.rows[one] for one, given in case.numbers.items() if given == number and one in case.rows), None)
    if row is None:
        return NotKnown(f"no entry of this incident has the number {number}")
    return (Instant(row["at"], row["earliest"], row["latest"], (row["event_id"],)),)


def _in_order(found: Iterable[Instant]) -> tuple[Instant, ...]:
    return tuple(sorted(found, key=lambda one: (one.at, one.evidence)))
