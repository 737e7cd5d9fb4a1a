"""What collectors of deploys share in reading answers: JSON with the vendor's name in every error, times, words of status."""

from datetime import datetime
from typing import Any

import httpx

from incident_timeline.collect.asking import check_refusal
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import NaiveTimeError, SourceMalformed, SourceMissing
from incident_timeline.model.instants import from_micros, parse_instant


def ask_json(
    client: httpx.Client, vendor: str, path: str, params: dict[str, Any], what: str
) -> tuple[Any, str, httpx.Headers]:
    """The JSON behind a path, its place in the bundle, and the headers; `what` is the key of the table that may be wrong.

    Raises SourceRefused, SourceMissing or SourceMalformed with what to look at.
    """
    answer = client.get(path, params=params)
    check_refusal(vendor, path, answer.status_code, answer.content)
    if answer.status_code == 404:
        raise SourceMissing(f"{vendor}: {path} is missing, or the token may not read it; check {what} and the token")
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code != 200 or body is None:
        said = body.get("message") or body.get("error") if isinstance(body, dict) else "no JSON"
        raise SourceMalformed(f"{vendor}: {path} answered {answer.status_code} ({said}); check url and {what}")
    return body, answer.headers.get(EVIDENCE, "deploys"), answer.headers


def instant(value: Any, vendor: str = "deploys") -> datetime | None:
    """A time with an offset; None for anything else, PagerDuty's `+0000` and Kubernetes' `Z` included."""
    try:
        return parse_instant(value, vendor) if isinstance(value, str) else None
    except NaiveTimeError:
        return None


def from_millis(value: Any) -> datetime | None:
    """The instant of milliseconds since the epoch; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return from_micros(value * 1000)


def landed(status: str) -> bool | None:
    """Whether a deploy with a status of the model became live; None where that is open."""
    return {"succeeded": True, "failed": False, "cancelled": False, "superseded": False}.get(status)
