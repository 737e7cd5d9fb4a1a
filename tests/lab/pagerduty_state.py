"""The state of a simulated PagerDuty account: what the Events API and people do to it, in the shape of the REST API."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

API, WEB = "https://api.pagerduty.com", "https://acme.pagerduty.com"
SERVICE = {"id": "PSVC001", "type": "service_reference", "summary": "checkout", "self": f"{API}/services/PSVC001",
           "html_url": f"{WEB}/service-directory/PSVC001"}  # fmt: skip
POLICY = {"id": "PESC001", "type": "escalation_policy_reference", "summary": "Shop on call",
          "self": f"{API}/escalation_policies/PESC001", "html_url": f"{WEB}/escalation_policies/PESC001"}  # fmt: skip
INTEGRATION = {"id": "PINT001", "type": "events_api_v2_inbound_integration_reference", "summary": "Alertmanager",
               "self": f"{API}/services/PSVC001/integrations/PINT001", "html_url": None}  # fmt: skip


def stamp(at: float) -> str:
    """PagerDuty's own resolution: whole seconds, UTC."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user_reference(user: dict[str, str]) -> dict[str, Any]:
    """A person as the API refers to them."""
    key = user["pagerduty"]
    return {"id": key, "type": "user_reference", "summary": user["name"], "self": f"{API}/users/{key}",
            "html_url": f"{WEB}/users/{key}"}  # fmt: skip


