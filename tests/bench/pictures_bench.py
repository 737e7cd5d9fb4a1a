"""Measures pictures against plotly express: `python -m tests.bench.pictures_bench`.

One run, taken in turns: a page with 30 charts of 8 series, 961 samples each, against `px.line` and `to_html`; and the charts
of an incident as SVG against `write_image`, which goes through a browser. The second half needs kaleido, which is installed
by hand (`pip install kaleido`) and is no dependency; without it that half says so and ends politely.
"""

import importlib.util
import json
import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

import polars as pl

from incident_timeline.explain.charts import describe_all
from incident_timeline.explain.evidence import number_evidence
from incident_timeline.explain.roles import assign_roles
from incident_timeline.model.pictures import Picture
from incident_timeline.model.scored import Scored
from incident_timeline.model.series import SeriesSet
from incident_timeline.report.html import render_page
from incident_timeline.report.page_series import to_json
from incident_timeline.report.page_signals import draw_signals
from incident_timeline.report.svg import draw
from tests.explain.example_incident import LATENCY
from tests.report.example_scored import TEMPLATES, example, told

CHARTS, LINES, SAMPLES, TURNS = 30, 8, 961, 5


def crowded() -> Scored:
    """The example with 30 queries of 8 series each over its window."""
    scored = example()
    chance = random.Random(7)
    about = scored.series.describe(LATENCY)
    step = (scored.window.end - scored.window.start) / (SAMPLES - 1)
    times = [scored.window.start + i * step for i in range(SAMPLES)]
    rows, parts = [], []
    for chart in range(CHARTS):
        for line in range(LINES):
            key = f"q{chart}l{line}"
            rows.append(about | {"series_id": key, "name": f"query_{chart}", "labels": json.dumps({"pod": f"p{line}"})})
            values = [0.2 + 0.01 * line + 0.05 * chance.random() for _ in range(SAMPLES)]
            parts.append(pl.DataFrame({"series_id": key, "at": times, "value": values}))
    labels = pl.DataFrame(rows, schema=scored.series.labels.schema)
    samples = pl.concat(parts).cast(dict(scored.series.samples.schema))  # type: ignore[arg-type]
    return replace(scored, series=SeriesSet(labels, samples), decisive=None, moved=())


def figures(scored: Scored) -> list[object]:
    """The same series as plotly express draws them from a frame in long form."""
    import plotly.express as px

    wide = scored.series.samples.join(scored.series.labels.select("series_id", "name"), on="series_id")
    return [
        px.line(wide.filter(pl.col("name") == f"query_{chart}"), x="at", y="value", color="series_id")
        for chart in range(CHARTS)
    ]


def page_by_express(scored: Scored) -> str:
    """One page with all figures, plotly.js inline once."""
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=i == 0)  # type: ignore[attr-defined]
        for i, figure in enumerate(figures(scored))
    ]
    return f"<!doctype html><body>{''.join(parts)}</body>"


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call by the wall clock and of this process's processors: the second is steadier on a busy machine."""
    start = perf_counter(), process_time()
    work()
    return perf_counter() - start[0], process_time() - start[1]


def bench_page() -> None:
    """The page against the page."""
    scored = crowded()
    claims, numbers, roles = told(scored)
    ours = lambda: render_page(scored, claims, (), numbers, roles, TEMPLATES)  # noqa: E731 - timed as it stands
    ours(), page_by_express(scored)  # imports and caches of both
    turns = [(seconds(ours), seconds(lambda: page_by_express(scored))) for _ in range(TURNS)]
    mine, mine_cpu = (min(turn[0][clock] for turn in turns) for clock in (0, 1))
    peer, peer_cpu = (min(turn[1][clock] for turn in turns) for clock in (0, 1))
    signals, drawn = draw_signals(scored, numbers)
    heaviest = max(len(to_json(chart)) for chart in drawn["charts"])
    kept = sum(_peaks_kept(scored, one.name, chart) for one, chart in zip(signals, drawn["charts"], strict=True))
    print(
        f"page, {CHARTS} charts of {LINES} x {SAMPLES}, least of {TURNS}: {mine * 1e3:.0f} ms, CPU {mine_cpu * 1e3:.0f} ms"
    )
    print(f"  px.line + to_html: {peer * 1e3:.0f} ms, CPU {peer_cpu * 1e3:.0f} ms")
    print(f"  ours {peer / mine:.1f} times as fast, by CPU {peer_cpu / mine_cpu:.1f} times")
    print(f"  {len(ours()) / 1e6:.1f} MB against {len(page_by_express(scored)) / 1e6:.1f} MB")
    print(
        f"  data of the heaviest chart: {heaviest / 1e3:.1f} kB (at most 60); peaks kept: {kept} of {CHARTS * LINES * 2}"
    )


def _peaks_kept(scored: Scored, name: str, chart: dict[str, list[dict[str, list[float]]]]) -> int:
    """Of the greatest and least value of each line, how many the chart still has."""
    query = int(name.split()[1])
    found = 0
    for line in chart["lines"]:
        values = scored.series.samples_of(f"q{query}l{line['name'].removeprefix('pod=p')}")["value"]  # type: ignore[attr-defined]
        drawn = [value for value in line["y"] if value is not None]
        for wanted, there in ((values.max(), max(drawn)), (values.min(), min(drawn))):
            found += abs(wanted - there) <= 1e-4 * abs(wanted)  # type: ignore[operator, arg-type]
    return found


def bench_images() -> None:
    """SVG of our charts against an image of one figure through a browser, in a browser of its own and in a running one."""
    scored = example()
    numbers, roles = number_evidence(scored), assign_roles(scored.events)

    def ours() -> int:
        found = [one for one in describe_all(scored, roles, numbers) if isinstance(one, Picture)]
        return sum(len(draw(one)) for one in found)

    ours()
    mine = min(seconds(ours)[0] for _ in range(TURNS)) / 5
    print(f"SVG, described and drawn: {mine * 1e3:.1f} ms a chart (mean of five)")
    if importlib.util.find_spec("kaleido") is None:
        print("  kaleido is not installed: no image through a browser to compare with (pip install kaleido)")
        return
    kaleido = importlib.import_module("kaleido")  # not declared on purpose, so not imported by name
    figure = figures(crowded())[0]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "x.svg")
        alone = min(seconds(lambda: figure.write_image(path))[0] for _ in range(TURNS))  # type: ignore[attr-defined]
        kaleido.start_sync_server()
        figure.write_image(path)  # type: ignore[attr-defined]
        running = min(seconds(lambda: figure.write_image(path))[0] for _ in range(TURNS))  # type: ignore[attr-defined]
        kaleido.stop_sync_server()
    print(f"  write_image, a browser each: {alone * 1e3:.0f} ms; ours {alone / mine:.0f} times as fast")
    print(f"  write_image, one browser running: {running * 1e3:.0f} ms; ours {running / mine:.0f} times as fast")


if __name__ == "__main__":
    bench_page()
    bench_images()
