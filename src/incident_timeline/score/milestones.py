"""One rule for each milestone that records and series give directly; each names its evidence or says why it is missing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from incident_timeline.model.instants import clock, rfc3339
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.model.onset import Moved, NoOnset, NotRecovered, Onset, Recovery
from incident_timeline.model.rules import AlertEpisode

# How long before the first page a firing rule may lie and still be the one that paged, where no labels tie the two:
# Alertmanager's default repeat_interval is 4 h, but group_wait + group_interval of its default route are 5 min 30 s.
_FIRED_BEFORE_PAGE = timedelta(minutes=30)
# A signal with a quarter of the strongest one's evidence is as clear by itself; its own moment belongs into the range.
_CLEAR = 0.25
_SPOKEN = ("note.added", "chat.said", "status.updated")


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


def find_detected(events: pl.DataFrame) -> Milestone:
    """The first signal addressed to people: the first page; without any page the first alert, else the first report."""
    for kinds, why in (
        (("page.sent",), "first page created"),
        (("alert.received", "alert.fired"), "no page on record; first alert"),
        (("incident.acknowledged",), "no page and no alert on record; first acknowledgement"),
    ):
        rows = events.filter(pl.col("kind").is_in(kinds))
        if rows.height:
            return _recorded("detected", rows.row(0, named=True), why)
    rows = events.filter(pl.col("kind").is_in(_SPOKEN) & (pl.col("actor_kind") != "machine"))
    if rows.height:
        return _recorded(
            "detected", rows.row(0, named=True), "no page and no alert on record; first report by a person"
        )
    return missing("detected", "no page, alert or report is on record")


def find_fired(
    episodes: Sequence[AlertEpisode], events: pl.DataFrame, detected: Milestone, alert_names: frozenset[str]
) -> Milestone:
    """When the rule that paged fired: raw ALERTS samples, tied to the page by alert name where the page carries one."""
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
    rows = events.filter(pl.col("kind") == "alert.fired")
    if rows.height:
        return _recorded("fired", rows.row(0, named=True), "first alert on record")
    return missing("fired", "no firing rule is on record around the page")


def find_acknowledged(events: pl.DataFrame) -> Milestone:
    """The first acknowledgement by a person; an integration's or an API's is not one."""
    acks = events.filter(pl.col("kind") == "incident.acknowledged")
    by_people = acks.filter(pl.col("actor_kind") == "human")
    if by_people.height:
        return _recorded("acknowledged", by_people.row(0, named=True), "first acknowledgement by a person")
    if acks.height:
        return missing("acknowledged", "only machines acknowledged it")
    return missing("acknowledged", "no acknowledgement is on record")


def find_resolved(events: pl.DataFrame, collected_at: datetime) -> Milestone:
    """Declared over: the last resolve that no re-opening follows, by a person, by itself or by a merge."""
    resolves = events.filter(pl.col("kind") == "incident.resolved")
    merged = events.filter(
        (pl.col("kind") == "incident.merged") & pl.col("detail").str.contains('"how": "merge"', literal=True)
    )
    if resolves.is_empty() and merged.height:
        return missing(
            "resolved", f"merged into another incident at {clock(merged['at'][-1])}; its end is that incident's"
        )
    if resolves.is_empty():
        return missing("resolved", f"the incident was still open when evidence was collected, {rfc3339(collected_at)}")
    last = resolves.row(-1, named=True)
    later = events.filter((pl.col("kind") == "incident.reopened") & (pl.col("at") > last["at"]))
    if later.height:
        return missing("resolved", f"re-opened at {clock(later['at'][0])} and open since")
    who = {"human": "by a person", "machine": "by a machine"}.get(last["actor_kind"], "by an unknown actor")
    reopened = events.filter(pl.col("kind") == "incident.reopened").height
    why = f"last resolve, {who}" + (f", after {reopened} re-opening(s)" if reopened else "")
    return _recorded("resolved", last, why)


def _recorded(name: str, row: dict[str, object], why: str) -> Milestone:
    at, earliest, latest = row["at"], row["earliest"], row["latest"]
    assert isinstance(at, datetime)
    assert isinstance(earliest, datetime)
    assert isinstance(latest, datetime)
    return Milestone(name, at, earliest, latest, "recorded", "found", why, (str(row["event_id"]),))
