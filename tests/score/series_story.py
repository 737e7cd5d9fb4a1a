"""Series sets of plain arrays, for the facts about onset, recovery, containment and impact."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from incident_timeline.model.series import LABELS_SCHEMA, SAMPLES_SCHEMA, SeriesSet

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds after the first sample."""
    return T0 + timedelta(seconds=seconds)


def label(series_id: str, step: float, /, **said: object) -> dict[str, object]:
    """A label row; by default an SLI of checkout, an instant, worse when it rises."""
    row: dict[str, object] = dict.fromkeys(LABELS_SCHEMA, "")
    row |= {
        "series_id": series_id,
        "source": "prometheus",
        "service": "checkout",
        "name": series_id,
        "signal": "latency",
    }
    row |= {"worse": "up", "role": "sli", "labels": "{}", "step_s": step, "scrape_s": step, "range_s": 0.0}
    return row | said


def series(
    values: Mapping[str, Sequence[float]],
    step: float = 15,
    start: datetime = T0,
    **said: Mapping[str, object],
) -> SeriesSet:
    """One series for each name with a value every `step` seconds; `said` gives label columns by series name."""
    labels = [label(name, step, **said.get(name, {})) for name in values]
    samples = [
        {"series_id": name, "at": start + timedelta(seconds=i * step), "value": float(value)}
        for name, line in values.items()
        for i, value in enumerate(line)
    ]
    return SeriesSet(
        pl.DataFrame(labels, schema=LABELS_SCHEMA).sort("series_id"),
        pl.DataFrame(samples, schema=SAMPLES_SCHEMA).sort("series_id", "at"),
    )
