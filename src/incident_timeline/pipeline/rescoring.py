"""Scores kept bundles without writing documents, many at a time: the unit of work of a backfill."""

import tempfile
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePath

from incident_timeline import __version__
from incident_timeline.archive.bundles import BundleStore, Stored
from incident_timeline.archive.rows import Rows, join_rows
from incident_timeline.collect.packing import unpack
from incident_timeline.config import ServiceSettings, Settings
from incident_timeline.config.packaged import load_cues
from incident_timeline.engines.spread import Died, Engine, spread
from incident_timeline.errors import EngineError, StorageError, TimelineError, system_words
from incident_timeline.pipeline.archiving import rows_of
from incident_timeline.pipeline.build import collect_evidence
from incident_timeline.pipeline.marks_file import FILE, read_marks
from incident_timeline.pipeline.opening import open_incident
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.pipeline.scoring import score_incident
from incident_timeline.pipeline.writing import read_if_there

BATCH = 100  # incidents a task: one task an incident costs 20 times as much as the scoring of a small incident

Kept = Path | Stored  # where an incident's evidence lies: its folder, or a state in shared storage


@dataclass(frozen=True, slots=True)
class Rescored:
    """The rows of a batch, and a sentence for each incident that could not be scored."""

    rows: Rows | None  # None when no incident of the batch could be scored
    failed: tuple[str, ...]
    incidents: int  # all of the batch
    version: str = __version__  # of the tool, where it was scored


def rescore(kept: Sequence[Kept], store: BundleStore | None, services: tuple[ServiceSettings, ...]) -> Rescored:
    """Scores incidents from their evidence and marks alone; one that cannot be scored costs that one, whatever it holds."""
    parts, failed = [], []
    for one in kept:
        try:
            with _folder(one, store) as folder:
                parts.append(_rescore_one(folder, services))
        except TimelineError as error:
            failed.append(f"{one.name}: {error}")
        except Exception as error:  # noqa: BLE001 - a fault of ours in one incident must not cost the history
            place = traceback.extract_tb(error.__traceback__)[-1]
            failed.append(
                f"{one.name}: could not be scored ({type(error).__name__}: {error}, met in {PurePath(place.filename).name} "
                f"line {place.lineno}); please report it with that line"
            )
    return Rescored(join_rows(parts) if parts else None, tuple(failed), len(kept))


def rescore_all(
    batches: Iterable[Sequence[Kept]],
    store: BundleStore | None,
    services: tuple[ServiceSettings, ...],
    engine: Engine,
) -> Iterator[Rescored]:
    """Scores batch after batch on an engine's workers, each as it is done; a worker's death costs the incident it died of."""
    for batch, found in spread(engine, partial(rescore, store=store, services=services), batches):
        if isinstance(found, Died):
            told = tuple(f"{one.name}: {found.why}; build it alone, where there is more memory" for one in batch)
            yield Rescored(None, told, len(batch))
        elif found.version != __version__:
            raise EngineError(
                f"a worker runs incident-timeline {found.version}, not {__version__}; install {__version__} there and start "
                "it again"
            )
        else:
            yield found


def in_batches(kept: Sequence[Kept]) -> list[Sequence[Kept]]:
    """Cut into what one task scores."""
    return [kept[first : first + BATCH] for first in range(0, len(kept), BATCH)]


def kept_folders(incidents: Path) -> list[Path]:
    """The incidents' folders that hold evidence, in the order of their names."""
    return sorted(path.parents[1] for path in incidents.glob("*/evidence/manifest.json"))


@contextmanager
def _folder(kept: Kept, store: BundleStore | None) -> Iterator[Path]:
    """The folder of an incident; what lies in shared storage is unpacked for as long as it is needed."""
    if isinstance(kept, Path):
        yield kept
        return
    assert store is not None
    with tempfile.TemporaryDirectory() as place:
        for name, content in unpack(store.read(kept), f"{store.url}/{kept.path}").items():
            path = Path(place) / kept.name / name
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except OSError as error:
                raise StorageError(
                    f"cannot write {path}: {system_words(error)}; make room for temporary files"
                ) from None
        yield Path(place) / kept.name


def _rescore_one(folder: Path, services: tuple[ServiceSettings, ...]) -> Rows:
    # The clock of a kept bundle is its own: `now` is never read where `collected_at` is known.
    request = BuildRequest(
        ref=folder.name, settings=Settings(services=services), folder=folder, base=folder, offline=True,
        now=datetime(1970, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    marks = read_marks(read_if_there(folder / FILE))
    scored = score_incident(collect_evidence(request, open_incident(request)), load_cues(), marks)
    return rows_of(request.settings, scored, marks.category)
