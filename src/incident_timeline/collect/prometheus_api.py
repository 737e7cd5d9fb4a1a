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
from incident_timeline.collect.samples import decode_histograms, decode_values
from incident_timeline.errors import SourceMalformed, SourceMissing
from incident_timeline.model.instants import micros

# (end - start) / step may be 11,000, which gives 11,001 points; one less keeps to the letter of the documents (apis.md 3).
MOST_POINTS = 11_000
HISTOGRAM = "__histogram__"  # label that tells the count and the sum of a native histogram apart


class _Series(msgspec.Struct):
    metric: dict[str, str] = {}
    values: msgspec.Raw = msgspec.Raw(b"")
    histograms: msgspec.Raw = msgspec.Raw(b"")


class _Data(msgspec.Struct):
    result: msgspec.Raw = msgspec.Raw(b"[]")
    resultType: str = ""  # noqa: N815, the API's own name


class _Envelope(msgspec.Struct):
    status: str
    data: _Data | None = None
    error: str = ""
    errorType: str = ""  # noqa: N815, the API's own name
    warnings: list[str] = []
    infos: list[str] = []
    isPartial: bool = False  # noqa: N815, VictoriaMetrics' own name


_ANSWER = msgspec.json.Decoder(_Envelope)
_RESULT = msgspec.json.Decoder(list[_Series])


@dataclass(frozen=True, slots=True)
class Matrix:
    """One series of an answer: its labels, its samples (at, value) in time order, and where in the bundle it lies."""

    labels: dict[str, str]
    samples: pl.DataFrame
    evidence: str


@dataclass(frozen=True, slots=True)
class Answered:
    """All series of one question, and what the server said beside them; `partial` when it lacks a part of them."""

    series: tuple[Matrix, ...]
    warnings: tuple[str, ...]
    partial: bool = False


def ask_range(
    client: httpx.Client, query: str, start: datetime, end: datetime, step_s: float, extra: dict[str, str] | None = None
) -> Answered:
    """A range query, both ends inclusive, in chunks of at most 11,000 points; no sample is lost or doubled at a joint.

    `extra` are parameters that one backend needs. Raises SourceMalformed with the server's own words when it refuses the
    query.
    """
    first, last, step = micros(start), micros(end), round(step_s * 1e6)
    answers = []
    for chunk in range(first, last + 1, step * MOST_POINTS):
        until = min(chunk + step * (MOST_POINTS - 1), last)
        form = {
            "query": query,
            "start": _seconds(chunk),
            "end": _seconds(until),
            "step": _seconds(step),
            **(extra or {}),
        }
        answers.append(_decode(client.post("/api/v1/query_range", data=form), query))
    return _join(answers)


def ask_raw(
    client: httpx.Client, selector: str, start: datetime, end: datetime, extra: dict[str, str] | None = None
) -> Answered:
    """Raw samples with their own times in [start, end], by an instant query of a range selector."""
    length = math.ceil((micros(end) - micros(start)) / 1e6) + 1  # one second more: 3.x leaves the left edge out
    form = {"query": f"{selector}[{length}s]", "time": _seconds(micros(end)), **(extra or {})}
    answer = _decode(client.post("/api/v1/query", data=form), selector)
    inside = [Matrix(one.labels, one.samples.filter(pl.col("at") >= start), one.evidence) for one in answer.series]
    return Answered(tuple(one for one in inside if one.samples.height), answer.warnings, answer.partial)


def ask_instant(client: httpx.Client, query: str, at: datetime) -> tuple[list[dict[str, Any]], str]:
    """The elements of an instant query's answer, each with `metric` and `value` (a scalar's with `scalar`), and where it lies.

    Raises SourceMalformed with the server's own words when it refuses the query.
    """
    answer = client.post("/api/v1/query", data={"query": query, "time": _seconds(micros(at))})
    _decode(answer, query)
    data = answer.json()["data"]
    where = answer.headers.get(EVIDENCE, "prometheus")
    if data["resultType"] == "scalar":
        return [{"metric": {}, "scalar": data["result"][1]}], where
    return [row for row in data["result"] if isinstance(row, dict)], where


