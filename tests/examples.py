"""Writes examples/ anew with the real command: what a reader sees there is an output, never prose.

The README's PNG lies beside the folder: its bytes hang on fonts and versions, so that not they are compared but the SVG that
it says it was drawn from.
"""

import hashlib
import io
import json
import shutil
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from incident_timeline.config import Settings
from incident_timeline.config.packaged import load_templates
from incident_timeline.model.instants import rfc3339
from incident_timeline.pipeline import comparing as work_on
from incident_timeline.pipeline.action_documents import read_document
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
    timeline outcome "bad deploy" --action A-17
    timeline outcome --due
    timeline build SIM-059 --offline

Two earlier bad deploys have action items: A-17 was verified on the first of June, A-31 is open. So SYSTEMIC of the
[post-mortem of SIM-059](SIM-059/postmortem.md) says what the archive knows; in the terminal it is one line,
[build.txt](build.txt).
"""
# What people wrote under `Action items` of two earlier incidents, and the day on which one of them was proven.
ITEMS = {
    "SIM-008": "1. WHAT: A-17: a release that answers 500 is rolled back by itself\n   - DUE: 2026-02-14\n",
    "SIM-051": "1. WHAT: A-31: search has a canary\n   - DUE: 2026-09-23\n   - VERIFY: drill on 2026-12-01\n",
}
BUILT = "SIM-059"


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
        _write_items(base)
        since, because = work_on.since_action(archive, base, CHANGED, "A-17")
        outcome = work_on.outcome(archive, CHANGED, since, LAST, because=because)
        folder = base / "incidents" / BUILT
        built = build(BuildRequest(BUILT, Settings(), folder, base, LAST, offline=True))
        _keep(folder, target / "compare" / BUILT, ("postmortem.md", "charts"))
        due = work_on.due(archive, base, LAST)
        similar = work_on.similar_text(work_on.similar(archive, base, "SIM-001", 5))
    texts = {
        "README.md": COMPARED, "compare.txt": work_on.in_words(comparison), "similar.txt": similar,
        "outcome.txt": work_on.in_words(outcome), "due.txt": work_on.due_text(due), "build.txt": f"archive: {built.kin}\n",
    }  # fmt: skip
    for name, text in texts.items():
        (target / "compare" / name).write_text(text, encoding="utf-8")


def _write_items(base: Path) -> None:
    """The action items of two earlier incidents, and the proof of one of them as `timeline actions verify` leaves it."""
    for name, items in ITEMS.items():
        folder = base / "incidents" / name
        (folder / "postmortem.md").write_text(f"# {name}\n\n## Action items\n{items}", encoding="utf-8")
    key = read_document(base / "incidents" / "SIM-008").items[0].key
    proof = base / "incidents" / "SIM-008" / "proofs" / "2026-06-01T00-00-00Z" / "proof.json"
    proof.parent.mkdir(parents=True)
    row = {"at": rfc3339(SINCE), "items": [{"key": key, "verdict": "holds"}]}
    proof.write_text(json.dumps(row), encoding="utf-8")


def _keep(folder: Path, target: Path, names: Iterable[str]) -> None:
    """Copies what of a built folder is shown."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for kept in names:
        if (folder / kept).is_dir():
            shutil.copytree(folder / kept, target / kept)
        else:
            shutil.copy(folder / kept, target / kept)


def write_examples(target: Path) -> None:
    """Builds INC-123, with what an author wrote, and INC-124, and keeps what people paste; and compares the simulated incidents."""
    write_compared(target)
    with tempfile.TemporaryDirectory() as work:
        for name in NAMES:
            folder = Path(work) / name
            _build(name, folder)
            _keep(folder, target / name, KEPT)


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
