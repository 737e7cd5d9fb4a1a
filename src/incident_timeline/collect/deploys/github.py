"""GitHub deployments: who asked for what, when it waited, ran and finished, whether it went back; and releases without one."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import httpx

from incident_timeline.collect.asking import in_flight, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.github_api import MOST_PAGES, PER_PAGE, ask_body, ask_list, ask_pages, instant
from incident_timeline.collect.deploys.github_rows import Asked, Job, Row, Status
from incident_timeline.collect.deploys.github_runs import list_runs, read_jobs, run_deploy
from incident_timeline.collect.deploys.rows import HISTORY, Deploy, collected, near, service_named
from incident_timeline.errors import SourceError, SourceMalformed
from incident_timeline.model.events import event, events_frame, sort_events
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.rollback import Direction, directions

T = TypeVar("T")


class GitHubDeploys:
    """Collects the deployments of one repository; `environment` only where one is configured.

    `workflow` names a workflow file whose runs are deploys, for repositories that keep no deployments.
    """

    name = "deploys"

    def __init__(
        self, repo: str, environment: str | None, services: Sequence[str] = (), workflow: str | None = None
    ) -> None:
        self.repo, self.environment, self.services, self.workflow = repo, environment, tuple(services), workflow
        self._root = f"/repos/{repo}"

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:
        """Deployments of the window and what was live when it began; what is older only tells what a rollback went back to.

        Three rounds of requests, each in flight together: what there is; its statuses; who approved it, its jobs, and how its
        commit stands to the one that was live.
        """
        client, told, notes = open_client(transport), list[str](), list[str]()
        source, oldest = f"deploys: {self.repo}", window.start - HISTORY
        first: list[Callable[[], Any]] = [
            lambda: self._deployments(client, oldest, told),
            lambda: self._releases(client, window, notes),
            lambda: list_runs(client, self._root, self.workflow, oldest, window.end, told) if self.workflow else [],
        ]
        listed, releases, runs = in_flight(_attempt, first)
        if isinstance(listed, SourceError):
            return Collected((Coverage(source, False, reason=str(listed), requests=1),))
        if isinstance(runs, SourceError):
            told.append(f"runs of {self.workflow}: {runs}")
            runs = []
        asked = in_flight(lambda one: self._with_statuses(client, one, told), self._near(listed, window))
        known = {one.id: one.deploy(self.repo) for one in (*listed, *asked)}
        went = directions(one.fact() for one in known.values())
        since = incident.created_at or window.start
        third: list[Callable[[], Deploy | None]] = [
            *(lambda one=one: self._whole(client, one, went[one.id], notes, since) for one in asked),
            *(lambda run=run: run_deploy(client, self._root, run, self.services, notes) for run in runs),
        ]
        known |= {one.id: one for one in in_flight(_call, third) if one is not None}
        found = collected(
            source, list(known.values()), window, lacking=sorted(told), notes=sorted(notes), requests=3 + len(asked) + len(third)
        )  # fmt: skip
        tags = {one.ref for one in known.values()}
        rows = [row for tag, row in releases if tag not in tags]
        return replace(found, events=sort_events(found.events.vstack(events_frame(rows)))) if rows else found

    def _whole(self, client: httpx.Client, one: Asked, went: Direction, notes: list[str], since: datetime) -> Deploy:
        """A deployment with its approvals, its jobs and, where it came after the page, its comparison: asked together."""
        asks: dict[str, Callable[[], Any]] = {}
        if one.run is not None:
            asks["jobs"] = lambda: self._jobs(client, one, notes)
            if one.waited:
                asks["approvals"] = lambda: self._approvals(client, one, notes)
        if one.at >= since:
            asks["said"] = lambda: self._compared(client, one, went, notes)
        told = dict(zip(asks, in_flight(_call, asks.values()), strict=True))
        said = told.pop("said", None)
        return replace(replace(one, **told).deploy(self.repo), said=said)

    def _near(self, listed: Sequence[Asked], window: Window) -> list[Asked]:
        by_id = {one.id: one for one in listed}
        return [by_id[one.id] for one in near((a.deploy(self.repo) for a in listed), window)]

    def _deployments(self, client: httpx.Client, oldest: datetime, told: list[str]) -> list[Asked]:
        rows, more = ask_pages(lambda number: self._page(client, number), lambda one: one.at, oldest)
        if more:
            told.append(f"only the newest {MOST_PAGES * PER_PAGE} deployments were read")
        found: dict[str, Asked] = {}
        for one in rows:
            found.setdefault(one.id, one)  # a new deployment pushes older ones to the next page
        return list(found.values())

    def _page(self, client: httpx.Client, number: int) -> tuple[list[Asked], str]:
        path = f"{self._root}/deployments"
        params: dict[str, Any] = {"per_page": PER_PAGE, "page": number}
        if self.environment:
            params["environment"] = self.environment
        body, where, link = ask_body(client, path, params)
        page = []
        for index, row in enumerate(body if isinstance(body, list) else [None]):
            at = instant(row.get("created_at")) if isinstance(row, dict) and "id" in row else None
            if at is None:
                raise SourceMalformed(f"github: {path} answered without a list of deployments; check url and repo")
            page.append(Asked(row, at, f"{where}#/{index}", self._service(row)))
        return page, link

    def _releases(self, client: httpx.Client, window: Window, notes: list[str]) -> list[tuple[str, Row]]:
        """(tag, row) of what was published in the window; `created_at` is the commit's date and says nothing."""
        try:
            listed, _ = ask_list(client, f"{self._root}/releases", {"per_page": PER_PAGE})
        except SourceError as error:
            notes.append(f"releases are not known: {error}")
            return []
        published = [at for row, _ in listed if (at := instant(row.get("published_at")))]
        if len(listed) >= PER_PAGE and min(published, default=window.end) > window.start:
            notes.append(f"only the newest {PER_PAGE} releases were read")
        found = []
        for row, pointer in listed:
            at = instant(row.get("published_at"))
            if at is None or not window.start <= at <= window.end:
                continue
            tag, author = str(row.get("tag_name")), row.get("author") or {}
            detail = {"ref": tag, "description": row.get("name"), "actor_name": author.get("login")}
            found.append(
                (tag, event(at, "deploys", "change.made", f"release-{row.get('id')}", f"release {tag} published", evidence=pointer,
                            actor=author.get("login"), actor_kind="machine" if author.get("type") == "Bot" else "human",
                            service=service_named(tag, self.services), url=row.get("html_url"),
                            detail=json.dumps({k: v for k, v in detail.items() if v}, ensure_ascii=False, sort_keys=True)))
            )  # fmt: skip
        return found

    def _with_statuses(self, client: httpx.Client, one: Asked, told: list[str]) -> Asked:
        try:
            rows, _ = ask_list(client, f"{self._root}/deployments/{one.id}/statuses", {"per_page": PER_PAGE})
        except SourceError as error:
            told.append(f"statuses of deployment {one.id}: {error}")
            return one
        dated = [(row, instant(row.get("created_at")), pointer) for row, pointer in rows]
        statuses = [Status(row, at, pointer) for row, at, pointer in dated if at is not None and "id" in row]
        return replace(one, statuses=tuple(sorted(statuses, key=lambda s: (s.at, s.row["id"]))))

    def _approvals(self, client: httpx.Client, one: Asked, notes: list[str]) -> tuple[tuple[Row, str], ...]:
        """Who let a waiting deployment run; a token without the right to read Actions costs only this."""
        try:
            return tuple(ask_list(client, f"{self._root}/actions/runs/{one.run}/approvals", {})[0])
        except SourceError as error:
            notes.append(f"who approved deployment {one.id} is not known: {error}")
            return ()

    def _jobs(self, client: httpx.Client, one: Asked, notes: list[str]) -> tuple[Job, ...]:
        """The jobs of its run, of all attempts: when a runner was asked for and had."""
        try:
            return read_jobs(client, self._root, str(one.run))
        except SourceError as error:
            notes.append(f"the jobs of deployment {one.id} are not known: {error}")
            return ()

    def _compared(self, client: httpx.Client, one: Asked, went: Direction, notes: list[str]) -> Direction | None:
        """Whether its commit lies behind the one that was live, for a sha that was not live in the days before."""
        sha = str(one.row.get("sha"))
        if went.is_rollback or went.previous_sha in (None, sha):
            return None
        path = f"{self._root}/compare/{went.previous_sha}...{sha}"
        try:
            body, _, _ = ask_body(client, path, {"per_page": 1})
        except SourceError as error:
            notes.append(f"deployment {one.id} is not compared with what was live: {error}")
            return None
        status, behind, ahead = body.get("status"), body.get("behind_by"), body.get("ahead_by")
        if status == "behind":
            why = f"GitHub's comparison: its commit lies {behind} behind the one that was live"
            return Direction(True, sha, went.previous_sha, why)
        return replace(went, why=f"{went.why}; GitHub's comparison: {status}, {ahead} commits ahead")

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
        words = (str(deployment.get(key) or "") for key in ("environment", "task", "ref", "description"))
        return service_named(" ".join(words), self.services)


def _call(ask: Callable[[], T]) -> T:
    return ask()


def _attempt(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except SourceError as error:
        return error
