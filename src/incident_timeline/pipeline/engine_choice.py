"""Opens the engine that a backfill was asked to score with."""

import re
from dataclasses import dataclass

from incident_timeline.config import Settings
from incident_timeline.engines.local import LocalEngine
from incident_timeline.engines.spread import Engine
from incident_timeline.errors import ConfigError, UsageError

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Choice:
    """What --engine says, and how many processes `local` may have."""

    engine: str = LOCAL
    workers: int = 1


def open_engine(choice: Choice, settings: Settings) -> Engine:
    """The engine of a choice; UsageError for an unknown one, ConfigError or EngineError for a cluster that cannot be used."""
    if choice.engine == LOCAL:
        return LocalEngine(choice.workers)
    match = re.fullmatch(r"dask://([^/\s]+:\d+)/?", choice.engine)
    if match is None:
        raise UsageError(f"--engine {choice.engine!r} is not known; say local, or dask://HOST:PORT of a Dask scheduler")
    bundles = settings.archive.bundles if settings.archive else None
    if bundles is None or "://" not in bundles:
        lies = "only in incidents/" if bundles is None else f"in {bundles}"
        raise ConfigError(
            f"Dask workers read evidence from shared storage, and this run's lies {lies}: set bundles under [archive] in "
            "timeline.toml to s3://, gs:// or az://, or to file:///... for a folder that every worker mounts there"
        )
    try:
        from incident_timeline.engines.cluster import DaskEngine
    except ImportError as error:
        raise ConfigError(
            f"--engine {choice.engine} needs the dask extra ({error}): pip install 'incident-timeline[dask]'"
        ) from None
    return DaskEngine(match[1])
