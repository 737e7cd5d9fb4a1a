"""Asks the archive what it knows about incidents like one: at each build, for the terminal, and for `timeline similar`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from incident_timeline.config import Settings
from incident_timeline.config.packaged import load_cues
from incident_timeline.errors import TimelineError
from incident_timeline.explain.kin import kin_sentence
from incident_timeline.model.findings import Coverage
from incident_timeline.model.kin import Kin
from incident_timeline.model.scored import Scored
from incident_timeline.pipeline.action_documents import POSTMORTEM
from incident_timeline.pipeline.action_standing import read_standings
from incident_timeline.pipeline.archiving import archive_place, has_archive, rows_of

if TYPE_CHECKING:
    from incident_timeline.archive.rows import Rows

Tables = Callable[[str], pl.LazyFrame]  # name of model.archived.TABLES -> the table


@dataclass(frozen=True, slots=True)
class Known:
    """What the archive knows, and the incident's own rows for it; without an archive there is none of it."""

    kin: Kin | None = None
    rows: "Rows | None" = None
    lacking: str = ""  # why the archive could not be asked

    def beside(self, scored: Scored) -> Scored:
        """The incident with a line of coverage where the archive could not be asked, so that the documents say why."""
        row = Coverage("archive", False, reason=self.lacking)
        return replace(scored, coverage=(*scored.coverage, row)) if self.lacking else scored

    @property
    def sentence(self) -> str:
        """What it knows in one line; empty where there is nothing to say."""
        return kin_sentence(self.kin) if self.kin is not None else ""


def ask_archive(settings: Settings, folder: Path, scored: Scored, category: str | None) -> Known:
    """What the archive of an incident's folder knows beside it.

    The incident's own row is the one that this build makes, whatever the archive holds of it: a build that is repeated over
    the same other incidents, post-mortems and proofs gives the same.
    """
    if not has_archive(settings, folder):
        return Known()
    from incident_timeline.archive.store import Archive, read_table

    rows, archive = rows_of(settings, scored, category), Archive(*archive_place(settings, folder.parent))
    own = scored.incident.id

    def tables(name: str) -> pl.LazyFrame:
        others = read_table(archive, name).filter(pl.col("incident_id") != own)
        return pl.concat([others, rows[name].lazy()])

    try:
        return Known(kin_in(tables, own, folder.parent), rows)
    except TimelineError as error:
        return Known(None, rows, f"what it knows of like incidents is left out: {error}")


def kin_in(tables: Tables, incident: str, incidents: Path, *, most: int = 5) -> Kin | None:
    """What these tables know beside one of their incidents, with the action items under `incidents`; None where it is alone."""
    from incident_timeline.compare.kin import kin_names, know_kin
    from incident_timeline.compare.similar import find_similar

    archived, common = tables("incidents").collect(), load_cues().common
    if archived.height < 2:
        return None
    alike = find_similar(archived, incident, common)
    names = kin_names(archived, incident, alike[:most])
    mine = archived.filter(pl.col("incident_id") == incident)["category"][0]
    kind = archived.filter(pl.col("category").eq_missing(mine))["incident_id"].to_list() if mine else []
    gaps, segments = (tables(name).filter(pl.col("incident_id").is_in(kind)).collect() for name in ("gaps", "segments"))
    standings = read_standings(incidents, names)
    without = sum(not (incidents / name / POSTMORTEM).is_file() for name in names)
    return know_kin(archived, gaps, segments, incident, alike, standings, without, common, most=most)
