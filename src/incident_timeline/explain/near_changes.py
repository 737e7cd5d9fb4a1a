"""Changes that may have been a condition: those that began before users were hurt, each with what else on record points at it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from incident_timeline.explain.case import Case
from incident_timeline.explain.entries import SPOKEN
from incident_timeline.explain.wording import Cell, cell, code
from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Milestone

LOOK_BACK = timedelta(hours=4)  # how far back changes are listed; all are in the timeline
_LISTED = 5
_OF_DEPLOYS = ("service.deployed", "service.rolledback", "service.deploy_failed")
_SHORT_SHA = 7  # characters of a sha that people write


@dataclass(frozen=True, slots=True)
class NearChange:
    """A change that began before the end of the range of first hurt; `before` is False where the range leaves that open."""

    change: Change
    before: bool
    lead_s: float  # from its begin to first hurt, in seconds
    taken_back: tuple[str, ...]  # event ids of the rollback that took it back
    named: tuple[str, ...]  # event ids of what people said and that names it, in time order

    @property
    def linked(self) -> bool:
        """Whether anything but nearness in time points at it."""
        return bool(self.taken_back or self.named or self.change.verdict in ("contributed", "suspect"))


def edge_of(case: Case) -> Milestone | None:
    """The moment that a change must precede to have been a condition: first hurt, else the first page."""
    return next((m for name in ("started", "detected") if (m := case.milestone(name)).at is not None), None)


def near_changes(case: Case) -> list[NearChange]:
    """At most five, the nearest, in the order of time.

    A change that began after users were hurt did not contribute and is not here, nor is the one that mended it: that is
    another role. The kind of a change does not matter: configuration, flags, data jobs and deploys of other services count.
    """
    edge = edge_of(case)
    if edge is None or edge.at is None:
        return []
    earliest, latest = edge.earliest or edge.at, edge.latest or edge.at
    mending = {one for name in ("fix_started", "fix_landed") for one in case.milestone(name).evidence}
    found = [
        NearChange(
            change, change.at < earliest, (edge.at - change.at).total_seconds(), _taken_back(case, change),
            tuple(row["event_id"] for row in naming_entries(case, change)),
        )
        for change in case.scored.changes
        if earliest - LOOK_BACK <= change.at <= latest
        and change.verdict != "fixed"
        and change.event_id not in mending
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.change.at, one.change.event_id))[-_LISTED:]


def change_name(case: Case, change: Change) -> Cell:
    """`the deploy of checkout v418`, `a change of search: flag new_ranker on`."""
    row = case.rows.get(change.event_id)
    service, ref = case.hidden(change.service, 40), case.hidden(change.ref, 40)
    if row is not None and not _is_deploy(case, change):
        words = case.hidden(row["summary"], 80)
        where = f" of {service}" if service else ""
        what = "a restart" if row["kind"] == "service.restarted" else "a change"
        return cell(f"{what}{where}", f": {words}" if words else "")
    what = ref if service and ref.startswith(service) else " ".join(part for part in (service, ref) if part)
    kind = "rollback" if change.is_rollback else "deploy"
    return cell(f"the {kind} of ", code(what)) if what else cell(f"a {kind}")


def entries_of(case: Case, change: Change) -> list[str]:
    """The entry of a change that says when it began, where there is one, and the one that stands for the whole."""
    began = [
        row["event_id"]
        for row in case.rows.values()
        if row["kind"].startswith("deploy.") and row["at"] == change.at and row["service"] == change.service
    ]
    return [*began[-1:], change.event_id]


def first_entry(case: Case, milestone: Milestone) -> dict[str, Any] | None:
    """The entry that stands at a milestone's own time: of its change where its evidence is one, else its evidence."""
    row = case.rows.get(milestone.evidence[0]) if milestone.evidence else None
    if row is None or row["at"] == milestone.at:
        return row
    same = [
        other
        for other in case.rows.values()
        if other["at"] == milestone.at and other["service"] == row["service"] and other["kind"].startswith("deploy.")
    ]
    return next((other for other in same if other["kind"] == "deploy.requested"), same[0] if same else row)


def naming_entries(case: Case, change: Change) -> list[dict[str, Any]]:
    """What people said after a change began and that holds its version or its commit, in time order."""
    words = [re.escape(change.ref)] if change.ref else []
    words += [rf"{re.escape(change.sha[:_SHORT_SHA])}\w*"] if change.sha and len(change.sha) >= _SHORT_SHA else []
    if not words:
        return []
    pattern = re.compile(rf"(?<![\w.]){'|'.join(f'(?:{word})' for word in words)}(?!\w)", re.IGNORECASE)
    rows = (row for row in case.rows.values() if row["kind"] in SPOKEN and row["at"] >= change.at)
    return sorted((row for row in rows if row["summary"] and pattern.search(row["summary"])), key=lambda row: row["at"])


def _taken_back(case: Case, change: Change) -> tuple[str, ...]:
    """The first rollback of the same service that ended well after a deploy and did not go back to it.

    A rollback takes back a deploy, not a flag or a job beside it; of services that are not on record nobody can tell.
    """
    if change.service is None or not _is_deploy(case, change):
        return ()
    for later in case.scored.changes:
        same = later.is_rollback and later.service == change.service and later.at > change.at
        if same and later.status == "succeeded" and (later.to_sha or later.sha) != change.sha:
            between = [c for c in case.scored.changes if c.service == change.service and change.at < c.at < later.at]
            return () if any(_is_deploy(case, one) for one in between) else (later.event_id,)
    return ()


def _is_deploy(case: Case, change: Change) -> bool:
    row = case.rows.get(change.event_id)
    return row is None or row["kind"] in _OF_DEPLOYS or row["kind"].startswith("deploy.")
