"""Facts about report.html: one file that asks for nothing, shows everything, and runs nothing but its own scripts."""

import base64
import hashlib
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import plotly.graph_objects as go
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.explain.charts import describe_all
from incident_timeline.explain.charts.listing import list_values
from incident_timeline.model.findings import Chart
from incident_timeline.model.milestones import missing
from incident_timeline.model.pictures import Picture
from incident_timeline.model.scored import Scored
from incident_timeline.model.series import SeriesSet
from incident_timeline.report.html import render_page
from incident_timeline.report.page_chart import draw_live
from incident_timeline.report.page_series import Samples, kept_rows, to_json, write_line
from incident_timeline.report.page_signals import draw_signals
from incident_timeline.report.svg import draw
from tests.explain.example_incident import LATENCY
from tests.report.example_scored import TEMPLATES, bare, charts, example, told, without
from tests.report.hostile import hostile


def page(scored: Scored, *, drawn: bool = False) -> str:
    """report.html of a scored incident, with stand-ins for charts or, `drawn`, with the real ones."""
    claims, numbers, roles = told(scored)
    pictures = charts()
    if drawn:
        pictures = tuple(
            Chart(p.name, p.title, p.alt, *(draw(p, width=1200, theme=t) for t in ("light", "dark")), *list_values(p))
            for p in describe_all(scored, roles, numbers)
            if isinstance(p, Picture)
        )
    return render_page(scored, claims, pictures, numbers, roles, TEMPLATES)


def figure_of(scored: Scored) -> dict[str, object]:
    """The live chart as plain values."""
    figure = draw_live(scored, told(scored)[1])
    assert figure is not None
    return figure


def test_candidates_of_a_moment_that_nothing_proposes_have_no_line_in_the_live_chart() -> None:
    """They are numbered there only where one of them is proposed."""
    scored = example()
    rivals = scored.milestones["knew_enough"].alternatives
    absent = missing("knew_enough", "it seems to have ended by itself", rivals)
    abstained = replace(scored, milestones=scored.milestones | {"knew_enough": absent})

    assert "1?" in json.dumps(figure_of(scored), default=str)
    assert "1?" not in json.dumps(figure_of(abstained), default=str)


