"""Folds what Prometheus saw of a deploy into the deploy that a pipeline recorded, so that one change stands once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.model.events import SCHEMA, sort_events

SLACK = timedelta(minutes=10)  # a pipeline says that it is done before or after the last old process is gone
_STAGES = frozenset({"deploy.requested", "deploy.waiting", "deploy.queued", "deploy.approved", "deploy.started",
                     "service.deployed", "service.rolledback", "service.deploy_failed"})  # fmt: skip
_SEEN = frozenset({"deploy.started", "service.deployed", "service.rolledback", "service.restarted", "change.made"})

Row = dict[str, Any]
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A deploy on record: of which service and version, and the stretch in which Prometheus may see it."""

    service: str | None
    versions: frozenset[str]
    start: datetime
    end: datetime


def fold_observed(events: pl.DataFrame) -> pl.DataFrame:
    """The frame in which a version or a restart that a recorded deploy explains is no change of its own any more.

    Its rows stay, as `other`: they say when the new version really ran. What no pipeline recorded stays a deploy.
    """
    rows = list(events.iter_rows(named=True))
    details = [_fields(row["detail"]) for row in rows]
    if not any(detail.get("observed") is True for detail in details):
        return events
    known = _recorded(
        [(row, detail) for row, detail in zip(rows, details, strict=True) if detail.get("observed") is not True]
    )
    folded = [_folded(row, detail, known) for row, detail in zip(rows, details, strict=True)]
    return sort_events(pl.DataFrame(folded, schema=SCHEMA, orient="row"))


def _recorded(rows: Iterable[tuple[Row, Fields]]) -> list[_Recorded]:
    deploys: dict[tuple[str, str], list[tuple[Row, Fields]]] = {}
    for row, detail in rows:
        if row["kind"] in _STAGES and row["ref"]:
            deploys.setdefault((row["source"], row["ref"].split("/")[0]), []).append((row, detail))
    found = []
    for steps in deploys.values():
        said = {str(value) for _, detail in steps for key in ("sha", "ref", "version") if (value := detail.get(key))}
        times = [row["until"] or row["at"] for row, _ in steps]
        found.append(
            _Recorded(steps[-1][0]["service"], frozenset(said), min(row["at"] for row, _ in steps), max(times) + SLACK)
        )
    return found


def _folded(row: Row, detail: Fields, known: Iterable[_Recorded]) -> Row:
    if detail.get("observed") is not True or row["kind"] not in _SEEN:
        return row
    versions = {str(value) for key in ("sha", "ref") if (value := detail.get(key))}
    for one in known:
        same = one.service == row["service"] and one.start <= row["at"] <= one.end
        if same and (not versions or any(_alike(a, b) for a in versions for b in one.versions)):
            return {**row, "kind": "other", "summary": f"{row['summary']} (the deploy on record)"}
    return row


def _alike(seen: str, recorded: str) -> bool:
    """The same version, perhaps with the commit cut short."""
    return seen == recorded or (
        min(len(seen), len(recorded)) >= 7 and (seen.startswith(recorded) or recorded.startswith(seen))
    )


def _fields(detail: str | None) -> Fields:
    try:
        value = json.loads(detail) if detail else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
