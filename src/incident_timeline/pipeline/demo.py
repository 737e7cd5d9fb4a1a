"""Builds the recorded incident that ships with the package: the real collectors over its bundle, offline."""

import shutil
from collections.abc import Callable
from datetime import datetime
from importlib.resources import as_file
from pathlib import Path

from incident_timeline.config import Settings
from incident_timeline.config.packaged import demo_folder
from incident_timeline.errors import StorageError, system_words
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest, BuildResult

NAME = "INC-123"


def build_demo(folder: Path, now: datetime, say: Callable[[str], None]) -> BuildResult:
    """Copies the recorded evidence to a folder and builds it there, as `timeline build INC-123 --offline` would."""
    packaged = demo_folder()
    checkout = Path(__file__).resolve().parents[3] / "fixtures" / NAME
    try:
        if packaged is not None:
            with as_file(packaged) as place:
                _copy(place / "evidence", folder / "evidence")
        else:
            _copy(checkout / "evidence", folder / "evidence")
    except OSError as error:
        raise StorageError(
            f"cannot copy the recorded evidence to {folder}: {system_words(error)}; choose another folder with --out"
        ) from None
    say(f"recorded evidence of {NAME}: {folder / 'evidence'}")
    return build(
        BuildRequest(ref=NAME, settings=Settings(), folder=folder, base=folder, now=now, offline=True, say=say)
    )


def _copy(source: Path, target: Path) -> None:
    if not (source / "manifest.json").is_file():
        raise FileNotFoundError(f"{source.name}/manifest.json is not there")
    shutil.copytree(source, target, dirs_exist_ok=True)
