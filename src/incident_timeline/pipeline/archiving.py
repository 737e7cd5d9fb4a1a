"""Where the archive of a run lies, and what a build adds to it."""

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from incident_timeline import __version__
from incident_timeline.config import Settings
from incident_timeline.config.packaged import load_cues
from incident_timeline.explain.roles import assign_roles, hide_names, names_of
from incident_timeline.model.archived import SCHEMA_VERSION
from incident_timeline.model.scored import Scored
from incident_timeline.report.scores import scores_json

if TYPE_CHECKING:
    from incident_timeline.archive.rows import Rows

FOLDER = "archive"  # beside the incidents' folders


def archive_place(settings: Settings, incidents: Path) -> tuple[str, dict[str, str]]:
    """The archive's address and options: as configured, else the folder beside the incidents' own."""
    if settings.archive is not None:
        return settings.archive.url, dict(settings.archive.options)
    return str(incidents / FOLDER), {}


def has_archive(settings: Settings, folder: Path) -> bool:
    """Whether an incident's folder has an archive: a configured one, or that of the `incidents/` it lies in.

    A folder elsewhere is a person's own place, beside which nothing is written unasked.
    """
    return settings.archive is not None or folder.parent.name == "incidents"


def archive_build(settings: Settings, folder: Path, rows: "Rows | None") -> None:
    """Writes what was scored into the archive, where it does not hold just that; None: there is no archive."""
    if rows is None:
        return
    from incident_timeline.archive.store import Archive, upsert

    upsert(Archive(*archive_place(settings, folder.parent)), rows, time.sleep)


def rows_of(settings: Settings, scored: Scored, category: str | None) -> "Rows":
    """The archive's rows of one scored incident; their `build` is a digest of its scores, category, team and the tables' schema.

    The report's sentences are left out of it, so that a backfill, which writes none, names the same build.
    """
    from incident_timeline.archive.rows import archive_rows
    from incident_timeline.archive.traits import Reading, talk_of

    scores, team = scores_json(scored, (), __version__), team_of(settings, scored)
    told = b"\x1f".join((scores, (category or "").encode(), (team or "").encode(), str(SCHEMA_VERSION).encode()))
    build = hashlib.sha256(told).hexdigest()[:16]
    names = names_of(scored.events, assign_roles(scored.events))
    reading = Reading(talk_of(load_cues()), lambda text: hide_names(text, names))
    return archive_rows(scored, build, reading, category=category, team=team)


def team_of(settings: Settings, scored: Scored) -> str | None:
    """The team that the configuration gives the incident's service, under `[services.NAME] team`."""
    named = {service.name: dict(service.options).get("team") for service in settings.services}
    return named.get(scored.incident.service or "")
