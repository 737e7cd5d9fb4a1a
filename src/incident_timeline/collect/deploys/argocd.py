"""Syncs of an Argo CD application: which revision of the manifests, started and finished when, by whom."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import httpx

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.reading import ask_json, instant, landed
from incident_timeline.collect.deploys.rows import Deploy, collected, key_of, service_named, steps_of
from incident_timeline.errors import SourceError
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import rfc3339

KEPT = 10  # syncs in the history unless spec.revisionHistoryLimit says otherwise
_PHASES = {
    "Succeeded": "succeeded",
    "Failed": "failed",
    "Error": "failed",
    "Running": "running",
    "Terminating": "cancelled",
}

Row = dict[str, Any]


class ArgoCDSyncs:
    """Collects the history and the latest operation of one application; `service` is its name where none is configured."""

    name = "deploys"

    def __init__(self, app: str, services: Sequence[str] = (), service: str | None = None) -> None:
        self.app, self.service = app, service or service_named(app, services) or app

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Syncs of the window; the history holds only whole, successful ones, and only the last few."""
        client, source = open_client(transport), f"deploys: argocd {self.app}"
        path = f"/api/v1/applications/{quote(self.app, safe='')}"
        try:
            body, where, _ = ask_json(client, "argocd", path, {}, "app")
        except SourceError as error:
            return Collected((Coverage(source, False, reason=str(error), requests=1),))
        state, spec = (body.get(key) or {} for key in ("status", "spec"))
        place = (spec.get("destination") or {}).get("namespace")
        history = [row for row in state.get("history") or [] if isinstance(row, dict)]
        dated = [(row, instant(row.get("deployedAt")), f"{where}#/status/history/{i}") for i, row in enumerate(history)]
        deploys = [self._sync(row, at, pointer, place) for row, at, pointer in dated if at is not None]
        latest = self._operation(state.get("operationState") or {}, f"{where}#/status/operationState", place)
        if latest is not None:
            deploys.append(latest)
        ends = [at for _, at, _ in dated if at is not None]
        limit = spec.get("revisionHistoryLimit") or KEPT
        lacking = []
        if len(history) >= limit and min(ends, default=window.start) > window.start:
            lacking.append(
                f"Argo CD keeps the last {limit} syncs; what was before {rfc3339(min(ends))} is not on record"
            )
        notes = ["failed and partial syncs are on record only while they are the latest; Synced does not mean healthy"]
        return collected(source, deploys, window, lacking=lacking, notes=notes)

    def _sync(self, row: Row, finished: Any, pointer: str, place: str | None) -> Deploy:
        by = row.get("initiatedBy") or {}
        who, started = by.get("username"), instant(row.get("deployStartedAt"))
        steps = steps_of(
            pointer, "succeeded", started=started, finished=finished, actor=who or "argocd",
            actor_kind="human" if who and not by.get("automated") else "machine", state="Synced",
        )  # fmt: skip
        return self._deploy(str(row.get("id")), steps, row, place, "succeeded")

    def _operation(self, row: Row, pointer: str, place: str | None) -> Deploy | None:
        """The latest operation where it did not succeed: a success stands in the history."""
        started, status = instant(row.get("startedAt")), _PHASES.get(str(row.get("phase")), "unknown")
        if started is None or status == "succeeded":
            return None
        by = (row.get("operation") or {}).get("initiatedBy") or {}
        steps = steps_of(
            pointer, status, started=started, finished=instant(row.get("finishedAt")), actor=by.get("username") or "argocd",
            actor_kind="human" if by.get("username") and not by.get("automated") else "machine",
            description=row.get("message"), state=str(row.get("phase")),
        )  # fmt: skip
        synced = row.get("syncResult") or {}
        return self._deploy(f"operation-{rfc3339(started)}", steps, synced, place, status)

    def _deploy(self, key: str, steps: Any, row: Row, place: str | None, status: str) -> Deploy:
        revisions = row.get("revisions") or [row.get("revision")]
        sources = row.get("sources") or [row.get("source") or {}]
        repositories = [str(one.get("repoURL")) for one in sources if isinstance(one, dict) and one.get("repoURL")]
        sha = "+".join(str(one) for one in revisions if one) or None
        facts = {"sha_of": f"the manifests in {', '.join(repositories)}" if repositories else "the manifests"}
        return Deploy(
            key_of("argocd", self.app, key), steps, self.service, place, None, sha, landed=landed(status), facts=facts
        )
