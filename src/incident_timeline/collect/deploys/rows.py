"""The one form in which every source of deploys hands over what it knows, and the rows of the event frame made of it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incident_timeline.collect.base import Collected
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Window
from incident_timeline.model.rollback import Deployment, Direction, directions

LEAD = timedelta(hours=24)  # the newest that long before the window are kept: a cause may be hours older than the page
LIVE = 3  # of each service and environment, so that what was live is among them when the newest failed
HISTORY = timedelta(days=7)  # older ones are read only to tell a rollback by its sha
LANDED = "landed"  # a step's kind that becomes service.deployed or service.rolledback once the direction is known
_ENDS = {"succeeded": LANDED, "failed": "service.deploy_failed", "cancelled": "service.deploy_failed"}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on record about a deploy: a kind of the event frame or `LANDED`, when, and where in the bundle it stands."""

    at: datetime
    kind: str
    ref: str  # its own within the deploy
    words: str
    evidence: str
    description: str | None = None
    actor: str | None = None
    actor_kind: str = "unknown"
    earliest: datetime | None = None
    latest: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deploy:
    """One deploy as its source has it; `steps` in time order, at least one.

    `id` is unique among all sources and has no slash, because rows of one deploy share the first part of `ref`.
    """

    id: str
    steps: tuple[Step, ...]
    service: str | None = None
    environment: str | None = None
    ref: str | None = None
    sha: str | None = None
    url: str | None = None
    words: str = ""  # what it says about itself, where a rollback may be named
    landed: bool | None = None  # None: not known
    named: str | None = None  # how sentences call it where it has no service
    said: Direction | None = None  # its direction, where the source records it
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When it was asked for, or first on record."""
        return self.steps[0].at

    @property
    def place(self) -> tuple[str | None, str | None]:
        """What it replaces: the service and its environment."""
        return self.service, self.environment

    def fact(self) -> Deployment:
        """What telling a rollback needs of it."""
        version = self.sha or self.ref or f"change {self.id}"
        return Deployment(self.id, self.at, self.place, version, self.words, self.landed)


def collected(
    source: str,
    deploys: Sequence[Deploy],
    window: Window,
    *,
    lacking: Iterable[str] = (),
    notes: Iterable[str] = (),
    requests: int = 1,
) -> Collected:
    """The rows of the deploys near the window, and the coverage: `lacking` is a failure, `notes` are worth saying."""
    went = directions(one.fact() for one in deploys)
    rows = [row for one in near(deploys, window) for row in rows_of(one, went[one.id]) if row["at"] <= window.end]
    told, worth = list(dict.fromkeys(lacking)), list(dict.fromkeys(notes))
    if not rows:
        worth.append("no deployment in the window or the 24 h before it")
    reason = "; ".join([*told, *worth])
    return Collected((Coverage(source, not told, reason=reason, requests=requests),), events_frame(rows))


def near(deploys: Iterable[Deploy], window: Window) -> list[Deploy]:
    """The deploys of the window, and the newest `LIVE` of each place within 24 h before it; newest first."""
    before: dict[tuple[str | None, str | None], int] = {}
    found = []
    for one in sorted(deploys, key=lambda d: (d.at, d.id.zfill(20)), reverse=True):
        if one.at > window.end or one.at < window.start - LEAD:
            continue
        if one.at < window.start:
            before[one.place] = before.get(one.place, 0) + 1
            if before[one.place] > LIVE:
                continue
        found.append(one)
    return found


def steps_of(
    evidence: str,
    status: str,
    *,
    requested: datetime | None = None,
    waiting: datetime | None = None,
    queued: datetime | None = None,
    approved: datetime | None = None,
    started: datetime | None = None,
    finished: datetime | None = None,
    actor: str | None = None,
    actor_kind: str = "unknown",
    description: str | None = None,
    state: str | None = None,
) -> tuple[Step, ...]:
    """Steps of a deploy whose source gives one record with several times, in time order.

    `status` is a word of the model (succeeded, failed, cancelled, running, queued, superseded, unknown); only the first three
    end it. `state` is the source's own word.
    """
    end = _ENDS.get(status)
    words = "" if end == LANDED else status if state in (None, status) else f"{status} ({state})"
    times = [
        (requested, "deploy.requested", "requested", ""),
        (waiting, "deploy.waiting", "waiting", "waits"),
        (approved, "deploy.approved", "approved", "approved"),
        (queued, "deploy.queued", "queued", "queued"),
        (started, "deploy.started", "started", "roll-out runs"),
        (finished if end else None, end or "", "finished", words),
    ]
    facts = {"state": state} if state else {}
    steps = [
        Step(at, kind, ref, said, evidence, description, actor, actor_kind,
             facts={**facts, "status": status} if kind == end else facts)
        for at, kind, ref, said in times
        if at is not None
    ]  # fmt: skip
    return tuple(sorted(steps, key=lambda step: step.at))  # stable: at one instant the order above holds


def rows_of(deploy: Deploy, direction: Direction) -> list[Row]:
    """One row a step; every row carries what the deploy is and where it went."""
    went = deploy.said or direction
    common = {
        "deployment_id": deploy.id, "sha": deploy.sha, "ref": deploy.ref, "environment": deploy.environment,
        "is_rollback": went.is_rollback, "to_sha": went.to_sha, "previous_sha": went.previous_sha, "why": went.why,
        **deploy.facts,
    }  # fmt: skip
    version = deploy.ref or str(deploy.sha or "")[:7]
    what = f"{deploy.service or deploy.named or deploy.environment or 'deploy'} {version}".strip()
    rows = []
    for step in deploy.steps:
        kind, words = step.kind, step.words
        if kind == LANDED:
            kind = "service.rolledback" if went.is_rollback else "service.deployed"
            words = words or ("live, a rollback" if went.is_rollback else "deployed")
        said = f"deploy of {what} asked for" if kind == "deploy.requested" else f"{what}: {words}"
        name = step.actor if step.actor_kind != "machine" else None
        fields = {**common, **step.facts, "description": step.description, "actor_name": name}
        detail = {key: value for key, value in fields.items() if value is not None}
        row = event(
            step.at, "deploys", kind, f"{deploy.id}/{step.ref}", _with(said, step.description), evidence=step.evidence,
            service=deploy.service, actor=step.actor, actor_kind=step.actor_kind, url=deploy.url,
            detail=json.dumps(detail, ensure_ascii=False, sort_keys=True),
        )  # fmt: skip
        rows.append(row | {"earliest": step.earliest or step.at, "latest": step.latest or step.at})
    return rows


def service_named(text: str, services: Sequence[str]) -> str | None:
    """The one configured service that a text names as a word; None when it names none or several."""
    named = [one for one in services if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)]
    return named[0] if len(named) == 1 else None


def key_of(*parts: object) -> str:
    """An id for `Deploy.id` out of a source's own parts; a slash inside becomes a colon."""
    return ":".join(str(part).replace("/", ":") for part in parts)


def _with(words: str, description: str | None) -> str:
    text = " ".join(description.split()) if description else ""
    return f"{words} ({text})" if text else words
