"""What a build is asked to do and what it answers: the values between the command line and the pipeline."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from incident_timeline.config import Settings
from incident_timeline.model.incident import Window
from incident_timeline.model.scored import Scored

SOURCES = ("pagerduty", "prometheus", "deploys", "chat", "events", "series")


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One `timeline build`; paths are given, nothing is read before `build` runs."""

    ref: str
    settings: Settings
    folder: Path | None  # the incident's own folder; None: `incidents/<id>` under `base`
    base: Path  # the working folder
    now: datetime
    offline: bool = False
    events_file: Path | None = None
    series_file: Path | None = None
    queries: Path | None = None
    only: frozenset[str] = frozenset(SOURCES)
    zone: str | None = None  # of times without one in files, and beside UTC in the charts
    png: bool = False  # PNG beside SVG, where the `png` extra is installed
    strict: bool = False
    form: str | None = (
        None  # short | long: of the post-mortem; None: as configured, as it is, or by the incident's size
    )
    names: bool = False  # people by name in the documents, not by role
    pagerduty: tuple[str, ...] = ()  # several pages that are one incident
    paste: tuple[str, bytes] | None = None  # the name and the text of a copied conversation
    day: date | None = None  # the day of a copied conversation that names none
    span: Window | None = None  # an incident without a page: from, to
    service: str | None = None
    say: Callable[[str], None] = field(default=lambda _: None)  # progress, one line each


@dataclass(frozen=True, slots=True)
class BuildResult:
    """Where the folder lies, what was scored, and what the command should end with."""

    folder: Path
    scored: Scored
    scores: bytes
    exit_code: int
    hints: tuple[str, ...]  # what a line of configuration more would add
    lacking: tuple[str, ...]  # one sentence for each configured source that gave less than was asked
    kin: str  # what the archive knows of incidents of its kind, in one line; empty where there is no other
