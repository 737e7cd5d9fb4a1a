"""Files on disk read as if they were a server: an export (a folder or a zip) by the names of its files, or one file."""

import json
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import httpx

from incident_timeline.errors import SourceUnreachable, system_words

_JSON = {"content-type": "application/json"}


class FolderTransport(httpx.BaseTransport):
    """Serves the files of a folder or zip, and at `/` the names of its folders; 404 for anything else.

    A zip that holds nothing but one folder with an export in it is read from inside that folder.
    """

    def __init__(self, source: str, path: Path) -> None:
        self.source, self.path = source, path

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The file at the request's path; raises SourceUnreachable when the export itself cannot be read."""
        name = unquote(request.url.path).strip("/")
        try:
            content = self._zipped(name) if self.path.is_file() else self._plain(name)
        except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:  # RuntimeError: it asks for a password
            raise SourceUnreachable(
                f"{self.source}: {self.path.name} cannot be read ({system_words(error)}); give the folder or zip that Slack made"
            ) from None
        return httpx.Response(
            404 if content is None else 200, headers=_JSON, content=b"{}" if content is None else content
        )

    def _plain(self, name: str) -> bytes | None:
        if not self.path.is_dir():
            raise FileNotFoundError("no such folder or zip")
        if not name:
            return _listing(one.name for one in self.path.iterdir() if one.is_dir())
        parts = PurePosixPath(name).parts
        file = self.path.joinpath(*parts)
        return file.read_bytes() if ".." not in parts and file.is_file() else None

    def _zipped(self, name: str) -> bytes | None:
        with zipfile.ZipFile(self.path) as archive:
            names = {PurePosixPath(info.filename).parts: info for info in archive.infolist() if not info.is_dir()}
            tops = {parts[0] for parts in names}
            if len(tops) == 1 and all(len(parts) > 1 for parts in names):
                names = {parts[1:]: info for parts, info in names.items()}
            if not name:
                return _listing({parts[0] for parts in names if len(parts) > 1})
            info = names.get(PurePosixPath(name).parts)
            return None if info is None else archive.read(info)


def _listing(folders: Iterable[str]) -> bytes:
    return json.dumps({"folders": sorted(folders)}).encode()


class FileTransport(httpx.BaseTransport):
    """Serves one file, whatever path is asked for; raises SourceUnreachable when it cannot be read."""

    def __init__(self, source: str, path: Path) -> None:
        self.source, self.path = source, path

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002
        """The file's bytes."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise SourceUnreachable(
                f"{self.source}: {self.path.name} cannot be read ({system_words(error)}); check path in its table"
            ) from None
        return httpx.Response(200, headers={"content-type": "text/plain; charset=utf-8"}, content=content)
