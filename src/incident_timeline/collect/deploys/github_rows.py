"""Turns one GitHub deployment, its statuses and its approvals into rows of the event frame."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident_timeline.model.events import event
from incident_timeline.model.rollback import Deployment, Direction

Row = dict[str, Any]

# States of a deployment status, as kinds of the event frame. `inactive` says that a newer one took over: no failure.
_KINDS = {"queued": "deploy.queued", "pending": "deploy.waiting", "waiting": "deploy.waiting", "in_progress": "deploy.started",
          "failure": "service.deploy_failed", "error": "service.deploy_failed"}  # fmt: skip
_WORDS = {"pending": "waits", "waiting": "waits", "queued": "queued", "in_progress": "roll-out runs", "failure": "failed",
          "error": "failed"}  # fmt: skip
_ENDS = frozenset({"success", "failure", "error"})
_RUN = re.compile(r"/actions/runs/(\d+)")


@dataclass(frozen=True, slots=True)
class Status:
    """One status of a deployment, with its place in the bundle."""

    row: Row
    at: datetime
    pointer: str

    @property
    def state(self) -> str:
        """Its state in GitHub's words."""
        return str(self.row.get("state"))


@dataclass(frozen=True, slots=True)
class Asked:
    """One deployment with what is known of it; `statuses` in time order, `approvals` as (row, pointer)."""

    row: Row
    at: datetime
    pointer: str
    service: str | None
    statuses: tuple[Status, ...] | None = None  # None: not asked for, or could not be had
    approvals: tuple[tuple[Row, str], ...] = ()

    @property
    def id(self) -> str:
        """GitHub's number of it, as text."""
        return str(self.row["id"])

    @property
    def run(self) -> str | None:
        """The number of the workflow run behind it, where a status links to one."""
        links = [str(s.row.get(key) or "") for s in self.statuses or () for key in ("log_url", "target_url")]
        return next((match[1] for link in links if (match := _RUN.search(link))), None)

    @property
    def waited(self) -> bool:
        """Whether it waited before it ran."""
        return any(s.state in ("pending", "waiting") for s in self.statuses or ())

    def facts(self) -> Deployment:
        """What telling a rollback needs of it."""
        words = [str(self.row.get(key) or "") for key in ("task", "description", "ref")]
        payload = self.row.get("payload")
        words.append(payload if isinstance(payload, str) else json.dumps(payload or {}))
        landed = None if self.statuses is None else any(s.state == "success" for s in self.statuses)
        place = (self.service, self.row.get("environment"))
        return Deployment(self.id, self.at, place, str(self.row.get("sha")), " ".join(words), landed)


def rows_of(asked: Asked, direction: Direction, fallback: str) -> list[Row]:
    """The deployment asked for, each status that says something, and who approved it; `fallback` names it otherwise."""
    deployment = asked.row
    common = {
        "deployment_id": asked.id, "sha": deployment.get("sha"), "ref": deployment.get("ref"),
        "environment": deployment.get("environment"), "is_rollback": direction.is_rollback, "to_sha": direction.to_sha,
        "previous_sha": direction.previous_sha, "why": direction.why,
    }  # fmt: skip
    named = asked.service or deployment.get("environment") or fallback
    what = f"{named} {deployment.get('ref') or str(deployment.get('sha'))[:7]}"
    described = deployment.get("description")
    rows = [_row(asked.at, "deploy.requested", f"{asked.id}/requested", _said(f"deploy of {what} asked for", described),
                 asked.pointer, asked.service, deployment.get("creator"), {**common, "description": described})]  # fmt: skip
    ended = False
    for status in asked.statuses or ():
        kind = _KINDS.get(status.state)
        if status.state == "success" and not ended:
            kind = "service.rolledback" if direction.is_rollback else "service.deployed"
        if kind is None:
            continue
        ended = ended or status.state in _ENDS
        done = "live, a rollback" if direction.is_rollback else "deployed"
        words = _said(f"{what}: {_WORDS.get(status.state, done)}", status.row.get("description"))
        detail = {**common, "state": status.state, "description": status.row.get("description")}
        rows.append(_row(status.at, kind, f"{asked.id}/{status.row['id']}", words, status.pointer, asked.service,
                         status.row.get("creator"), detail))  # fmt: skip
    return rows + _approvals(asked, what, common)


def _approvals(asked: Asked, what: str, common: Row) -> list[Row]:
    """Who approved, between the wait and the status after it: GitHub does not say when."""
    statuses = asked.statuses or ()
    waits = [i for i, s in enumerate(statuses) if s.state in ("pending", "waiting")]
    after = statuses[waits[-1] + 1] if waits and waits[-1] + 1 < len(statuses) else None
    if after is None:
        return []
    rows = []
    for number, (approval, pointer) in enumerate(asked.approvals):
        if approval.get("state") != "approved":
            continue
        comment = approval.get("comment")
        row = _row(after.at, "deploy.approved", f"{asked.id}/approval-{number}", _said(f"{what}: approved", comment), pointer,
                   asked.service, approval.get("user"), {**common, "description": comment})  # fmt: skip
        rows.append(row | {"earliest": statuses[waits[-1]].at})
    return rows


def _said(words: str, described: Any) -> str:
    text = " ".join(str(described).split()) if described else ""
    return f"{words} ({text})" if text else words


def _row(
    at: datetime, kind: str, ref: str, summary: str, pointer: str, service: str | None, actor: Any, detail: Row
) -> Row:
    login = actor.get("login") if isinstance(actor, dict) else None
    machine = bool(login) and (actor.get("type") == "Bot" or str(login).endswith("[bot]"))
    named = {**detail, "actor_name": None if machine else login}
    fields = {key: value for key, value in named.items() if value is not None}
    return event(at, "deploys", kind, ref, summary, evidence=pointer, service=service, actor=login,
                 actor_kind="machine" if machine else "human" if login else "unknown",
                 detail=json.dumps(fields, ensure_ascii=False, sort_keys=True))  # fmt: skip
