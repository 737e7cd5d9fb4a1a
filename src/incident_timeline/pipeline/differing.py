"""Says which sentences changed since a build whose document was pasted somewhere."""

import re
from dataclasses import dataclass
from pathlib import Path

from incident_timeline.errors import StorageError, UsageError
from incident_timeline.pipeline.writing import read_if_there
from incident_timeline.report.sentences import Changed, Sentence, compare_sentences, read_sentences

FOLDER = "builds"  # of an incident: the sentences of each of its builds
NEWEST = "newest"  # names the build that wrote the documents last
_ID = re.compile(r"[0-9a-f]{4,64}")
_SAID = re.compile(r"build(?:\W|</?\w+>)*([0-9a-f]{8})\b")


@dataclass(frozen=True, slots=True)
class Difference:
    """Two builds and the sentences that changed from the first to the second."""

    old: str
    new: str
    changed: tuple[Changed, ...]


def diff_builds(folder: Path, build: str) -> Difference:
    """The sentences that changed since `build`: its id or the beginning of one, or a file that holds the pasted document.

    Raises UsageError where it names no build that is kept here, and StorageError where nothing was built.
    """
    newest = (read_if_there(folder / FOLDER / NEWEST) or "").strip()
    if not newest:
        raise StorageError(f"{folder} holds no build; run timeline build first, or name the folder with --out")
    old = _known(folder, _named(build))
    return Difference(old, newest, tuple(compare_sentences(_read(folder, old), _read(folder, newest))))


def _named(build: str) -> str:
    """The id that is given, or that the heading of a pasted document carries."""
    if _ID.fullmatch(build):
        return build
    text = read_if_there(Path(build))
    if text is None:
        raise UsageError(
            f"{build!r} is neither a build like 7c1e04aa nor a file; the build stands in a document's first lines"
        )
    found = _SAID.search(text)
    if found is None:
        raise UsageError(
            f"{build} names no build; its first lines say `build` and eight hex digits where timeline wrote it"
        )
    return found[1]


def _known(folder: Path, build: str) -> str:
    kept = sorted(path.stem for path in (folder / FOLDER).glob("*.json"))
    found = [one for one in kept if one.startswith(build)]
    if len(found) != 1:
        raise UsageError(
            f"{build} names {len(found)} builds kept in {folder / FOLDER}; these are {', '.join(kept) or 'none'}"
        )
    return found[0]


def _read(folder: Path, build: str) -> tuple[Sentence, ...]:
    path = folder / FOLDER / f"{build}.json"
    text = read_if_there(path)
    if text is None:
        raise StorageError(f"{path} is not there; build again")
    return read_sentences(text, str(path))
