"""Packs what an incident's folder holds of evidence and marks into one file, and unpacks it."""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from incident_timeline.errors import StorageError

EVIDENCE, MARKS = "evidence", "marks.toml"
_ASIDE = f".{EVIDENCE}.old"

Contents = dict[str, bytes]  # path below the incident's folder, with `/` -> bytes


def read_contents(folder: Path) -> Contents:
    """Everything under `evidence/`, and marks.toml; files that a write left half done are no evidence."""
    try:
        _put_back(folder)
        paths = [path for path in (folder / EVIDENCE).rglob("*") if path.is_file() and path.suffix != ".tmp"]
        paths += [folder / MARKS] if (folder / MARKS).is_file() else []
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(paths)}
    except OSError as error:
        raise StorageError(f"{folder}: {error}; check the folder and its permissions") from None


def write_evidence(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Puts the evidence of some contents in the place of a folder's own, whole or not at all; marks.toml is left alone."""
    new, old, place = folder / f".{EVIDENCE}.new", folder / _ASIDE, folder / EVIDENCE
    try:
        _put_back(folder)
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        new.mkdir(parents=True)
        for name, content in contents.items():
            path = PurePosixPath(name)
            if path.parts[0] == EVIDENCE:
                _write(new.joinpath(*path.parts[1:]), content)
        if place.exists():
            place.rename(old)
        new.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"cannot write {place}: {error}; check the folder, its permissions and its space") from None


def pack(contents: Mapping[str, bytes]) -> bytes:
    """A .tar.gz that says nothing of when, where or by whom it was made."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(contents):
            about = tarfile.TarInfo(name)
            about.size, about.mode = len(contents[name]), 0o644
            tar.addfile(about, io.BytesIO(contents[name]))
    return gzip.compress(held.getvalue(), mtime=0)


def unpack(packed: bytes, where: str) -> Contents:
    """The contents of a packed file; StorageError naming `where` it lies when it holds anything but evidence and marks."""
    contents: Contents = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as tar:
            for one in tar:
                parts, held = PurePosixPath(one.name).parts, tar.extractfile(one) if one.isreg() else None
                if held is None or ".." in parts or not (one.name == MARKS or parts[:-1][:1] == (EVIDENCE,)):
                    raise StorageError(f"{where}: {one.name!r} is neither evidence nor marks; restore it from a copy")
                contents[one.name] = held.read()
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise StorageError(f"{where}: cannot be unpacked ({error}); restore it from a copy") from None
    return contents


def digest(contents: Mapping[str, bytes]) -> str:
    """The same for the same contents, however they were compressed."""
    sums = (f"{name}\0{hashlib.sha256(contents[name]).hexdigest()}\n" for name in sorted(contents))
    return hashlib.sha256("".join(sums).encode()).hexdigest()


def _put_back(folder: Path) -> None:
    """Undoes what a kill between the two renames of `write_evidence` left: the old evidence aside, the new one not in place."""
    if not (folder / EVIDENCE).exists() and (folder / _ASIDE).exists():
        (folder / _ASIDE).rename(folder / EVIDENCE)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
