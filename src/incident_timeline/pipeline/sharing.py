"""Keeps an incident's folder in step with its evidence in shared storage, where [archive] names one; nothing of either is lost."""

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from incident_timeline.collect.bundle import open_bundle
from incident_timeline.collect.packing import MARKS, Contents, digest, pack, read_contents, unpack, write_evidence
from incident_timeline.config import Settings
from incident_timeline.errors import StorageError
from incident_timeline.pipeline.marks_file import merge_marks
from incident_timeline.pipeline.writing import write_whole

if TYPE_CHECKING:
    from incident_timeline.archive.bundles import BundleStore, Stored

STEP = ".stored"  # in the incident's folder: which state of which storage it was last in step with
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Step:
    """The state that a folder was last in step with (0: none), and the digest of what the folder held then."""

    number: int = 0
    digest: str = ""


def bundle_store(settings: Settings) -> "BundleStore | None":
    """The shared storage of evidence, where one is configured."""
    if settings.archive is None or settings.archive.bundles is None:
        return None
    from incident_timeline.archive.bundles import BundleStore

    return BundleStore(settings.archive.bundles, settings.archive.options)


def is_shared(folder: Path) -> bool:
    """Whether a folder's evidence goes into shared storage: one elsewhere than in `incidents/` is a person's own place."""
    return folder.parent.name == "incidents"


def bring(settings: Settings, folder: Path) -> None:
    """Brings into an incident's folder what the newest state in shared storage holds beyond it.

    Evidence only ever adds up: an answer of either stays. Marks are merged from the state that both began with, so what
    one person added and what another took back both count.
    """
    store = bundle_store(settings)
    if store is None or not is_shared(folder):
        return
    state, step = store.newest(folder.name), _read_step(folder, store.url)
    if state is None or state.number <= step.number:
        return
    theirs = unpack(store.read(state), f"{store.url}/{state.path}")
    ours = read_contents(folder)
    if ours and digest(ours) != step.digest:
        _merge(folder, ours, theirs, _marks_at(store, folder.name, step.number))
    else:
        write_evidence(folder, theirs)
        _write_marks(folder, _marks(theirs))
    _write_step(folder, store.url, Step(state.number, digest(theirs)))


def seal(settings: Settings, folder: Path) -> "Stored | None":
    """Stores what a folder holds as a new state, unless it is still in step with one; gives that state, None without storage.

    Where others have stored meanwhile, theirs is brought in first. StorageError when the storage cannot be used.
    """
    store = bundle_store(settings)
    if store is None or not is_shared(folder):
        return None
    from incident_timeline.archive.bundles import Stored

    for _ in range(_TRIES):
        step, ours = _read_step(folder, store.url), read_contents(folder)
        held = digest(ours)
        if step.digest == held:
            return Stored(folder.name, step.number)
        state = Stored(folder.name, step.number + 1)
        if store.create(state, pack(ours)):
            _write_step(folder, store.url, Step(state.number, held))
            return state
        bring(settings, folder)
    raise StorageError(f"{store.url}/{folder.name}: others keep storing this incident; run the command again")


def _merge(folder: Path, ours: Contents, theirs: Contents, base: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        for side, contents in (("ours", ours), ("theirs", theirs)):
            write_evidence(Path(place) / side, contents)
        mine, other = (open_bundle(Path(place) / side / "evidence") for side in ("ours", "theirs"))
        never = datetime.min.replace(tzinfo=UTC)
        older, newer = sorted((mine, other), key=lambda one: one.collected_at or never)
        older.adopt(newer)
        write_evidence(folder, read_contents(older.folder.parent))
    _write_marks(folder, merge_marks(base, _marks(ours), _marks(theirs)))


def _marks(contents: Contents) -> str:
    return contents.get(MARKS, b"").decode(
        "utf-8", "surrogateescape"
    )  # a person's file; who reads it says what is wrong


def _marks_at(store: "BundleStore", name: str, number: int) -> str:
    from incident_timeline.archive.bundles import Stored

    if number == 0:
        return ""
    state = Stored(name, number)
    return _marks(unpack(store.read(state), f"{store.url}/{state.path}"))


def _write_marks(folder: Path, text: str) -> None:
    if text or (folder / MARKS).exists():
        write_whole(folder / MARKS, text.encode("utf-8", "surrogateescape"))


def _read_step(folder: Path, url: str) -> Step:
    try:
        number, held, place = (folder / STEP).read_text(encoding="utf-8").rstrip("\n").split(" ", 2)
        return Step(int(number), held) if place == url else Step()
    except (OSError, ValueError):
        return Step()  # nothing is known of it: whatever differs is merged


def _write_step(folder: Path, url: str, step: Step) -> None:
    write_whole(folder / STEP, f"{step.number} {step.digest} {url}\n".encode())
