"""Builds of a Jenkins job that deploy: when each was scheduled, started and finished, and what it was given."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.reading import ask_json, from_millis, landed
from incident_timeline.collect.deploys.rows import HISTORY, Deploy, collected, key_of, service_named, steps_of
from incident_timeline.errors import SourceError, SourceMalformed
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window

PER_PAGE = 100
MOST_PAGES = 20
# `builds` ends at the newest 100; `allBuilds` is there only when it is named, and its range is asked for in braces. `depth`
# would read every build whole.
_TREE = (
    "allBuilds[number,result,building,timestamp,duration,url,displayName,description,actions[causes[shortDescription,userId,"
    "userName],parameters[name,value],lastBuiltRevision[SHA1,branch[name]],queuingDurationMillis]]{{{0},{1}}}"
)
_STATUS = {"SUCCESS": "succeeded", "UNSTABLE": "succeeded", "FAILURE": "failed", "ABORTED": "cancelled",
           "NOT_BUILT": "superseded"}  # fmt: skip

Row = dict[str, Any]


class JenkinsBuilds:
    """Collects the builds of one job, `folder/name`.

    The service and the environment are `service` and `environment`, else the build's parameters SERVICE and ENVIRONMENT,
    else what the job's name says.
    """

    name = "deploys"

    def __init__(
        self, job: str, services: Sequence[str] = (), service: str | None = None, environment: str | None = None
    ) -> None:
        self.job, self.services, self.service, self.environment = job, tuple(services), service, environment

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """Builds of the window and the days before it, page by page, newest first."""
        client, source = open_client(transport), f"deploys: jenkins {self.job}"
        told: list[str] = []
        try:
            rows, requests = self._builds(client, window, told)
        except SourceError as error:
            return Collected((Coverage(source, False, reason=str(error), requests=1),))
        deploys = [one for row, pointer in rows if (one := self._deploy(row, pointer)) is not None]
        unknown = any(_queued_ms(row) is None for row, _ in rows)
        notes = ["time in queue is not on record, so builds may have started later than is said"] if unknown else []
        return collected(source, deploys, window, lacking=told, notes=notes, requests=requests)

    def _builds(self, client: httpx.Client, window: Window, told: list[str]) -> tuple[list[tuple[Row, str]], int]:
        path = "".join(f"/job/{quote(part, safe='')}" for part in self.job.strip("/").split("/")) + "/api/json"
        oldest, found = window.start - HISTORY, list[tuple[Row, str]]()
        for page in range(MOST_PAGES):
            tree = _TREE.format(page * PER_PAGE, (page + 1) * PER_PAGE)
            body, where, _ = ask_json(client, "jenkins", path, {"tree": tree}, "job")
            builds = body.get("allBuilds") if isinstance(body, dict) else None
            if not isinstance(builds, list):
                raise SourceMalformed(f"jenkins: {path} answered without builds; check url and job")
            found += [(row, f"{where}#/allBuilds/{i}") for i, row in enumerate(builds) if isinstance(row, dict)]
            ends = [at for row in builds if isinstance(row, dict) and (at := from_millis(row.get("timestamp")))]
            if len(builds) < PER_PAGE or not ends or min(ends) < oldest:
                return found, page + 1
        told.append(f"only the newest {MOST_PAGES * PER_PAGE} builds were read")
        return found, MOST_PAGES

    def _deploy(self, row: Row, pointer: str) -> Deploy | None:
        scheduled = from_millis(row.get("timestamp"))
        if scheduled is None or "number" not in row:
            return None
        actions = [one for one in row.get("actions") or [] if isinstance(one, dict)]
        given = {str(p.get("name")).upper(): p.get("value") for a in actions for p in a.get("parameters") or []}
        cause: Row = next((one for a in actions for one in a.get("causes") or []), {})
        revision: Row = next((a["lastBuiltRevision"] for a in actions if a.get("lastBuiltRevision")), {})
        branch = next((one.get("name") for one in revision.get("branch") or []), None)
        status = _STATUS.get(str(row.get("result")), "running" if row.get("building") else "unknown")
        queued_ms = _queued_ms(row)
        started = scheduled + timedelta(milliseconds=queued_ms or 0)
        finished = None if row.get("building") else started + timedelta(milliseconds=row.get("duration") or 0)
        who = cause.get("userId")
        steps = steps_of(
            pointer, status, requested=scheduled, queued=scheduled if queued_ms else None, started=started, finished=finished,
            actor=who, actor_kind="human" if who else "machine", description=cause.get("shortDescription"),
            state=str(row.get("result") or "building").lower(),
        )  # fmt: skip
        if queued_ms is None:
            steps = tuple(replace(step, facts={**step.facts, "queue": "not on record"}) for step in steps)
        text = " ".join(str(one or "") for one in (self.job, row.get("displayName"), row.get("description")))
        service = self.service or given.get("SERVICE") or service_named(text, self.services)
        version = given.get("VERSION") or given.get("TAG") or branch
        return Deploy(
            key_of("jenkins", self.job, row["number"]), steps, service, self.environment or given.get("ENVIRONMENT"),
            str(version) if version else None, revision.get("SHA1"), row.get("url"), text, landed(status),
            f"{self.job} #{row['number']}",
        )  # fmt: skip


def _queued_ms(row: Row) -> int | None:
    """What the metrics plugin says of the time in queue; `timestamp` is when the build was scheduled, not when it ran."""
    found = [a.get("queuingDurationMillis") for a in row.get("actions") or [] if isinstance(a, dict)]
    return next((one for one in found if isinstance(one, int)), None)