class Account:
    """Incidents, alerts, log entries and notes of one account."""

    def __init__(self, number: int, on_call: dict[str, str], state: dict[str, Any] | None = None) -> None:
        self.next_number, self.on_call = number, on_call
        self.state: dict[str, Any] = state or {"incidents": [], "alerts": [], "log_entries": [], "notes": []}
        self.serial = sum(len(rows) for rows in self.state.values())

    def key(self, prefix: str) -> str:
        """A new id in PagerDuty's alphabet and length."""
        self.serial += 1
        return f"{prefix}{self.serial:0{14 - len(prefix)}d}"

    def trigger(self, body: dict[str, Any], at: float) -> dict[str, Any]:
        """An Events API v2 trigger: a new alert and incident, or one more trigger entry on an open alert."""
        dedup = body.get("dedup_key") or self.key("D")
        open_alerts = [a for a in self.state["alerts"] if a["alert_key"] == dedup and a["status"] == "triggered"]
        if open_alerts:
            incident = self.find(open_alerts[0]["incident"]["id"])
            self.log(incident, "trigger", INTEGRATION, at, self._channel(body), summary="Triggered through the API.")
            return incident
        incident = self._incident(body, at)
        entry = self.log(
            incident, "trigger", INTEGRATION, at, self._channel(body), summary="Triggered through the API."
        )
        entry["event_details"] = {"description": body["payload"]["summary"]}
        self.state["alerts"].append(self._alert(incident, entry, body, dedup, at))
        who = user_reference(self.on_call)
        self.log(
            incident, "assign", SERVICE, at, {"type": "auto"}, summary=f"Assigned to {who['summary']}.", assignees=[who]
        )
        notification = {
            "type": "push_notification",
            "status": "success",
            "address": "a phone",
            "started_at": stamp(at + 2),
        }
        self.log(incident, "notify", SERVICE, at + 2, {"type": "auto", "notification": notification},
                 summary=f"Notified {who['summary']} by push.", user=who)  # fmt: skip
        return incident

    def acknowledge(self, incident: dict[str, Any], user: dict[str, str], at: float) -> None:
        """A person takes it."""
        who = user_reference(user)
        incident["status"], incident["last_status_change_at"] = "acknowledged", stamp(at)
        incident["acknowledgements"] = [{"at": stamp(at), "acknowledger": who}]
        self.log(incident, "acknowledge", who, at, {"type": "website"}, summary=f"Acknowledged by {who['summary']}.")

    def note(self, incident: dict[str, Any], user: dict[str, str], text: str, at: float) -> str:
        """A note, which is a log entry as well."""
        who, key = user_reference(user), self.key("P")
        self.state["notes"].append(
            {"id": key, "user": who, "channel": {"summary": "The PagerDuty website or APIs"}, "content": text,
             "created_at": stamp(at), "updated_at": stamp(at), "incident_id": incident["id"]}
        )  # fmt: skip
        self.log(incident, "annotate", who, at, {"type": "note", "summary": text, "id": key},
                 summary=f"Note added by {who['summary']}.", note=text)  # fmt: skip
        return key

    def request(
        self, incident: dict[str, Any], by: dict[str, str], whom: dict[str, str], message: str, at: float
    ) -> None:
        """Asks a person to join."""
        asked = user_reference(whom)
        incident["incidents_responders"].append(
            {"state": "pending", "user": asked, "requester": user_reference(by), "requested_at": stamp(at),
             "updated_at": stamp(at), "message": message, "incident": self._reference(incident), "escalation_policy_requests": []}
        )  # fmt: skip
        self.log(incident, "responder_request", user_reference(by), at, {"type": "website", "message": message},
                 summary=f"{asked['summary']} was asked to join.", responders=[asked])  # fmt: skip

    def join(self, incident: dict[str, Any], user: dict[str, str], at: float) -> None:
        """A person who was asked joins."""
        who = user_reference(user)
        for row in incident["incidents_responders"]:
            if row["user"]["id"] == who["id"]:
                row |= {"state": "joined", "updated_at": stamp(at)}
        self.log(incident, "responder_accept", who, at, {"type": "mobile"}, summary=f"{who['summary']} joined.")

    def status(self, incident: dict[str, Any], user: dict[str, str], text: str, at: float) -> None:
        """A status update, which only a log entry keeps."""
        who = user_reference(user)
        self.log(incident, "status_update", who, at, {"type": "website"}, summary="Status update posted.", message=text)

    def resolve(self, incident: dict[str, Any], user: dict[str, str], at: float) -> None:
        """A person declares it over: assignments and acknowledgements are emptied, as PagerDuty does."""
        incident |= {"status": "resolved", "resolved_at": stamp(at), "last_status_change_at": stamp(at),
                     "updated_at": stamp(at), "assignments": [], "acknowledgements": [],
                     "last_status_change_by": user_reference(user)}  # fmt: skip
        for alert in self.state["alerts"]:
            if alert["incident"]["id"] == incident["id"]:
                alert["status"] = "resolved"
        counts = incident["alert_counts"]
        incident["alert_counts"] = {"all": counts["all"], "triggered": 0, "resolved": counts["all"]}
        who = user_reference(user)
        self.log(incident, "resolve", who, at, {"type": "website"}, summary=f"Resolved by {who['summary']}.")

    def reopen(self, incident: dict[str, Any], user: dict[str, str], at: float, *, logged: bool = True) -> None:
        """A resolved incident is worked on again; whether a log entry says so, and of which type, is not documented."""
        who = user_reference(user)
        incident |= {"status": "triggered", "resolved_at": None, "last_status_change_at": stamp(at), "updated_at": stamp(at),
                     "assignments": [{"at": stamp(at), "assignee": who}], "last_status_change_by": who}  # fmt: skip
        if logged:
            self.log(incident, "reopen", who, at, {"type": "website"}, summary=f"Reopened by {who['summary']}.")

    def merge(self, target: dict[str, Any], source: dict[str, Any], user: dict[str, str], at: float) -> None:
        """The source's alerts go to the target; the source is resolved, with the person who merged as its agent."""
        self.resolve(source, user, at)
        source["resolve_reason"] = {"type": "merge_resolve_reason", "incident": self._reference(target)}
        moved = [a for a in self.state["alerts"] if a["incident"]["id"] == source["id"]]
        for alert in moved:
            alert |= {"incident": self._reference(target), "status": "triggered"}
            alert["first_trigger_log_entry"]["self"] += f"?incident_id={source['id']}"
        source["alert_counts"] = {"all": 0, "triggered": 0, "resolved": 0}
        total = target["alert_counts"]["all"] + len(moved)
        target["alert_counts"] = {"all": total, "triggered": total, "resolved": 0}

    def prioritise(self, incident: dict[str, Any], user: dict[str, str], old: str, new: str, at: float) -> None:
        """A person changes the priority; the old one stands in the log alone."""
        kept = {age: {"id": f"PPRIO{name}", "type": "priority_reference", "summary": name} for age, name in
                (("old_priority", old), ("new_priority", new))}  # fmt: skip
        self.log(
            incident,
            "priority_change",
            user_reference(user),
            at,
            {"type": "website", **kept},
            summary="Priority changed.",
        )

    def hand_over(self, incident: dict[str, Any], user: dict[str, str], old_service: str, at: float) -> None:
        """The incident came from another service; the channel of such an entry has no `type`."""
        old = {"id": "PSVC009", "type": "service_reference", "summary": old_service}
        self.log(incident, "service_change", user_reference(user), at, {"old_service": old}, summary="Service changed.")

    def edit(self, note: str, text: str, at: float) -> None:
        """A person changes the words of a note; its log entry keeps the old ones."""
        row = next(one for one in self.state["notes"] if one["id"] == note)
        row |= {"content": text, "updated_at": stamp(at)}

    def find(self, key: str) -> dict[str, Any]:
        """An incident by id or number; KeyError when there is none."""
        for incident in self.state["incidents"]:
            if key in (incident["id"], str(incident["incident_number"])):
                found: dict[str, Any] = incident
                return found
        raise KeyError(key)

    def log(self, incident: dict[str, Any], verb: str, agent: dict[str, Any], at: float, channel: dict[str, Any],
            **fields: Any) -> dict[str, Any]:  # fmt: skip
        """Appends a log entry and returns it."""
        key = self.key("R")
        agent_type = (
            agent["type"] if agent["type"] in ("user_reference", "service_reference") else "integration_reference"
        )
        entry = {
            "id": key, "type": f"{verb}_log_entry", "self": f"{API}/log_entries/{key}", "html_url": None,
            "created_at": stamp(at), "agent": {**agent, "type": agent_type}, "channel": deepcopy(channel),
            "service": SERVICE, "incident": self._reference(incident), "teams": [], "contexts": [], **fields,
        }  # fmt: skip
        self.state["log_entries"].append(entry)
        incident["updated_at"] = stamp(at)
        return entry

    def _reference(self, incident: dict[str, Any]) -> dict[str, Any]:
        return {key: incident[key] for key in ("id", "summary", "self", "html_url")} | {"type": "incident_reference"}

    def _channel(self, body: dict[str, Any]) -> dict[str, Any]:
        payload = body["payload"]
        return {"type": "api", "summary": payload["summary"], "details": payload.get("custom_details"),
                "incident_key": body.get("dedup_key"), "client": body.get("client"),
                "client_url": body.get("client_url")}  # fmt: skip

    def _incident(self, body: dict[str, Any], at: float) -> dict[str, Any]:
        key, number, title = self.key("Q"), self.next_number, body["payload"]["summary"]
        self.next_number += 1
        who = user_reference(self.on_call)
        incident = {
            "id": key, "type": "incident", "summary": f"[#{number}] {title}", "self": f"{API}/incidents/{key}",
            "html_url": f"{WEB}/incidents/{key}", "incident_number": number, "title": title, "created_at": stamp(at),
            "updated_at": stamp(at), "resolved_at": None, "status": "triggered", "service": SERVICE, "urgency": "high",
            "assignments": [{"at": stamp(at), "assignee": who}], "assigned_via": "escalation_policy", "acknowledgements": [],
            "last_status_change_at": stamp(at), "last_status_change_by": SERVICE, "escalation_policy": POLICY, "teams": [],
            "priority": None, "alert_counts": {"all": 1, "triggered": 1, "resolved": 0}, "pending_actions": [],
            "is_mergeable": True, "incidents_responders": [], "responder_requests": [], "subscriber_requests": [],
            "conference_bridge": None, "resolve_reason": None,
        }  # fmt: skip
        self.state["incidents"].append(incident)
        return incident

    def _alert(self, incident: dict[str, Any], entry: dict[str, Any], body: dict[str, Any], dedup: str,
               at: float) -> dict[str, Any]:  # fmt: skip
        key, payload = self.key("Q"), body["payload"]
        details = payload.get("custom_details") or {}
        first = {k: entry[k] for k in ("id", "self", "html_url")} | {
            "type": "trigger_log_entry_reference",
            "summary": None,
        }
        return {
            "id": key, "type": "alert", "summary": payload["summary"], "self": f"{API}/alerts/{key}",
            "html_url": f"{WEB}/alerts/{key}", "created_at": stamp(at), "status": "triggered", "alert_key": dedup,
            "service": SERVICE, "first_trigger_log_entry": first, "incident": self._reference(incident),
            "suppressed": False, "severity": payload["severity"], "integration": INTEGRATION,
            "body": {"type": "alert_body", "contexts": [], "details": details},
        }  # fmt: skip
