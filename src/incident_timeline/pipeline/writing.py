"""Writes a build's results: each file whole or not at all, by temporary name and rename."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from incident_timeline.errors import StorageError, system_words


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file by temporary name, fsync and rename, so that a reader never sees half of it."""
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StorageError(
            f"cannot write {path}: {system_words(error)}; check the folder, its permissions and its space"
        ) from None


def write_all(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Writes every file of a mapping of relative names, and removes charts of an earlier build that are no longer made."""
    for name, content in contents.items():
        write_whole(folder / name, content)
    charts = folder / "charts"
    if charts.is_dir():
        for path in charts.iterdir():
            if f"charts/{path.name}" not in contents and path.suffix in {".svg", ".png"}:
                path.unlink(missing_ok=True)


def read_if_there(path: Path) -> str | None:
    """The text of a file that an earlier build or a person wrote, or None."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"cannot read {path}: {system_words(error)}; move it away and build again") from None
