"""The knowing and the response ledger: where the minutes went from page to knowing, and from knowing to resolved."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby, pairwise

import polars as pl

from incident_timeline.model.gaps import Segment
from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Milestone
from incident_timeline.score.attempts import Attempt
from incident_timeline.score.between import Course, stretch_readings
from incident_timeline.score.fixes import first_signal, well_by_words
from incident_timeline.score.segments import Stretch, paint
from incident_timeline.score.silence import stretch_silences
from incident_timeline.score.statements import Entry

# Precedence where records overlap (lower wins): what a system logged over what text says, waiting for a named thing
# over work in general, anything on record over silence.
_PAGE, _ATTEMPT, _WAIT, _CHANGE, _RECOVERY, _ESCALATE, _MOBILISE, _CLOSE, _WATCH, _PREPARE, _TALK = range(11)


def attempt_stretches(attempts: Sequence[Attempt], idle: Collection[str]) -> list[Stretch]:
    """What was tried in vain as claims on the time it took, without what idle talk seemed to have tried."""
    return [
        Stretch(one.start, one.end, "attempt_without_effect", one.why, _ATTEMPT, (one.event_id,))
        for one in attempts
        if one.end > one.start and one.event_id not in idle
    ]


def cut_knowing(
    detected: Milestone, knew: Milestone, acknowledged: Milestone, attempts: Sequence[Stretch], events: pl.DataFrame
) -> tuple[Segment, ...]:
    """Segments of detected -> knew_enough; empty where either end is missing or out of order."""
    start, end = detected.at, knew.at
    if start is None or end is None or end <= start:
        return ()
    talk_from = start
    stretches = list(attempts)
    if acknowledged.at is not None and acknowledged.at > start:
        talk_from = min(acknowledged.at, end)
        stretches += _page_to_ack(start, acknowledged, detected, events)
    stretches += _requests(events, start, end)
    stretches += stretch_silences(events, talk_from, end, "investigating", _TALK)
    return paint(start, end, stretches, default=_default(start, end))


def cut_response(
    knew: Milestone,
    resolved: Milestone,
    milestones: dict[str, Milestone],
    attempts: Sequence[Stretch],
    changes: Sequence[Change],
    events: pl.DataFrame,
    entries: Sequence[Entry],
    reading: Mapping[str, Mapping[str, float]],
) -> tuple[Segment, ...]:
    """Segments of knew_enough -> resolved; empty where either end is missing or out of order.

    `entries` are the rows of `events` as read, `reading` the weights by which the words at both ends of a stretch say what it
    was (see score.between). An attempt counts when it was begun after they knew enough.
    """
    start, end = knew.at, resolved.at
    if start is None or end is None or end <= start:
        return ()
    fix_started, landed, mitigated = (milestones[name] for name in ("fix_started", "fix_landed", "mitigated"))
    tried = [one for one in attempts if one.start >= start]
    stretches = [*tried, *_pipeline(events, start, end, changes), *_bare_changes(events, start, end, changes)]
    if landed.at is not None and mitigated.at is not None:
        stretches.append(
            Stretch(landed.at, mitigated.at, "recovery", "fix landed to SLI back in its band", _RECOVERY,
                    landed.evidence + mitigated.evidence)
        )  # fmt: skip
    over = max((m.at for m in (mitigated, landed) if m.at is not None), default=None)
    if over is not None:
        stretches += _after_recovery(over, end, resolved, mitigated, events)
    stretches += _requests(events, start, end, "implement")
    well = mitigated.at or (well_by_words(entries, first_signal(entries), end) if entries else None)
    course = Course(fix_started.at, landed.at, well)
    stretches += stretch_readings(entries, start, end, course, reading, _TALK)
    return paint(start, end, stretches, default=_default(start, end))


def _default(start: datetime, end: datetime) -> Stretch:
    return Stretch(start, end, "unexplained", "no rule covers it", 99)


def _page_to_ack(start: datetime, acknowledged: Milestone, detected: Milestone, events: pl.DataFrame) -> list[Stretch]:
    assert acknowledged.at is not None
    found = [
        Stretch(start, acknowledged.at, "page_to_ack", "first page to first acknowledgement by a person", _PAGE + 0,
                detected.evidence + acknowledged.evidence)
    ]  # fmt: skip
    notified = events.filter((pl.col("kind") == "page.notified") & (pl.col("at") >= start))
    if notified.height and notified["at"][0] > start:
        found.insert(
            0,
            Stretch(start, min(notified["at"][0], acknowledged.at), "notifying", "page created to first notification sent",
                    _PAGE - 1, (*detected.evidence, notified["event_id"][0])),
        )  # fmt: skip
    return found


def _requests(events: pl.DataFrame, start: datetime, end: datetime, joined_as: str = "mobilising") -> list[Stretch]:
    """From asking somebody (or escalating) to the first answer; without an answer there is no stretch."""
    found = []
    inside = events.filter(pl.col("at").is_between(start, end))
    for kind, answers, category, precedence in (
        ("responder.requested", ("responder.joined", "responder.declined"), "mobilising", _MOBILISE),
        ("incident.escalated", ("incident.acknowledged", "responder.joined"), "escalating", _ESCALATE),
    ):
        for row in inside.filter(pl.col("kind") == kind).iter_rows(named=True):
            later = events.filter(pl.col("kind").is_in(answers) & (pl.col("at") > row["at"]))
            if later.is_empty():
                continue
            name = category if joined_as == "mobilising" else "approval"
            evidence = (row["event_id"], later["event_id"][0])
            found.append(Stretch(row["at"], later["at"][0], name, "asked to answered", precedence, evidence))
    return found


_STAGES = {
    "deploy.waiting": ("approval", "waiting for approval, as the deploy's own status says", _WAIT),
    "deploy.queued": ("tooling", "queued: waiting for a runner", _WAIT),
    "deploy.approved": ("tooling", "approved, not yet started", _WAIT),
    "deploy.started": ("deploy", "the deploy ran", _CHANGE),
}


def _pipeline(events: pl.DataFrame, start: datetime, end: datetime, changes: Sequence[Change]) -> list[Stretch]:
    """What a deploy's own statuses say: waiting for approval, queued, running; each until its next status."""
    found = []
    ids = {c.event_id for c in changes if (c.finished_at or c.requested_at) >= start}
    kinds = [*_STAGES, "deploy.requested", "service.deployed", "service.rolledback", "service.deploy_failed"]
    rows = events.filter(pl.col("kind").is_in(kinds) & pl.col("ref").is_not_null()).with_columns(
        deploy=pl.col("ref").str.split("/").list.first()
    )
    wanted = set(rows.filter(pl.col("event_id").is_in(list(ids)))["deploy"]) if ids else set()
    for deploy, steps in groupby(rows.sort("deploy", "at").iter_rows(named=True), key=lambda r: r["deploy"]):
        if deploy not in wanted:
            continue
        # a request begins it; where the queue begins at the same instant, it must not end it
        ordered = [step for step in steps if step["kind"] != "deploy.requested"]
        for step, following in pairwise(ordered):
            if step["kind"] in _STAGES:
                category, rule, precedence = _STAGES[step["kind"]]
                if following["kind"] == "service.deploy_failed" and category == "deploy":
                    category, rule = "tooling", "the deploy ran and failed"
                pair = (step["event_id"], following["event_id"])
                found.append(Stretch(step["at"], following["at"], category, rule, precedence, pair))
    return [s for s in found if s.start < end and s.end > start]


