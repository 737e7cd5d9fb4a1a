"""Writes examples/ anew with the real command: what a reader sees there is an output, never prose.

The README's PNG lies beside the folder: its bytes hang on fonts and versions, so it is written here and not compared.
"""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from incident_timeline.pipeline.demo import build_demo
from incident_timeline.report.png import draw_png

ROOT = Path(__file__).resolve().parents[1]
KEPT = ("postmortem.md", "scores.json", "charts")  # report.html holds 5 MB of plotly; CI builds and checks it instead


def write_examples(target: Path) -> None:
    """Builds INC-123 and keeps what people paste."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "INC-123"
        build_demo(folder, datetime(2030, 1, 1, tzinfo=UTC), lambda _: None)
        shutil.rmtree(target / "INC-123", ignore_errors=True)
        (target / "INC-123").mkdir(parents=True)
        for name in KEPT:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, target / "INC-123" / name)
            else:
                shutil.copy(folder / name, target / "INC-123" / name)


def write_picture(target: Path) -> None:
    """The lanes of INC-123 as the README shows them, where the `png` extra is installed."""
    png = draw_png((target / "INC-123" / "charts" / "lanes.svg").read_text(encoding="utf-8"))
    if png is not None:
        (target / "INC-123-lanes.png").write_bytes(png)


if __name__ == "__main__":
    write_examples(ROOT / "examples")
    write_picture(ROOT / "examples")
