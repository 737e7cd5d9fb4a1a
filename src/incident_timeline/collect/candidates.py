"""Proposes queries from the names and labels of metrics that no shipped query reads: histograms of time, counters of outcomes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import yaml

OUTCOME_LABELS = (
    "code", "status", "status_code", "response_code", "http_status", "http_status_code", "http_response_status_code",
    "grpc_code", "result", "outcome", "state", "success",
)  # fmt: skip
_SERVED = re.compile(r"(request|response|rpc|grpc|http|call|query|quer(y|ies)|message|order|job|task|transaction)")
_TIMED = re.compile(r"(_seconds|_milliseconds|_ms|duration|latency|_time)(_|$)")
_FAILED = re.compile(
    r"(?i)error|errors|fail|failed|failure|false|exception|timeout|rejected|Internal|Unavailable|Unknown"
)
_FAILURES = re.compile(r"_(errors?|failures?|failed|exceptions?)_total$")
_SOURCE = "proposed from the metric's name and labels; check that it means this"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A query file that a person may keep, with the metric that it was proposed from."""

    name: str
    metric: str
    fields: tuple[tuple[str, str], ...]

    def to_yaml(self) -> str:
        """The text of the query file."""
        return str(yaml.safe_dump(dict(self.fields), sort_keys=False, width=1000, allow_unicode=True))


def histogram_candidate(name: str, label: str) -> Candidate | None:
    """The slowest one in a hundred of a histogram of times, or None for any other metric."""
    base = name.removesuffix("_bucket")
    if base == name or not _TIMED.search(base):
        return None
    scale = " / 1000" if re.search(r"_(milliseconds|ms)$", base) else ""
    query = f'histogram_quantile(0.99, sum by (le) (rate({name}{{{label}="$service"}}[$range]))){scale}'
    words = base.replace("_", " ")
    return _candidate(
        f"{base}_p99", name, "latency", f"How long do the slowest one in a hundred take ({words})?", "s", query=query
    )


def ratio_candidates(
    name: str, label: str, found: Sequence[Mapping[str, str]], names: Iterable[str]
) -> list[Candidate]:
    """Failed of all, from the label of a counter that tells outcomes, or from a counter of failures beside one of all."""
    all_of = f'{name}{{{label}="$service"}}'
    for key in OUTCOME_LABELS:
        values = sorted({row[key] for row in found if row.get(key)})
        failed = "5.." if any(re.fullmatch(r"[1-5](\d\d|xx)", value) for value in values) else "|".join(
            value for value in values if _FAILED.fullmatch(value)
        )  # fmt: skip
        if failed and (failed == "5.." or len(values) > 1):
            return [_ratio(name, f'{name}{{{label}="$service",{key}=~"{failed}"}}', all_of)]
    if not _FAILURES.search(name):
        return []
    whole = [_FAILURES.sub(f"{middle}_total", name) for middle in ("", "_requests", "_processed")]
    partner = next((one for one in whole if one in set(names)), None)
    return [_ratio(name, all_of, f'{partner}{{{label}="$service"}}')] if partner else []


def _ratio(metric: str, bad: str, all_of: str) -> Candidate:
    total = f"sum(rate({all_of}[$range]))"
    base = re.sub(r"_(total|count)$", "", metric)
    served = "errors" if _SERVED.search(metric) else "other"
    question = f"Which share of {base.replace('_', ' ')} fails?"
    return _candidate(
        f"{base}_error_ratio",
        metric,
        served,
        question,
        "ratio",
        errors=f"sum(rate({bad}[$range])) or 0 * {total}",
        total=total,
    )


def _candidate(name: str, metric: str, signal: str, question: str, unit: str, **promql: str) -> Candidate:
    fields = {
        "name": name,
        "signal": signal,
        "question": question,
        **promql,
        "unit": unit,
        "worse": "up",
        "source": _SOURCE,
    }
    return Candidate(name, metric, tuple(fields.items()))
