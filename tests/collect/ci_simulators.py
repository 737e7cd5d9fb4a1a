"""Small simulators of CI systems that cannot run here: GitLab, Jenkins, Argo CD, PagerDuty's change events.

Only simulators are possible for these. Each keeps a state that deploys change, refuses what the vendor refuses, and shows the
fields that the vendor documents: GitLab's "Deployments API", Jenkins' Job.java and a public recording with the metrics
plugin, Argo CD's v1alpha1 Application, PagerDuty's OpenAPI file (tests/lab/specs).
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from incident_timeline.collect.bundle import Bundle, open_bundle
from incident_timeline.collect.http import file_transport, live_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.collect.network import Network
from incident_timeline.collect.redact import Redactor
from incident_timeline.config import Connection
from tests.collect.sources import NOW

TOKEN = "ci-token-not-secret-0"
Respond = Callable[[httpx.Request], httpx.Response]


def stamp(at: float) -> str:
    """RFC 3339 with milliseconds and Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class GitLab:
    """One project's deployments, by id."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def deploy(self, sha: str, at: float, **fields: Any) -> dict[str, Any]:
        """A deployment that a job will carry out."""
        number = 40 + len(self.rows)
        row = {
            "id": number, "iid": number - 39, "ref": "main", "sha": sha, "status": "created", "created_at": stamp(at),
            "updated_at": stamp(at), "user": {"id": 7, "username": "asha-v", "name": "Asha Venkat", "state": "active"},
            "environment": {"id": 3, "name": "production", "external_url": "https://shop.example"}, "pending_approval_count": 0,
            "approvals": [],
            "deployable": {"id": 900 + number, "name": "deploy checkout", "status": "created", "created_at": stamp(at),
                           "started_at": None, "finished_at": None,
                           "pipeline": {"id": 500 + number, "web_url": f"https://gitlab.test/acme/shop/-/pipelines/{number}"}},
        } | fields  # fmt: skip
        self.rows.append(row)
        return row

    def run(self, row: dict[str, Any], started: float, finished: float | None = None, status: str = "success") -> None:
        """The job had a runner, and ended."""
        row["status"] = "running" if finished is None else status
        row["updated_at"] = stamp(finished or started)
        row["deployable"] |= {"started_at": stamp(started), "finished_at": finished and stamp(finished)}

    def respond(self, request: httpx.Request) -> httpx.Response:
        """GitLab's answer, with its own rules about finished_after."""
        if request.headers.get("private-token") != TOKEN:
            return httpx.Response(401, json={"message": "401 Unauthorized"})
        if request.url.raw_path.split(b"?")[0] != b"/api/v4/projects/acme%2Fshop/deployments":
            return httpx.Response(404, json={"message": "404 Project Not Found"})
        asked = request.url.params
        if "finished_after" in asked and (asked.get("order_by"), asked.get("status")) != ("finished_at", "success"):
            return httpx.Response(400, json={"message": "finished_at filter and finished_at sorting must be paired"})
        rows = [row for row in self.rows if asked.get("status") in (None, row["status"])]
        for name, key in (
            ("finished", lambda r: r["deployable"]["finished_at"]),
            ("updated", lambda r: r["updated_at"]),
        ):
            if f"{name}_after" in asked:
                rows = [r for r in rows if key(r) and asked[f"{name}_after"] <= key(r) <= asked[f"{name}_before"]]
        if "environment" in asked:
            rows = [row for row in rows if row["environment"]["name"] == asked["environment"]]
        rows = rows[::-1] if asked.get("sort") == "desc" else rows  # by default the oldest first
        size, page = int(asked["per_page"]), int(asked["page"])
        more = page * size < len(rows)
        return httpx.Response(
            200, headers={"x-next-page": str(page + 1) if more else ""}, json=rows[(page - 1) * size : page * size]
        )