def ask_rules(client: httpx.Client) -> tuple[list[dict[str, Any]], str]:
    """The groups of rules as loaded now, recording rules too, and where in the bundle the answer lies."""
    answer = client.get("/api/v1/rules")
    check_refusal("prometheus", "/api/v1/rules", answer.status_code, answer.content)
    try:
        groups = answer.json()["data"]["groups"]
    except (ValueError, KeyError, TypeError):
        raise SourceMissing(
            f"prometheus: /api/v1/rules answers {answer.status_code}, so its rules are not known; a ruler may have its own address"
        ) from None
    return [group for group in groups or [] if isinstance(group, dict)], answer.headers.get(EVIDENCE, "prometheus")


def scrapes_now(client: httpx.Client) -> bool:
    """Whether the server holds a sample of `up` as of the moment of asking."""
    answer = client.post("/api/v1/query", data={"query": "count(up)"})
    try:
        result = answer.json()["data"]["result"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(result)


def _decode(answer: httpx.Response, query: str) -> Answered:
    where = answer.headers.get(EVIDENCE, "prometheus")
    check_refusal("prometheus", "/api/v1", answer.status_code, answer.content)
    try:
        envelope = _ANSWER.decode(answer.content)
        if envelope.status != "success" or envelope.data is None:
            raise SourceMalformed(
                f"prometheus: {envelope.errorType or answer.status_code}: {envelope.error or 'no data'} in {query!r}"
            )
        kind = envelope.data.resultType
        found = [] if kind in ("vector", "scalar", "string") else _RESULT.decode(envelope.data.result)
        series = tuple(part for index, one in enumerate(found) for part in _parts(one, f"{where}#/data/result/{index}"))
    except (msgspec.MsgspecError, pl.exceptions.PolarsError) as error:
        raise SourceMalformed(
            f"prometheus: answered {answer.status_code} in no form that Prometheus uses ({error}); check url and its path"
        ) from None
    warnings = [*envelope.warnings, *envelope.infos]
    # since 2.48 the server also remarks upon the query itself; that takes nothing away from the answer
    partial = envelope.isPartial or any(not w.startswith(("PromQL warning", "PromQL info")) for w in envelope.warnings)
    if envelope.isPartial:
        warnings.append("partial answer")
    if any(bytes(one.histograms) not in (b"", b"[]") for one in found):
        warnings.append("native histograms: their count and sum are read; histogram_quantile gives quantiles")
    return Answered(series, tuple(warnings), partial)


def _parts(one: _Series, where: str) -> list[Matrix]:
    """A series as frames: its values, and where it has native histograms their count and sum beside (or instead of) them."""
    histograms = decode_histograms(bytes(one.histograms))
    parts = [Matrix({**one.metric, HISTOGRAM: name}, frame, where) for name, frame in histograms.items()]
    return parts if histograms and bytes(one.values) in (b"", b"[]") else [_plain(one, where), *parts]


def _plain(one: _Series, where: str) -> Matrix:
    return Matrix(one.metric, decode_values(bytes(one.values)), where)


def _join(answers: list[Answered]) -> Answered:
    if len(answers) == 1:
        return answers[0]
    parts: dict[tuple[tuple[str, str], ...], list[Matrix]] = {}
    for answer in answers:
        for one in answer.series:
            parts.setdefault(tuple(sorted(one.labels.items())), []).append(one)
    series = [Matrix(p[0].labels, pl.concat([m.samples for m in p]), p[0].evidence) for p in parts.values()]
    warnings = dict.fromkeys(w for a in answers for w in a.warnings)
    return Answered(tuple(series), tuple(warnings), any(a.partial for a in answers))


def _seconds(value: int) -> str:
    return f"{value // 1_000_000}.{value % 1_000_000:06d}".rstrip("0").rstrip(".")
