"""Incidents that were merged into the one that is built: found by what closed them and by where its alerts came from."""

from urllib.parse import parse_qs, urlsplit

from incident_timeline.collect.pagerduty_rows import Found, Row, of


def merged_into(incident: Row) -> str | None:
    """The incident that took this one's alerts, where it was merged away: its resolve is then no fix."""
    reason = of(incident, "resolve_reason")
    if str(reason.get("type", "")).startswith("merge"):
        return str(of(reason, "incident").get("id") or "another")
    return None


def sources_of(target: str, listed: Found, alerts: Found) -> tuple[str, ...]:
    """The ids of the incidents that were merged into `target`, in alphabetical order.

    No documented field of the target lists them. They are those of the same time whose own `resolve_reason` names it, and
    those that an alert's first trigger entry still names (`.../log_entries/R1?incident_id=Q1`).
    """
    found = {str(row["id"]) for row, _ in listed if merged_into(row) == target}
    for alert, _ in alerts:
        address = str(of(alert, "first_trigger_log_entry").get("self") or "")
        found.update(parse_qs(urlsplit(address).query).get("incident_id", []))
    return tuple(sorted(found - {target}))
