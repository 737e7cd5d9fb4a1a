"""Finds out which queries a service could name, from what its Prometheus holds."""

from typing import Any

from incident_timeline.collect.discovery import Discovery, connect, discover
from incident_timeline.config import Settings
from incident_timeline.errors import ConfigError
from incident_timeline.pipeline.query_library import list_library


def discover_queries(settings: Settings, service: str, client: Any | None = None) -> Discovery:
    """What the configured Prometheus has for a service; `client` is a PrometheusConnect of one's own, from a notebook.

    Raises ConfigError when there is neither, and the SourceErrors of asking.
    """
    if client is None:
        if settings.prometheus is None:
            raise ConfigError(
                "no Prometheus is configured: set PROMETHEUS_URL, or write [prometheus] into timeline.toml"
            )
        client = connect(settings.prometheus.connection)
    listed, _ = list_library(settings.queries_path)
    return discover(client, service, [(one.folder, one.query) for one in listed])
