"""Says in words what one entry of the record is: who did what, quoted where people spoke."""

from typing import Any

from incident_timeline.explain.case import Case
from incident_timeline.explain.wording import Cell, cell, said
from incident_timeline.model.findings import Words
from incident_timeline.model.instants import duration

SPOKEN = ("note.added", "chat.said", "status.updated")
LANES = {
    "alert": "alerts", "page": "alerts", "incident": "people", "responder": "people", "note": "people", "chat": "people",
    "status": "people", "service": "changes", "deploy": "changes", "change": "changes", "metric": "signals",
}  # fmt: skip
_ACTS = {
    "incident.acknowledged": "acknowledged", "incident.unacknowledged": "acknowledgement ran out",
    "incident.resolved": "resolved", "incident.reopened": "re-opened", "incident.escalated": "escalated",
    "incident.assigned": "assigned", "incident.snoozed": "snoozed", "incident.merged": "merged",
    "responder.joined": "joined", "responder.declined": "declined to join",
}  # fmt: skip
# Own words where the source's summary would name people or says no more.
_PLAIN = {"page.sent": "page created", "page.notified": "notification sent"}
_SOURCES = {
    "pagerduty": "PagerDuty log entry", "prometheus": "Prometheus", "deploys": "deployment record", "chat": "chat",
    "events": "events file", "marks": "marked by a person", "series": "series file", "score": "measured",
}  # fmt: skip


def lane(kind: str) -> str:
    """The lane of a kind on the page: alerts, people, changes, signals or other."""
    return LANES.get(kind.split(".")[0], "other")


def who(case: Case, row: dict[str, Any]) -> str:
    """The role of an entry's actor; empty where none is recorded."""
    return case.role(row["actor"]) if row["actor"] else ""


def entry_text(case: Case, row: dict[str, Any], limit: int = 120) -> Cell:
    """One entry in full: `responder A: "..."`, `acknowledged by responder A`, or the source's own summary."""
    kind, actor = row["kind"], who(case, row)
    if kind in SPOKEN:
        words = case.hidden(row["summary"], limit)
        update = "status update" if kind == "status.updated" else ""
        speaker = " ".join(part for part in (update, f"by {actor}" if update and actor else actor) if part)
        if not words:
            return cell(f"{speaker or 'somebody'}: an entry without text")
        return cell(f"{speaker}: " if speaker else "", said(words, limit))
    if kind in _ACTS:
        by = actor if row["actor_kind"] != "machine" or kind != "incident.assigned" else ""
        return cell(f"{_ACTS[kind]} by {by}" if by else _ACTS[kind])
    if kind in _PLAIN:
        return cell(_PLAIN[kind])
    summary = case.hidden(row["summary"], limit)
    if kind == "responder.requested" and actor:
        return cell(f"others asked to join by {actor}", cell(": ", said(summary, limit)) if summary else "")
    return cell(summary or kind.replace(".", " "))


def entry_mention(case: Case, event_id: str, limit: int = 90) -> Cell:
    """One entry in passing, with its number: `"p99 is 4 s, errors 3 %" [E8]`."""
    row = case.rows.get(event_id)
    if row is None:
        return case.cite([event_id])
    if row["kind"] in ("note.added", "chat.said") and case.hidden(row["summary"], limit):
        return cell(said(case.hidden(row["summary"], limit), limit), " ", case.cite([event_id]))
    return cell(entry_text(case, row, limit), " ", case.cite([event_id]))


def source_text(row: dict[str, Any]) -> str:
    """The source of an entry as the annex names it."""
    if row["source"] == "pagerduty" and row["kind"] == "note.added":
        return "PagerDuty note"
    if row["source"] == "pagerduty" and row["kind"] == "alert.received":
        return "PagerDuty alert"
    if row["source"] == "prometheus" and row["kind"].startswith("alert."):
        return "ALERTS samples"
    return _SOURCES.get(str(row["source"]), str(row["source"]))


def spread(row: dict[str, Any]) -> str:
    """` ±15 s`, or both ways when they differ; empty when the source's clock is taken at its word."""
    before = (row["at"] - row["earliest"]).total_seconds()
    after = (row["latest"] - row["at"]).total_seconds()
    if not before and not after:
        return ""
    if before == after:
        return f" ±{_short(before)}"
    return (f" \u2212{_short(before)}" if before else "") + (f" +{_short(after)}" if after else "")


def _short(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 60 else duration(seconds)


def tail(words: Cell) -> Words | None:
    """The last word of a cell that is not a reference, or None."""
    return next((word for word in reversed(words) if word.style != "ref"), None)