class Jenkins:
    """One job's builds, newest first."""

    def __init__(self) -> None:
        self.builds: list[dict[str, Any]] = []

    def build(self, scheduled: float, duration_s: float, result: str | None, **given: Any) -> dict[str, Any]:
        """A build; `queued_ms`, `sha`, `user` and parameters as given."""
        number = 100 + len(self.builds)
        user, sha, queued_ms = given.pop("user", "asha"), given.pop("sha", "a" * 40), given.pop("queued_ms", None)
        cause = {
            "_class": "hudson.model.Cause$UserIdCause",
            "shortDescription": f"Started by user {user}",
            "userId": user,
        }
        actions: list[dict[str, Any]] = [
            {"_class": "hudson.model.CauseAction", "causes": [cause]},
            {"_class": "hudson.model.ParametersAction", "parameters": [{"name": k, "value": v} for k, v in given.items()]},
            {"_class": "hudson.plugins.git.util.BuildData",
             "lastBuiltRevision": {"SHA1": sha, "branch": [{"SHA1": sha, "name": "refs/remotes/origin/main"}]}},
            {"_class": "jenkins.metrics.impl.TimeInQueueAction", "queuingDurationMillis": queued_ms} if queued_ms else {},
        ]  # fmt: skip
        row = {"number": number, "result": result, "building": result is None, "timestamp": int(scheduled * 1000),
               "duration": 0 if result is None else int(duration_s * 1000), "displayName": f"#{number}", "description": None,
               "url": f"https://jenkins.test/job/ops/job/deploy-checkout/{number}/", "actions": actions}  # fmt: skip
        self.builds.insert(0, row)
        return row

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Jenkins' answer: `allBuilds` only when it is named, `builds` never more than 100."""
        wanted = "Basic " + base64.b64encode(f"reader:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != wanted:
            return httpx.Response(401, text="<html>Error 401 Unauthorized</html>")
        if request.url.path != "/job/ops/job/deploy-checkout/api/json":
            return httpx.Response(404, text="<html>Not found</html>")
        named = re.match(r"allBuilds\[.*\]\{(\d+),(\d+)\}$", request.url.params.get("tree", ""))
        if named is None:
            return httpx.Response(200, json={"_class": "hudson.model.FreeStyleProject", "builds": self.builds[:100]})
        return httpx.Response(200, json={"allBuilds": self.builds[int(named[1]) : int(named[2])]})


class ArgoCD:
    """One application: the last ten syncs that were whole and well, and the latest operation."""

    def __init__(self, limit: int = 10) -> None:
        self.limit, self.synced = limit, 0
        self.history: list[dict[str, Any]] = []
        self.operation: dict[str, Any] = {}

    def sync(
        self, revision: str, started: float, finished: float, user: str | None = "asha", phase: str = "Succeeded"
    ) -> None:
        """An operation; only a success enters the history, and the oldest leaves it."""
        source = {"repoURL": "https://git.example/acme/manifests", "path": "checkout", "targetRevision": "main"}
        by = {"username": user} if user else {"automated": True}
        when = [stamp(at)[:19] + "Z" for at in (started, finished)]
        self.operation = {"phase": phase, "startedAt": when[0], "finishedAt": when[1], "message": f"sync {phase.lower()}",
                          "operation": {"initiatedBy": by}, "syncResult": {"revision": revision, "source": source}}  # fmt: skip
        if phase == "Succeeded":
            self.history.append({"id": self.synced, "revision": revision, "deployStartedAt": when[0], "deployedAt": when[1],
                                 "source": source, "initiatedBy": by})  # fmt: skip
            self.history = self.history[-self.limit :]
            self.synced += 1

    def respond(self, request: httpx.Request) -> httpx.Response:
        """The application as it is now."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(
                401, json={"error": "no session information", "code": 16, "message": "no session information"}
            )
        if request.url.path != "/api/v1/applications/checkout":
            return httpx.Response(404, json={"error": "applications.argoproj.io not found", "code": 5})
        spec = {
            "destination": {"namespace": "production", "server": "https://kubernetes.default.svc"},
            "project": "default",
        }
        state = {
            "history": self.history,
            "operationState": self.operation,
            "health": {"status": "Degraded"},
            "sync": {"status": "Synced"},
        }
        return httpx.Response(200, json={"metadata": {"name": "checkout"}, "spec": spec, "status": state})


class Changes:
    """An account's change events, newest first."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, summary: str, at: float) -> None:
        """A change that a CI system announced."""
        number = f"01CHG{len(self.rows):04d}"
        self.rows.insert(
            0,
            {"id": number, "type": "change_event", "timestamp": stamp(at), "summary": summary, "source": "deploybot",
             "routing_key": "R0123456789ABCDEFGHIJ",
             "services": [{"id": "PSVC001", "type": "service_reference", "summary": "checkout"}],
             "links": [{"href": "https://ci.example/1", "text": "build"}], "custom_details": {"build": 1}},
        )  # fmt: skip

    def respond(self, request: httpx.Request) -> httpx.Response:
        """PagerDuty's answer: 400 for a time that does not end in Z."""
        if request.headers.get("authorization") != f"Token token={TOKEN}":
            return httpx.Response(401, json={"error": {"message": "Unauthorized", "code": 2006}})
        asked = request.url.params
        since, until = asked.get("since", ""), asked.get("until", "")
        if not (since.endswith("Z") and until.endswith("Z")):
            return httpx.Response(400, json={"error": {"message": "Invalid Input Provided", "code": 2001}})
        rows = [row for row in self.rows if since <= row["timestamp"] <= until]
        start, size = int(asked.get("offset", 0)), int(asked.get("limit", 25))
        more = start + size < len(rows)
        body = {
            "change_events": rows[start : start + size],
            "limit": size,
            "offset": start,
            "more": more,
            "total": None,
        }
        return httpx.Response(200, json=body)


class _Answering(Network):
    """A network whose every host is one function."""

    def __init__(self, respond: Respond) -> None:
        super().__init__()
        self.transport = httpx.MockTransport(respond)

    def pool(self, connection: Connection) -> httpx.BaseTransport:
        return self.transport


def chain_to(folder: Path, kind: str, respond: Respond, token: str = TOKEN) -> tuple[httpx.BaseTransport, Bundle]:
    """The whole live chain, credentials included, to a simulator; it records into a folder's bundle."""
    basic = kind == "jenkins"
    where = Connection(
        f"https://{kind}.test", token=None if basic else token, username="reader" if basic else None,
        password=token if basic else None,
    )  # fmt: skip
    bundle = _begun(folder)
    clock = Clock(now=lambda: NOW, sleep=lambda _: None)
    network = _Answering(respond)
    return live_transport("deploys", kind, where, bundle, network, clock, redactor=Redactor((TOKEN, token))), bundle


def chain_to_file(folder: Path, file: Path, source: str = "deploys") -> tuple[httpx.BaseTransport, Bundle]:
    """The chain over one file."""
    bundle = _begun(folder)
    return file_transport(source, file, bundle, Clock(now=lambda: NOW), redactor=Redactor((TOKEN,))), bundle


def _begun(folder: Path) -> Bundle:
    bundle = open_bundle(folder)
    if bundle.collected_at is None:
        bundle.begin(NOW)
    return bundle
