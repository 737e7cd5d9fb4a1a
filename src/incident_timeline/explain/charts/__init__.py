"""Charts as descriptions in data coordinates; drawing them is the business of report."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import tzinfo

from incident_timeline.explain.charts.arrivals import describe_arrivals
from incident_timeline.explain.charts.cover import describe_cover
from incident_timeline.explain.charts.lanes import describe_lanes
from incident_timeline.explain.charts.ledgers import describe_ledgers
from incident_timeline.explain.charts.moved import describe_moved
from incident_timeline.explain.charts.signal import describe_signal
from incident_timeline.model.grid import GridBody
from incident_timeline.model.pictures import NoPicture, Picture, StairBody
from incident_timeline.model.scored import Scored

CHARTS = (describe_lanes, describe_signal, describe_ledgers, describe_moved, describe_arrivals, describe_cover)

__all__ = [
    "CHARTS", "describe_all", "describe_arrivals", "describe_cover", "describe_lanes", "describe_ledgers", "describe_moved",
    "describe_signal",
]  # fmt: skip


def describe_all(
    scored: Scored, roles: Mapping[str, str], numbers: Mapping[str, str], zone: tzinfo | None = None
) -> tuple[Picture | NoPicture, ...]:
    """Every chart of one incident or why there is none, RESPONSE's first; `zone` adds a second row of ticks to every clock axis."""
    found = (describe(scored, roles, numbers) for describe in CHARTS)
    return tuple(_in_zone(one, zone) if isinstance(one, Picture) else one for one in found)


def _in_zone(picture: Picture, zone: tzinfo | None) -> Picture:
    body = picture.body
    return picture if isinstance(body, StairBody | GridBody) else replace(picture, body=replace(body, zone=zone))
