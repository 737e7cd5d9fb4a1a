"""Facts about how a build's charts look: the team's zone beside UTC, and PNG where it was asked for."""

import io
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from incident_timeline.config import Settings, read_settings
from incident_timeline.errors import UsageError
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest
from incident_timeline.report import png
from incident_timeline.report.svg.palette import LIGHT
from tests.lab.record import FIXTURES

NOW = datetime(2030, 1, 1, tzinfo=UTC)
CHARTS = ("arrivals", "cover", "lanes", "ledgers", "moved", "signal")


def built(folder: Path, settings: Settings | None = None, **asked: object) -> Path:
    """The charts of INC-123, built offline."""
    shutil.copytree(FIXTURES / "INC-123" / "evidence", folder / "evidence", dirs_exist_ok=True)
    build(BuildRequest("INC-123", settings or Settings(), folder, folder, NOW, offline=True, **asked))  # type: ignore[arg-type]
    return folder / "charts"


def test_the_configured_zone_stands_under_utc_and_a_flag_wins(tmp_path: Path) -> None:
    """`[report] zone` in the file, `--tz` over it; without either only UTC."""
    configured = read_settings('[report]\nzone = "Europe/Berlin"\n', {})
    for name, charts, there, absent in (
        ("a", built(tmp_path / "a", configured), ">CET<", ">IST<"),
        ("b", built(tmp_path / "b", configured, zone="Asia/Kolkata"), ">IST<", ">CET<"),
    ):
        for chart in ("lanes", "signal", "moved", "arrivals"):
            text = (charts / f"{chart}.svg").read_text(encoding="utf-8")
            assert (True, True, False) == (">UTC<" in text, there in text, absent in text), (name, chart)


def test_a_zone_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    """Exit code 2 and what to write instead."""
    with pytest.raises(UsageError, match="'Mars/Base' is no zone; give one like Europe/Berlin"):
        built(tmp_path, zone="Mars/Base")


def test_png_beside_svg_where_it_was_asked_for(tmp_path: Path) -> None:
    """Every chart, 1800 px wide, under 130 kB, in the palette's colours; a build without PNG takes stale ones away."""
    charts = built(tmp_path, png=True)
    found = {path.stem: path for path in charts.glob("*.png")}

    assert sorted(found) == list(CHARTS)
    for path in found.values():
        picture = Image.open(io.BytesIO(path.read_bytes())).convert("RGB")
        counts = {colour: count for count, colour in picture.getcolors(1 << 24)}
        assert picture.width == 1800
        assert path.stat().st_size < 130_000
        for hexed in (LIGHT.paper, LIGHT.ink):
            wanted = tuple(int(hexed[i : i + 2], 16) for i in (1, 3, 5))
            assert wanted in counts
    built(tmp_path)
    assert [] == list(charts.glob("*.png"))


def test_without_the_extra_there_is_no_png_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """vl-convert-python or Pillow lacks: None."""
    monkeypatch.setattr(png.importlib.util, "find_spec", lambda name: None)

    assert png.draw_png("<svg/>") is None
