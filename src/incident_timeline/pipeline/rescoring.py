"""Scores kept bundles without writing documents, many at a time: the unit of work of a backfill."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from incident_timeline.archive.rows import Rows, join_rows
from incident_timeline.config import ServiceSettings, Settings
from incident_timeline.config.packaged import load_cues
from incident_timeline.errors import TimelineError
from incident_timeline.pipeline.archiving import rows_of
from incident_timeline.pipeline.build import collect_evidence
from incident_timeline.pipeline.marks_file import FILE, read_marks
from incident_timeline.pipeline.opening import open_incident
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.pipeline.scoring import score_incident
from incident_timeline.pipeline.writing import read_if_there

BATCH = 100  # incidents a task: one task an incident costs 20 times as much as the scoring of a small incident


@dataclass(frozen=True, slots=True)
class Rescored:
    """The rows of a batch, and a sentence for each incident that could not be scored."""

    rows: Rows | None  # None when no incident of the batch could be scored
    failed: tuple[str, ...]
    incidents: int


def rescore(folders: Sequence[Path], services: tuple[ServiceSettings, ...]) -> Rescored:
    """Scores incidents from their own folders alone (evidence and marks); one that cannot be scored costs that one."""
    parts, failed = [], []
    for folder in folders:
        try:
            parts.append(_rescore_one(folder, services))
        except TimelineError as error:
            failed.append(f"{folder.name}: {error}")
    return Rescored(join_rows(parts) if parts else None, tuple(failed), len(parts))


def _rescore_one(folder: Path, services: tuple[ServiceSettings, ...]) -> Rows:
    # The clock of a kept bundle is its own: `now` is never read where `collected_at` is known.
    request = BuildRequest(
        ref=folder.name, settings=Settings(services=services), folder=folder, base=folder, offline=True,
        now=datetime(1970, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    marks = read_marks(read_if_there(folder / FILE))
    scored = score_incident(collect_evidence(request, open_incident(request)), load_cues(), marks)
    return rows_of(request.settings, scored, marks.category)


def rescore_all(
    folders: Sequence[Path], services: tuple[ServiceSettings, ...], workers: int, done: Callable[[Rescored], None]
) -> None:
    """Scores every folder in batches, over `workers` processes where there is more than one batch, and hands each on."""
    batches = [folders[i : i + BATCH] for i in range(0, len(folders), BATCH)]
    if len(batches) < 2 or workers < 2:
        for batch in batches:
            done(rescore(batch, services))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for finished in as_completed([pool.submit(rescore, batch, services) for batch in batches]):
            done(finished.result())


def kept_folders(incidents: Path, names: Iterable[str] | None = None) -> list[Path]:
    """The incidents' folders that hold evidence, in the order of their names."""
    wanted: Mapping[str, None] | None = dict.fromkeys(names) if names is not None else None
    return sorted(
        path.parents[1]
        for path in incidents.glob("*/evidence/manifest.json")
        if wanted is None or path.parents[1].name in wanted
    )
