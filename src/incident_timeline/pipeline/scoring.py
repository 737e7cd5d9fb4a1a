"""Scores one incident: series first, then milestones, gaps and ledgers, all from one merged event frame."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from incident_timeline.assemble.changes import changes_of
from incident_timeline.assemble.marked import apply_event_marks
from incident_timeline.assemble.merge import merge_events
from incident_timeline.model.cues import Cues
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.gaps import Segment
from incident_timeline.model.incident import Change, Incident, Window
from incident_timeline.model.marks import Marks
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.objectives import Objective
from incident_timeline.model.onset import Moved, NoOnset, NotRecovered, Onset, Recovery
from incident_timeline.model.paging import Paging
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.scored import Scored
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.closing import propose_resolved
from incident_timeline.score.containment import contain
from incident_timeline.score.counterfactual import find_candidates
from incident_timeline.score.crosscheck import cross_check, with_checks
from incident_timeline.score.detection import cut_detection
from incident_timeline.score.entries import read_entries
from incident_timeline.score.explanations import find_diagnosed, list_explanations
from incident_timeline.score.fixes import Fix, find_fix
from incident_timeline.score.gaps import measure_gaps
from incident_timeline.score.impact import measure_impact
from incident_timeline.score.knew_enough import propose_knew_enough
from incident_timeline.score.ledgers import attempt_stretches, cut_knowing, cut_response
from incident_timeline.score.marks import apply_marks, apply_verdicts
from incident_timeline.score.milestones import (
    clear_votes,
    find_fired,
    find_mitigated,
    find_started,
    find_visible,
    recorded_milestones,
)
from incident_timeline.score.onset import find_moved, find_onset
from incident_timeline.score.onset_bound import first_symptom_alert, with_bound
from incident_timeline.score.reconstructed import reconstruct_episodes
from incident_timeline.score.recovery import find_recovery
from incident_timeline.score.relevance import idle_lines
from incident_timeline.score.statements import Entry


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was collected about one incident, before anything is scored."""

    incident: Incident
    window: Window
    collected_at: datetime
    events: pl.DataFrame
    series: SeriesSet
    rules: tuple[AlertRule, ...]
    episodes: tuple[AlertEpisode, ...]
    coverage: tuple[Coverage, ...]
    paging: Paging
    objectives: tuple[Objective, ...] = ()


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the series alone say."""

    onset: Onset | NoOnset
    recovery: Recovery | NotRecovered
    moved: tuple[Moved, ...]
    events: pl.DataFrame
    onset_id: str | None
    recovery_id: str | None
    moved_ids: dict[str, str]


def score_incident(evidence: Evidence, cues: Cues, marks: Marks) -> Scored:
    """Everything that scoring finds: pure in its arguments, so one bundle and its marks always give one result."""
    measured = _measure(evidence)
    events = apply_event_marks(merge_events([evidence.events, measured.events]), marks)
    again = reconstruct_episodes(evidence.rules, evidence.episodes, evidence.series, _paged_alerts(events))
    evidence = replace(evidence, episodes=(*evidence.episodes, *again))
    changes = apply_verdicts(changes_of(events, [one.event_id for one in marks.verdicts]), marks)
    entries = read_entries(events, changes, cues)
    found, fix = _milestones(evidence, measured, events, entries, changes, cues)
    milestones = apply_marks(found, marks)
    checks = cross_check(evidence.paging, milestones, events, evidence.incident)
    return Scored(
        incident=evidence.incident,
        window=evidence.window,
        collected_at=evidence.collected_at,
        events=events,
        series=evidence.series,
        decisive=_decisive(measured.onset, evidence.series),
        onset=measured.onset,
        recovery=measured.recovery,
        moved=measured.moved,
        impact=measure_impact(
            evidence.series, milestones["started"], milestones["mitigated"], measured.moved, evidence.objectives
        ),
        milestones=milestones,
        gaps=measure_gaps(milestones),
        ledgers=_ledgers(evidence, measured, milestones, fix, changes, events, entries, cues),
        changes=changes,
        explanations=list_explanations(entries, fix, _recovered(measured.recovery), cues),
        rules=evidence.rules,
        episodes=evidence.episodes,
        coverage=with_checks(evidence.coverage, checks),
        paging=evidence.paging,
        cross_checks=checks,
        counterfactual=find_candidates(
            evidence.series, measured.moved, evidence.rules, evidence.episodes, milestones, evidence.objectives
        ),
    )


def _measure(evidence: Evidence) -> _Measured:
    window = evidence.window
    series = evidence.series.between(window.start, window.end)
    alert = first_symptom_alert(evidence.rules, evidence.episodes, series)
    onset = with_bound(find_onset(series), series, alert)
    recovery: Recovery | NotRecovered = NotRecovered("no onset was found, so there is nothing to recover from")
    if isinstance(onset, Onset):
        recovery = find_recovery(series, onset)
    moved = find_moved(series)
    rows = [_onset_row(one, evidence.series) for one in moved]
    moved_ids = {one.series_id: row["event_id"] for one, row in zip(moved, rows, strict=True)}
    onset_id = recovery_id = None
    if isinstance(onset, Onset):
        row = event(
            onset.at, "score", "metric.onset", "onset", "users began to be hurt, by the service's SLIs together",
            evidence="series", earliest=onset.earliest, latest=onset.latest, actor_kind="machine",
            service=evidence.incident.service, detail=json.dumps({"signals": [vote.name for vote in onset.votes]}),
        )  # fmt: skip
        rows, onset_id = [*rows, row], row["event_id"]
    if isinstance(recovery, Recovery):
        row = event(
            recovery.at, "score", "metric.recovered", "recovery", "the SLIs were back inside their bands",
            evidence="series", earliest=recovery.earliest, latest=recovery.latest, actor_kind="machine",
            service=evidence.incident.service,
        )  # fmt: skip
        rows, recovery_id = [*rows, row], row["event_id"]
    return _Measured(onset, recovery, moved, events_frame(rows), onset_id, recovery_id, moved_ids)


def _onset_row(moved: Moved, series: SeriesSet) -> dict[str, Any]:
    about = series.describe(moved.series_id)
    return event(
        moved.at, "score", "metric.onset", moved.series_id, f"{moved.name} left its band, {moved.direction}",
        evidence=about["evidence"] or "series", earliest=moved.earliest, latest=moved.latest, actor_kind="machine",
        service=about["service"], detail=json.dumps({"series_id": moved.series_id}),
    )  # fmt: skip


def _decisive(onset: Onset | NoOnset, series: SeriesSet) -> str | None:
    if isinstance(onset, Onset) and onset.votes:
        return min(clear_votes(onset), key=lambda vote: (vote.at, vote.series_id)).series_id
    slis = series.labels.filter(pl.col("role") == "sli")
    return str(slis["series_id"][0]) if slis.height else None


def _recovered(recovery: Recovery | NotRecovered) -> tuple[datetime, datetime, datetime] | None:
    return (recovery.at, recovery.earliest, recovery.latest) if isinstance(recovery, Recovery) else None


def _milestones(
    evidence: Evidence,
    measured: _Measured,
    events: pl.DataFrame,
    entries: Sequence[Entry],
    changes: Sequence[Change],
    cues: Cues,
) -> tuple[dict[str, Milestone], Fix]:
    recovered = _recovered(measured.recovery)
    started = find_started(measured.onset, measured.onset_id)
    recorded = recorded_milestones(events, evidence.collected_at)
    detected, resolved = recorded["detected"], recorded["resolved"]
    fix = find_fix(entries, changes, recovered, resolved.at)
    found = [
        started,
        find_visible(measured.moved, measured.moved_ids),
        find_fired(evidence.episodes, events, recorded, _paged_alerts(events)),
        detected,
        recorded["acknowledged"],
        recorded["engaged"],
        find_diagnosed(entries, fix, cues),
        propose_knew_enough(
            entries, detected=detected.at, recovered=recovered, resolved=resolved.at, fix=fix, cues=cues
        ),
        contain(evidence.series.between(evidence.window.start, evidence.window.end), measured.onset),
        fix.started,
        fix.landed,
        find_mitigated(measured.recovery, measured.recovery_id),
        propose_resolved(resolved, entries, frozenset(events["source"])),
    ]
    return {milestone.name: milestone for milestone in found}, fix


def _paged_alerts(events: pl.DataFrame) -> frozenset[str]:
    """Alert names that the page's own alerts carry."""
    names = set()
    for detail in events.filter(pl.col("kind") == "alert.received")["detail"].drop_nulls():
        fields = json.loads(detail)
        labels = fields.get("labels") if isinstance(fields, dict) else None
        if isinstance(labels, dict) and isinstance(labels.get("alertname"), str):
            names.add(labels["alertname"])
    return frozenset(names)


