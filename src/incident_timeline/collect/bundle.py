"""The evidence bundle: every answer immutable and compressed, a manifest that says what was asked and what came."""

import gzip
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from incident_timeline.collect.key import Request
from incident_timeline.collect.manifest import JOURNAL, NAME, Entry, Manifest, StoredFile, entry_of, read_manifest
from incident_timeline.collect.redact import Redactor
from incident_timeline.errors import StorageError, system_words
from incident_timeline.model.findings import Coverage
from incident_timeline.model.instants import parse_instant, rfc3339

# From this size on level 1: a fifth of level 6's time for 7 % more bytes (270 kB of samples: 7 ms and 35 ms).
_BIG = 16 * 1024


class Bundle:
    """One incident's evidence folder; safe to share by threads. Make one with `open_bundle`."""

    def __init__(self, folder: Path, manifest: Manifest, journalled: Iterable[Mapping[str, Any]]) -> None:
        self.folder = folder
        self._manifest = manifest
        self._lock = threading.Lock()
        self._answers: dict[str, list[Entry]] = {}
        self._asking: dict[str, threading.Lock] = {}
        for entry in manifest.entries:
            self._answers.setdefault(entry.key, []).append(entry)
        for row in journalled:
            self._replay(row)

    @property
    def collected_at(self) -> datetime | None:
        """The "now" of the build that collected it; None before the first."""
        text = self._manifest.collected_at
        return None if text is None else parse_instant(text, "collected_at of the manifest")

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All requests on record, in no promised order."""
        with self._lock:
            return tuple(entry for entries in self._answers.values() for entry in entries)

    @property
    def about(self) -> Mapping[str, str]:
        """What the pipeline wrote down about the incident, such as its reference and folder name."""
        return self._manifest.about

    def begin(self, now: datetime) -> None:
        """Sets `collected_at`; a build that goes on where an earlier one stopped does not call it."""
        self._manifest = replace(self._manifest, collected_at=rfc3339(now))
        self._journal({"collected_at": rfc3339(now)})

    def note(self, **about: str) -> None:
        """Writes down plain facts about the incident, such as `ref="INC-123"`."""
        self._manifest = replace(self._manifest, about={**self._manifest.about, **about})
        self._journal({"about": about})

    def find(self, key: str) -> Entry | None:
        """The newest complete answer to a request, else the newest failure, else None."""
        entries = self._answers.get(key, [])
        complete = [entry for entry in entries if entry.complete]
        return (complete or entries or [None])[-1]  # type: ignore[list-item]

    def asking(self, key: str) -> threading.Lock:
        """Held while a request is asked, so that who asks the same at the same time gets that answer."""
        with self._lock:
            return self._asking.setdefault(key, threading.Lock())

    def read(self, entry: Entry | StoredFile) -> bytes:
        """The answer or file as it came, cut of secrets; raises StorageError when it was changed or lost."""
        return gzip.decompress(self.stored(entry))

    def stored(self, entry: Entry | StoredFile) -> bytes:
        """The compressed bytes of an answer or file, checked against their sum; raises StorageError as `read` does."""
        path = self.folder / str(entry.file)
        try:
            stored = path.read_bytes()
        except OSError as error:
            raise StorageError(
                f"{path}: cannot be read ({system_words(error)}); restore it, or build again to fetch it"
            ) from None
        if hashlib.sha256(stored).hexdigest() != entry.sha256:
            raise StorageError(f"{path}: not what was recorded, its sum differs; restore it from a copy")
        return stored

    def add(self, request: Request, entry: Entry, body: bytes) -> Entry:
        """Stores an answer; one that equals the newest on record adds nothing, so that building again changes nothing."""
        known = self._answers.get(request.key, [])
        suffix = "json" if "json" in entry.headers.get("content-type", "json") else "txt"
        stored = _compressed(body)
        entry = replace(entry, bytes=len(body), sha256=hashlib.sha256(stored).hexdigest())
        for old in reversed(known):
            if old.file:
                if (old.sha256, old.status) == (entry.sha256, entry.status) and (self.folder / old.file).is_file():
                    return old
                break
        return self._store(entry, len(known) + 1, suffix, stored)

    def add_failure(self, entry: Entry) -> None:
        """Records that a request got no answer, so that a replay says the same; once for each reason."""
        known = self._answers.get(entry.key, [])
        if not any(old.error == entry.error for old in known):
            self._append(replace(entry, version=len(known) + 1))

    def add_file(self, name: str, content: bytes, redactor: Redactor | None = None) -> tuple[StoredFile, bytes]:
        """Copies a file that the user gave into the bundle; gives its record and what was stored, cut of secrets.

        `name` is the file's own without folders. Parquet and other binary contents are stored as they are.
        """
        cleaned, cuts = (redactor or Redactor()).body(content)
        stored = _compressed(cleaned)
        digest = hashlib.sha256(stored).hexdigest()
        known = [one for one in self._manifest.files if one.name == name]
        if known and known[-1].sha256 == digest and (self.folder / known[-1].file).is_file():
            return known[-1], cleaned
        return self._store_file(StoredFile(name, 0, "", len(cleaned), digest, cuts), stored), cleaned

    def file(self, name: str) -> tuple[StoredFile, bytes] | None:
        """The newest copy of a given file, or None."""
        known = [one for one in self._manifest.files if one.name == name]
        return (known[-1], self.read(known[-1])) if known else None

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """The newest copy of each given file, by name."""
        return tuple({one.name: one for one in self._manifest.files}.values())

    def adopt(self, newer: "Bundle") -> None:
        """Adds what another bundle of the same incident holds and this one lacks; from now on the other's clock and facts count.

        Nothing of either is lost, earlier versions included: an answer or a file that both have differently stands twice, and
        the one that counts in the newer bundle counts.
        """
        for entry in sorted(newer.entries, key=lambda e: (e.source, e.key, e.version)):
            known = self._answers.get(entry.key, [])
            counts = entry.complete and entry is newer.find(entry.key)
            if entry.file is None:
                self.add_failure(entry)
            elif all(
                old is None or (old.sha256, old.status) != (entry.sha256, entry.status)
                for old in ([self.find(entry.key)] if counts else known)
            ):
                self._store(entry, len(known) + 1, entry.file.split(".")[-2], newer.stored(entry))
        theirs = newer._manifest  # noqa: SLF001 - of its own kind
        for one in theirs.files:
            same = [old.sha256 for old in self._manifest.files if old.name == one.name]
            if one.sha256 not in (same[-1:] if one in newer.files else same):
                self._store_file(one, newer.stored(one))
        about = {**self._manifest.about, **theirs.about}
        self._manifest = replace(self._manifest, collected_at=theirs.collected_at, about=about)
        self.finish(theirs.coverage)

    def finish(self, coverage: Iterable[Coverage] = ()) -> None:
        """Replaces the manifest atomically and drops the journal; a manifest that would not change is left alone."""
        self._manifest = replace(self._manifest, entries=self.entries, coverage=tuple(coverage))
        text = self._manifest.to_json().encode("utf-8")
        path = self.folder / NAME
        if not path.is_file() or path.read_bytes() != text:
            self._write(NAME, text)
        (self.folder / JOURNAL).unlink(missing_ok=True)

    def _store(self, entry: Entry, version: int, suffix: str, stored: bytes) -> Entry:
        mark = "" if version == 1 else f".{version}"
        entry = replace(entry, version=version, file=f"{_safe(entry.source)}/{entry.key}{mark}.{suffix}.gz")
        self._write(str(entry.file), stored)
        return self._append(entry)

    def _store_file(self, record: StoredFile, stored: bytes) -> StoredFile:
        version = 1 + sum(one.name == record.name for one in self._manifest.files)
        taken, safe = {one.file for one in self._manifest.files}, _safe(record.name)  # of other names too
        marks = chain([""], (f".{number}" for number in count(2)))
        path = next(one for mark in marks if (one := f"files/{safe}{mark}.gz") not in taken)
        record = replace(record, version=version, file=path)
        self._write(record.file, stored)
        self._manifest = replace(self._manifest, files=(*self._manifest.files, record))
        self._journal({"file": asdict(record)})
        return record

    def _append(self, entry: Entry) -> Entry:
        with self._lock:
            self._answers.setdefault(entry.key, []).append(entry)
        self._journal({"request": asdict(entry)})
        return entry

    def _replay(self, row: Mapping[str, Any]) -> None:
        if "request" in row:
            entry = entry_of(row["request"])
            known = self._answers.setdefault(entry.key, [])
            if all(old.version != entry.version for old in known):
                known.append(entry)
        elif "file" in row:
            one = StoredFile(**row["file"])
            if one not in self._manifest.files:  # killed when the manifest was written and the journal still there
                self._manifest = replace(self._manifest, files=(*self._manifest.files, one))
        elif "about" in row:
            self._manifest = replace(self._manifest, about={**self._manifest.about, **row["about"]})
        else:
            self._manifest = replace(self._manifest, collected_at=row["collected_at"])

    def _journal(self, row: Mapping[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n"
        with self._lock, _storing(self.folder / JOURNAL):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / JOURNAL).open("a", encoding="utf-8") as journal:
                journal.write(line)

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        temporary = path.with_name(f".{path.name}.{threading.get_ident()}.tmp")
        with _storing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)


def open_bundle(folder: Path) -> Bundle:
    """The bundle in a folder (an incident's `evidence/`), empty where there is none yet; nothing is written.

    What a killed run left in the journal counts, up to a torn last line. Raises StorageError when it cannot be read.
    """
    manifest, rows = Manifest(), []
    path, journal = folder / NAME, folder / JOURNAL
    with _storing(path):
        if path.is_file():
            manifest = read_manifest(path.read_text(encoding="utf-8"), str(path))
        if journal.is_file():
            for line in journal.read_text(encoding="utf-8").splitlines():
                try:
                    rows.append(json.loads(line))
                except ValueError:
                    break
    return Bundle(folder, manifest, rows)


@contextmanager
def _storing(path: Path) -> Iterator[None]:
    """Turns the file system's errors into StorageError, naming the path."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path}: {system_words(error)}; check the folder, its permissions and its space") from None


def _compressed(body: bytes) -> bytes:
    """The same bytes for the same body, whenever it is written: no time, no name."""
    return gzip.compress(body, compresslevel=6 if len(body) < _BIG else 1, mtime=0)


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".") or "_"
