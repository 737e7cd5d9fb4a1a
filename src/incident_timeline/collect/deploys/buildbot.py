"""Builds of a Buildbot master that deploy: when each started and finished, of which revision, and who asked for it."""

from collections.abc import Sequence
from typing import Any

import httpx

from incident_timeline.collect.asking import check_refusal, open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.reading import landed
from incident_timeline.collect.deploys.rows import HISTORY, Deploy, collected, key_of, service_named, steps_of
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceError, SourceMalformed
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import from_seconds, micros

MOST = 500
# Buildbot's results by number (buildbot.process.results); a build that is tried again or skipped brought nothing live.
_WORDS = ("success", "warnings", "failure", "skipped", "exception", "retry", "cancelled")
_STATUS = ("succeeded", "succeeded", "failed", "superseded", "failed", "failed", "cancelled")

Row = dict[str, Any]


class BuildbotBuilds:
    """Collects the builds of one builder, by name or number, or of all where none is configured."""

    name = "deploys"

    def __init__(self, builder: str | None, services: Sequence[str] = (), service: str | None = None) -> None:
        self.builder, self.services, self.service = builder, tuple(services), service

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Builds that started from a week before the window to its end."""
        client = open_client(transport)
        source = f"deploys: buildbot {self.builder or ''}".strip()
        path = f"/api/v2/builders/{self.builder}/builds" if self.builder else "/api/v2/builds"
        params = {
            "property": "*", "order": "-started_at", "limit": str(MOST),
            "started_at__ge": str(micros(window.start - HISTORY) // 1_000_000),
            "started_at__le": str(micros(window.end) // 1_000_000),
        }  # fmt: skip
        try:
            answer = client.get(path, params=params)
            check_refusal("buildbot", path, answer.status_code, answer.content)
            builds = _builds(answer, path)
        except SourceError as error:
            return Collected((Coverage(source, False, reason=str(error), requests=1),))
        where = answer.headers.get(EVIDENCE, "deploys")
        deploys = [self._deploy(build, f"{where}#/builds/{i}") for i, build in enumerate(builds)]
        lacking = [f"only the newest {MOST} builds were read"] if len(builds) >= MOST else []
        return collected(source, deploys, window, lacking=lacking)

    def _deploy(self, build: Row, pointer: str) -> Deploy:
        properties = {k: v[0] for k, v in (build.get("properties") or {}).items() if isinstance(v, list) and v}
        result, ended, owner = build.get("results"), build.get("complete_at"), properties.get("owner") or None
        status, word = "running", "running"
        if isinstance(result, int):
            known = 0 <= result < len(_WORDS)
            status, word = (_STATUS[result], _WORDS[result]) if known else ("unknown", f"result {result}")
        steps = steps_of(
            pointer, status, started=from_seconds(build["started_at"]),
            finished=None if ended is None else from_seconds(ended), actor=owner or "buildbot",
            actor_kind="unknown" if owner else "machine", description=properties.get("reason") or None,
            state=word,
        )  # fmt: skip
        builder = str(properties.get("buildername") or "build")
        service = self.service or properties.get("service") or service_named(builder, self.services)
        sha = properties.get("got_revision") or properties.get("revision") or None
        return Deploy(
            key_of("buildbot", build["buildid"]), steps, service, properties.get("environment"), properties.get("branch") or None,
            sha, words=" ".join([builder, str(properties.get("reason") or "")]), landed=landed(status), named=builder,
        )  # fmt: skip


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