class Elements(HTMLParser):
    """Elements of a page with their attributes, and the texts of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.inline: dict[str, list[str]] = {"script": [], "style": []}
        self._open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps the element."""
        self.all.append((tag, dict(attrs)))
        self._open = tag if tag in self.inline else None
        if self._open:
            self.inline[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        """Ends a script or style."""
        self._open = None

    def handle_data(self, data: str) -> None:
        """Keeps the text of scripts and styles."""
        if self._open:
            self.inline[self._open][-1] += data


@pytest.mark.parametrize("scored", [example(), bare(), without(example(), "knew_enough")])
def test_the_same_incident_gives_the_same_bytes(scored: Scored) -> None:
    """Two runs, one page."""
    assert page(scored) == page(scored)


@pytest.mark.parametrize("scored", [example(), bare(), hostile()])
def test_the_page_refers_to_nothing_outside(scored: Scored) -> None:
    """No element names another host; links lead into the page or to the post-mortem beside it."""
    elements = Elements(page(scored)).all
    targets = [
        value
        for _, attrs in elements
        for key, value in attrs.items()
        if key in ("src", "href", "action", "data", "srcset")
    ]

    assert [] == [one for one in targets if one and not one.startswith("#") and one != "postmortem.md"]
    assert [] == [tag for tag, _ in elements if tag in ("iframe", "img", "link", "object", "embed", "base")]


@pytest.mark.parametrize("scored", [example(), bare(), hostile()])
def test_the_policy_names_exactly_the_scripts_and_styles_of_the_page(scored: Scored) -> None:
    """Each inline script and style has its digest in the policy, and nothing else may run."""
    text = page(scored)
    elements = Elements(text)
    policy = (
        next(attrs["content"] for tag, attrs in elements.all if attrs.get("http-equiv") == "Content-Security-Policy")
        or ""
    )
    run = [body for (_, attrs), body in zip([e for e in elements.all if e[0] == "script"], elements.inline["script"], strict=True)
           if attrs.get("type") != "application/json"]  # fmt: skip
    digests = ["'sha256-" + base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() + "'" for one in run]

    assert digests == re.search(r"script-src ([^;]+)", policy)[1].split()  # type: ignore[index]
    assert "default-src 'none'" in policy
    assert "unsafe-inline' script" not in policy
    assert "unsafe-eval" not in policy


def as_script_sees(value: object) -> Any:
    """A value of the page as its script has it: colours are colours, lines are whole."""
    found = json.loads(re.sub(r'"--[a-z-]+"', '"#123456"', to_json(value)))
    charts = found.get("charts") or [found]
    for line in [line for chart in charts for line in chart.get("lines") or chart["data"]]:
        line["x"] = [line["x0"] + step * line["dx"] for step in line["x"]]
        del line["x0"], line["dx"]
    return found


def test_the_live_chart_is_a_figure_that_plotly_accepts() -> None:
    """Validated by plotly's own schema; its samples are those of the series, to the millisecond."""
    found = as_script_sees(figure_of(example()))
    figure = go.Figure({k: v for k, v in found.items() if k != "config"})
    samples = example().series.samples_of(LATENCY)

    assert ["p99 latency checkout S1", "what CheckoutErrors reads"] == [trace.name for trace in figure.data]
    assert samples["at"].dt.epoch("ms").to_list() == list(figure.data[0].x)
    assert pytest.approx(samples["value"].to_list(), rel=1e-4) == list(figure.data[0].y)


def test_every_collected_signal_is_a_chart_that_plotly_accepts() -> None:
    """In the order of their numbers; what a rule reads is none; each under 60 kB for eight lines of a thousand samples."""
    scored = example()
    about = scored.series.describe(LATENCY)
    at = pl.datetime_range(scored.window.start, scored.window.end, "4s", eager=True)[:1000]
    rows = [about | {"series_id": f"w{i}", "name": "wide", "labels": json.dumps({"pod": f"p{i}"})} for i in range(8)]
    more = [pl.DataFrame({"series_id": f"w{i}", "at": at, "value": [0.1 + 1 / (1 + (i * j) % 97) for j in range(1000)]})
            for i in range(8)]  # fmt: skip
    labels = pl.concat([scored.series.labels, pl.DataFrame(rows, schema=scored.series.labels.schema)])
    samples = pl.concat([scored.series.samples, *(one.cast(dict(scored.series.samples.schema)) for one in more)])
    signals, value = draw_signals(replace(scored, series=SeriesSet(labels, samples)), {f"series:{LATENCY}": "S1"})

    assert ["p99 latency of checkout", "wide of checkout"] == [one.name for one in signals]
    assert signals[1].words.endswith("8 lines")
    assert len(to_json(value["charts"][1])) < 60_000
    found = as_script_sees(value)
    for chart in found["charts"]:
        go.Figure({"data": chart["lines"], "layout": found["layout"] | {"yaxis": chart["yaxis"]}})
    assert [f"pod=p{i}" for i in range(8)] == [line["name"] for line in found["charts"][1]["lines"]]


def test_the_axis_of_a_live_chart_says_what_the_teams_zone_is() -> None:
    """A zoomed axis has no second row of ticks; without a zone it is UTC alone."""
    titles = []
    for zone in (ZoneInfo("Asia/Kolkata"), None):
        figure = draw_live(example(), told(example())[1], zone)
        assert figure is not None
        titles.append(figure["layout"]["xaxis"]["title"]["text"])

    assert ["UTC (IST is UTC+05:30)", "UTC"] == titles


def test_an_unconfirmed_moment_has_no_solid_line_and_no_time_in_the_live_chart() -> None:
    """One dashed line for each candidate, named by its number with a question mark."""
    layout = figure_of(example())["layout"]
    assert isinstance(layout, dict)
    names = [note["text"] for note in layout["annotations"]]

    assert ["3?", "1?", "2?"] == [one for one in names if "?" in one]
    assert 3 == len([shape for shape in layout["shapes"] if shape["line"].get("dash") == "dash" and shape["type"] == "line"
                     and shape.get("yref") == "paper"])  # fmt: skip


def test_without_a_deciding_series_there_is_no_live_chart() -> None:
    """And no plotly in the page, which is then small."""
    assert None is draw_live(bare(), {})
    assert len(page(bare())) < 60_000


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(20, 100))
def test_thinning_keeps_the_peaks(values: list[float], most: int) -> None:
    """Least and greatest sample stay, first and last too, in their order, and not many more than asked for."""
    rows = kept_rows(np.array(values), most)
    kept = [values[row] for row in rows]

    assert (min(values), max(values), values[0], values[-1]) == (min(kept), max(kept), kept[0], kept[-1])
    assert len(rows) <= max(most + 4, 0) or len(rows) == len(values)
    assert sorted(set(rows)) == list(rows)


@given(st.lists(st.floats(width=64), min_size=1, max_size=50))
def test_a_written_line_is_the_series(values: list[float]) -> None:
    """Whatever the values: to five significant digits, with None for what is no number, and valid JSON."""
    samples = Samples(np.arange(len(values)) * 15_000 + 7, np.array(values))
    line = write_line(samples, 400)

    assert [7 + i * 15_000 for i in range(len(values))] == [line["x0"] + step * line["dx"] for step in line["x"]]
    for value, written in zip(values, json.loads(to_json(line))["y"], strict=True):
        assert written == pytest.approx(value, rel=1e-4, abs=0) if math.isfinite(value) else written is None


def test_thinning_keeps_gaps() -> None:
    """A stretch without values still breaks the line."""
    values = np.where((np.arange(1000) > 400) & (np.arange(1000) < 600), np.nan, 1.0)

    assert np.isnan(values[kept_rows(values, 100)]).sum() > 5


def test_every_reference_leads_to_its_line() -> None:
    """Each evidence link's target exists once."""
    elements = Elements(page(example())).all
    ids = [attrs["id"] for _, attrs in elements if "id" in attrs]
    links = {(attrs.get("href") or "")[1:] for tag, attrs in elements if tag == "a" and attrs.get("class") == "ev"}

    assert len(ids) == len(set(ids))
    assert set() == links - set(ids)


def test_titles_are_text_in_the_title_element() -> None:
    """A title that ends the element does not end it."""
    scored = example()
    text = page(replace(scored, incident=replace(scored.incident, title="</title><b>x")))

    assert "<title>INC-123: &lt;/title&gt;&lt;b&gt;x</title>" in text
