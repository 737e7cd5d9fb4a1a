"""One rule for each milestone that records and series give directly; each names its evidence or says why it is missing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.model.instants import clock, rfc3339
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.onset import Moved, NoOnset, NotRecovered, Onset, Recovery
from incident_timeline.model.rules import AlertEpisode
from incident_timeline.score.recorded import RECORDED, find_recorded

# How long before the first page a firing rule may lie and still be the one that paged, where no labels tie the two:
# Alertmanager's default repeat_interval is 4 h, but group_wait + group_interval of its default route are 5 min 30 s.
_FIRED_BEFORE_PAGE = timedelta(minutes=30)
# A signal with a quarter of the strongest one's evidence is as clear by itself; its own moment belongs into the range.
_CLEAR = 0.25


def find_started(onset: Onset | NoOnset, event_id: str | None) -> Milestone:
    """When users began to hurt: [last good sample, first bad sample] of the SLIs, never the alert."""
    if isinstance(onset, NoOnset):
        return missing("started", onset.reason)
    evidence = (event_id,) if event_id else ()
    return Milestone("started", onset.at, onset.earliest, onset.latest, "measured", "found", onset.note, evidence)


def clear_votes(onset: Onset) -> list[Moved]:
    """The signals that are clear by themselves, each with at least a quarter of the strongest one's evidence."""
    strongest = max((vote.score for vote in onset.votes), default=0.0)
    return [vote for vote in onset.votes if vote.score >= _CLEAR * strongest]


def find_visible(moved: Sequence[Moved], event_ids: dict[str, str]) -> Milestone:
    """When the first collected signal had left its band, the error rate being held over all signals together."""
    if not moved:
        return missing("visible", "no collected signal left its band clearly enough among all that were tested")
    first = min(moved, key=lambda m: (m.at, m.series_id))
    evidence = (event_ids[first.series_id],) if first.series_id in event_ids else ()
    return Milestone(
        "visible", first.at, first.earliest, first.latest, "measured", "found", f"{first.name} moved first", evidence
    )


def find_mitigated(recovery: Recovery | NotRecovered, event_id: str | None) -> Milestone:
    """When users stopped hurting: the SLIs back inside their bands and staying there."""
    if isinstance(recovery, NotRecovered):
        return missing("mitigated", recovery.reason)
    evidence = (event_id,) if event_id else ()
    return Milestone(
        "mitigated", recovery.at, recovery.earliest, recovery.latest, "measured", "found", recovery.note, evidence
    )


def recorded_milestones(events: pl.DataFrame, collected_at: datetime) -> dict[str, Milestone]:
    """The milestones of RECORDED, as far as the rows of one incident give them, each with the rule that decided in words.

    `detected` is the first signal addressed to people, `acknowledged` the first acknowledgement by a person, `engaged` the first
    human action from then on, `resolved` the last resolve that no re-opening follows; `fired` is the first alert on record.
    """
    found = find_recorded(events.with_columns(incident_id=pl.lit("")))
    row = found.row(0, named=True) if found.height else {}
    words = _recorded_words(events, row, collected_at)
    return {name: _recorded(name, row.get(name) or {}, *words[name]) for name in RECORDED}


def find_fired(
    episodes: Sequence[AlertEpisode],
    events: pl.DataFrame,
    recorded: Mapping[str, Milestone],
    alert_names: frozenset[str],
) -> Milestone:
    """When the rule that paged fired: raw ALERTS samples, tied to the page by alert name where the page carries one.

    Without an episode near the page, or one of that name, it is the first alert among the rows, as `recorded` has it.
    """
    detected = recorded["detected"]
    fired = [e for e in episodes if e.firing_at]
    named = [e for e in fired if e.name in alert_names]
    if detected.at is not None:
        edge = detected.at - _FIRED_BEFORE_PAGE
        fired = [e for e in fired if (e.last_firing_at or e.firing_at or edge) >= edge]
    chosen = min(named or fired, key=lambda e: (e.firing_at, e.name), default=None)
    if chosen is not None and chosen.firing_at is not None:
        earliest = chosen.firing_at - timedelta(seconds=chosen.interval_s)
        if chosen.reconstructed:
            why = f"reconstructed from the expression and `for` of {chosen.name}: no ALERTS sample is on record"
            latest = chosen.firing_at + timedelta(seconds=chosen.interval_s)
            return Milestone(
                "fired", chosen.firing_at, earliest, latest, "measured", "found", why, (chosen.evidence,)
            )  # fmt: skip
        rows = events.filter((pl.col("kind") == "alert.fired") & (pl.col("at") == chosen.firing_at))
        evidence = tuple(rows["event_id"].head(1))
        return Milestone(
            "fired", chosen.firing_at, earliest, chosen.firing_at, "recorded", "found",
            f"first firing sample of {chosen.name}; the rule is evaluated every {chosen.interval_s:g} s", evidence,
        )  # fmt: skip
    return recorded["fired"]


_DETECTED_WORDS = {
    "page": "first page created",
    "alert": "no page on record; first alert",
    "acknowledgement": "no page and no alert on record; first acknowledgement",
    "report": "no page and no alert on record; first report by a person",
}


def _recorded_words(events: pl.DataFrame, row: Mapping[str, Any], collected_at: datetime) -> dict[str, tuple[str, str]]:
    """For each of RECORDED the rule that found it, and why it is missing where it is."""
    acknowledged = row.get("acknowledged") or {"at": None}
    by_machines = (events["kind"] == "incident.acknowledged").any()
    return {
        "detected": (_DETECTED_WORDS.get(row.get("detected_by") or "", ""), "no page, alert or report is on record"),
        "fired": ("first alert on record", "no firing rule is on record around the page"),
        "acknowledged": (
            "first acknowledgement by a person",
            "only machines acknowledged it" if by_machines else "no acknowledgement is on record",
        ),
        "engaged": (
            "first human action" + (" after the acknowledgement" if acknowledged["at"] else ""),
            "no note, chat line or joining of a person is on record",
        ),
        "resolved": _resolved_words(events, collected_at),
    }


def _resolved_words(events: pl.DataFrame, collected_at: datetime) -> tuple[str, str]:
    resolves = events.filter(pl.col("kind") == "incident.resolved")
    reopened = events.filter(pl.col("kind") == "incident.reopened")
    if resolves.height:
        last = resolves.row(-1, named=True)
        who = {"human": "by a person", "machine": "by a machine"}.get(last["actor_kind"], "by an unknown actor")
        again = reopened.filter(pl.col("at") > last["at"])["at"]
        return (
            f"last resolve, {who}" + (f", after {reopened.height} re-opening(s)" if reopened.height else ""),
            f"re-opened at {clock(again[0])} and open since" if again.len() else "",
        )
    merged = events.filter(
        (pl.col("kind") == "incident.merged") & pl.col("detail").str.contains('"how": "merge"', literal=True)
    )
    if merged.height:
        return "", f"merged into another incident at {clock(merged['at'][-1])}; its end is that incident's"
    return "", f"the incident was still open when evidence was collected, {rfc3339(collected_at)}"


def _recorded(name: str, moment: Mapping[str, Any], rule: str, absent: str) -> Milestone:
    if moment.get("at") is None:
        return missing(name, absent)
    return Milestone(
        name, moment["at"], moment["earliest"], moment["latest"], "recorded", "found", rule, (moment["event_id"],)
    )
