"""Charts as descriptions in data coordinates; drawing them is the business of report."""

from incident_timeline.explain.charts.lanes import describe_lanes
from incident_timeline.explain.charts.ledgers import describe_ledgers
from incident_timeline.explain.charts.signal import describe_signal

__all__ = ["describe_lanes", "describe_ledgers", "describe_signal"]
