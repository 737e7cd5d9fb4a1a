"""Merges the sources' event frames into one: no repeats, one total order, services by their configured names."""

from collections.abc import Mapping, Sequence

import polars as pl

from incident_timeline.model.events import SCHEMA, empty_events, sort_events


def merge_events(frames: Sequence[pl.DataFrame], service_names: Mapping[str, str] | None = None) -> pl.DataFrame:
    """One event frame of many: the first record of each event_id stays, rows stand in the total order.

    `service_names` maps what sources call a service (a PagerDuty id, a repository) to its configured name.
    """
    if not frames:
        return empty_events()
    events = pl.concat([frame.select(*SCHEMA) for frame in frames]).unique(
        "event_id", keep="first", maintain_order=True
    )
    if service_names:
        events = events.with_columns(pl.col("service").replace(dict(service_names)))
    return sort_events(events)
