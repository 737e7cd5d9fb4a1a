"""Writes examples/ anew with the real command: what a reader sees there is an output, never prose.

The README's PNG lies beside the folder: its bytes hang on fonts and versions, so that not they are compared but the SVG that
it says it was drawn from.
"""

import hashlib
import io
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from incident_timeline.config import Settings
from incident_timeline.config.packaged import load_templates
from incident_timeline.pipeline import comparing as work_on
from incident_timeline.pipeline.backfill import rescore_kept
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.demo import build_demo
from incident_timeline.pipeline.engine_choice import Choice
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.report.png import draw_png
from tests.lab.families import CHANGED, LAST, SINCE, simulate, write_simulated

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("INC-123", "INC-124")
KEPT = ("postmortem.md", "scores.json", "charts")  # report.html holds 5 MB of plotly; CI builds and checks it instead
PICTURE = "INC-123-lanes.png"
_DRAWN_FROM = "drawn-from-sha256"  # the key under which a picture carries the digest of its SVG
NOW = datetime(2030, 1, 1, tzinfo=UTC)
FORM = "We believe …… is fragile because ……\n- predicts: ……\n"
# What an author writes into INC-123 in the place of the empty form: one hypothesis of each outcome.
HYPOTHESES = """We believe checkout is fragile because nothing watches its pool of connections,
which fills before requests fail.
- predicts: signal pool_in_use moved before signal error_ratio
- predicts: no rule reads pool_in_use
- predicts: deploy of checkout within 10m before started

We believe checkout is fragile because its connections leak, so that a restart helps.
- predicts: signal latency_p99 stays under 200 ms within 5m after 2026-11-24T13:52:21Z

We believe checkout is fragile because all its callers share one pool.
- predicts: metric db_pool_size has label client
"""


COMPARED = """# Sixty simulated incidents

Nothing here happened: `tests/lab/families.py` draws sixty incidents of five kinds. From June on, bad deploys are resolved 60 %
faster once people know enough; nothing else changes. The files are what these commands print and write:

    timeline backfill --offline
    timeline compare --since 2026-06-01 --category "bad deploy" --html compare.html
    timeline similar SIM-001
    timeline outcome "bad deploy" --since 2026-06-01
"""


def write_compared(target: Path) -> None:
    """Scores the simulated incidents as a backfill does, and asks what several incidents say together."""
    shutil.rmtree(target / "compare", ignore_errors=True)
    (target / "compare").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as work:
        base = Path(work)
        write_simulated(base, simulate())
        request = BuildRequest(ref="", settings=Settings(), folder=None, base=base, now=LAST, offline=True)
        rescore_kept(request, Choice(), timer=time.monotonic)
        archive = work_on.open_archive(Settings(), base)
        only = (("category", CHANGED),)
        comparison = work_on.compare(archive, work_on.Asked(at=SINCE, only=only))
        work_on.write_page(target / "compare" / "compare.html", comparison, load_templates())
        outcome = work_on.outcome(archive, CHANGED, SINCE, LAST, proposed=False)
        similar = work_on.similar_text("SIM-001", work_on.similar(archive, "SIM-001", 5))
    texts = {"README.md": COMPARED, "compare.txt": work_on.in_words(comparison), "similar.txt": similar,
             "outcome.txt": work_on.in_words(outcome)}  # fmt: skip
    for name, text in texts.items():
        (target / "compare" / name).write_text(text, encoding="utf-8")


def write_examples(target: Path) -> None:
    """Builds INC-123, with what an author wrote, and INC-124, and keeps what people paste; and compares the simulated incidents."""
    write_compared(target)
    with tempfile.TemporaryDirectory() as work:
        for name in NAMES:
            folder = Path(work) / name
            _build(name, folder)
            shutil.rmtree(target / name, ignore_errors=True)
            (target / name).mkdir(parents=True)
            for kept in KEPT:
                if (folder / kept).is_dir():
                    shutil.copytree(folder / kept, target / name / kept)
                else:
                    shutil.copy(folder / kept, target / name / kept)


def _build(name: str, folder: Path) -> None:
    if name == "INC-123":
        build_demo(folder, NOW, lambda _: None)
        written = (folder / "postmortem.md").read_text(encoding="utf-8").replace(FORM, HYPOTHESES)
        (folder / "postmortem.md").write_text(written, encoding="utf-8")
    else:
        shutil.copytree(ROOT / "fixtures" / name / "evidence", folder / "evidence")
    build(BuildRequest(ref=name, settings=Settings(), folder=folder, base=folder, now=NOW, offline=True))


def drawn_from(picture: Path) -> str:
    """The digest of the SVG that a picture was drawn from, as the picture itself says; empty where it does not."""
    with Image.open(picture) as held:
        return str(held.info.get(_DRAWN_FROM, ""))


def digest_of(svg: str) -> str:
    """The digest of an SVG, as its picture carries it."""
    return hashlib.sha256(svg.encode()).hexdigest()


def write_picture(target: Path) -> None:
    """The lanes of INC-123 as the README shows them; drawn anew where the SVG is another than it was drawn from."""
    path = target / PICTURE
    svg = (target / "INC-123" / "charts" / "lanes.svg").read_text(encoding="utf-8")
    if path.exists() and drawn_from(path) == digest_of(svg):
        return
    png = draw_png(svg)
    if png is not None:
        about = PngInfo()
        about.add_text(_DRAWN_FROM, digest_of(svg))
        with Image.open(io.BytesIO(png)) as drawn:
            drawn.save(path, pnginfo=about, compress_level=6)


if __name__ == "__main__":
    write_examples(ROOT / "examples")
    write_picture(ROOT / "examples")
