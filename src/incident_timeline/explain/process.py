"""Conditions of process: alerts nobody answered, pages without a runbook, checks that passed, hand-offs and waits."""

from collections.abc import Iterator
from datetime import timedelta

from incident_timeline.explain.case import Case
from incident_timeline.explain.ledger_words import by_category, wording
from incident_timeline.explain.near_changes import change_name, edge_of, near_changes
from incident_timeline.explain.wording import Cell, cell, code, listed, plural
from incident_timeline.model.instants import duration
from incident_timeline.model.rules import AlertEpisode

_WAITS = ("page_to_ack", "approval", "tooling", "capacity", "third_party")
_WORTH_S = 60.0  # a wait shorter than this is in the ledger and not listed here
_ANSWERED = timedelta(minutes=30)  # within which an entry of a person counts as an answer to an alert


def process_conditions(case: Case) -> Iterator[Cell]:
    """Earlier alerts without an answer, a page without a runbook, checks that passed, hand-offs and waits."""
    yield from _unanswered(case)
    yield from _no_runbook(case)
    yield from _passed(case)
    yield from _hand_offs(case)
    for name in ("knowing", "response"):
        for part in by_category(case.scored.ledgers.get(name, ())):
            if part.category in _WAITS and part.seconds >= _WORTH_S:
                length = duration(part.seconds)
                yield cell(
                    f"{wording(part.category)}: {length} ", case.cite(part.evidence[:4]), ". Strength: recorded."
                )


def _unanswered(case: Case) -> Iterator[Cell]:
    """Rules that fired and ended before users were hurt, with no page and no entry of a person soon after."""
    edge = edge_of(case)
    if edge is None or edge.at is None:
        return
    quiet: dict[str, list[AlertEpisode]] = {}
    for one in case.scored.episodes:
        if one.firing_at is not None and one.firing_at < edge.at and not _answered(case, one):
            quiet.setdefault(one.name, []).append(one)
    for name, episodes in quiet.items():
        first = episodes[0].firing_at
        assert first is not None
        ids = [
            row["event_id"] for row in case.rows.values()
            if row["kind"] == "alert.fired" and any(row["at"] == one.firing_at for one in episodes)
        ]  # fmt: skip
        yield cell(
            code(name), f" had fired {plural(len(episodes), 'time')} before, first at {case.time(first)} ",
            case.cite(ids, f"rule:{name}"), "; neither a page nor an entry of a person followed within 30 minutes. "
            "Strength: recorded; the answer may have left no trace.",
        )  # fmt: skip


def _answered(case: Case, one: AlertEpisode) -> bool:
    assert one.firing_at is not None
    until = one.firing_at + _ANSWERED
    return any(
        one.firing_at <= row["at"] <= until and (row["kind"] == "page.sent" or row["actor_kind"] == "human")
        for row in case.rows.values()
    )


def _no_runbook(case: Case) -> Iterator[Cell]:
    episode = case.paging_episode()
    rule = case.rule(episode.name) if episode else None
    if rule is None or any("runbook" in name.lower() or "playbook" in name.lower() for name, _ in rule.annotations):
        return
    yield cell(
        "the alert that paged, ", code(rule.name), ", carries no link to a runbook ", case.cite(case.rule_ids(rule.name)),
        ". Strength: as the rule was loaded when evidence was collected.",
    )  # fmt: skip


def _passed(case: Case) -> Iterator[Cell]:
    """Deploys that were reported a success and were taken back: what checked them passed what production did not."""
    started = case.milestone("started")
    for one in near_changes(case):
        change = one.change
        if change.status != "succeeded" or change.finished_at is None or not one.taken_back or started.at is None:
            continue
        yield cell(
            change_name(case, change), f" was reported a success at {case.time(change.finished_at)} ",
            case.cite([change.event_id]), " and was rolled back later ", case.cite(one.taken_back), "; users were hurt from "
            f"{case.time(started.at)} ", case.cite_milestone(started),
            ". Strength: recorded; which checks had run before it is not on record.",
        )  # fmt: skip


def _hand_offs(case: Case) -> Iterator[Cell]:
    rows = sorted(case.rows.values(), key=lambda row: (row["at"], row["event_id"]))
    escalated = [row for row in rows if row["kind"] == "incident.escalated"]
    assigned = [row for row in rows if row["kind"] == "incident.assigned"][1:]
    for words, found in (("escalated", escalated), ("assigned again", assigned)):
        if found:
            times = listed([case.time(row["at"]) for row in found[:4]])
            yield cell(
                f"{words} at {times} ", case.cite([row["event_id"] for row in found[:4]]), ". Strength: recorded."
            )
    for asked in [row for row in rows if row["kind"] == "responder.requested"][:3]:
        joined = next((r for r in rows if r["kind"] == "responder.joined" and r["at"] >= asked["at"]), None)
        if joined is None:
            yield cell(
                f"others were asked to join at {case.time(asked['at'])} ", case.cite([asked["event_id"]]),
                "; no joining is on record after it. Strength: absence of a record.",
            )  # fmt: skip
            continue
        length = duration((joined["at"] - asked["at"]).total_seconds())
        yield cell(
            "others were asked to join, and joined ", f"{length} later ", case.cite([asked["event_id"], joined["event_id"]]),
            ". Strength: recorded.",
        )  # fmt: skip
