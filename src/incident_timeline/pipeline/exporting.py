"""Exports the post-mortem of a folder, with every word that people wrote, for the place where it is pasted."""

from pathlib import Path

from incident_timeline.errors import StorageError
from incident_timeline.pipeline.postmortem_file import FILE
from incident_timeline.pipeline.writing import read_if_there
from incident_timeline.report.exporting import Exported, export_document
from incident_timeline.report.png import draw_png

CHARTS = "charts"


def export(folder: Path, target: str) -> Exported:
    """The document of an incident's folder for a target; StorageError where nothing was built there."""
    document = read_if_there(folder / FILE)
    if document is None:
        raise StorageError(f"{folder} holds no {FILE}; run timeline build first, or name the folder with --out")
    pictures = _pictures(folder / CHARTS) if target == "html" else {}
    return export_document(document, target, pictures, folder.name)


def _pictures(folder: Path) -> dict[str, bytes]:
    """The charts as PNG: those that a build wrote, else drawn from SVG where that is installed."""
    found = {}
    for path in sorted(folder.glob("*.svg")):
        drawn = path.with_suffix(".png")
        png = drawn.read_bytes() if drawn.is_file() else draw_png(path.read_text(encoding="utf-8"))
        if png is not None and not path.stem.endswith("-dark"):
            found[path.stem] = png
    return found
