"""Asks Prometheus' HTTP API: ranges in chunks, raw samples, rules; exact values, and every warning kept."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import msgspec
import polars as pl

from incident_timeline.collect.asking import check_refusal
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceMalformed, SourceMissing
from incident_timeline.model.events import INSTANT
from incident_timeline.model.instants import micros

# (end - start) / step may be 11,000, which gives 11,001 points; one less keeps to the letter of the documents (apis.md 3).
MOST_POINTS = 11_000


class _Series(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]] = []
    histograms: list[Any] = []


class _Data(msgspec.Struct):
    result: list[_Series] = []


class _Envelope(msgspec.Struct):
    status: str
    data: _Data | None = None
    error: str = ""
    errorType: str = ""  # noqa: N815, the API's own name
    warnings: list[str] = []
    infos: list[str] = []
    isPartial: bool = False  # noqa: N815, VictoriaMetrics' own name


@dataclass(frozen=True, slots=True)
class Matrix:
    """One series of an answer: its labels, its samples (at, value) in time order, and where in the bundle it lies."""

    labels: dict[str, str]
    samples: pl.DataFrame
    evidence: str


@dataclass(frozen=True, slots=True)
class Answered:
    """All series of one question, and what the server said beside them (warnings, partial answers)."""

    series: tuple[Matrix, ...]
    warnings: tuple[str, ...]


def ask_range(client: httpx.Client, query: str, start: datetime, end: datetime, step_s: float) -> Answered:
    """A range query, both ends inclusive, in chunks of at most 11,000 points; no sample is lost or doubled at a joint.

    Raises SourceMalformed with the server's own words when it refuses the query.
    """
    first, last, step = micros(start), micros(end), round(step_s * 1e6)
    chunks = range(first, last + 1, step * MOST_POINTS)
    answers = []
    for chunk in chunks:
        until = min(chunk + step * (MOST_POINTS - 1), last)
        form = {"query": query, "start": _seconds(chunk), "end": _seconds(until), "step": f"{step_s:g}"}
        answers.append(_decode(client.post("/api/v1/query_range", data=form), query))
    return _join(answers)


def ask_raw(client: httpx.Client, selector: str, start: datetime, end: datetime) -> Answered:
    """Raw samples with their own times, by an instant query of a range selector over [start, end]."""
    length = math.ceil((micros(end) - micros(start)) / 1e6) + 1  # one second more: 3.x leaves the left edge out
    form = {"query": f"{selector}[{length}s]", "time": _seconds(micros(end))}
    return _decode(client.post("/api/v1/query", data=form), selector)


def ask_rules(client: httpx.Client) -> tuple[list[dict[str, Any]], str]:
    """The groups of alerting rules as loaded now, and where in the bundle the answer lies."""
    answer = client.get("/api/v1/rules", params={"type": "alert"})
    try:
        groups = answer.json()["data"]["groups"]
    except (ValueError, KeyError, TypeError):
        raise SourceMissing(
            f"prometheus: /api/v1/rules answers {answer.status_code}, so its rules are not known"
        ) from None
    return list(groups), answer.headers.get(EVIDENCE, "prometheus")


def _decode(answer: httpx.Response, query: str) -> Answered:
    where = answer.headers.get(EVIDENCE, "prometheus")
    check_refusal("prometheus", "/api/v1", answer.status_code, answer.content)
    try:
        envelope = msgspec.json.decode(answer.content, type=_Envelope, strict=False)
    except msgspec.MsgspecError as error:
        raise SourceMalformed(
            f"prometheus: answered {answer.status_code} in no form that Prometheus uses ({error}); check url and its path"
        ) from None
    if envelope.status != "success" or envelope.data is None:
        raise SourceMalformed(f"prometheus: {envelope.errorType or answer.status_code}: {envelope.error} in {query!r}")
    warnings = [*envelope.warnings, *envelope.infos, *(["partial answer"] if envelope.isPartial else [])]
    series = []
    for index, one in enumerate(envelope.data.result):
        if one.histograms and not one.values:
            warnings.append("native histogram without values left out; read it through histogram_quantile")
        at = pl.Series("at", [round(t * 1e6) for t, _ in one.values], dtype=pl.Int64).cast(pl.Datetime("us"))
        value = pl.Series("value", [v for _, v in one.values], dtype=pl.String).cast(pl.Float64, strict=True)
        samples = pl.DataFrame({"at": at.dt.replace_time_zone("UTC").cast(INSTANT), "value": value})
        series.append(Matrix(one.metric, samples, f"{where}#/data/result/{index}"))
    return Answered(tuple(series), tuple(warnings))


def _join(answers: list[Answered]) -> Answered:
    if len(answers) == 1:
        return answers[0]
    parts: dict[tuple[tuple[str, str], ...], list[Matrix]] = {}
    for answer in answers:
        for one in answer.series:
            parts.setdefault(tuple(sorted(one.labels.items())), []).append(one)
    series = [Matrix(p[0].labels, pl.concat([m.samples for m in p]), p[0].evidence) for p in parts.values()]
    return Answered(tuple(series), tuple(dict.fromkeys(w for a in answers for w in a.warnings)))


def _seconds(value: int) -> str:
    return f"{value // 1_000_000}.{value % 1_000_000:06d}".rstrip("0").rstrip(".")
