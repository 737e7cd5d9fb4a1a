"""The made-up INC-123 with everything that sentences can be about: impact, explanations, gaps in cover, people's names."""

import json
from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files

import polars as pl

from incident_timeline.explain.claims import claim_all
from incident_timeline.explain.evidence import number_evidence
from incident_timeline.explain.roles import assign_roles
from incident_timeline.model.findings import Chart, Claim, Coverage
from incident_timeline.model.gaps import Segment
from incident_timeline.model.milestones import NAMES, missing
from incident_timeline.model.onset import NoOnset, NotRecovered
from incident_timeline.model.scored import Amount, Explanation, Impact, Scored
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.gaps import measure_gaps
from tests.explain.example_incident import LATENCY, at, make_scored

NAMES_OF = {"PA": "Asha Venkat", "PB": "Jonas Lindqvist", "PC": "Miriam Oyelaran", "PD": "Tomasz Bielak"}
RULES = {
    "no_rule": "no rule that fired reads what had moved; the signal that `CheckoutErrors` reads had not",
    "below_threshold": "the signal had moved, the condition of `CheckoutErrors` did not hold",
    "pending": "the `for` of `CheckoutErrors`, 120 s as loaded when collected",
    "grouping": "firing to page created: Alertmanager's grouping, delivery",
    "page_to_ack": "first page to first acknowledgement by a person", "mobilising": "asked to answered",
    "attempt_without_effect": "users were not well after it, and something else was begun",
    "no_record": "over 3 min between entries of people", "investigating": "within 3 min between entries of people",
    "implement": "within 3 min between entries of people", "deploy": "the deploy ran",
    "approval": "waiting for approval, as the deploy's own status says", "tooling": "approved, not yet started",
    "recovery": "fix landed to SLI back in its band", "verify": "users well to the last status update",
    "closing": "last status update to resolved",
}  # fmt: skip
TEMPLATES = {
    path.name: path.read_text(encoding="utf-8")
    for path in (files("incident_timeline") / "data" / "report").iterdir()
    if path.is_file()
}


def example() -> Scored:
    """INC-123 of the reference example, whole."""
    scored = make_scored()
    events = with_names(scored.events)
    ids = {row["ref"]: row["event_id"] for row in events.iter_rows(named=True)}
    impact = Impact(
        total=Amount(355_000.0, 355_000.0, 355_000.0), bad=Amount(41_900.0, 41_900.0, 41_900.0), share=Amount(0.118),
        worst_minute=Amount(0.19), worst_minute_at=at("14:18:00"), services=("checkout",), note="failed or took over 2 s",
        evidence=(f"series:{LATENCY}",),
    )  # fmt: skip
    words = {row["ref"]: row["summary"] for row in events.iter_rows(named=True)}

    def explained(ref: str, clock: str, stance: str, fate: str, *others: str) -> Explanation:
        return Explanation(at(clock), ids[ref], words[ref], stance, fate, tuple(ids[one] for one in others))

    explanations = (
        explained("C7", "14:12:30", "asked", "not followed up"),
        explained("N9", "14:19:02", "hedged", "tried, no effect", "N9"),
        explained("C10", "14:22:15", "hedged", "set aside", "C12"),
        explained("C14", "14:29:40", "stated", "acted on, worked", "417/waiting", "417/success"),
    )
    lacking = (
        Coverage("calls", ok=True, skipped=True, reason="no call recording configured"),
        Coverage("staging metrics", ok=False, reason="http://127.0.0.1:9 did not answer after 4 tries"),
    )
    ledgers = {name: tuple(_cited(one, events) for one in segments) for name, segments in scored.ledgers.items()}
    return replace(
        scored,
        events=events,
        ledgers=ledgers,
        impact=impact,
        explanations=explanations,
        coverage=(*scored.coverage, *lacking),
    )


def _cited(segment: Segment, events: pl.DataFrame) -> Segment:
    """The segment with the rule that scoring gives it and the entries at its two ends as evidence."""
    ends = [
        events.filter((pl.col("at") == edge) & (pl.col("kind") != "service.restarted"))["event_id"].to_list()[:1]
        for edge in (segment.start, segment.end)
    ]
    return replace(segment, rule=RULES[segment.category], evidence=tuple(one for edge in ends for one in edge))


def with_names(events: pl.DataFrame) -> pl.DataFrame:
    """The same events with the full names of people in their detail, as collectors give them."""
    details = [
        json.dumps({**json.loads(row["detail"] or "{}"), "actor_name": NAMES_OF[row["actor"]]})
        if row["actor"] in NAMES_OF
        else row["detail"]
        for row in events.iter_rows(named=True)
    ]
    return events.with_columns(pl.Series("detail", details, dtype=pl.String()))


def without(scored: Scored, *names: str) -> Scored:
    """The same incident with milestones missing, gaps measured anew and the ledgers they begin or end empty."""
    milestones = {
        name: missing(name, f"made missing: {name}") if name in names else scored.milestones[name] for name in NAMES
    }
    gaps = measure_gaps(milestones)
    ledgers = dict(scored.ledgers)
    for ledger, gap in (("detection", "time_to_detect"), ("knowing", "time_to_know"), ("response", "response_gap")):
        if gaps[gap].seconds is None:
            ledgers[ledger] = ()
    return replace(scored, milestones=milestones, gaps=gaps, ledgers=ledgers)


def bare() -> Scored:
    """An incident of which nothing is known but that it exists."""
    scored = without(make_scored(), *NAMES)
    none = Amount(None, reason="no series")
    return replace(
        scored, events=scored.events.clear(), series=SeriesSet(), decisive=None, onset=NoOnset("no series"),
        recovery=NotRecovered("no series"), moved=(), impact=Impact(none, none, none, none, None, ()), changes=(),
        explanations=(), rules=(), episodes=(), coverage=(Coverage("pagerduty", ok=True),),
        incident=replace(scored.incident, resolved_at=None, status="triggered", title="", service=None),
    )  # fmt: skip


def told(scored: Scored) -> tuple[tuple[Claim, ...], dict[str, str], dict[str, str]]:
    """(claims, numbers, roles) of a scored incident."""
    numbers, roles = number_evidence(scored), assign_roles(scored.events)
    return claim_all(scored, numbers, roles), dict(numbers), dict(roles)


def charts(names: Iterable[str] = ("lanes", "sli", "ledgers")) -> tuple[Chart, ...]:
    """Small stand-ins for drawn charts."""
    return tuple(
        Chart(
            name, f"{name} of INC-123", f"{name} of INC-123, 13:50 to 15:15 UTC: users hurt for 55:35. Table: RESPONSE.",
            *(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 200" width="900" height="200"><title>{name}</title>'
              f'<rect width="900" height="200" fill="{fill}"/></svg>' for fill in ("#FFFFFF", "#15181C")),
        )
        for name in names
    )  # fmt: skip
