"""Series as panels: the deciding signal with its band and where it was outside, and what the paging rule reads."""

import math
from collections.abc import Iterable
from datetime import datetime
from statistics import median
from typing import Any

import polars as pl

from incident_timeline.explain.case import Case
from incident_timeline.explain.charts.window import View
from incident_timeline.explain.charts.words import confirmed, spread
from incident_timeline.explain.wording import clean, figure
from incident_timeline.model.onset import Band
from incident_timeline.model.pictures import Forms, Plot, Whisker

_UNITS = {"seconds": "s", "milliseconds": "ms", "ratio": "per cent", "1": "per cent", "percent": "per cent"}
_SIGNS = {"seconds": "s", "milliseconds": "ms", "percent": "%"}


def decisive_label(case: Case) -> dict[str, Any] | None:
    """The label row of the deciding signal; without one that of the first service-level signal collected, or None."""
    label = case.decisive()
    if label is not None:
        return label
    levels = case.scored.series.labels.filter(pl.col("role") == "sli").sort("series_id")
    return next(
        (row for row in levels.iter_rows(named=True) if case.scored.series.samples_of(row["series_id"]).height), None
    )


def points_of(case: Case, series_id: str, view: View) -> tuple[tuple[datetime, float], ...]:
    """The samples of one series inside the view."""
    samples = case.scored.series.samples_of(series_id).filter(pl.col("at").is_between(view.start, view.end))
    values = samples["value"].fill_null(float("nan")).to_list()
    return tuple(zip(samples["at"].to_list(), values, strict=True))


def band_of(case: Case, series_id: str) -> Band | None:
    """The normal band of a series, where its onset gave one."""
    found = [one.band for one in case.scored.moved if one.series_id == series_id]
    band = found[0] if found else None
    return band if band is not None and math.isfinite(band.low) and math.isfinite(band.high) else None


def hurt_stretches(
    case: Case, view: View, points: tuple[tuple[datetime, float], ...], band: Band | None
) -> tuple[tuple[datetime, datetime], ...]:
    """From first hurt to users well; without a recovery where samples are outside the band; empty where the start is unknown."""
    started, mitigated = case.milestone("started"), case.milestone("mitigated")
    if started.at is None or not confirmed(started):
        return ()
    if mitigated.at is not None and mitigated.at > started.at:
        return ((started.at, mitigated.at),)
    if band is None:
        return ((started.at, view.end),) if view.end > started.at else ()
    first = started.at
    return runs((at, at >= first and math.isfinite(v) and not band.low <= v <= band.high) for at, v in points)


def runs(held: Iterable[tuple[datetime, bool]]) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches from the first to the last of neighbouring instants for which something held."""
    found: list[list[datetime]] = []
    inside = False
    for at, holds in held:
        if holds and inside:
            found[-1][1] = at
        elif holds:
            found.append([at, at])
        inside = holds
    return tuple((a, b) for a, b in found if b > a)


def gap_of(label: dict[str, Any]) -> float:
    """Samples further apart than this many seconds are not joined by a line."""
    steps = [float(step) for step in (label["step_s"], label["scrape_s"]) if step]
    return 3.5 * max(steps) if steps else 300.0


def factor_of(label: dict[str, Any]) -> float:
    """What values are multiplied with to be shown: ratios as per cent."""
    return 100.0 if label["unit"] in ("ratio", "1") else 1.0


def unit_of(label: dict[str, Any]) -> str:
    """The unit as the charts write it."""
    unit = label["unit"] or ""
    return _UNITS.get(unit, clean(unit, 16))


def describe_sli(case: Case, view: View, *, tall: bool) -> Plot:
    """The panel of the deciding signal; `tall` is that of the chart which is about it."""
    label = decisive_label(case)
    if label is None:
        started = case.milestone("started")
        reason = case.hidden(started.reason, 160) if started.at is None else ""
        return Plot("sli", "Users hurt", (), (), 0, empty=f"no service-level signal{': ' if reason else ''}{reason}")
    series_id, points = label["series_id"], points_of(case, label["series_id"], view)
    decided = series_id == case.scored.decisive
    band = band_of(case, series_id)
    outside = hurt_stretches(case, view, points, band) if decided else ()
    name = case.signal_name(series_id)
    number = case.numbers.get(f"series:{series_id}", "")
    where = ", ".join(part for part in (clean(label["service"] or "", 24), unit_of(label)) if part)
    notes = (
        (f"[{number}] the deciding signal; {unit_of(label)}".strip("; "),)
        if tall and number
        else (f"{where} [{number}]" if number else where,)
    )
    normal = f"normal {band_text(band, label['unit'])}" if band else ""
    return Plot(
        key="sli",
        name=name,
        notes=tuple(note for note in notes if note),
        points=points,
        gap_s=gap_of(label),
        factor=factor_of(label),
        outside=outside,
        band=(band.low, band.high) if band else None,
        band_texts=(normal,) if tall and normal else (),
        tint=not tall,
        remarks=_remarks(case, label, points, outside, "" if tall else normal, tall=tall),
        whiskers=_whiskers(case, view) if outside and not tall else (),
        least_px=190 if tall else 74,
        most_px=900 if tall else 150,
        empty=f"{name}: no samples in this window",
    )


def band_text(band: Band, unit: str | None) -> str:
    """`0.22 to 0.42 s`, with as many digits as it takes to tell the ends apart."""
    factor, sign = (
        (100.0, " %") if unit in ("ratio", "1") else (1.0, f" {_SIGNS.get(unit or '', clean(unit, 16))}".rstrip())
    )
    low, high = band.low * factor, band.high * factor
    for digits in (2, 3, 4):
        first, last = f"{low:.{digits}g}", f"{high:.{digits}g}"
        if first != last:
            break
    return f"{_signed(float(first))} to {_signed(float(last))}{sign}"


def exact(value: float, unit: str | None) -> str:
    """A configured value as it was written: `2 %`, `0.02`, `1.5 s`."""
    if unit in ("ratio", "1"):
        return f"{_signed(value * 100)} %"
    return f"{_signed(value)} {_SIGNS.get(unit or '', clean(unit, 16))}".strip()


def _signed(value: float) -> str:
    return f"{value:g}".replace("-", "\u2212")


def _remarks(
    case: Case,
    label: dict[str, Any],
    points: tuple[tuple[datetime, float], ...],
    outside: tuple[tuple[datetime, datetime], ...],
    normal: str,
    *,
    tall: bool,
) -> Forms:
    if not outside:
        return ()
    values = [v for at, v in points if math.isfinite(v) and any(start <= at <= end for start, end in outside)]
    if not values:
        return ()
    middle = f"median {figure(median(values), label['unit'])}"
    moved = next((one for one in case.scored.moved if one.series_id == label["series_id"]), None)
    if tall and moved is not None and case.scored.rules and not case.readers(moved):
        number = case.numbers.get("rule:*", "")
        return (f"{middle}, no rule reads it{f' [{number}]' if number else ''}", f"{middle}, no rule reads it", middle)
    return (f"{middle} ({normal})", middle) if normal else (middle,)


def _whiskers(case: Case, view: View) -> tuple[Whisker, ...]:
    found = []
    for name, before in (("started", True), ("mitigated", False)):
        m = case.milestone(name)
        if m.at is None or m.earliest is None or m.latest is None or m.basis != "measured" or not view.holds(m.at):
            continue
        text = spread(m.at, m.earliest, m.latest)
        if text:
            found.append(Whisker(m.at, m.earliest, m.latest, (text,), before))
    return tuple(found)
