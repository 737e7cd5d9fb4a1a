"""Collects a recording's evidence bundle anew through the real collectors, and records one vcrpy cassette beside it."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import vcr

from incident_timeline.config import read_settings
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest
from tests.lab.record import FIXTURES, served


def collect(name: str, say: Callable[[str], None]) -> None:
    """Serves fixtures/<name>, builds it live, and puts the evidence and the cassette into the fixture."""
    target = FIXTURES / name
    with tempfile.TemporaryDirectory() as work, served(name) as place:
        settings = read_settings(place.config(), place.variables)
        folder = Path(work) / name
        request = BuildRequest(ref=name, settings=settings, folder=folder, base=folder, now=moment(target), say=say)
        build(request)
        shutil.rmtree(target / "evidence", ignore_errors=True)
        shutil.copytree(folder / "evidence", target / "evidence", ignore=shutil.ignore_patterns("numbers.json"))
        cassette = target / "cassettes" / "pagerduty.yaml"
        cassette.unlink(missing_ok=True)
        only = BuildRequest(
            ref=name,
            settings=settings,
            folder=Path(work) / "again",
            base=folder,
            now=moment(target),
            only=frozenset({"pagerduty"}),
        )
        with vcr.use_cassette(
            str(cassette),
            record_mode="all",
            filter_headers=["authorization", "host", "user-agent"],
            decode_compressed_response=True,
        ):
            build(only)
    say(f"evidence: {sum(p.stat().st_size for p in (target / 'evidence').rglob('*') if p.is_file())} bytes")


def moment(folder: Path) -> datetime:
    """When a recording is taken to be collected: three hours after its page, so that bundles differ in nothing else."""
    import json
    from datetime import timedelta

    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return (datetime.fromisoformat(truth["milestones"]["detected"]) + timedelta(hours=3)).replace(microsecond=0)
