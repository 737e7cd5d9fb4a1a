"""The lane of people: a line for each role in the order of appearance, an entry's words on each mark."""

from typing import Any

from incident_timeline.explain.case import Case
from incident_timeline.explain.charts.window import View, by_people
from incident_timeline.explain.charts.words import quoted
from incident_timeline.model.instants import clock, duration
from incident_timeline.model.pictures import Bar, Forms, Lane, Mark, Row

_ACTS: dict[str, Forms] = {
    "incident.acknowledged": ("acknowledged", "ack"), "incident.unacknowledged": ("ack ran out",),
    "incident.resolved": ("resolved",), "incident.reopened": ("re-opened",), "incident.escalated": ("escalated",),
    "incident.assigned": ("assigned",), "incident.snoozed": ("snoozed",), "incident.merged": ("merged",),
    "responder.requested": ("asked to join", "asked"), "responder.joined": ("joined",),
    "responder.declined": ("declined",), "deploy.approved": ("approved the deploy", "approved"),
}  # fmt: skip
_QUOTE = (32, 20, 12)  # characters of a quotation, longest first


def describe_people(case: Case, view: View) -> Lane:
    """The lane; every entry of a person inside the view is a mark on it."""
    rows = [row for row in case.rows.values() if by_people(row) and view.holds(row["at"])]
    marks: dict[str, list[Mark]] = {}
    waits: dict[str, list[Bar]] = {}
    for i, row in enumerate(rows):
        who = _who(case, row)
        if row["kind"] == "responder.requested":
            answer = next((r for r in rows[i + 1 :] if r["kind"] in ("responder.joined", "responder.declined")), None)
            if answer is not None:
                joiner = _who(case, answer) or "somebody"
                length = duration((answer["at"] - row["at"]).total_seconds())
                waits.setdefault(joiner, []).append(
                    Bar(row["at"], answer["at"], "people_pale", hint=f"asked to answered {length}")
                )
                who = who if row["actor_kind"] == "human" else joiner
        marks.setdefault(who or "somebody", []).append(_mark(case, row))
    lines = tuple(Row(who, tuple(waits.get(who, ())), tuple(found)) for who, found in marks.items())
    return Lane("people", "People", lines, (), "" if lines else "no entry of a person on record")


def _who(case: Case, row: dict[str, Any]) -> str:
    return case.role(row["actor"]) if row["actor"] else ""


def _mark(case: Case, row: dict[str, Any]) -> Mark:
    number = case.numbers.get(row["event_id"], "")
    forms = tuple(dict.fromkeys(f"{number} {text}".strip() for text in (*_words(case, row), "")))
    kept = tuple(form for form in forms if form) or ("entry",)
    hint = f"{number} {clock(row['at'])} {case.role(row['actor'])}: {case.hidden(row['summary'], 200)}".strip()
    return Mark(row["at"], kept, "dot", number, hint, row["event_id"])


def _words(case: Case, row: dict[str, Any]) -> Forms:
    kind = row["kind"]
    if kind in ("note.added", "chat.said"):
        texts = (case.hidden(row["summary"], limit) for limit in _QUOTE)
        return tuple(quoted(text) for text in texts if text)
    if kind == "status.updated":
        said = case.hidden(row["summary"], 20)
        return (f"status {quoted(said)}", "status") if said else ("status",)
    return _ACTS.get(kind, (kind.split(".", 1)[-1].replace("_", " "),))
