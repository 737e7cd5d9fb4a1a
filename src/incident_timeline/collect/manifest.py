"""The manifest of an evidence bundle: one entry per answer or failure, the given files, and what was skipped and why."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from incident_timeline.errors import StorageError
from incident_timeline.model.findings import Coverage

FORMAT = 1
NAME = "manifest.json"
JOURNAL = "manifest.journal.jsonl"  # entries of a run that has not ended; folded into the manifest when it does


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and what came of it; `file` is None where no answer came, and `error` says why."""

    source: str
    key: str
    version: int  # 1, then higher for later answers to the same request
    method: str
    url: str  # as sent, cut of secrets
    at: str  # when it was asked, RFC 3339 UTC
    form: Mapping[str, str] = field(default_factory=dict)  # what a POST carried, cut of secrets
    status: int | None = None
    file: str | None = None  # path below the bundle's folder
    bytes: int = 0  # of the answer, uncompressed, as stored
    sha256: str | None = None  # of the stored file
    headers: Mapping[str, str] = field(default_factory=dict)  # of the answer, those that a replay needs
    cuts: Mapping[str, int] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)  # offset, limit, total, more: what the answer says of itself
    warnings: tuple[str, ...] = ()
    error: str | None = None

    @property
    def complete(self) -> bool:
        """Whether it is an answer that need not be asked for again."""
        return self.file is not None and self.status is not None and self.status < 300


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that the user gave, copied into the bundle; `name` is how it was given, without its folder."""

    name: str
    version: int
    file: str
    bytes: int
    sha256: str
    cuts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A bundle's table of contents."""

    collected_at: str | None = None
    entries: tuple[Entry, ...] = ()
    files: tuple[StoredFile, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """The manifest's text; the same contents give the same text in whatever order they came."""
        entries = sorted(self.entries, key=lambda e: (e.source, e.url, e.key, e.version, e.at))
        cuts: dict[str, int] = {}
        for counts in (*(e.cuts for e in self.entries), *(f.cuts for f in self.files)):
            for kind, count in counts.items():
                cuts[kind] = cuts.get(kind, 0) + count
        table = {
            "format": FORMAT,
            "about": dict(self.about),
            "collected_at": self.collected_at,
            "requests": [_plain(entry) for entry in entries],
            "pages": fetched_pages(entries),
            "files": [_plain(one) for one in sorted(self.files, key=lambda f: (f.name, f.version))],
            "skipped": [asdict(one) for one in self.coverage if one.skipped or not one.ok],
            "cuts": dict(sorted(cuts.items())),
            "coverage": [asdict(one) for one in self.coverage],
        }
        return json.dumps(table, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def fetched_pages(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """For every listing: pages fetched against pages promised by its own `total` and page size (None: not promised)."""
    lists: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.complete and entry.page.get("limit"):
            lists.setdefault((entry.source, entry.url.split("?")[0]), []).append(entry)
    rows = []
    for (source, url), pages in sorted(lists.items()):
        promised = [-(-int(p.page["total"]) // int(p.page["limit"])) for p in pages if p.page.get("total") is not None]
        fetched = len({int(p.page.get("offset") or 0) for p in pages})
        rows.append(
            {"source": source, "url": url, "fetched": fetched, "promised": max(1, *promised) if promised else None}
        )
    return rows


def read_manifest(text: str, where: str) -> Manifest:
    """The manifest of its text; raises StorageError naming `where` it lies when it cannot be read."""
    try:
        table = json.loads(text)
        if table["format"] != FORMAT:
            raise StorageError(f"{where}: format {table['format']} is not {FORMAT}; use the version that wrote it")
        return Manifest(
            collected_at=table["collected_at"],
            entries=tuple(entry_of(row) for row in table["requests"]),
            files=tuple(StoredFile(**row) for row in table["files"]),
            coverage=tuple(Coverage(**row) for row in table["coverage"]),
            about=table.get("about", {}),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{where}: not a manifest ({error!r}); restore it from a copy, or build into a new folder with --out"
        ) from None


def entry_of(row: Mapping[str, Any]) -> Entry:
    """One entry of its table."""
    return Entry(**{**row, "warnings": tuple(row.get("warnings", ()))})


def _plain(value: Entry | StoredFile) -> dict[str, Any]:
    """A table without the keys that say nothing."""
    return {key: item for key, item in asdict(value).items() if item not in (None, {}, ())}
