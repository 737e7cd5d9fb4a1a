"""Shared storage of evidence: each sealed state of an incident is one object that never changes, numbered in order."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from incident_timeline.errors import StorageError

_STATE = re.compile(r"(?P<name>[^/]+)/(?P<number>\d{6})\.tar\.gz")
_PATIENCE: Any = {"max_retries": 5, "retry_timeout": timedelta(seconds=60)}
# Options that one mapping gives to the tables and to this store: obstore takes those of its HTTP client apart from the rest
# (and ends the process where they are mixed), and does not know those that only commits to a table need.
_OF_CLIENT = re.compile(
    r"(?:aws_|google_|azure_)?(allow_http|allow_invalid_certificates|connect_timeout|http1_only|http2_only|"
    r"pool_idle_timeout|pool_max_idle_per_host|proxy_url|timeout|user_agent)"
)
_OF_TABLES = re.compile(r"delta_.*|.*(?:unsafe_rename|locking_provider)|object_store_.*")


@dataclass(frozen=True, slots=True)
class Stored:
    """One state of an incident: its name, and the number of the state, 1 for the first."""

    name: str
    number: int

    @property
    def path(self) -> str:
        """Where it lies below the store's address."""
        return f"{self.name}/{self.number:06d}.tar.gz"


@dataclass(frozen=True, slots=True)
class BundleStore:
    """A folder or s3://, gs://, az://, and what the object store needs; the same options as the archive's tables."""

    url: str
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # a cluster logs what it is asked to do

    def newest(self, name: str) -> Stored | None:
        """The newest state of one incident."""
        return self._newest(name).get(name)

    def every_newest(self) -> dict[str, Stored]:
        """The newest state of every incident, in the order of their names."""
        return dict(sorted(self._newest(None).items()))

    def read(self, state: Stored) -> bytes:
        """The object of a state; StorageError when it is not there."""
        with self._speaking(state.path) as store:
            return bytes(obstore.get(store, state.path).bytes())

    def create(self, state: Stored, content: bytes) -> bool:
        """Writes a state whole; False, and nothing is written, where another writer has already given that number."""
        with self._speaking(state.path) as store:
            try:
                obstore.put(store, state.path, content, mode="create")
            except AlreadyExistsError:
                return False
            return True

    def _newest(self, prefix: str | None) -> dict[str, Stored]:
        found: dict[str, Stored] = {}
        with self._speaking(prefix or "") as store:
            for chunk in obstore.list(store, prefix=prefix):
                for row in chunk:
                    match = _STATE.fullmatch(row["path"])
                    if match is None:
                        continue
                    state = Stored(match["name"], int(match["number"]))
                    if state.name not in found or found[state.name].number < state.number:
                        found[state.name] = state
        return found

    @contextmanager
    def _speaking(self, path: str) -> Iterator[ObjectStore]:
        try:
            yield _store(self)
        except (BaseError, OSError) as error:
            # The library adds the cause as a tree over many lines; a sentence has one.
            why = " ".join(str(error).partition("Debug source:")[0].split())[:400]
            raise StorageError(
                f"cannot use the evidence in {self.url.rstrip('/')}/{path}: {why}; check bundles and options under [archive]"
            ) from None


@lru_cache(maxsize=4)
def _store(place: BundleStore) -> ObjectStore:
    """One client for all requests of a process, so that connections are used again."""
    if "://" not in place.url:
        return LocalStore(Path(place.url).absolute(), mkdir=True)
    config: Any = {}
    client: Any = {}
    for key, value in place.options:
        of_client = _OF_CLIENT.fullmatch(key.lower())
        if of_client:
            client[of_client[1]] = value
        elif not _OF_TABLES.fullmatch(key.lower()):
            config[key.lower()] = value
    if place.url.startswith("file://"):
        return LocalStore.from_url(place.url, mkdir=True)
    return from_url(place.url, config=config, client_options=client, retry_config=_PATIENCE)
