"""Settings of a run: from a file's text and given variables to frozen values, and the packaged data files."""

from incident_timeline.config.reading import read_settings
from incident_timeline.config.settings import (
    ArchiveSettings,
    ChatSettings,
    Connection,
    DeploySettings,
    PagerDutySettings,
    PrometheusSettings,
    ServiceSettings,
    Settings,
)

__all__ = [
    "ArchiveSettings",
    "ChatSettings",
    "Connection",
    "DeploySettings",
    "PagerDutySettings",
    "PrometheusSettings",
    "ServiceSettings",
    "Settings",
    "read_settings",
]
