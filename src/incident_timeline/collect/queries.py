"""Finds, reads and checks query files, and fills in the service and the range."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import promql_parser
import yaml

from incident_timeline.errors import QueryFileError

_SIGNALS = ("latency", "errors", "traffic", "saturation", "other")
_WORSE = ("up", "down", "both")
_KEYS = ("name", "signal", "question", "query", "errors", "total", "unit", "worse", "source")


@dataclass(frozen=True, slots=True)
class Query:
    """One query file: either `query`, or `errors` and `total` for a ratio, with $service and $range to fill in."""

    name: str
    signal: str
    question: str
    query: str | None
    errors: str | None
    total: str | None
    unit: str
    worse: str
    source: str
    path: str

    def expressions(self, service: str, range_s: float) -> dict[str, str]:
        """PromQL by series name: the query itself and, for a ratio, `<name>.errors` and `<name>.total` beside it."""
        fill = {"service": service.replace("\\", "\\\\").replace('"', '\\"'), "range": f"{range_s:g}s"}
        if self.query is not None:
            return {self.name: Template(self.query).safe_substitute(fill)}
        errors = Template(self.errors or "").safe_substitute(fill)
        total = Template(self.total or "").safe_substitute(fill)
        return {self.name: f"({errors}) / ({total})", f"{self.name}.errors": errors, f"{self.name}.total": total}

    @property
    def role(self) -> str:
        """Latency and errors are what users feel (an SLI); traffic and saturation are looked at beside them."""
        return "sli" if self.signal in ("latency", "errors") else "resource"


def query_folders(given: Path | None, team: str | None) -> tuple[Path, ...]:
    """Where query files are looked for, in this order: --queries, the team's folder, the shipped ones."""
    packaged = Path(str(files("incident_timeline") / "queries"))
    checkout = Path(__file__).resolve().parents[3] / "queries"
    own = [path for path in (given, Path(team) if team else None) if path is not None]
    return (*own, packaged if packaged.is_dir() else checkout)


def find_queries(names: Sequence[str], folders: Sequence[Path]) -> tuple[tuple[Query, ...], tuple[str, ...]]:
    """The queries of folders or files by name, and a sentence for each that cannot be used; the first folder that has it wins."""
    queries: dict[str, Query] = {}
    unusable: list[str] = []
    for name in names:
        place = next((f / name for f in folders if (f / name).exists()), None) or next(
            (f / f"{name}.yaml" for f in folders if (f / f"{name}.yaml").exists()), None
        )
        if place is None:
            unusable.append(f"queries {name!r}: no such folder or file in {', '.join(str(f) for f in folders)}")
            continue
        for path in sorted(place.glob("*.yaml")) if place.is_dir() else [place]:
            try:
                query = read_query(path.read_text(encoding="utf-8"), f"{path.parent.name}/{path.name}")
                queries.setdefault(query.name, query)
            except (QueryFileError, OSError, UnicodeDecodeError) as error:
                unusable.append(str(error))
    return tuple(queries.values()), tuple(unusable)


def read_query(text: str, path: str) -> Query:
    """One query file; QueryFileError names the file and the line for a typo, a missing key or PromQL that does not parse."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        row = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise QueryFileError(f"{path}, line {line}: not valid YAML ({getattr(error, 'problem', error)})") from None
    if not isinstance(row, dict) or not isinstance(node, yaml.MappingNode):
        raise QueryFileError(f"{path}, line 1: a query file is a table of {', '.join(_KEYS)}")
    lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
    _check_keys(row, lines, path)
    fields: dict[str, Any] = {key: row.get(key) for key in _KEYS}
    query = Query(path=path, **fields)
    for key in ("query", "errors", "total"):
        if row.get(key):
            _check_promql(row[key], f"{path}, line {lines[key]}: {key}")
    return query


def _check_keys(row: dict[str, Any], lines: dict[str, int], path: str) -> None:
    for key, value in row.items():
        if key not in _KEYS:
            raise QueryFileError(f"{path}, line {lines[key]}: unknown key {key!r}; known are {', '.join(_KEYS)}")
        if not isinstance(value, str) or not value.strip():
            raise QueryFileError(f"{path}, line {lines[key]}: {key} must be a text")
    absent = [key for key in ("name", "signal", "question", "unit", "worse", "source") if key not in row]
    if absent:
        raise QueryFileError(f"{path}, line 1: {', '.join(absent)} is missing")
    for key, allowed in (("signal", _SIGNALS), ("worse", _WORSE)):
        if row[key] not in allowed:
            raise QueryFileError(
                f"{path}, line {lines[key]}: {key} is {row[key]!r}; it must be one of {', '.join(allowed)}"
            )
    if ("query" in row) == ("errors" in row or "total" in row) or ("errors" in row) != ("total" in row):
        raise QueryFileError(f"{path}, line 1: give either query, or both errors and total")


def _check_promql(text: str, where: str) -> None:
    filled = Template(text).safe_substitute(service="a-service", range="60s")
    if "$" in filled:
        raise QueryFileError(f"{where}: only $service and $range are filled in")
    try:
        promql_parser.parse(filled)
    except ValueError as error:
        raise QueryFileError(f"{where} is not PromQL: {error}") from None
