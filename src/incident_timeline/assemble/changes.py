"""The deploys and changes of the event frame, one value each: asked for, started, finished, and whether it went back."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from incident_timeline.model.incident import Change
from incident_timeline.model.rollback import Deployment, Direction, directions

_STAGES = ("deploy.requested", "deploy.waiting", "deploy.queued", "deploy.approved", "deploy.started", "service.deployed",
           "service.rolledback", "service.deploy_failed")  # fmt: skip
_ENDS = {"service.deployed": "succeeded", "service.rolledback": "succeeded", "service.deploy_failed": "failed"}
_INSTANT = ("change.made", "service.restarted")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Steps:
    """The rows of one change in the frame's order, and the source's own fields of the row that says most."""

    rows: tuple[Row, ...]

    @property
    def ended(self) -> Row | None:
        """The first success or failure; a later `inactive` or repeated status changes nothing."""
        return next((row for row in self.rows if row["kind"] in _ENDS), None)

    @property
    def started(self) -> Row | None:
        """The first row that says it runs."""
        return next((row for row in self.rows if row["kind"] == "deploy.started"), None)

    @property
    def last(self) -> Row:
        """The row that stands for the change: its end, else the first."""
        return self.ended or self.rows[0]

    @property
    def detail(self) -> Row:
        """The fields of the row that stands for it, else of the first that has any."""
        return next((found for row in (self.last, *self.rows) if (found := _fields(row["detail"]))), {})


def changes_of(events: pl.DataFrame, judged: Collection[str] = ()) -> tuple[Change, ...]:
    """Changes in the order in which they were asked for; an entry of another kind counts too where its id is in `judged`.

    `judged` are the entries that a person gave a verdict on, such as a bot's line in the channel that announced a change.

    Rows of one deployment share the first part of `ref` (`<deployment>/<status>`); started is the first `deploy.started`,
    finished the first success or failure. A change that is one row (a change event, a restart) stands for itself. Whether
    it goes back is what its collector found; where none says so, its own words and the shas before it (model.rollback).
    """
    rows = events.filter(pl.col("kind").is_in([*_STAGES, *_INSTANT]) | pl.col("event_id").is_in(list(judged)))
    keyed = [(_key(row), row) for row in rows.iter_rows(named=True)]
    keyed.sort(key=lambda pair: pair[0])  # stable, so rows of one deployment keep the frame's order
    changes = [_Steps(tuple(row for _, row in group)) for _, group in groupby(keyed, key=lambda pair: pair[0])]
    went = directions(_facts(one) for one in changes if one.last["kind"] in _STAGES)
    found = [_change(one, went.get(one.last["event_id"])) for one in changes]
    return tuple(sorted(found, key=lambda change: (change.requested_at, change.event_id)))


def _key(row: Row) -> tuple[str, str]:
    first, slash, _ = (row["ref"] or "").partition("/")
    known = row["kind"] in _STAGES or row["kind"] in _INSTANT
    return row["source"], first if slash and known else row["event_id"]


def _facts(steps: _Steps) -> Deployment:
    detail, last = steps.detail, steps.last
    words = [*(str(row["summary"] or "") for row in steps.rows), str(detail.get("description") or "")]
    version = detail.get("sha") or detail.get("version") or f"change {last['event_id']}"
    landed = None if steps.ended is None else _ENDS[steps.ended["kind"]] == "succeeded"
    at = (steps.started or steps.rows[0])["at"]
    return Deployment(
        last["event_id"], at, (last["service"], detail.get("environment")), str(version), " ".join(words), landed
    )


def _change(steps: _Steps, direction: Direction | None) -> Change:
    rows, last, ended, detail = steps.rows, steps.last, steps.ended, steps.detail
    is_back, to_sha, why = _direction(last, detail, direction)
    started_at = steps.started["at"] if steps.started else None
    if started_at is None and ended is not None and len(rows) == 1 and ended["until"] is not None:
        started_at = ended["at"]  # a file gives one row with its begin and its end
    return Change(
        event_id=last["event_id"], requested_at=rows[0]["at"], started_at=started_at,
        finished_at=(ended["until"] or ended["at"]) if ended else rows[0]["until"], status=_status(steps),
        service=last["service"], environment=detail.get("environment"), ref=detail.get("ref"),
        sha=detail.get("sha"), actor=_asked_by(rows), url=last["url"], is_rollback=is_back, to_sha=to_sha, why=why,
    )  # fmt: skip


def _status(steps: _Steps) -> str:
    if steps.ended is not None:
        said = _fields(steps.ended["detail"]).get("status")
        return said if said in ("failed", "cancelled") else _ENDS[steps.ended["kind"]]
    if steps.rows[0]["kind"] not in _STAGES:
        return "succeeded"
    return "running" if steps.started is not None else "queued"


def _direction(last: Row, detail: Row, direction: Direction | None) -> tuple[bool, str | None, str]:
    if isinstance(detail.get("is_rollback"), bool):
        return detail["is_rollback"], detail.get("to_sha"), str(detail.get("why") or "its source says so")
    if last["kind"] == "service.rolledback":
        return True, detail.get("sha"), "its source records it as a roll-back"
    if direction is None:
        return False, None, "a change, no deployment" if last["kind"] in _INSTANT else "a person gave a verdict on it"
    if not direction.is_rollback and not (detail.get("sha") or detail.get("version")):
        return False, None, "nothing on record says that it went back"
    return direction.is_rollback, detail.get("sha") if direction.is_rollback else None, direction.why


def _asked_by(rows: Sequence[Row]) -> str | None:
    """The first person on record for it, else whoever stands first."""
    actor = next((row["actor"] for row in rows if row["actor_kind"] == "human"), rows[0]["actor"])
    return None if actor is None else str(actor)


def _fields(detail: str | None) -> Row:
    try:
        value = json.loads(detail) if detail else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