def _bare_changes(events: pl.DataFrame, start: datetime, end: datetime, changes: Sequence[Change]) -> list[Stretch]:
    """Deploys whose source gives a begin and an end but no statuses between: they ran, or failed, all that time."""
    deploys = dict(zip(events["event_id"], events["ref"].fill_null("").str.split("/").list.first(), strict=True))
    staged = {deploys[one] for one in events.filter(pl.col("kind").is_in(list(_STAGES)))["event_id"]}
    found = []
    for change in changes:
        began, ended = change.at, change.finished_at
        if ended is None or not (began < ended and began < end and ended > start):
            continue
        if change.event_id in deploys and deploys[change.event_id] not in staged:
            failed = change.status in {"failed", "cancelled"}
            what = ("tooling", "a deploy ran and failed") if failed else ("deploy", "the deploy's own begin and end")
            found.append(Stretch(began, ended, *what, _CHANGE, (change.event_id,)))
    return found


def _after_recovery(
    over: datetime, end: datetime, resolved: Milestone, mitigated: Milestone, events: pl.DataFrame
) -> list[Stretch]:
    """After users were well: watching until the last update to others, then closing; nothing where nobody was told."""
    updates = events.filter((pl.col("kind") == "status.updated") & (pl.col("at") >= over) & (pl.col("at") < end))
    from_ids = mitigated.evidence
    if updates.height:
        last = updates.row(-1, named=True)
        return [
            Stretch(over, last["at"], "verify", "users well to the last status update", _WATCH,
                    (*from_ids, last["event_id"])),
            Stretch(last["at"], end, "closing", "last status update to resolved", _CLOSE,
                    (last["event_id"], *resolved.evidence)),
        ]  # fmt: skip
    return []
