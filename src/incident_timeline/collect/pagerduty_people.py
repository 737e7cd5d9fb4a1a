"""PagerDuty on people: their notes, who was asked to join and what they answered, and who was on call."""

import json

from incident_timeline.collect.pagerduty_rows import SAME, Found, Row, as_json, dated, instant, line, of, same_act
from incident_timeline.model.events import event
from incident_timeline.model.paging import OnCall

_ANSWERS = {"joined": "responder.joined", "declined": "responder.declined"}


def note_rows(notes: Found, entries: list[Row], unread: list[str]) -> list[Row]:
    """Rows of the notes that no annotate entry repeats, and of edits made later.

    A note and its entry have one author and one time; the words differ once the note was edited. An edited note that no
    entry repeats may have said something else before, so its time reaches from when it was written to when it was edited.
    """
    said = [row for row in entries if row["kind"] == "note.added"]
    rows = []
    for at, note, pointer in dated(notes, "created_at", unread):
        text, user = str(note.get("content") or ""), of(note, "user")
        twins = [row for row in said if abs(row["at"] - at) <= SAME and _one_note(row, user, text)]
        edited_at = instant(note.get("updated_at"))
        edited = edited_at is not None and edited_at > at
        if twins and (not edited or all(line(text) == line(_words(row)) for row in twins)):
            continue
        kind, moment = "note.added", at
        if twins and edited_at is not None:
            kind, moment, text = "other", edited_at, f"(note edited) {text}"
        detail = {"actor_name": user.get("summary"), "text": text if len(text) > 200 else None,
                  "edited_at": note.get("updated_at") if edited else None}  # fmt: skip
        rows.append(
            event(moment, "pagerduty", kind, str(note["id"]), line(text), evidence=pointer,
                  latest=edited_at if edited else moment, actor=user.get("id"),
                  actor_kind="machine" if user.get("type") == "bot_user_reference" else "human", detail=as_json(detail))
        )  # fmt: skip
    return rows


def _one_note(row: Row, user: Row, text: str) -> bool:
    return row["actor"] == user.get("id") or line(text) == line(_words(row))


def _words(row: Row) -> str:
    return str(json.loads(row["detail"]).get("text") or row["summary"])


def responder_rows(incident: Found, entries: list[Row]) -> list[Row]:
    """Requests to join and their answers that no log entry holds; the incident keeps the last state of each.

    The log entry of an answer is not documented, so the state on the incident is what can be relied on.
    """
    rows: list[Row] = []
    for body, pointer in incident:
        for index, one in enumerate(body.get("incidents_responders") or []):
            person, asker = of(one, "user"), of(one, "requester")
            where = f"{pointer}/incidents_responders/{index}"
            key = f"{body['id']}:{person.get('id')}:{one.get('requested_at')}"
            asked_at, answered_at = instant(one.get("requested_at")), instant(one.get("updated_at"))
            kind = _ANSWERS.get(str(one.get("state")))
            if asked_at is not None and not _asked(entries, asked_at):
                detail = {
                    "actor_name": asker.get("summary"),
                    "whom": [person.get("summary")],
                    "text": one.get("message"),
                }
                rows.append(event(asked_at, "pagerduty", "responder.requested", f"{key}:asked",
                                  line(str(one.get("message") or "asked to join")), evidence=where, actor=asker.get("id"),
                                  actor_kind="human" if asker else "unknown", detail=as_json(detail)))  # fmt: skip
            if kind and answered_at is not None and not same_act(entries, kind, answered_at, person.get("id")):
                detail = {"actor_name": person.get("summary"), "state": one.get("state")}
                rows.append(event(answered_at, "pagerduty", kind, f"{key}:answered", f"request to join: {one.get('state')}",
                                  evidence=where, actor=person.get("id"), actor_kind="human", detail=as_json(detail)))  # fmt: skip
    return rows


def _asked(entries: list[Row], at: object) -> bool:
    return any(row["kind"] == "responder.requested" and abs(row["at"] - at) <= SAME for row in entries)


def on_call_of(oncalls: Found) -> tuple[OnCall, ...]:
    """The turns on call that overlap the window, by level and time; an entry without a person is left out."""
    found = []
    for row, pointer in oncalls:
        person = of(row, "user")
        if person.get("id"):
            found.append(
                OnCall(int(row.get("escalation_level") or 0), str(person["id"]), str(person.get("summary") or ""),
                       str(of(row, "escalation_policy").get("summary") or ""), of(row, "schedule").get("summary"),
                       instant(row.get("start")), instant(row.get("end")), pointer)
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.level, one.policy, str(one.start), one.actor)))
