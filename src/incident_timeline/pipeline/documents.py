"""Explains a scored incident and writes its documents: post-mortem, page, charts, scores and the timeline itself."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from incident_timeline import __version__
from incident_timeline.config.settings import ReportSettings
from incident_timeline.explain.charts.listing import list_values
from incident_timeline.model.findings import Chart
from incident_timeline.model.kin import Kin
from incident_timeline.model.pictures import Picture
from incident_timeline.model.scored import Scored
from incident_timeline.pipeline.differing import FOLDER as BUILDS
from incident_timeline.pipeline.differing import NEWEST
from incident_timeline.pipeline.postmortem_file import FILE
from incident_timeline.pipeline.telling import NUMBERS, tell
from incident_timeline.pipeline.writing import write_all
from incident_timeline.report.html import render_page
from incident_timeline.report.png import draw_png
from incident_timeline.report.scores import scores_json
from incident_timeline.report.sentences import build_id, sentences_of, write_sentences
from incident_timeline.report.svg import PAGE_WIDTH, PRINT_WIDTH, draw


@dataclass(frozen=True, slots=True)
class Look:
    """How the charts of one build look."""

    zone: tzinfo | None = None  # a second row of ticks beside UTC
    png: bool = False  # PNG beside SVG, where the `png` extra is installed


def write_documents(
    folder: Path,
    scored: Scored,
    templates: Mapping[str, str],
    say: Callable[[str], None],
    asked: ReportSettings,
    look: Look,
    kin: Kin | None = None,
) -> bytes:
    """Writes everything that a build gives and returns scores.json."""
    told = tell(folder, scored, asked, templates, kin, look.zone)
    claims, numbers = told.claims, told.numbers
    narrow, wide = ([_chart(p, width) for p in told.pictures] for width in (PRINT_WIDTH, PAGE_WIDTH))
    scores = scores_json(scored, claims, __version__)
    said = sentences_of(claims, numbers)
    contents: dict[str, bytes] = {
        "scores.json": scores,
        "timeline.parquet": _parquet(scored),
        FILE: told.postmortem.render(claims, narrow, numbers, small=told.small).encode(),
        "report.html": render_page(told.shown, claims, wide, numbers, told.roles, templates, look.zone).encode(),
        NUMBERS: (json.dumps(dict(numbers), indent=1, sort_keys=True) + "\n").encode(),
    }
    contents |= {
        f"{BUILDS}/{build_id(said)}.json": write_sentences(said), f"{BUILDS}/{NEWEST}": f"{build_id(said)}\n".encode()
    }  # fmt: skip
    for chart in narrow:
        contents[f"charts/{chart.name}.svg"] = chart.svg_light.encode()
        contents[f"charts/{chart.name}-dark.svg"] = chart.svg_dark.encode()
        png = draw_png(chart.svg_light) if look.png else None
        contents |= {f"charts/{chart.name}.png": png} if png is not None else {}
    write_all(folder, contents)
    say(f"written: {len(contents)} files")
    return scores


def _chart(picture: Picture, width: int) -> Chart:
    light, dark = (draw(picture, width=width, theme=theme) for theme in ("light", "dark"))
    return Chart(picture.name, picture.title, picture.alt, light, dark, *list_values(picture))


def _parquet(scored: Scored) -> bytes:
    held = io.BytesIO()
    scored.events.write_parquet(held, compression="zstd", statistics=False)
    return held.getvalue()
