"""Deployments of a GitLab project: created, waiting for approval, queued for a runner, running, finished, failed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from incident_timeline.collect.asking import in_flight, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.reading import ask_json, instant, landed
from incident_timeline.collect.deploys.rows import (
    HISTORY,
    LANDED,
    Deploy,
    Step,
    collected,
    key_of,
    service_named,
    steps_of,
)
from incident_timeline.errors import SourceError, SourceMalformed
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import rfc3339

PER_PAGE = 100
MOST_PAGES = 20
_STATUS = {"created": "queued", "blocked": "queued", "running": "running", "success": "succeeded", "failed": "failed",
           "canceled": "cancelled", "skipped": "superseded"}  # fmt: skip

Row = dict[str, Any]


class GitLabDeploys:
    """Collects the deployments of one project, `environment` only where one is configured."""

    name = "deploys"

    def __init__(
        self, project: str, environment: str | None, services: Sequence[str] = (), service: str | None = None
    ) -> None:
        self.project, self.environment, self.services, self.service = project, environment, tuple(services), service

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Deployments of the window and the days before it.

        Two questions: what finished well (GitLab selects by the time of the end only there), and whatever was touched,
        because `updated_at` of a deployment moves later than its end.
        """
        client, source = open_client(transport), f"deploys: {self.project}"
        start, end = rfc3339(window.start - HISTORY), rfc3339(window.end)
        touched = rfc3339(window.end + timedelta(days=1))
        asked = (
            {"order_by": "finished_at", "status": "success", "finished_after": start, "finished_before": end},
            {"order_by": "updated_at", "updated_after": start, "updated_before": touched},
        )
        told: list[str] = []
        try:
            answers = in_flight(lambda params: self._list(client, params, told), asked)
        except SourceError as error:
            return Collected((Coverage(source, False, reason=str(error), requests=1),))
        rows: dict[str, tuple[Row, str]] = {}
        for row, pointer in (pair for answer in answers for pair in answer):
            rows.setdefault(str(row.get("id")), (row, pointer))
        deploys = [one for row, pointer in rows.values() if (one := self._deploy(row, pointer)) is not None]
        return collected(source, deploys, window, lacking=told, requests=len(asked))

    def _list(self, client: httpx.Client, params: dict[str, Any], told: list[str]) -> list[tuple[Row, str]]:
        path = f"/api/v4/projects/{quote(self.project, safe='')}/deployments"
        params = {**params, "sort": "desc", "per_page": PER_PAGE}
        if self.environment:
            params["environment"] = self.environment
        found: list[tuple[Row, str]] = []
        for page in range(1, MOST_PAGES + 1):
            rows, where, headers = ask_json(client, "gitlab", path, {**params, "page": page}, "project")
            if not isinstance(rows, list):
                raise SourceMalformed(f"gitlab: {path} answered without a list; check url and project")
            found += [(row, f"{where}#/{i}") for i, row in enumerate(rows) if isinstance(row, dict)]
            if not headers.get("x-next-page"):
                return found
        told.append(f"only {MOST_PAGES * PER_PAGE} deployments by {params['order_by']} were read")
        return found

    def _deploy(self, row: Row, pointer: str) -> Deploy | None:
        created = instant(row.get("created_at"))
        if created is None or "id" not in row:
            return None
        job, environment = row.get("deployable") or {}, (row.get("environment") or {}).get("name")
        status = _STATUS.get(str(row.get("status")), "unknown")
        approvals = [
            one for one in row.get("approvals") or [] if isinstance(one, dict) and one.get("status") == "approved"
        ]
        waits = row.get("status") == "blocked" or bool(approvals) or bool(row.get("pending_approval_count"))
        started, finished = instant(job.get("started_at")), instant(job.get("finished_at"))
        updated = instant(row.get("updated_at"))
        user = (row.get("user") or {}).get("username")
        queued = max([created, *(at for one in approvals if (at := instant(one.get("created_at"))))])
        steps = steps_of(
            pointer, status, requested=created, waiting=created if waits else None, started=started,
            queued=queued if started is not None and started > queued else None, finished=finished or updated, actor=user,
            actor_kind="human" if user else "unknown", state=row.get("status"),
        )  # fmt: skip
        if finished is None:  # made through the API, without a job: it ended at some time before its last change
            steps = tuple(
                replace(step, earliest=created) if step.kind in (LANDED, "service.deploy_failed") else step
                for step in steps
            )
        steps = tuple(sorted([*steps, *_approved(approvals, pointer)], key=lambda step: step.at))
        text = " ".join(str(one or "") for one in (environment, job.get("name"), row.get("ref")))
        return Deploy(
            key_of("gitlab", row["id"]), steps, self.service or service_named(text, self.services), environment, row.get("ref"),
            row.get("sha"), (job.get("pipeline") or {}).get("web_url"), str(job.get("name") or ""), landed(status), self.project,
        )  # fmt: skip


def _approved(approvals: Sequence[Row], pointer: str) -> list[Step]:
    steps = []
    for number, one in enumerate(approvals):
        at = instant(one.get("created_at"))
        if at is not None:
            who = (one.get("user") or {}).get("username")
            steps.append(
                Step(
                    at,
                    "deploy.approved",
                    f"approval-{number}",
                    "approved",
                    pointer,
                    one.get("comment") or None,
                    who,
                    "human",
                )
            )
    return steps
