"""INC-123 as a made-up `Scored`: one whole incident with every kind of entry, for tests of sentences and charts."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.gaps import Segment
from incident_timeline.model.incident import Change, Incident, Window
from incident_timeline.model.milestones import Alternative, Milestone
from incident_timeline.model.onset import Band, Moved, Onset, Recovery
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.scored import Amount, Explanation, Impact, Scored
from incident_timeline.model.series import LABELS_SCHEMA, SAMPLES_SCHEMA, SeriesSet
from incident_timeline.score.gaps import measure_gaps

LATENCY, RULE_SIDE = "prom:latency_p99:checkout", "prom:rule:CheckoutErrors"
ROLES = {"PA": "A, on call", "PB": "B, on call 2", "PC": "C, orders team", "PD": "D, approver"}


def at(clock: str) -> datetime:
    """A clock time of the day of INC-123, UTC."""
    return datetime.fromisoformat(f"2026-11-17T{clock}+00:00").astimezone(UTC)


_ENTRIES = (
    # number, time, source, kind, ref, actor, words
    ("E1", "13:54:02", "deploys", "deploy.started", "418/started", "ci", "deploy of checkout v418 started"),
    ("E2", "13:58:10", "deploys", "service.deployed", "418/success", "ci", "deploy of checkout v418 finished, success"),
    ("E3", "14:05:00", "prometheus", "alert.pending", "CheckoutErrors/1", None, "CheckoutErrors pending"),
    ("E4", "14:07:00", "prometheus", "alert.fired", "CheckoutErrors/2", None, "CheckoutErrors firing"),
    ("E5", "14:07:31", "pagerduty", "page.sent", "R5", None, "page created"),
    ("E6", "14:11:05", "pagerduty", "incident.acknowledged", "R6", "PA", "acknowledged"),
    ("E7", "14:12:30", "chat", "chat.said", "C7", "PA", "anything deployed around two?"),
    ("E8", "14:13:20", "chat", "chat.said", "C8", "PA", "p99 is 4 s, errors 3 %"),
    ("E9", "14:19:02", "pagerduty", "note.added", "N9", "PA", "restarting pods, looks like leaked connections"),
    ("E10", "14:22:15", "chat", "chat.said", "C10", "PB", "could be the payment provider"),
    ("E11", "14:24:30", "pagerduty", "responder.requested", "R11", None, "orders team asked to join"),
    ("E12", "14:26:40", "chat", "chat.said", "C12", "PB", "provider is green, our calls to them are flat"),
    ("E13", "14:27:10", "pagerduty", "responder.joined", "R13", "PC", "joined"),
    ("E14", "14:29:40", "chat", "chat.said", "C14", "PC", "v418 filters on customer_ref, there is no index on it"),
    ("E15", "14:34:15", "chat", "chat.said", "C15", "PA", "rolling back checkout to v417"),
    ("E16", "14:34:50", "deploys", "deploy.waiting", "417/waiting", "PA", "rollback to v417 waits for approval"),
    ("E17", "14:43:05", "deploys", "deploy.approved", "417/approved", "PD", "approved the rollback"),
    ("E18", "14:46:17", "deploys", "deploy.started", "417/started", "ci", "job started on a runner"),
    ("E19", "14:52:40", "deploys", "service.rolledback", "417/success", "ci", "deploy of v417 finished, success"),
    ("E20", "14:58:00", "pagerduty", "note.added", "N20", "PA", "p99 normal, watching"),
    ("E21", "15:02:30", "pagerduty", "status.updated", "U21", "PA", "checkout is back to normal"),
    ("E22", "15:11:02", "pagerduty", "incident.resolved", "R22", "PA", "resolved"),
)  # fmt: skip
_SAID = (
    ("E7", "asked", "not followed up"), ("E9", "hedged", "tried, no effect"), ("E10", "hedged", "set aside"),
    ("E14", "stated", "acted on, worked"), ("E15", "decided", "acted on, worked"),
)  # fmt: skip
_RESTART = ("pods restarted", "14:19:02", "14:20:02")


def _rows() -> tuple[list[dict[str, Any]], dict[str, str]]:
    rows, ids = [], {}
    for number, time, source, kind, ref, actor, words in _ENTRIES:
        human = actor in ROLES
        row = event(
            at(time), source, kind, ref, words, evidence=f"{source}/x.json#/{ref}", actor=actor, service="checkout",
            actor_kind="human" if human else "machine",
        )  # fmt: skip
        if kind == "service.deployed":
            row["detail"] = json.dumps({"ref": "v418"})
        rows.append(row)
        ids[number] = row["event_id"]
    words, start, end = _RESTART
    row = event(at(start), "deploys", "service.restarted", "restart", words, evidence="deploys/x.json#/restart",
                until=at(end), actor="ci", actor_kind="machine", service="checkout")  # fmt: skip
    rows.append(row)
    ids["E23"] = row["event_id"]
    return rows, ids


def _wobble(second: float) -> float:
    """Steady made-up noise in [-1, 1]."""
    return math.sin(second / 37) * 0.5 + math.sin(second / 13.7 + 1) * 0.3 + math.sin(second / 5.3 + 2) * 0.2


def _ramp(now: datetime, start: datetime, rise_s: float, end: datetime, fall_s: float) -> float:
    up = (now - start).total_seconds() / rise_s
    down = 1 - (now - end).total_seconds() / fall_s
    return max(0.0, min(1.0, up, down))


def _series() -> SeriesSet:
    points = [at("13:49:00") + timedelta(seconds=15 * i) for i in range(4 * 86 + 1)]
    samples = []
    for moment in points:
        noise = _wobble((moment - points[0]).total_seconds())
        level = _ramp(moment, at("13:59:00"), 460, at("14:52:40"), 135)
        samples.append((LATENCY, moment, 0.31 + 3.75 * level + (0.03 + 0.15 * level) * noise))
        level = _ramp(moment, at("14:03:30"), 180, at("14:53:00"), 180)
        samples.append((RULE_SIDE, moment, 0.001 + 0.030 * level + (0.0006 + 0.002 * level) * noise))
    common = {"source": "prometheus", "service": "checkout", "labels": "{}", "step_s": 15.0, "scrape_s": 15.0}
    labels = [
        common | {"series_id": LATENCY, "name": "p99_latency", "signal": "latency", "unit": "seconds", "worse": "up",
         "role": "sli", "query": "histogram_quantile(0.99, checkout_seconds_bucket)", "range_s": 60.0,
         "evidence": "prometheus/s1.json"},
        common | {"series_id": RULE_SIDE, "name": "CheckoutErrors", "signal": "errors", "unit": "ratio", "worse": "up",
         "role": "rule", "query": "sum(rate(checkout_errors_total[1m])) / sum(rate(checkout_requests_total[1m]))",
         "range_s": 60.0, "evidence": "prometheus/s2.json"},
    ]  # fmt: skip
    frame = pl.DataFrame(samples, schema=SAMPLES_SCHEMA, orient="row").sort("series_id", "at")
    return SeriesSet(pl.DataFrame(labels, schema=LABELS_SCHEMA), frame)


def _milestones(ids: dict[str, str]) -> dict[str, Milestone]:
    def known(name: str, time: str, basis: str, number: str = "", early: str = "", late: str = "") -> Milestone:
        first, last = at(early or time), at(late or time)
        evidence = (ids[number],) if number else ()
        return Milestone(name, at(time), first, last, basis, "found", "", evidence)

    words = {row[0]: row[6] for row in _ENTRIES}
    rivals = (
        Alternative(at("14:29:40"), ids["E14"], words["E14"], 0.62, "names v418, which the rollback removed",
                    "may rest on a talk we did not collect"),
        Alternative(at("14:34:15"), ids["E15"], words["E15"], 0.21, "the decision itself", "adds no fact to it"),
        Alternative(at("14:12:30"), ids["E7"], words["E7"], 0.11, "points at the deploy", "a question"),
    )  # fmt: skip
    found = [
        known("started", "13:59:15", "measured", early="13:58:50", late="13:59:40"),
        known("visible", "13:59:15", "measured", early="13:58:50", late="13:59:40"),
        known("fired", "14:07:00", "recorded", "E4", early="14:06:45"),
        known("detected", "14:07:31", "recorded", "E5"),
        known("acknowledged", "14:11:05", "recorded", "E6"),
        known("engaged", "14:12:30", "recorded", "E7"),
        known("diagnosed", "14:29:40", "recorded", "E14"),
        Milestone("knew_enough", at("14:29:40"), at("14:12:30"), at("14:34:15"), "proposed", "found", "", (ids["E14"],), rivals),
        known("contained", "14:21:00", "measured", early="14:20:30", late="14:21:30"),
        known("fix_started", "14:34:50", "recorded", "E16"),
        known("fix_landed", "14:52:40", "recorded", "E19"),
        known("mitigated", "14:54:50", "measured", early="14:54:10", late="14:55:25"),
        known("resolved", "15:11:02", "recorded", "E22"),
    ]  # fmt: skip
    return {m.name: m for m in found}


_CUTS = {
    "detection": ("13:59:15", (("14:03:30", "no_rule", ""), ("14:05:00", "below_threshold", "E3"),
                               ("14:07:00", "pending", "E4"), ("14:07:31", "grouping", "E5"))),
    "knowing": ("14:07:31", (("14:11:05", "page_to_ack", "E6"), ("14:13:20", "investigating", "E8"),
                             ("14:19:02", "no_record", "E9"), ("14:24:30", "attempt_without_effect", "E9"),
                             ("14:27:10", "mobilising", "E13"), ("14:29:40", "investigating", "E14"))),
    "response": ("14:29:40", (("14:34:15", "no_record", "E15"), ("14:34:50", "implement", "E16"),
                              ("14:43:05", "approval", "E17"), ("14:46:17", "tooling", "E18"),
                              ("14:52:40", "deploy", "E19"), ("14:54:50", "recovery", "E19"),
                              ("15:02:30", "verify", "E21"), ("15:11:02", "closing", "E22"))),
}  # fmt: skip


def _ledgers(ids: dict[str, str]) -> dict[str, tuple[Segment, ...]]:
    ledgers = {}
    for name, (first, cuts) in _CUTS.items():
        segments, start = [], first
        for end, category, number in cuts:
            evidence = (ids[number],) if number else ()
            segments.append(Segment(at(start), at(end), category, f"made-up rule for {category}", evidence))
            start = end
        ledgers[name] = tuple(segments)
    return ledgers


def make_scored() -> Scored:
    """The whole incident, with the times of every entry as a post-mortem of it would list them."""
    rows, ids = _rows()
    milestones = _milestones(ids)
    band = Band(0.31, 0.22, 0.42, 10080)
    moved = Moved(LATENCY, "p99_latency", at("13:59:15"), at("13:58:50"), at("13:59:40"), "up", 40.0, band, 0.52, 120.0)
    deploy = Change(
        event_id=ids["E2"], requested_at=at("13:54:02"), started_at=at("13:54:02"), finished_at=at("13:58:10"),
        status="succeeded", service="checkout", environment="production", ref="v418", sha="4184184184", actor="ci",
        url=None, is_rollback=False, to_sha=None, why="no earlier deploy of this sha",
    )  # fmt: skip
    rollback = Change(
        event_id=ids["E19"], requested_at=at("14:34:50"), started_at=at("14:46:17"), finished_at=at("14:52:40"),
        status="succeeded", service="checkout", environment="production", ref="v417", sha="4174174174", actor="ci",
        url=None, is_rollback=True, to_sha="4174174174", why="deploys the sha that ran before",
    )  # fmt: skip
    rule = AlertRule(
        "CheckoutErrors", "checkout", "sum(rate(checkout_errors_total[1m])) / sum(rate(checkout_requests_total[1m])) > 0.02",
        120.0, 0.0, 15.0, (("severity", "page"),), (),
        "sum(rate(checkout_errors_total[1m])) / sum(rate(checkout_requests_total[1m]))", ">", 0.02,
        ("checkout_errors_total", "checkout_requests_total"), "prometheus/rules.json",
    )  # fmt: skip
    episode = AlertEpisode(
        "CheckoutErrors",
        (),
        at("14:05:00"),
        at("14:05:00"),
        at("14:07:00"),
        at("14:56:30"),
        15.0,
        "prometheus/alerts.json",
    )
    nothing = Amount(None, reason="not asked for")
    return Scored(
        incident=Incident(
            "INC-123", "checkout slow and failing", "checkout", None, at("14:07:31"), at("15:11:02"), "resolved",
            services=("checkout",),
        ),
        window=Window(at("13:49:00"), at("15:15:00")),
        collected_at=at("16:00:00"),
        events=events_frame(rows),
        series=_series(),
        decisive=LATENCY,
        onset=Onset(at("13:59:15"), at("13:58:50"), at("13:59:40"), 0.97, "up", 40.0, (moved,)),
        recovery=Recovery(at("14:54:50"), at("14:54:10"), at("14:55:25"), 20, 0),
        moved=(moved,),
        impact=Impact(nothing, nothing, nothing, nothing, None, ("checkout",)),
        milestones=milestones,
        gaps=measure_gaps(milestones),
        ledgers=_ledgers(ids),
        changes=(deploy, rollback),
        explanations=tuple(
            Explanation(at(row[1]), ids[row[0]], row[6], stance, fate)
            for row in _ENTRIES
            for number, stance, fate in _SAID
            if row[0] == number
        ),
        rules=(rule,),
        episodes=(episode,),
        coverage=(Coverage("pagerduty", True), Coverage("prometheus", True), Coverage("deploys", True),
                  Coverage("chat", True)),
    )  # fmt: skip


def numbers() -> dict[str, str]:
    """Evidence numbers of its events, series and rule."""
    found = {event_id: number for number, event_id in _rows()[1].items()}
    return found | {f"series:{LATENCY}": "S1", f"series:{RULE_SIDE}": "S2", "rule:CheckoutErrors": "R2", "rule:*": "R1"}
