"""Deploys from a file with the model's own field names (JSON Lines, a JSON array, or CSV): for every CI without an API here."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

import httpx

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.clock_times import ZONE_KEY, read_instants, text_of
from incident_timeline.collect.deploys.reading import landed
from incident_timeline.collect.deploys.rows import Deploy, collected, key_of, steps_of
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.collect.records import decode_text, read_records
from incident_timeline.errors import SourceError, UsageError
from incident_timeline.model.events import ACTOR_KINDS
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.instants import zone_named
from incident_timeline.model.rollback import Direction

TIMES = ("requested", "waiting", "approved", "queued", "started", "finished")  # each also as `requested_at`, ...
STATUSES = ("queued", "running", "succeeded", "failed", "cancelled", "superseded", "unknown")
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


class DeployFile:
    """Collects one file of deploys; the transport serves it. A row that cannot be used costs that row, and is said."""

    name = "deploys"

    def __init__(self, path: str, zone: str | None = None) -> None:
        self.file, self.zone = path.replace("\\", "/").rsplit("/", 1)[-1], zone

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """The deploys of the file near the window."""
        source = f"deploys: {self.file}"
        deploys: list[Deploy] = []
        unread: list[str] = []
        try:
            zone = zone_named(self.zone, "tz") if self.zone else None
            answer = open_client(transport).get("/")
            where = answer.headers.get(EVIDENCE, "deploys")
            for number, (line, row) in enumerate(read_records(decode_text(answer.content, self.file), self.file)):
                try:
                    deploys.append(self._deploy(row, number, f"{self.file}, line {line}", where, zone))
                except UsageError as error:
                    unread.append(str(error))
        except (SourceError, UsageError) as error:
            return Collected((Coverage(source, False, reason=str(error), requests=1),))
        lacking = [f"{len(unread)} rows could not be used, the first: {unread[0]}"] if unread else []
        return collected(source, deploys, window, lacking=lacking)

    def _deploy(self, row: Mapping[str, Any], number: int, line: str, where: str, zone: tzinfo | None) -> Deploy:
        times = {name: _time(row, name, line, zone) for name in TIMES}
        if all(at is None for at in times.values()):
            raise UsageError(f"{line}: no time; give started and finished (or requested) as RFC 3339")
        status = (text_of(row.get("status")) or ("succeeded" if times["finished"] else "unknown")).lower()
        if status not in STATUSES:
            raise UsageError(f"{line}: status {status!r} is none of {', '.join(STATUSES)}")
        actor_kind = (text_of(row.get("actor_kind")) or "unknown").lower()
        if actor_kind not in ACTOR_KINDS:
            raise UsageError(f"{line}: actor_kind {actor_kind!r} is none of {', '.join(sorted(ACTOR_KINDS))}")
        fields = {key: text_of(row.get(key)) for key in ("service", "environment", "ref", "sha", "url", "description")}
        steps = steps_of(
            f"{where}#/{number}", status, requested=times["requested"], waiting=times["waiting"], approved=times["approved"],
            queued=times["queued"], started=times["started"], finished=times["finished"], actor=text_of(row.get("actor")),
            actor_kind=actor_kind, description=fields["description"],
        )  # fmt: skip
        if not steps:
            raise UsageError(f"{line}: only `finished` is given, and status {status!r} has no end; give started")
        key = text_of(row.get("id")) or str(number)
        return Deploy(
            key_of("file", self.file, key), steps, fields["service"], fields["environment"], fields["ref"], fields["sha"],
            fields["url"], " ".join(filter(None, (fields["description"], fields["ref"]))), landed(status), said=_said(row, line),
        )  # fmt: skip


def _time(row: Mapping[str, Any], name: str, line: str, zone: tzinfo | None) -> datetime | None:
    column = name if text_of(row.get(name)) else f"{name}_at"
    if text_of(row.get(column)) is None:
        return None
    return read_instants(row[column], line, column, zone, ZONE_KEY)[0]


def _said(row: Mapping[str, Any], line: str) -> Direction | None:
    """The direction where the file records it."""
    value = row.get("is_rollback")
    text = str(value).lower() if value is not None else ""
    if not text:
        return None
    if text not in _TRUE | _FALSE:
        raise UsageError(f"{line}: is_rollback {value!r} is neither true nor false")
    back, sha = text in _TRUE, text_of(row.get("to_sha")) or text_of(row.get("sha"))
    return Direction(
        back, sha if back else None, text_of(row.get("previous_sha")), text_of(row.get("why")) or "the file says so"
    )
