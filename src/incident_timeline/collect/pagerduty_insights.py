"""What PagerDuty works out by itself: analytics of the incident and of its responders, past and related incidents."""

from incident_timeline.collect.pagerduty_rows import Found, Row, instant, line, of
from incident_timeline.model.paging import LikeIncident, ReportedFigure

# PagerDuty's fields -> our figures. `seconds_to_resolve` counts from the trigger.
_SECONDS = {"seconds_to_first_ack": "to_acknowledge", "seconds_to_resolve": "to_resolve"}
_JOINED = frozenset({"joined", "accepted"})  # the schema says joined, its example accepted


def figures_of(analytics: Found, responses: Found, incident: str) -> tuple[ReportedFigure, ...]:
    """The figures that can be held against ours; a null one was not worked out and is left out."""
    found = [
        ReportedFigure(name, float(row[field]), field, incident, pointer)
        for row, pointer in analytics
        for field, name in _SECONDS.items()
        if isinstance(row.get(field), int | float)
    ]
    joined = {row.get("responder_id") for row, _ in responses if row.get("response_status") in _JOINED}
    if responses:
        found.append(ReportedFigure("responders", float(len(joined)), "response_status", incident, responses[0][1]))
    return tuple(found)


def past_incidents_of(rows: Found) -> tuple[LikeIncident, ...]:
    """Incidents of the last six months on the same service that PagerDuty finds similar, best first."""
    ranked = sorted(rows, key=lambda pair: -float(pair[0].get("score") or 0))
    return tuple(
        _like("past", of(row, "incident"), f"PagerDuty's similarity score {float(row.get('score') or 0):g}", pointer)
        for row, pointer in ranked
        if of(row, "incident").get("id") and float(row.get("score") or 0) > 0
    )


def related_incidents_of(rows: Found) -> tuple[LikeIncident, ...]:
    """Incidents that PagerDuty relates to this one, with its reason; it works them out as of now, not as of then."""
    return tuple(
        _like("related", of(row, "incident"), _reasons(row), pointer)
        for row, pointer in rows
        if of(row, "incident").get("id")
    )


def _reasons(row: Row) -> str:
    kinds = [
        str(one.get("type", "")).replace("_", " ") for one in row.get("relationships") or [] if isinstance(one, dict)
    ]
    return ", ".join(dict.fromkeys(kinds))


def _like(relation: str, incident: Row, why: str, pointer: str) -> LikeIncident:
    title = line(str(incident.get("title") or incident.get("summary") or ""))
    return LikeIncident(relation, str(incident["id"]), title, instant(incident.get("created_at")), why, pointer)
