"""GitHub deployments with their statuses: who asked for what, when it waited, ran and finished, and whether it went back."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from incident_timeline.collect.asking import check_refusal, in_flight, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceError, SourceMalformed, SourceMissing
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import parse_instant

Row = dict[str, Any]

PER_PAGE = 100
MOST_PAGES = 20
LEAD = timedelta(hours=24)  # deployments that long before the window are kept: a cause may be hours older than the page
HISTORY = timedelta(days=7)  # older ones are read only to tell a rollback by its sha
_BACK = re.compile(r"\b(roll(?:ed|ing)?[ -]?back|rollback|revert(?:ed|ing|s)?)\b", re.IGNORECASE)
# States of a deployment status, as kinds of the event frame. `inactive` says that a newer one took over: no failure.
_KINDS = {"queued": "deploy.queued", "pending": "deploy.waiting", "waiting": "deploy.waiting", "in_progress": "deploy.started",
          "failure": "service.deploy_failed", "error": "service.deploy_failed"}  # fmt: skip


class GitHubDeploys:
    """Collects the deployments of one repository, `environment` only where one is configured."""

    name = "deploys"

    def __init__(self, repo: str, environment: str | None, services: Sequence[str] = ()) -> None:
        self.repo, self.environment, self.services = repo, environment, tuple(services)

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Deployments from 24 h before the window to its end; what is older only tells what a rollback went back to."""
        client = open_client(transport)
        try:
            deployments, lacking = self._deployments(client, window.start - HISTORY)
            wanted = [d for d in deployments if window.start - LEAD <= d[1] <= window.end]
            statuses = in_flight(lambda d: _statuses(client, self.repo, d[0]["id"]), wanted)
        except (SourceError, SourceMalformed) as error:
            return Collected((Coverage(f"deploys: {self.repo}", False, reason=str(error)),))
        back = _rollbacks(deployments)
        rows: list[Row] = []
        for (deployment, at, pointer), answer in zip(wanted, statuses, strict=True):
            if isinstance(answer, SourceError):
                lacking = "; ".join(filter(None, [lacking, f"statuses of deployment {deployment['id']}: {answer}"]))
                answer = []
            rows += self._rows(deployment, at, pointer, answer, back[deployment["id"]])
        reason = lacking or ("" if rows else "no deployment in the window or the 24 h before it")
        coverage = Coverage(f"deploys: {self.repo}", not lacking, reason=reason, requests=len(wanted) + 1)
        return Collected((coverage,), events_frame(rows))

    def _deployments(self, client: httpx.Client, oldest: datetime) -> tuple[list[tuple[Row, datetime, str]], str]:
        """Newest first, page by page, until a whole page is older; the next page is asked by number, on our own host only."""
        found: dict[int, tuple[Row, datetime, str]] = {}
        path = f"/repos/{self.repo}/deployments"
        for page in range(1, MOST_PAGES + 1):
            params = {"per_page": PER_PAGE, "page": page} | (
                {"environment": self.environment} if self.environment else {}
            )
            rows, where = _list(client, path, params)
            for index, row in enumerate(rows):
                if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("created_at"), str):
                    raise SourceMalformed(f"github: {path} lists something that is no deployment; check url and repo")
                at = parse_instant(row["created_at"], f"github: deployment {row['id']}")
                found.setdefault(row["id"], (row, at, f"{where}#/{index}"))
            if len(rows) < PER_PAGE or all(found[r["id"]][1] < oldest for r in rows):
                return list(found.values()), ""
        return list(found.values()), f"only the newest {len(found)} deployments were read"

    def _rows(
        self, deployment: Row, at: datetime, pointer: str, statuses: list[tuple[Row, str]], back: Row
    ) -> list[Row]:
        number, environment, actor = (
            str(deployment["id"]),
            deployment.get("environment"),
            deployment.get("creator") or {},
        )
        service = self._service(deployment)
        common = {
            "deployment_id": number,
            "sha": deployment.get("sha"),
            "ref": deployment.get("ref"),
            "environment": environment,
            **back,
        }
        what = f"{service or environment or self.repo} {deployment.get('ref') or str(deployment.get('sha'))[:7]}"
        rows = [_row(at, "deploy.requested", f"{number}/requested", f"deploy of {what} asked for", pointer, service, actor,
                     deployment.get("description"), common)]  # fmt: skip
        ended = False
        for status, where in sorted(statuses, key=lambda pair: (pair[0]["created_at"], pair[0]["id"])):
            state = str(status.get("state"))
            kind = _KINDS.get(state)
            if state == "success" and not ended:
                kind = "service.rolledback" if back["is_rollback"] else "service.deployed"
            if kind is None:
                continue
            ended = ended or state in ("success", "failure", "error")
            words = {"success": "rolled back to" if back["is_rollback"] else "deployed", "pending": "waits", "waiting": "waits",
                     "queued": "queued", "in_progress": "roll-out runs"}.get(state, f"deploy: {state}")  # fmt: skip
            described = status.get("description")
            moment = parse_instant(status["created_at"], f"github: status {status['id']}")
            rows.append(_row(moment, kind, f"{number}/{status['id']}", f"{what}: {words}" + (f" ({described})" if described else ""),
                             where, service, status.get("creator") or {}, described, {**common, "state": state}))  # fmt: skip
        return rows

    def _service(self, deployment: Row) -> str | None:
        """The service that a deployment names in its payload, environment, task or ref; None when it names none."""
        payload = deployment.get("payload")
        if isinstance(payload, str):
            try:
                payload = json.loads(payload)
            except ValueError:
                payload = {}
        if isinstance(payload, dict) and isinstance(payload.get("service"), str):
            return str(payload["service"])
        text = " ".join(str(deployment.get(key) or "") for key in ("environment", "task", "ref", "description"))
        named = [one for one in self.services if re.search(rf"(?<![\w]){re.escape(one)}(?![\w])", text)]
        return named[0] if len(named) == 1 else None


