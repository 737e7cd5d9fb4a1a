"""Reads the package's own data files: cue lists, weights, document templates; the only place that knows where they lie."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from incident_timeline.model.cues import Cues, parse_cues

_PACKAGE = "incident_timeline"


@cache
def load_cues() -> Cues:
    """The cue lists of all shipped languages, the weights of the knew-enough model and those of the ledgers' reading."""
    folder = files(_PACKAGE) / "data" / "knew_enough"
    languages = [tomllib.loads(_text(path)) for path in _sorted(folder) if path.name.endswith(".toml")]
    return parse_cues(languages, *(json.loads(_text(folder / f"{name}.json")) for name in ("weights", "ledgers")))


@cache
def load_templates() -> dict[str, str]:
    """The document templates and the schema of scores.json, by file name."""
    return {path.name: _text(path) for path in _sorted(files(_PACKAGE) / "data" / "report") if path.is_file()}


@cache
def load_advances() -> Mapping[str, Any]:
    """Advance widths of the charts' measuring font: `regular` and `bold`, each `units` and `runs` of code points."""
    table: Mapping[str, Any] = json.loads(_text(files(_PACKAGE) / "data" / "charts" / "dejavu_sans.json"))
    return table


def demo_folder() -> Traversable | None:
    """The recorded incident that ships with the package, or None in a checkout that has none."""
    folder = files(_PACKAGE) / "demo"
    return folder if folder.is_dir() else None


def _sorted(folder: Traversable) -> list[Traversable]:
    return sorted(folder.iterdir(), key=lambda path: path.name)


def _text(path: Traversable) -> str:
    return path.read_text(encoding="utf-8")
