"""Asks a Prometheus through prometheus-api-client which queries have data for a service, and which metrics look like its SLIs."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException

from incident_timeline.collect.candidates import OUTCOME_LABELS, Candidate, histogram_candidate, ratio_candidates
from incident_timeline.collect.network import authorization
from incident_timeline.collect.promql import metrics
from incident_timeline.collect.queries import Query
from incident_timeline.collect.rule_jobs import SERVICE_LABELS
from incident_timeline.config import Connection
from incident_timeline.errors import SourceMalformed, SourceRefused, SourceUnreachable

LOOKED_BACK_S = 300.0  # the range of rates, and how far back a server looks for a sample by itself
MOST_CANDIDATES = 40  # counters whose labels are asked for
_FAKE = "timeline-fake-service"
_UNANSWERED: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.SSLError, "its certificate is not accepted"),
    (requests.exceptions.Timeout, "did not answer in time"),
    (requests.exceptions.ConnectionError, "cannot connect"),
    (requests.exceptions.RequestException, "cannot be asked"),
)


@dataclass(frozen=True, slots=True)
class WithData:
    """A query of the library that has series for the service now."""

    folder: str
    name: str
    series: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A folder whose metrics the server has, but not under the service's name: the label and some of its values."""

    folder: str
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a server has for one service; `metrics` is how many metric names it holds in all."""

    metrics: int
    with_data: tuple[WithData, ...]
    elsewhere: tuple[Elsewhere, ...]
    candidates: tuple[Candidate, ...]


def connect(connection: Connection) -> PrometheusConnect:
    """A client with the configured address, credentials, certificates and time-out, which asks once and never elsewhere."""
    session = requests.Session()
    session.trust_env = False
    session.verify = connection.ca_file or True
    if connection.cert_file:
        session.cert = (connection.cert_file, connection.key_file) if connection.key_file else connection.cert_file
    headers = authorization("prometheus", connection)
    return PrometheusConnect(
        url=connection.url, headers=headers, session=session, timeout=connection.timeout_s, retry=0, method="GET"
    )


def discover(client: PrometheusConnect, service: str, library: Sequence[tuple[str, Query]]) -> Discovery:
    """Which queries of the library, given as (folder, query), have data for the service, and what else looks like an SLI.

    Only instant queries are asked, so that this client's rounding of times does not matter. Raises SourceUnreachable,
    SourceRefused or SourceMalformed.
    """
    held = frozenset(_ask(client.all_metrics))
    with_data = []
    for folder, query in library:
        texts = query.expressions(service, LOOKED_BACK_S)
        if held.intersection(metrics(texts[query.name])):
            found = _ask(client.custom_query, texts[query.name])
            with_data += [WithData(folder, query.name, len(found))] if found else []
    having = {one.folder for one in with_data}
    read = {
        name
        for folder, query in library
        for name in metrics(query.expressions(service, 60)[query.name])
        if folder in having
    }
    return Discovery(
        len(held),
        tuple(with_data),
        _elsewhere(client, held, [(folder, query) for folder, query in library if folder not in having]),
        _candidates(client, service, read),
    )


def _elsewhere(
    client: PrometheusConnect, held: frozenset[str], library: Sequence[tuple[str, Query]]
) -> tuple[Elsewhere, ...]:
    found: dict[str, Elsewhere] = {}
    for folder, query in library:
        text = query.expressions(_FAKE, 60)[query.name]
        label = re.search(rf'(\w+)=~?"[^"]*{_FAKE}', text)
        names = sorted(held.intersection(metrics(text)))
        if folder in found or label is None or not names:
            continue
        values = _ask(client.get_label_values, label[1], params={"match[]": names[0]})
        if values:
            found[folder] = Elsewhere(folder, label[1], tuple(sorted(map(str, values))))
    return tuple(found[folder] for folder in sorted(found))


def _candidates(client: PrometheusConnect, service: str, read: set[str]) -> tuple[Candidate, ...]:
    found: list[Candidate] = []
    seen: set[str] = set(read)
    quoted = service.replace("\\", "\\\\").replace('"', '\\"')
    asked, by = 0, ", ".join(OUTCOME_LABELS)
    for label in SERVICE_LABELS:
        grouped = _ask(client.custom_query, f'group by (__name__) ({{{label}="{quoted}"}})')
        names = sorted({str(one["metric"].get("__name__", "")) for one in grouped} - seen)
        seen |= set(names)
        for name in names:
            if histogram := histogram_candidate(name, label):
                found.append(histogram)
            elif name.endswith(("_total", "_count")) and asked < MOST_CANDIDATES:
                asked += 1
                rows = _ask(client.custom_query, f'group by ({by}) ({name}{{{label}="{quoted}"}})')
                found += ratio_candidates(name, label, [dict(row["metric"]) for row in rows], names)
    return tuple(found)


def _ask(ask: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """The answer, or the error of our own tree; this client has one exception type with the raw bytes in it."""
    try:
        return ask(*arguments, **named)
    except PrometheusApiClientException as error:
        words = str(error)[:300]
        if re.match(r"HTTP Status Code (401|403)\b", words):
            raise SourceRefused(f"prometheus: {words}; check token, username or headers") from None
        raise SourceMalformed(f"prometheus: {words}; check url and its path") from None
    except requests.exceptions.JSONDecodeError:
        raise SourceMalformed("prometheus: answers without JSON; check that url is the API's address") from None
    except requests.exceptions.RequestException as error:
        why = next(words for kind, words in _UNANSWERED if isinstance(error, kind))
        raise SourceUnreachable(f"prometheus: {why}; check url, network and certificates") from None
    except (KeyError, TypeError, AttributeError):
        raise SourceMalformed("prometheus: answers in no form that Prometheus uses; check url and its path") from None
