"""Gathers the action items of the incidents in a folder, with their scores and proofs, for `timeline actions status`."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from incident_timeline.actions.status import Open, Past, Status, matching, status_of
from incident_timeline.errors import UsageError
from incident_timeline.pipeline.action_documents import POSTMORTEM, incident_day, read_document
from incident_timeline.pipeline.action_proofs import last_proofs
from incident_timeline.pipeline.action_sync import with_issue_states


@dataclass(frozen=True, slots=True)
class Reported:
    """The status of some incidents, and the unfinished items that a new incident meets."""

    incidents: int
    status: Status
    matches: tuple[Open, ...]


def report_status(folder: Path, today: date, last: int | None = None, new: str | None = None) -> Reported:
    """The status of all incidents of a folder, or of the last ones by day; `new` is the incident that is compared with the rest.

    Raises UsageError where the folder holds no post-mortem, or none of `new`.
    """
    places = sorted(path.parent for path in folder.glob(f"*/{POSTMORTEM}"))
    if not places:
        raise UsageError(
            f"{folder} holds no incident with a {POSTMORTEM}; build one, or name the folder with --incidents"
        )
    if new is not None and folder / new not in places:
        raise UsageError(f"{folder / new} holds no {POSTMORTEM}; build {new} first")
    past = [_read(place) for place in places if place.name != new]
    past.sort(key=lambda one: (one.day or date.min, one.incident))
    kept = past[-last:] if last else past
    status = status_of(kept, today)
    if new is None:
        return Reported(len(kept), status, ())
    service, words = _names(folder / new)
    return Reported(len(kept), status, matching(status, kept, service, words))


def _read(place: Path) -> Past:
    document = with_issue_states(read_document(place))
    service, _ = _names(place)
    return Past(place.name, service, incident_day(document), document.items, last_proofs(place))


def _names(place: Path) -> tuple[str | None, str]:
    """An incident's service, and the names it goes by: service and title."""
    try:
        incident: Any = json.loads((place / "scores.json").read_text(encoding="utf-8"))["incident"]
    except (OSError, ValueError, KeyError):
        return None, ""
    service = incident.get("service")
    return service, " ".join(str(part) for part in (service, incident.get("title")) if part)
