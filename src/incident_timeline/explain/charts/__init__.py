"""Charts as descriptions in data coordinates; drawing them is the business of report."""

from incident_timeline.explain.charts.ledgers import describe_ledgers

__all__ = ["describe_ledgers"]
