"""The deciding service-level series as a Plotly figure for the page: band, ranges, milestones, deploys, and the rule's own side."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from incident_timeline.model.instants import clock
from incident_timeline.model.milestones import Alternative, candidates
from incident_timeline.model.rules import AlertRule
from incident_timeline.model.scored import Scored

DIV = "sli-live"  # fixed, so that two runs give the same bytes
_MOST_POINTS = 3000  # of one series; beyond, each bucket keeps its least and its greatest sample
_LABEL = 0.11  # of the width: what the longest name above the plot takes
_NAMED = {
    "started": "first hurt", "detected": "paged", "mitigated": "users well", "resolved": "resolved", "fix_landed": "fix landed",
}  # fmt: skip
_FONT = "Arial, 'Liberation Sans', 'Helvetica Neue', Helvetica, 'DejaVu Sans', sans-serif"
Figure = dict[str, Any]


def draw_live(scored: Scored, numbers: Mapping[str, str]) -> Figure | None:
    """The figure as plain JSON values, colours as names of the page's CSS variables; None where no series decided."""
    labels = scored.series.labels
    if scored.decisive is None or scored.decisive not in set(labels["series_id"]):
        return None
    about = scored.series.describe(scored.decisive)
    points = thin(_inside(scored, scored.decisive))
    if points.is_empty():
        return None
    rule, side = _rule_side(scored)
    unit = f" {about['unit']}" if about["unit"] and about["unit"] not in ("ratio", "1") else ""
    data = [
        _line(points, f"{_name(about)} {numbers.get(f'series:{scored.decisive}', '')}".strip(), "--hurt", "y", unit)
    ]
    shapes, notes = _moments(scored), _names(scored)
    moved = next((m for m in scored.moved if m.series_id == scored.decisive), None)
    if moved is not None:
        shapes.append(_rect("paper", "y", 0, 1, moved.band.low, moved.band.high, "--band"))
    axes: Figure = {"yaxis": _axis_y(_name(about) + unit, [0.42 if side is not None else 0.0, 1.0])}
    if side is not None and rule is not None:
        label = scored.series.describe(side)
        data.append(_line(thin(_inside(scored, side)), f"what {rule.name} reads", "--alert", "y2", ""))
        axes["yaxis2"] = _axis_y(str(label["unit"] or "value"), [0.0, 0.34])
        if rule.threshold is not None:
            shapes.append(
                {"type": "line", "xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": rule.threshold, "y1": rule.threshold,
                 "line": {"color": "--alert", "width": 1.5, "dash": "dash"}}
            )  # fmt: skip
    layout = {
        **axes, "xaxis": _axis_x(scored, "y2" if side is not None else "y"), "shapes": shapes, "annotations": notes,
        "paper_bgcolor": "--paper", "plot_bgcolor": "--paper", "font": {"family": _FONT, "size": 13, "color": "--ink"},
        "showlegend": False, "hovermode": "x unified", "hoversubplots": "axis", "height": 460 if side is not None else 360,
        "margin": {"l": 64, "r": 16, "t": 64, "b": 44}, "hoverlabel": {"bgcolor": "--paper", "font": {"color": "--ink"}},
        "dragmode": "zoom",
    }  # fmt: skip
    return {
        "data": data,
        "layout": layout,
        "config": {"displaylogo": False, "responsive": True, "displayModeBar": False},
    }


