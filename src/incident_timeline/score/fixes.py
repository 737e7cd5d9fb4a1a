"""The change that ended the incident, when it began and landed, and the attempts before it that had no effect."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Milestone, missing
from incident_timeline.score.attempts import SOON, Attempt, find_attempts, is_denied
from incident_timeline.score.statements import ALARMS, DEPLOYED, Entry

Recovered = tuple[datetime, datetime, datetime]  # at, earliest, latest


@dataclass(frozen=True, slots=True)
class Fix:
    """What ended it; without one `started` and `landed` are missing and `ended` says how it ended instead."""

    started: Milestone
    landed: Milestone
    event_ids: tuple[str, ...]  # the entries that make up the fix, in time order
    change: Change | None  # the deploy or rollback, where one was recorded
    undone: Change | None  # the deploy that a rollback took back
    attempts: tuple[Attempt, ...]
    ended: str  # fixed | by itself | by a vendor | by a restart | unknown
    why: str


def find_fix(
    entries: Sequence[Entry], changes: Sequence[Change], recovered: Recovered | None, resolved_at: datetime | None
) -> Fix:
    """The last change or action before recovery, read backwards to where it began.

    `recovered` is the SLI's return (at, earliest, latest); without series the words say when users were well again, else the
    close counts. Whatever was done earlier, and after which users were not well, is an attempt without effect.
    """
    if not entries:
        return _none("unknown", "there are no entries to read", ())
    first = first_signal(entries)
    close = resolved_at or entries[-1].at
    well = recovered[2] if recovered else well_by_words(entries, first, close)
    by_id = {change.event_id: change for change in changes}
    within = [e for e in entries if e.acted and first <= e.at <= (well or close)]
    done = _possible(entries, within, by_id, measured=recovered is not None)
    if not done:
        ended, why = _without_fix(entries, within, well=well is not None)
        return _none(ended, why, ())
    helped = [entry for entry in done if not is_denied(entry, entries, done)]
    if not helped:
        attempts = find_attempts(entries, done, well or close)
        return _none("by itself" if well else "unknown", "what was done was said to have had no effect", attempts)
    chosen = _chosen(helped, by_id)
    chain = _chain(entries, done, helped, chosen)
    part = {entry.event_id for entry in chain}
    tried = [entry for entry in done if entry.event_id not in part and first < entry.at < chain[0].at]
    attempts = find_attempts(entries, tried, chain[0].at)
    change = by_id.get(chosen.event_id)
    started, landed = _milestones(chain, chosen, change, measured=recovered is not None)
    undone = _undone(change, changes) if change else None
    ids = tuple(entry.event_id for entry in chain)
    return Fix(started, landed, ids, change, undone, attempts, "fixed", started.reason)


def first_signal(entries: Sequence[Entry]) -> datetime:
    """When the trouble first shows: the first alert, page or user's report; without those the first word of symptoms.

    Without any of these it is the first entry.
    """
    alarms = [e.at for e in entries if e.kind in ALARMS or e.speaker == "user"]
    if not any(e.kind in ALARMS for e in entries):
        alarms += [e.at for e in entries if _alarming(e)]
    return min(alarms, default=entries[0].at)


def _alarming(entry: Entry) -> bool:
    if entry.kind == "incident.acknowledged" or "report" in entry.cues:
        return True
    return not entry.acted and bool(entry.cues & {"symptom", "comms"})


def well_by_words(entries: Sequence[Entry], first: datetime, close: datetime) -> datetime | None:
    """When somebody first said that users were well and nobody said the contrary later; None when nobody did.

    Remarks tied to the incident are asked first, because a channel also says "it works again" about other things.
    """
    within = [e for e in entries if first < e.at <= close]
    for chosen in ([e for e in within if e.of_it], within):
        denied = max((e.at for e in chosen if _denies(e)), default=first)
        said = [
            e.at
            for e in chosen
            if e.at >= denied and (e.at == close or e.kind != "incident.resolved") and _says_well(e)
        ]
        if said:
            return min(said)
    return None


def _failed(change: Change | None) -> bool:
    return change is not None and change.status in {"failed", "cancelled", "superseded", "queued"}


def _denies(entry: Entry) -> bool:
    """Whether it says that users are not well: people that nothing helped, monitoring that something is wrong."""
    if entry.speaker == "machine" or entry.kind in ALARMS:
        return "symptom" in entry.cues and not entry.well
    return "no_effect" in entry.cues and entry.speaker != "user"


def _says_well(entry: Entry) -> bool:
    return (entry.well and entry.kind not in ALARMS) or entry.kind == "incident.resolved"


def _possible(
    entries: Sequence[Entry], within: Sequence[Entry], by_id: dict[str, Change], *, measured: bool
) -> list[Entry]:
    """What of the things done can have been the fix.

    Not a deploy that failed, not a restart by a machine, no remark without ties to the incident (where neither a series says
    when it ended nor anything else is left, one is better than nothing), and, where something else is left, no deploy of a
    service that had no alarm (a rollback may be of any service).
    """
    alarmed = {e.service for e in entries if e.kind in ALARMS and e.service}
    done = [e for e in within if not _failed(by_id.get(e.event_id)) and not _by_machine(e)]
    tied = [e for e in done if e.of_it]
    done = tied if tied or measured else done
    here = [e for e in done if not (alarmed and e.kind in DEPLOYED and e.service and e.service not in alarmed)]
    kept = {e.event_id for e in here} | {e.event_id for e in done if _is_rollback(e, by_id)}
    return [e for e in done if e.event_id in kept] if kept else done


def _by_machine(entry: Entry) -> bool:
    return entry.kind == "service.restarted" and entry.speaker == "machine"


def _is_rollback(entry: Entry, by_id: dict[str, Change]) -> bool:
    change = by_id.get(entry.event_id)
    return entry.kind == "service.rolledback" or (change is not None and change.is_rollback)


def _undone(fix: Change, changes: Sequence[Change]) -> Change | None:
    """The last deploy of the same service before a rollback that brought another commit or ref; a restart brings none."""
    earlier = [
        change
        for change in changes
        if change.at < fix.at
        and change.service == fix.service
        and not change.is_rollback
        and not _failed(change)
        and (change.sha or change.ref)
        and (change.sha, change.ref) != (fix.sha, fix.ref)
    ]
    return max(earlier, key=lambda change: change.at, default=None) if fix.is_rollback else None


def _chosen(done: Sequence[Entry], by_id: dict[str, Change]) -> Entry:
    """A recorded rollback wins over what else was done near the end; else the last thing done.

    A remark shortly after a recorded change speaks of that change.
    """
    rollbacks = [e for e in done if _is_rollback(e, by_id)]
    if rollbacks:
        return rollbacks[-1]
    recorded = [e for e in done if e.recorded and done[-1].at - e.at <= SOON]
    return recorded[-1] if recorded else done[-1]


def _chain(
    entries: Sequence[Entry], done: Sequence[Entry], helped: Sequence[Entry], chosen: Entry
) -> tuple[Entry, ...]:
    """The run of things done that ends with the chosen one, broken by a finding or by word that nothing had helped."""
    acted = {entry.event_id for entry in done}
    useful = {entry.event_id for entry in helped}
    chain: list[Entry] = [chosen]
    for entry in reversed([e for e in entries if e.at <= chosen.at and e.event_id != chosen.event_id]):
        if entry.event_id in acted:
            if "no_effect" in entry.cues or entry.event_id not in useful:
                break
            chain.append(entry)
        elif entry.said and entry.of_it and ("no_effect" in entry.cues or entry.finding):
            break
    return tuple(reversed(chain))


def _milestones(
    chain: Sequence[Entry], chosen: Entry, change: Change | None, *, measured: bool
) -> tuple[Milestone, Milestone]:
    lived = change is not None and change.finished_at is not None and change.finished_at > change.requested_at
    if change is not None and lived:
        began, basis, source = change.requested_at, "recorded", chosen.event_id
        ended = change.finished_at or change.requested_at
    else:
        began, source = chain[0].at, chain[0].event_id
        basis = "recorded" if chain[0].recorded else "proposed"
        ended = chosen.at
    what = "rollback" if (change and change.is_rollback) or "rollback" in chosen.cues else "change or action"
    rule = f"the last {what} before " + (
        "the series recovered" if measured else "the words or the close say users were well"
    )
    landed_basis = "recorded" if chosen.recorded else "proposed"
    started = Milestone("fix_started", began, began, began, basis, "found", rule, (source,))
    landed = Milestone("fix_landed", ended, ended, ended, landed_basis, "found", rule, (chosen.event_id,))
    return started, landed


def _without_fix(entries: Sequence[Entry], within: Sequence[Entry], *, well: bool) -> tuple[str, str]:
    if any("vendor_fixed" in e.cues or (e.speaker == "vendor" and e.well) for e in entries):
        return "by a vendor", "a vendor is said to have ended it"
    if any(_by_machine(entry) for entry in within):
        return "by a restart", "a machine restarted something, and nobody is on record as having asked for it"
    if well:
        return "by itself", "users were well again and no change or action stands before that"
    return "unknown", "no change or action is on record"


def _none(ended: str, why: str, attempts: tuple[Attempt, ...]) -> Fix:
    return Fix(missing("fix_started", why), missing("fix_landed", why), (), None, None, attempts, ended, why)
