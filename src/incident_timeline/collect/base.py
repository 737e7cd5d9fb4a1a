"""What a collector is given and what it returns."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Protocol

import httpx
import polars as pl

from incident_timeline.errors import NaiveTimeError, SourceError
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


def guarded(source: str, collect: Callable[[], Collected]) -> Collected:
    """What a collector gives; an answer in another form than its documents promise is coverage, never an end of the build.

    The reason names the line that met it, so that a fault of ours can be told from one of the server's.
    """
    try:
        return collect()
    except (SourceError, NaiveTimeError) as error:
        reason = str(error)
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        RecursionError,
        pl.exceptions.PolarsError,
    ) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        reason = (
            f"{source}: an answer does not have its documented shape ({type(error).__name__}: {error}, met in "
            f"{PurePath(place.filename).name} line {place.lineno}); it is kept in evidence/, please report it with that line"
        )
    return Collected((Coverage(source, False, reason=reason),))


class Collector(Protocol):
    """One source: `collect` asks it for everything about an incident in a window, over the given transport.

    The transport is the chain redact -> record -> limit -> network, or a replay of the bundle; a collector cannot tell
    which. It raises nothing for what the source refuses or lacks: that becomes `Coverage`.
    """

    name: str

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:
        """The source's part of the timeline for one incident."""
        ...
