"""The deciding service-level series as a Plotly figure for the page: band, ranges, milestones, deploys, and the rule's own side."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import polars as pl

from incident_timeline.model.instants import clock
from incident_timeline.model.milestones import Alternative, candidates
from incident_timeline.model.rules import AlertRule
from incident_timeline.model.scored import Scored
from incident_timeline.report.page_series import Figure, Samples, plain, samples_by_series, write_line
from incident_timeline.report.svg.axis import zone_name

DIV = "sli-live"  # fixed, so that two runs give the same bytes
_MOST_POINTS = 3000  # of one series
_LABEL = 0.11  # of the width: what the longest name above the plot takes
_NAMED = {
    "started": "first hurt", "detected": "paged", "mitigated": "users well", "resolved": "resolved", "fix_landed": "fix landed",
}  # fmt: skip
CONFIG = {"displaylogo": False, "responsive": True, "displayModeBar": False}
_FONT = "Arial, 'Liberation Sans', 'Helvetica Neue', Helvetica, 'DejaVu Sans', sans-serif"
LOOK = {  # of every live chart
    "paper_bgcolor": "--paper", "plot_bgcolor": "--paper", "font": {"family": _FONT, "size": 13, "color": "--ink"},
    "showlegend": False, "hovermode": "x unified", "hoverlabel": {"bgcolor": "--paper", "font": {"color": "--ink"}},
    "dragmode": "zoom",
}  # fmt: skip


def draw_live(scored: Scored, numbers: Mapping[str, str], zone: tzinfo | None = None) -> Figure | None:
    """The figure as plain JSON values, colours as names of the page's CSS variables; None where no series decided."""
    labels = scored.series.labels
    if scored.decisive is None or scored.decisive not in set(labels["series_id"]):
        return None
    about = scored.series.describe(scored.decisive)
    known = samples_by_series(scored)
    points = known.get(scored.decisive)
    if points is None:
        return None
    rule, side = _rule_side(scored)
    unit = f" {about['unit']}" if about["unit"] and about["unit"] not in ("ratio", "1") else ""
    data = [
        _line(points, f"{_name(about)} {numbers.get(f'series:{scored.decisive}', '')}".strip(), "--hurt", "y", unit)
    ]
    shapes, notes = mark_moments(scored), _names(scored)
    moved = next((m for m in scored.moved if m.series_id == scored.decisive), None)
    if moved is not None:
        shapes.append(_rect("paper", "y", 0, 1, moved.band.low, moved.band.high, "--band"))
    axes: Figure = {"yaxis": value_axis(_name(about) + unit, [0.42 if side is not None else 0.0, 1.0])}
    if side is not None and rule is not None:
        label = scored.series.describe(side)
        data += [_line(known[side], f"what {rule.name} reads", "--alert", "y2", "")] if side in known else []
        axes["yaxis2"] = value_axis(str(label["unit"] or "value"), [0.0, 0.34])
        if rule.threshold is not None:
            shapes.append(
                {"type": "line", "xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": rule.threshold, "y1": rule.threshold,
                 "line": {"color": "--alert", "width": 1.5, "dash": "dash"}}
            )  # fmt: skip
    layout = {
        **LOOK, **axes, "xaxis": time_axis(scored, "y2" if side is not None else "y", zone), "shapes": shapes, "annotations": notes,
        "hoversubplots": "axis", "height": 460 if side is not None else 360, "margin": {"l": 64, "r": 16, "t": 64, "b": 44},
    }  # fmt: skip
    return {"data": data, "layout": layout, "config": CONFIG}


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
    return " ".join(plain(str(part)) for part in (str(about["name"]).replace("_", " "), about["service"]) if part)


def _line(points: Samples, name: str, colour: str, axis: str, unit: str) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "name": plain(name), "yaxis": axis, "xaxis": "x", "connectgaps": False,
        **write_line(points, _MOST_POINTS), "line": {"color": colour, "width": 2}, "hovertemplate": f"%{{y:.3~g}}{plain(unit)}",
    }  # fmt: skip


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _range(scored: Scored) -> tuple[datetime, datetime]:
    """What the chart shows at first: ten minutes before the first milestone to six after the last, inside the window."""
    known = [m.at for m in scored.milestones.values() if m.at is not None]
    start = max(scored.window.start, min(known, default=scored.window.start) - timedelta(minutes=10))
    end = min(scored.window.end, max([*known, start]) + timedelta(minutes=6)) if known else scored.window.end
    return start, max(end, start + timedelta(minutes=5))


def time_axis(scored: Scored, anchor: str, zone: tzinfo | None) -> Figure:
    """The axis of UTC, at first from ten minutes before the first milestone to six after the last; the title names `zone`."""
    return {
        "type": "date", "anchor": anchor, "range": [_stamp(edge) for edge in _range(scored)],
        "hoverformat": "%H:%M:%S UTC", "tickformat": "%H:%M", "gridcolor": "--grid", "linecolor": "--rule",
        "title": {"text": _axis_title(scored, zone), "standoff": 6}, "showspikes": True, "spikemode": "across", "spikethickness": 1,
        "spikecolor": "--rule", "spikedash": "solid",
    }  # fmt: skip


def _axis_title(scored: Scored, zone: tzinfo | None) -> str:
    """`UTC`, and how far the team's own zone is from it at the incident: a zoomed axis has no second row of ticks."""
    if zone is None:
        return "UTC"
    offset = scored.window.start.astimezone(zone).isoformat()[-6:]
    return f"UTC ({plain(zone_name(zone, scored.window.start))} is UTC{offset})"


def value_axis(title: str, domain: list[float]) -> Figure:
    """The axis of values over a part of the figure's height, named by its title."""
    return {"domain": domain, "title": {"text": plain(title)}, "gridcolor": "--grid", "rangemode": "tozero", "nticks": 5,
            "zeroline": False, "fixedrange": True}  # fmt: skip


def mark_moments(scored: Scored) -> list[Figure]:
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
    return candidates(knew) if knew is not None and knew.at is not None else ()


def _note(at: datetime, words: str, level: int, *, late: bool) -> Figure:
    return {"x": _stamp(at), "y": 1, "xref": "x", "yref": "paper", "text": words, "showarrow": False, "yanchor": "bottom",
            "yshift": 2 + 17 * level, "xanchor": "right" if late else "left", "font": {"size": 12, "color": "--ink"}}  # fmt: skip


def _vertical(at: datetime, colour: str, dash: str) -> Figure:
    return {"type": "line", "xref": "x", "yref": "paper", "x0": _stamp(at), "x1": _stamp(at), "y0": 0, "y1": 1,
            "line": {"color": colour, "width": 1.2, "dash": dash}, "layer": "below"}  # fmt: skip


def _rect(xref: str, yref: str, x0: Any, x1: Any, y0: float, y1: float, colour: str) -> Figure:
    return {"type": "rect", "xref": xref, "yref": yref, "x0": x0, "x1": x1, "y0": y0, "y1": y1, "fillcolor": colour,
            "line": {"width": 0}, "layer": "below"}  # fmt: skip