def to_json(figure: Figure) -> str:
    """The figure as JSON that may stand inside a `<script>`: no `<`, `>` or `&`, no line separators, the same bytes each time."""
    text = json.dumps(figure, ensure_ascii=True, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def thin(points: pl.DataFrame, most: int = _MOST_POINTS) -> pl.DataFrame:
    """(at, value) with at most about `most` rows: of each bucket the least and the greatest sample stay, so peaks are kept."""
    if points.height <= most:
        return points
    size = -(-points.height * 2 // most)
    held = points.with_row_index("row").with_columns(bucket=pl.col("row") // size)
    ends = held.group_by("bucket").agg(
        low=pl.col("row").get(pl.col("value").fill_nan(None).arg_min().fill_null(0)),
        high=pl.col("row").get(pl.col("value").fill_nan(None).arg_max().fill_null(0)),
    )
    kept = set(ends["low"]) | set(ends["high"]) | {0, points.height - 1}
    return held.filter(pl.col("row").is_in(list(kept))).select("at", "value")


def _inside(scored: Scored, series_id: str) -> pl.DataFrame:
    samples = scored.series.samples_of(series_id)
    return samples.filter(pl.col("at").is_between(scored.window.start, scored.window.end))


def _rule_side(scored: Scored) -> tuple[AlertRule | None, str | None]:
    """The rule that paged and the series of its left side, where both are known."""
    fired = [e for e in scored.episodes if e.firing_at is not None]
    at = scored.milestones["fired"].at if "fired" in scored.milestones else None
    chosen = next((e for e in fired if e.firing_at == at), None)
    rule = next((r for r in scored.rules if chosen is not None and r.name == chosen.name), None)
    if rule is None:
        return None, None
    rows = scored.series.labels.filter((pl.col("role") == "rule") & (pl.col("name") == rule.name))
    return rule, rows["series_id"][0] if rows.height else None


def _name(about: Mapping[str, Any]) -> str:
    return " ".join(_text(str(part)) for part in (str(about["name"]).replace("_", " "), about["service"]) if part)


def _text(value: str) -> str:
    """Outside text for Plotly, which reads a little HTML in labels: shown as it is."""
    line = " ".join("".join(c for c in value if c.isprintable()).split())[:80]
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _line(points: pl.DataFrame, name: str, colour: str, axis: str, unit: str) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "name": _text(name), "yaxis": axis, "xaxis": "x", "connectgaps": False,
        "x": [_stamp(at) for at in points["at"]],
        "y": [None if v is None or v != v or abs(v) == float("inf") else v for v in points["value"]],
        "line": {"color": colour, "width": 2}, "hovertemplate": f"%{{y:.3~g}}{_text(unit)}",
    }  # fmt: skip


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _range(scored: Scored) -> tuple[datetime, datetime]:
    """What the chart shows at first: ten minutes before the first milestone to six after the last, inside the window."""
    known = [m.at for m in scored.milestones.values() if m.at is not None]
    start = max(scored.window.start, min(known, default=scored.window.start) - timedelta(minutes=10))
    end = min(scored.window.end, max([*known, start]) + timedelta(minutes=6)) if known else scored.window.end
    return start, max(end, start + timedelta(minutes=5))


def _axis_x(scored: Scored, anchor: str) -> Figure:
    return {
        "type": "date", "anchor": anchor, "range": [_stamp(edge) for edge in _range(scored)],
        "hoverformat": "%H:%M:%S UTC", "tickformat": "%H:%M", "gridcolor": "--grid", "linecolor": "--rule",
        "title": {"text": "UTC", "standoff": 6}, "showspikes": True, "spikemode": "across", "spikethickness": 1,
        "spikecolor": "--rule", "spikedash": "solid",
    }  # fmt: skip


def _axis_y(title: str, domain: list[float]) -> Figure:
    return {"domain": domain, "title": {"text": _text(title)}, "gridcolor": "--grid", "rangemode": "tozero", "nticks": 5,
            "zeroline": False, "fixedrange": True}  # fmt: skip


def _moments(scored: Scored) -> list[Figure]:
    """Ranges as bands, known moments as lines, an unconfirmed one as a dotted band with a dashed line for each candidate."""
    shapes: list[Figure] = []
    for name in _NAMED:
        moment = scored.milestones.get(name)
        if moment is None or moment.at is None or moment.basis == "proposed":
            continue
        if moment.basis == "measured" and moment.earliest != moment.latest and moment.earliest and moment.latest:
            shapes.append(_rect("x", "paper", _stamp(moment.earliest), _stamp(moment.latest), 0, 1, "--hurt-tint"))
        shapes.append(_vertical(moment.at, "--rule", "solid"))
    shapes += [_vertical(one.at, "--people", "dash") for one in _rivals(scored)]
    shapes += [_vertical(c.finished_at, "--change", "dot") for c in scored.changes if c.finished_at is not None]
    return shapes


def _names(scored: Scored) -> list[Figure]:
    """Names of the moments above the plot, on three levels so that neighbours do not meet; near the right end to the left."""
    marks = [
        (m.at, f"{words} {clock(m.at)}")
        for name, words in _NAMED.items()
        if (m := scored.milestones.get(name)) is not None and m.at is not None and m.basis != "proposed"
    ]
    marks += [(one.at, f"{number}?") for number, one in enumerate(_rivals(scored), 1)]
    start, end = _range(scored)
    return [
        _note(at, words, index % 3, late=at > end - (end - start) * _LABEL)
        for index, (at, words) in enumerate(sorted(marks))
    ]


def _rivals(scored: Scored) -> tuple[Alternative, ...]:
    knew = scored.milestones.get("knew_enough")
    return candidates(knew) if knew is not None else ()


def _note(at: datetime, words: str, level: int, *, late: bool) -> Figure:
    return {"x": _stamp(at), "y": 1, "xref": "x", "yref": "paper", "text": words, "showarrow": False, "yanchor": "bottom",
            "yshift": 2 + 17 * level, "xanchor": "right" if late else "left", "font": {"size": 12, "color": "--ink"}}  # fmt: skip


def _vertical(at: datetime, colour: str, dash: str) -> Figure:
    return {"type": "line", "xref": "x", "yref": "paper", "x0": _stamp(at), "x1": _stamp(at), "y0": 0, "y1": 1,
            "line": {"color": colour, "width": 1.2, "dash": dash}, "layer": "below"}  # fmt: skip


def _rect(xref: str, yref: str, x0: Any, x1: Any, y0: float, y1: float, colour: str) -> Figure:
    return {"type": "rect", "xref": xref, "yref": yref, "x0": x0, "x1": x1, "y0": y0, "y1": y1, "fillcolor": colour,
            "line": {"width": 0}, "layer": "below"}  # fmt: skip
