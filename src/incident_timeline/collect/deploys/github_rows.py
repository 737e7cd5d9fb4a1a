"""Turns one GitHub deployment, its statuses, its jobs and its approvals into the steps of a deploy."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident_timeline.collect.deploys.rows import LANDED, Deploy, Step

Row = dict[str, Any]

# States of a deployment status, as kinds of the event frame. `inactive` says that a newer one took over: no failure.
_KINDS = {"queued": "deploy.queued", "pending": "deploy.waiting", "waiting": "deploy.waiting", "in_progress": "deploy.started",
          "failure": "service.deploy_failed", "error": "service.deploy_failed"}  # fmt: skip
_WORDS = {"pending": "waits", "waiting": "waits", "queued": "queued", "in_progress": "roll-out runs", "failure": "failed",
          "error": "failed"}  # fmt: skip
_ENDS = frozenset({"success", "failure", "error"})
_RUN = re.compile(r"/actions/runs/(\d+)")
_JOB = re.compile(r"/actions/runs/\d+/job/(\d+)")


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
class Job:
    """One job of a workflow run, of one attempt; `created` is when it asked for a runner, `started` when it had one."""

    row: Row
    pointer: str
    created: datetime | None
    started: datetime | None
    completed: datetime | None

    @property
    def attempt(self) -> int:
        """1 for the first; a re-run has the next number and jobs of its own."""
        number = self.row.get("run_attempt")
        return number if isinstance(number, int) else 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One deployment with what is known of it; `statuses` in time order, `approvals` as (row, pointer)."""

    row: Row
    at: datetime
    pointer: str
    service: str | None
    statuses: tuple[Status, ...] | None = None  # None: not asked for, or could not be had
    approvals: tuple[tuple[Row, str], ...] = ()
    jobs: tuple[Job, ...] = ()

    @property
    def id(self) -> str:
        """GitHub's number of it, as text."""
        return str(self.row["id"])

    @property
    def run(self) -> str | None:
        """The number of the workflow run behind it, where a status links to one."""
        return next((match[1] for link in self._links() if (match := _RUN.search(link))), None)

    @property
    def job(self) -> str | None:
        """The number of the job that made it, where a status links to that."""
        return next((match[1] for link in self._links() if (match := _JOB.search(link))), None)

    @property
    def waited(self) -> bool:
        """Whether it waited before it ran."""
        return any(s.state in ("pending", "waiting") for s in self.statuses or ())

    def _links(self) -> list[str]:
        return [str(s.row.get(key) or "") for s in self.statuses or () for key in ("log_url", "target_url")]

    def deploy(self, fallback: str) -> Deploy:
        """It as a deploy; sentences call it `fallback` where it names neither service nor environment."""
        row, payload = self.row, self.row.get("payload")
        words = [str(row.get(key) or "") for key in ("task", "description", "ref")]
        words.append(payload if isinstance(payload, str) else json.dumps(payload or {}))
        landed = None if self.statuses is None else any(s.state == "success" for s in self.statuses)
        return Deploy(
            self.id, self._steps(), self.service, row.get("environment"), row.get("ref"), row.get("sha"), words=" ".join(words),
            landed=landed, named=row.get("environment") or fallback,
        )  # fmt: skip

    def _steps(self) -> tuple[Step, ...]:
        login, kind = _who(self.row.get("creator"))
        steps = [
            Step(
                self.at,
                "deploy.requested",
                "requested",
                "",
                self.pointer,
                _text(self.row.get("description")),
                login,
                kind,
            )
        ]
        ended = False
        for status in self.statuses or ():
            said = _KINDS.get(status.state)
            if status.state == "success" and not ended:
                said = LANDED
            if said is None:
                continue
            ended = ended or status.state in _ENDS
            login, kind = _who(status.row.get("creator"))
            steps.append(
                Step(status.at, said, str(status.row["id"]), _WORDS.get(status.state, ""), status.pointer,
                     _text(status.row.get("description")), login, kind, facts={"state": status.state})
            )  # fmt: skip
        return tuple(sorted([*steps, *self._approved(), *self._ran(steps)], key=lambda step: step.at))

    def _approved(self) -> list[Step]:
        """Who approved, between the wait and the status after it: GitHub does not say when."""
        statuses = self.statuses or ()
        waits = [i for i, s in enumerate(statuses) if s.state in ("pending", "waiting")]
        after = statuses[waits[-1] + 1] if waits and waits[-1] + 1 < len(statuses) else None
        if after is None:
            return []
        found = []
        for number, (approval, pointer) in enumerate(self.approvals):
            if approval.get("state") != "approved":
                continue
            login, kind = _who(approval.get("user"))
            found.append(
                Step(after.at, "deploy.approved", f"approval-{number}", "approved", pointer, _text(approval.get("comment")),
                     login, kind, earliest=statuses[waits[-1]].at)
            )  # fmt: skip
        return found

    def _ran(self, steps: list[Step]) -> list[Step]:
        """When its job asked for a runner and had one, and which attempts failed before; only what no status says."""
        said = {step.kind for step in steps}
        mine = [job for job in self.jobs if str(job.row.get("id")) == self.job] or list(self.jobs)
        last = max((job.attempt for job in mine), default=0)
        found = []
        for job in mine:
            number, name = job.row.get("id"), job.row.get("name") or "job"
            facts = {"attempt": job.attempt, "state": job.row.get("conclusion") or job.row.get("status")}
            if job.attempt < last:
                if job.completed is not None and job.row.get("conclusion") == "failure":
                    words = f"attempt {job.attempt} of {name} failed"
                    found.append(Step(job.completed, "other", f"job-{number}", words, job.pointer, facts=facts))
                continue
            waited = job.created is not None and job.started is not None and job.started > job.created
            for kind, at, words in (
                ("deploy.queued", job.created if waited else None, f"{name} queued for a runner"),
                ("deploy.started", job.started, f"{name} runs"),
            ):
                if kind not in said and at is not None and at >= self.at:
                    said.add(kind)
                    found.append(Step(at, kind, f"job-{number}-{kind[7:]}", words, job.pointer, facts=facts))
        return found


def _who(actor: Any) -> tuple[str | None, str]:
    login = actor.get("login") if isinstance(actor, dict) else None
    if not login:
        return None, "unknown"
    machine = actor.get("type") == "Bot" or str(login).endswith("[bot]")
    return str(login), "machine" if machine else "human"


def _text(value: Any) -> str | None:
    return str(value) if value else None
