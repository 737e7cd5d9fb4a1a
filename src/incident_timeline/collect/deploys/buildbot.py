"""Builds of a Buildbot master that deploy: when each started and finished, of which revision, and who asked for it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx

from incident_timeline.collect.asking import check_refusal, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceError, SourceMalformed
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import from_seconds, micros

LEAD = timedelta(hours=24)
MOST = 500
# Buildbot's results: success, warnings, failure, skipped, exception, retry, cancelled (buildbot.process.results)
_ENDED = {0: "service.deployed", 1: "service.deployed"}
_WORDS = ("success", "warnings", "failure", "skipped", "exception", "retry", "cancelled")

Row = dict[str, Any]


class BuildbotBuilds:
    """Collects the builds of one builder, by name or number, or of all where none is configured."""

    name = "deploys"

    def __init__(self, builder: str | None, services: Sequence[str] = ()) -> None:
        self.builder, self.services = builder, tuple(services)

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Builds that started from 24 h before the window to its end; started and finished rows of each."""
        client = open_client(transport)
        source = f"deploys: buildbot {self.builder or ''}".strip()
        path = f"/api/v2/builders/{self.builder}/builds" if self.builder else "/api/v2/builds"
        params = {
            "property": "*", "order": "-started_at", "limit": str(MOST),
            "started_at__ge": str(micros(window.start - LEAD) // 1_000_000),
            "started_at__le": str(micros(window.end) // 1_000_000),
        }  # fmt: skip
        try:
            answer = client.get(path, params=params)
            check_refusal("buildbot", path, answer.status_code, answer.content)
            builds = _builds(answer, path)
        except SourceError as error:
            return Collected((Coverage(source, False, reason=str(error), requests=1),))
        where = answer.headers.get(EVIDENCE, "deploys")
        rows = [row for i, build in enumerate(builds) for row in self._rows(build, f"{where}#/builds/{i}")]
        inside = [row for row in rows if row["at"] <= window.end]
        lacking = f"only the newest {MOST} builds were read" if len(builds) >= MOST else ""
        reason = lacking or ("" if inside else "no build in the window or the 24 h before it")
        return Collected((Coverage(source, not lacking, reason=reason, requests=1),), events_frame(inside))

    def _rows(self, build: Row, pointer: str) -> list[Row]:
        properties = {
            key: value[0] for key, value in (build.get("properties") or {}).items() if isinstance(value, list) and value
        }
        service = next((one for one in self.services if properties.get("service") == one), properties.get("service"))
        sha = properties.get("got_revision") or properties.get("revision") or None
        result = build.get("results")
        detail = {
            "deployment_id": str(build["buildid"]), "sha": sha, "ref": properties.get("branch") or None,
            "environment": properties.get("environment"), "state": _WORDS[result] if isinstance(result, int) else "running",
            "description": properties.get("reason"),
        }  # fmt: skip
        fields = {key: value for key, value in detail.items() if value is not None}
        owner = properties.get("owner") or None
        what = f"{service or properties.get('buildername') or 'build'} {str(sha or build.get('number'))[:12]}"
        common: dict[str, Any] = {
            "evidence": pointer, "service": service, "actor": owner or "buildbot", "actor_kind": "unknown" if owner else "machine",
            "detail": json.dumps(fields, ensure_ascii=False, sort_keys=True),
        }  # fmt: skip
        number = build["buildid"]
        rows = [
            event(
                from_seconds(build["started_at"]),
                "deploys",
                "deploy.started",
                f"{number}/started",
                f"{what}: roll-out runs",
                **common,
            )
        ]
        if build.get("complete_at") is not None and result != 3:
            kind = _ENDED.get(result or 0, "service.deploy_failed")
            words = "deployed" if kind == "service.deployed" else f"failed ({fields['state']})"
            rows.append(
                event(
                    from_seconds(build["complete_at"]),
                    "deploys",
                    kind,
                    f"{number}/complete",
                    f"{what}: {words}",
                    **common,
                )
            )
        return rows


def _builds(answer: httpx.Response, path: str) -> list[Row]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    builds = body.get("builds") if isinstance(body, dict) else None
    if answer.status_code != 200 or not isinstance(builds, list):
        said = body.get("error") if isinstance(body, dict) else None
        raise SourceMalformed(
            f"buildbot: {path} answered {answer.status_code} ({said or 'no builds'}); check url and builder"
        )
    return [
        one for one in builds if isinstance(one, dict) and isinstance(one.get("started_at"), int) and "buildid" in one
    ]
