"""What a collector is given and what it returns."""

from dataclasses import dataclass, field
from typing import Protocol

import httpx
import polars as pl

from incident_timeline.model.events import empty_events
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window
from incident_timeline.model.paging import Paging
from incident_timeline.model.rules import AlertEpisode, AlertRule
from incident_timeline.model.series import SeriesSet


@dataclass(frozen=True, slots=True)
class Collected:
    """What one source gave: frames, perhaps the incident itself, rules and episodes, and how complete it is."""

    coverage: tuple[Coverage, ...]
    events: pl.DataFrame = field(default_factory=empty_events)
    series: SeriesSet = field(default_factory=SeriesSet)
    incident: Incident | None = None
    rules: tuple[AlertRule, ...] = ()
    episodes: tuple[AlertEpisode, ...] = ()
    paging: Paging = field(default_factory=Paging)


Transport = httpx.BaseTransport  # the chain behind a collector, so that nobody outside collect names a network package


class Collector(Protocol):
    """One source: `collect` asks it for everything about an incident in a window, over the given transport.

    The transport is the chain redact -> record -> limit -> network, or a replay of the bundle; a collector cannot tell
    which. It raises nothing for what the source refuses or lacks: that becomes `Coverage`.
    """

    name: str

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:
        """The source's part of the timeline for one incident."""
        ...
