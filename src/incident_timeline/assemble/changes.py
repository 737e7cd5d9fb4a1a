"""The deploys and changes of the event frame, one value each: asked for, started, finished, and whether it went back."""

import json
from itertools import groupby
from typing import Any

import polars as pl

from incident_timeline.model.incident import Change

_STAGES = ("deploy.requested", "deploy.waiting", "deploy.queued", "deploy.approved", "deploy.started", "service.deployed",
           "service.rolledback", "service.deploy_failed")  # fmt: skip
_ENDS = {"service.deployed": "succeeded", "service.rolledback": "succeeded", "service.deploy_failed": "failed"}


def changes_of(events: pl.DataFrame) -> tuple[Change, ...]:
    """Changes in the order in which they were asked for.

    Rows of one deployment share the first part of `ref` (`<deployment>/<status>`); started is the first `deploy.started`,
    finished the first success or failure. A change that is one row (a change event, a restart) stands for itself.
    """
    rows = events.filter(pl.col("kind").is_in([*_STAGES, "change.made", "service.restarted"]))
    keyed = [((row["source"], (row["ref"] or "").split("/")[0] if "/" in (row["ref"] or "") else row["event_id"]), row)
             for row in rows.iter_rows(named=True)]  # fmt: skip
    keyed.sort(key=lambda pair: pair[0])  # stable, so rows of one deployment keep the frame's order
    changes = [_change([row for _, row in group]) for _, group in groupby(keyed, key=lambda pair: pair[0])]
    return tuple(sorted(changes, key=lambda change: (change.requested_at, change.event_id)))


def _change(rows: list[dict[str, Any]]) -> Change:
    first = rows[0]
    started = next((row for row in rows if row["kind"] == "deploy.started"), None)
    ended = next((row for row in rows if row["kind"] in _ENDS), None)
    last = ended or first
    detail = _fields(last["detail"]) or _fields(first["detail"])
    if ended is not None:
        status = _ENDS[ended["kind"]]
    elif first["kind"] in ("change.made", "service.restarted"):
        status = "succeeded"
    else:
        status = "running" if started is not None else "queued"
    alone = len(rows) == 1 and ended is not None
    back = bool(detail.get("is_rollback")) or (alone and last["kind"] == "service.rolledback")
    asked = next((row["actor"] for row in rows if row["actor_kind"] == "human"), first["actor"])
    return Change(
        event_id=last["event_id"], requested_at=first["at"], started_at=started["at"] if started else None,
        finished_at=(ended["until"] or ended["at"]) if ended else first["until"], status=status, service=last["service"],
        environment=detail.get("environment"), ref=detail.get("ref"), sha=detail.get("sha"), actor=asked, url=last["url"],
        is_rollback=back, to_sha=detail.get("to_sha"), why=str(detail.get("why") or "nothing on record says that it went back"),
    )  # fmt: skip


def _fields(detail: str | None) -> dict[str, Any]:
    try:
        value = json.loads(detail) if detail else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
