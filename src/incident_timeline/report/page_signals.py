"""Every collected signal as a live chart of its own, one for each query, drawn when a reader opens it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
import polars as pl

from incident_timeline.model.scored import Scored
from incident_timeline.report.page_chart import CONFIG, LOOK, mark_moments, time_axis, value_axis
from incident_timeline.report.page_series import Figure, Samples, plain, samples_by_series, write_line

_ROLES = ("sli", "resource")  # what a rule reads and the parts of a ratio stand with the deciding signal or not at all
_MOST_POINTS = 400  # of one line; eight of them are then under 60 kB
_MOST_LINES = 20  # of one chart; how many there are is said
_COLOURS = ("--ink", "--people", "--alert", "--change", "--well")
_DASHES = ("solid", "dash", "dot", "dashdot")


@dataclass(frozen=True, slots=True)
class Signal:
    """One query's chart on the page: what it is called, and what it shows in words."""

    name: str
    words: str


def draw_signals(
    scored: Scored, numbers: Mapping[str, str], zone: tzinfo | None = None
) -> tuple[tuple[Signal, ...], Figure]:
    """The signals in the order of their numbers, and one value for the page's script.

    That value holds what all charts share (`layout`, `config`) and for each chart its axis of values and its lines.
    """
    known = samples_by_series(scored)
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in scored.series.labels.filter(pl.col("role").is_in(_ROLES)).iter_rows(named=True):
        if row["series_id"] in known:
            groups.setdefault((str(row["name"]), str(row["service"] or "")), []).append(row)
    ordered = sorted(groups.items(), key=lambda item: (min(_place(row, numbers) for row in item[1]), item[0]))
    signals, charts = [], []
    for (name, service), rows in ordered:
        shown = rows[:_MOST_LINES]
        words = _words(rows, shown, known, numbers)
        signals.append(Signal(" of ".join(part for part in (name.replace("_", " "), service) if part), words))
        lines = [
            {"name": plain(_label(row, rows)), **write_line(known[row["series_id"]], _MOST_POINTS), "line": _style(i)}
            for i, row in enumerate(shown)
        ]
        charts.append({"yaxis": value_axis(str(rows[0]["unit"] or ""), [0.0, 1.0]), "lines": lines})
    layout = {
        **LOOK, "xaxis": time_axis(scored, "y", zone), "shapes": mark_moments(scored), "height": 300,
        "margin": {"l": 64, "r": 16, "t": 12, "b": 44},
    }  # fmt: skip
    return tuple(signals), {"layout": layout, "config": CONFIG, "charts": charts}


def _place(row: Mapping[str, Any], numbers: Mapping[str, str]) -> int:
    number = numbers.get(f"series:{row['series_id']}", "")
    return int(number[1:]) if number[1:].isdigit() else 10**6


def _words(
    rows: Sequence[Mapping[str, Any]],
    shown: Sequence[Mapping[str, Any]],
    known: Mapping[str, Samples],
    numbers: Mapping[str, str],
) -> str:
    """`S1; 0.06 to 2.2 s`: the numbers, the range of all values, and how many lines there are."""
    values = np.concatenate([known[row["series_id"]].values for row in rows])
    finite = values[np.isfinite(values)]
    unit = str(rows[0]["unit"] or "")
    span = f"{_short(finite.min())} to {_short(finite.max())} {unit}".strip() if len(finite) else "no value"
    listed = [number for row in shown if (number := numbers.get(f"series:{row['series_id']}"))]
    more = (
        f"{len(shown)} of {len(rows)} lines"
        if len(shown) < len(rows)
        else f"{len(rows)} lines"
        if len(rows) > 1
        else ""
    )
    return "; ".join(part for part in (", ".join(listed[:3]), span, more) if part)


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "\u2212")


def _label(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """What tells one line from the others of its query: its labels; of a single one its name."""
    if len(rows) == 1:
        return str(row["name"]).replace("_", " ")
    try:
        labels = json.loads(row["labels"] or "{}")
    except ValueError:
        labels = {}
    pairs = labels.items() if isinstance(labels, dict) else ()
    return ", ".join(f"{key}={value}" for key, value in sorted(pairs)) or str(row["series_id"])


def _style(place: int) -> Figure:
    dash = _DASHES[place // len(_COLOURS) % len(_DASHES)]
    return {"color": _COLOURS[place % len(_COLOURS)], "width": 1.5, "dash": dash}