def _statuses(client: httpx.Client, repo: str, number: int) -> list[tuple[Row, str]] | SourceError:
    try:
        rows, where = _list(client, f"/repos/{repo}/deployments/{number}/statuses", {"per_page": PER_PAGE})
    except SourceError as error:
        return error
    return [
        (row, f"{where}#/{index}") for index, row in enumerate(rows) if isinstance(row, dict) and "created_at" in row
    ]


def _list(client: httpx.Client, path: str, params: dict[str, Any]) -> tuple[list[Any], str]:
    answer = client.get(path, params=params)
    check_refusal("github", path, answer.status_code, answer.content)
    if answer.status_code == 404:
        raise SourceMissing(
            f"github: {path} is missing, or the token may not read it; check repo and the token's permissions"
        )
    try:
        rows = answer.json()
    except ValueError:
        rows = None
    if answer.status_code != 200 or not isinstance(rows, list):
        raise SourceMalformed(f"github: {path} answered {answer.status_code} without a list; check url")
    return rows, answer.headers.get(EVIDENCE, "deploys")


def _rollbacks(deployments: list[tuple[Row, datetime, str]]) -> dict[int, Row]:
    """For each deployment whether it goes back, to which sha and why we think so: words first, then an older sha again."""
    seen: dict[tuple[Any, Any], list[str]] = {}
    found: dict[int, Row] = {}
    for row, _, _ in sorted(deployments, key=lambda d: (d[1], d[0]["id"])):
        sha, words = str(row.get("sha")), " ".join(str(row.get(k) or "") for k in ("task", "description", "ref"))
        before = seen.setdefault((row.get("environment"), _payload_service(row)), [])
        if match := _BACK.search(words):
            why, back = f"it says {match[0]!r}", True
        elif before and sha == before[-1]:
            why, back = "the sha that was live, deployed again", False
        elif sha in before:
            why, back = "a sha deployed before, and another in between", True
        else:
            why, back = "a sha not deployed in the days before", False
        found[row["id"]] = {"is_rollback": back, "to_sha": sha if back else None, "why": why}
        before.append(sha)
    return found


def _payload_service(row: Row) -> str | None:
    payload = row.get("payload")
    return payload.get("service") if isinstance(payload, dict) else None


def _row(at: datetime, kind: str, ref: str, summary: str, pointer: str, service: str | None, actor: Row,
         description: str | None, detail: Row) -> Row:  # fmt: skip
    login = actor.get("login")
    machine = actor.get("type") == "Bot" or str(login).endswith("[bot]")
    fields = {
        k: v
        for k, v in {**detail, "description": description, "actor_name": None if machine else login}.items()
        if v is not None
    }
    return event(at, "deploys", kind, ref, summary, evidence=pointer, service=service, actor=login,
                 actor_kind="machine" if machine else "human" if login else "unknown",
                 detail=json.dumps(fields, ensure_ascii=False, sort_keys=True))  # fmt: skip
