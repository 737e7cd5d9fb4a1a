"""An export on disk, a folder or a zip, read as if it were a server: GET of a path gives that file."""

import zipfile
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import httpx

from incident_timeline.errors import SourceUnreachable


class FolderTransport(httpx.BaseTransport):
    """Serves the files of a folder or zip; 404 for others. A zip that holds one folder is read from inside it."""

    def __init__(self, source: str, path: Path) -> None:
        self.source, self.path = source, path

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The file at the request's path; raises SourceUnreachable when the export itself cannot be read."""
        name = PurePosixPath(unquote(request.url.path).lstrip("/"))
        if ".." in name.parts:
            return httpx.Response(404)
        try:
            content = self._zipped(name) if self.path.is_file() else self._plain(name)
        except (OSError, zipfile.BadZipFile) as error:
            raise SourceUnreachable(f"{self.source}: {self.path.name} cannot be read ({error}); check path") from None
        if content is None:
            return httpx.Response(404, headers={"content-type": "application/json"}, content=b"{}")
        return httpx.Response(200, headers={"content-type": "application/json"}, content=content)

    def _plain(self, name: PurePosixPath) -> bytes | None:
        if not self.path.is_dir():
            raise FileNotFoundError("no such folder or zip")
        file = self.path.joinpath(*name.parts)
        return file.read_bytes() if file.is_file() else None

    def _zipped(self, name: PurePosixPath) -> bytes | None:
        with zipfile.ZipFile(self.path) as archive:
            names = {PurePosixPath(info.filename): info for info in archive.infolist() if not info.is_dir()}
            tops = {path.parts[0] for path in names}
            inner = PurePosixPath(*tops) / name if len(tops) == 1 else name
            info = names.get(name) or names.get(inner)
            return None if info is None else archive.read(info)