def _ledgers(
    evidence: Evidence,
    measured: _Measured,
    milestones: dict[str, Milestone],
    fix: Fix,
    changes: Sequence[Change],
    events: pl.DataFrame,
    entries: Sequence[Entry],
    cues: Cues,
) -> dict[str, tuple[Segment, ...]]:
    fired = milestones["fired"]
    episode = next((e for e in evidence.episodes if fired.at is not None and e.firing_at == fired.at), None)
    detected = milestones["detected"].at
    idle = idle_lines(entries)
    attempts = [one for one in attempt_stretches(fix.attempts, idle) if detected is None or one.start >= detected]
    about = events.filter(~pl.col("event_id").is_in(list(idle)))
    return {
        "detection": cut_detection(
            milestones["started"], milestones["detected"], episode=episode, rules=evidence.rules,
            series=evidence.series, moved=measured.moved, events=events, paged=_paged_alerts(events),
        ),
        "knowing": cut_knowing(
            milestones["detected"], milestones["knew_enough"], milestones["acknowledged"], attempts, about
        ),
        "response": cut_response(
            milestones["knew_enough"], milestones["resolved"], milestones, attempts, changes, about,
            [entry for entry in entries if entry.event_id not in idle], cues.reading,
        ),
    }  # fmt: skip
