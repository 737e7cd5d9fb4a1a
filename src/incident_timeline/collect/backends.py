"""Which of the servers that speak Prometheus' API answers, and the parameters that each needs to give exact samples."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from incident_timeline.errors import SourceError


@dataclass(frozen=True, slots=True)
class Backend:
    """A server's kind, and what is sent with every range query so that nothing is shifted, thinned or left out silently."""

    name: str
    parameters: dict[str, str] = field(default_factory=dict)


PROMETHEUS = Backend("Prometheus")
# Without it, ranges of 50 points and more have start and end moved for its cache (measured on 1.79).
VICTORIA = Backend("VictoriaMetrics", {"nocache": "1"})
# Raw samples instead of downsampled blocks, one of several replicas, and an answer with warnings where a store is down
# (docs/components/query.md of Thanos); the warnings are then told as a partial answer.
THANOS = Backend("Thanos", {"dedup": "true", "max_source_resolution": "0s", "partial_response": "true"})


def find_backend(client: httpx.Client) -> Backend:
    """What kind of server it is, from its build information and from what only Thanos has: a list of stores.

    Prometheus, Mimir and Cortex take the documented parameters alone; a server that says nothing of itself is taken for
    one of them. Raises SourceUnreachable where there is no server.
    """
    about = _data(client, "/api/v1/status/buildinfo")
    # Prometheus' answer names revision and Go version, Mimir's its application; VictoriaMetrics' has neither (1.79 no
    # version, later ones only the version of Prometheus that they stand in for).
    if isinstance(about, dict) and not about.keys() & {"revision", "goVersion", "application"}:
        return VICTORIA
    if isinstance(about, dict) and about.get("application"):
        return Backend(str(about["application"]))
    return PROMETHEUS


def is_thanos(client: httpx.Client) -> bool:
    """Whether it lists stores, which among these servers only Thanos does."""
    try:
        return isinstance(_data(client, "/api/v1/stores"), dict)
    except SourceError:
        return False


def _data(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    try:
        body = answer.json()
    except ValueError:
        return None
    return body.get("data") if isinstance(body, dict) and body.get("status") == "success" else None
