"""Holds our figures against those that the paging tool worked out by itself; a difference is shown, never averaged away."""

from collections.abc import Mapping, Sequence

import polars as pl

from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident
from incident_timeline.model.instants import clock
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.paging import CHECKED, CrossCheck, Paging, ReportedFigure

# Both count whole seconds: two floors of the same length differ by less than one, so by one at most.
_ROUNDING_S = 1.0
_SPANS = {"to_acknowledge": "acknowledged", "to_resolve": "resolved"}
_TAKING = ("incident.acknowledged", "responder.joined")


def cross_check(
    paging: Paging, milestones: Mapping[str, Milestone], events: pl.DataFrame, incident: Incident
) -> tuple[CrossCheck, ...]:
    """One check for each figure that was reported; none where several pages make up the incident, each with its own."""
    if len({figure.incident for figure in paging.figures}) > 1:
        return ()
    return tuple(_check(figure, milestones, events, incident) for figure in paging.figures if figure.name in CHECKED)


def _check(
    figure: ReportedFigure, milestones: Mapping[str, Milestone], events: pl.DataFrame, incident: Incident
) -> CrossCheck:
    if figure.name == "responders":
        return _responders(figure, events)
    start, end = milestones["detected"], milestones[_SPANS[figure.name]]
    ids = (*start.evidence, *end.evidence)
    if start.at is None or end.at is None:
        lacking = start if start.at is None else end
        return CrossCheck(figure.name, None, figure.value, False, figure.field, lacking.reason, ids)
    ours = (end.at - start.at).total_seconds()
    agrees = abs(ours - figure.value) <= _ROUNDING_S
    reason = ""
    if not agrees and incident.created_at is not None and start.at != incident.created_at:
        reason = f"ours counts from {clock(start.at)}, PagerDuty's from its incident's creation at {clock(incident.created_at)}"
    return CrossCheck(figure.name, ours, figure.value, agrees, figure.field, reason, ids)


def _responders(figure: ReportedFigure, events: pl.DataFrame) -> CrossCheck:
    taking = events.filter(
        pl.col("kind").is_in(_TAKING) & (pl.col("actor_kind") == "human") & (pl.col("source") == "pagerduty")
    )
    people = taking.unique("actor", keep="first", maintain_order=True)
    return CrossCheck(
        figure.name, people.height, figure.value, people.height == figure.value, figure.field, "", tuple(people["event_id"])
    )  # fmt: skip


def with_checks(coverage: Sequence[Coverage], checks: Sequence[CrossCheck]) -> tuple[Coverage, ...]:
    """The coverage with PagerDuty's line saying how its own figures compare; unchanged without any."""
    if not checks:
        return tuple(coverage)
    agreeing = sum(check.agrees for check in checks)
    told = "; ".join(check.words for check in checks if not check.agrees)
    if agreeing:
        told = f"{agreeing} of {len(checks)} figures are as PagerDuty's own analytics have them" + (
            f"; {told}" if told else ""
        )
    first = next((n for n, one in enumerate(coverage) if one.source == "pagerduty"), None)
    return tuple(_with_reason(one, told) if n == first else one for n, one in enumerate(coverage))


def _with_reason(one: Coverage, told: str) -> Coverage:
    reason = f"{one.reason}; {told}" if one.reason else told
    return Coverage(one.source, one.ok, one.skipped, reason, one.requests)
