"""Deploys from a file of CDEvents (a JSON array or JSON Lines, bare or inside CloudEvents)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.deploys.reading import instant
from incident_timeline.collect.deploys.rows import Deploy, collected, key_of, steps_of
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.collect.records import decode_text, read_records
from incident_timeline.errors import SourceError, UsageError
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.rollback import Direction

_TYPE = re.compile(r"dev\.cdevents\.(\w+)\.(\w+)\.")
_LIVE = frozenset({"deployed", "upgraded", "rolledback", "removed"})
_OUTCOMES = {"success": "succeeded", "failure": "failed", "error": "failed", "cancel": "cancelled"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Event:
    """One CDEvent: its subject and verb, when, and what it is about."""

    subject: str  # service | deployment
    verb: str
    at: datetime
    key: str  # of the subject, one deployment's queued, started and finished share it
    content: Row
    pointer: str

    @property
    def environment(self) -> str | None:
        """The environment's id."""
        found = self.content.get("environment")
        return str(found["id"]) if isinstance(found, dict) and found.get("id") else None


class CDEventsFile:
    """Collects one file of CDEvents: `service.*`, and `deployment.*` (since 0.6), which have a start and a finish."""

    name = "deploys"

    def __init__(self, path: str) -> None:
        self.file = path.replace("\\", "/").rsplit("/", 1)[-1]

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """The deploys near the window; events of other types are counted and named."""
        source, seen = f"deploys: {self.file}", set[tuple[str, str]]()
        events: list[_Event] = []
        unread: dict[str, int] = {}
        try:
            answer = open_client(transport).get("/")
            where = answer.headers.get(EVIDENCE, "deploys")
            for number, (_, row) in enumerate(read_records(decode_text(answer.content, self.file), self.file)):
                body = row.get("data") if isinstance(row.get("data"), dict) else row
                found = _event(body or {}, f"{where}#/{number}", seen)
                if isinstance(found, str):
                    unread[found] = unread.get(found, 0) + 1
                elif found is not None:
                    events.append(found)
        except (SourceError, UsageError) as error:
            return Collected((Coverage(source, False, reason=str(error), requests=1),))
        deploys = [_deploy(one, self.file) for one in events if one.subject == "service"]
        deploys += _deployments([one for one in events if one.subject == "deployment"], self.file)
        broken = unread.pop("no CDEvent", 0)
        lacking = [f"{broken} records are no CDEvents"] if broken else []
        notes = [f"{count} {kind} not read: nothing was deployed by it" for kind, count in sorted(unread.items())]
        return collected(source, deploys, window, lacking=lacking, notes=notes)


def _event(row: Row, pointer: str, seen: set[tuple[str, str]]) -> _Event | str | None:
    """The event; its type where nothing was deployed by it; None for one that stands twice: (source, id) is the key."""
    context, subject = row.get("context"), row.get("subject")
    if not isinstance(context, dict) or not isinstance(subject, dict):
        return "no CDEvent"
    match, at = _TYPE.match(str(context.get("type"))), instant(context.get("timestamp"))
    if match is None or at is None:
        return "no CDEvent"
    identity = (str(context.get("source")), str(context.get("id")))
    if identity in seen:
        return None
    seen.add(identity)
    kind, verb = match.groups()
    if kind == "deployment" or (kind == "service" and verb in _LIVE):
        key = str(subject.get("id")) if kind == "deployment" else str(context.get("id"))
        content = subject.get("content")
        content = {**content, "subject": subject.get("id")} if isinstance(content, dict) else {}
        return _Event(kind, verb, at, key, content, pointer)
    return f"{kind}.{verb}"


def _deploy(one: _Event, file: str) -> Deploy:
    """A service event: it has one moment, no start and no actor."""
    name, version, tag = read_purl(one.content.get("artifactId"))
    steps = steps_of(one.pointer, "succeeded", finished=one.at, state=one.verb)
    said = Direction(True, version, None, "its source records it as rolled back") if one.verb == "rolledback" else None
    subject = one.content.get("subject")
    service = str(subject).rsplit("/", 1)[-1] if subject else name
    return Deploy(
        key_of("cdevents", file, one.key),
        steps,
        service,
        one.environment,
        tag,
        version,
        words=one.verb,
        landed=True,
        said=said,
    )


def _deployments(events: Iterable[_Event], file: str) -> list[Deploy]:
    """deployment.queued, .started and .finished of one subject as one deploy."""
    grouped: dict[str, list[_Event]] = {}
    for one in sorted(events, key=lambda event: event.at):
        grouped.setdefault(one.key, []).append(one)
    found = []
    for key, group in grouped.items():
        times = {one.verb: one.at for one in group}
        last = group[-1]
        outcome = str(last.content.get("outcome") or "")
        status = _OUTCOMES.get(outcome, "running" if "started" in times else "queued")
        steps = steps_of(
            last.pointer, status, queued=times.get("queued"), started=times.get("started"), finished=times.get("finished"),
            state=outcome or last.verb,
        )  # fmt: skip
        name, version, tag = read_purl(last.content.get("artifactId"))
        if steps:
            found.append(
                Deploy(
                    key_of("cdevents", file, key),
                    steps,
                    name,
                    last.environment,
                    tag,
                    version,
                    landed=status == "succeeded",
                )
            )
    return found


def read_purl(purl: Any) -> tuple[str | None, str | None, str | None]:
    """(name, version, tag) of a package URL; an image's version is its digest, since a purl has no commit."""
    match = re.fullmatch(
        r"pkg:[^/]+/(?P<name>[^@?#]+)(?:@(?P<version>[^?#]+))?(?:\?(?P<rest>[^#]*))?(?:#.*)?", str(purl)
    )
    if match is None:
        return None, None, None
    tag = next(iter(parse_qs(match["rest"] or "").get("tag", [])), None)
    version = unquote(match["version"]) if match["version"] else None
    return unquote(match["name"]).rsplit("/", 1)[-1], version, tag
