"""Checks requests against the vendors' official descriptions: unknown paths, methods, parameters, bad values, missing ones."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SPECS = Path(__file__).parents[1] / "lab" / "specs"
# What /change_events calls the pattern of its times is their form, YYYY-MM-DDThh:mm:ssZ, which as a regular expression no time
# matches. GitHub's `created` is declared one time and is documented as a range A..B.
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# Documented by GitHub ("Get the review history for a workflow run"), not part of the trimmed copy; it takes no parameters.
ALSO = {"github": {"/repos/{owner}/{repo}/actions/runs/{run_id}/approvals": {"get": {"parameters": []}}}}


def faults(vendor: str, method: str, url: str) -> list[str]:
    """What the official description has against a request; empty when nothing."""
    spec = json.loads((SPECS / f"{vendor}.json").read_text(encoding="utf-8"))
    parts = urlsplit(url)
    known = {**spec["paths"], **ALSO.get(vendor, {})}
    path = next(
        (one for one in sorted(known, key=lambda p: p.count("{")) if re.fullmatch(_pattern(one), parts.path)), None
    )
    if path is None:
        return [f"{parts.path}: no such path"]
    operation = known[path].get(method.lower())
    if operation is None:
        return [f"{method} {path}: no such method"]
    listed = [_resolved(spec, one) for one in [*known[path].get("parameters", []), *operation.get("parameters", [])]]
    allowed = {one["name"]: one for one in listed if one["in"] == "query"}
    given = parse_qsl(parts.query, keep_blank_values=True)
    found = [fault for name, value in given for fault in _value_faults(path, allowed.get(name), name, value)]
    absent = [name for name, one in allowed.items() if one.get("required") and name not in dict(given)]
    return found + [f"{path}: {name} is required" for name in absent]


def _value_faults(path: str, parameter: dict[str, Any] | None, name: str, value: str) -> list[str]:
    if parameter is None:
        return [f"{path}: unknown parameter {name}={value}"]
    schema = parameter.get("schema", {})
    schema = schema.get("items", schema) if schema.get("type") == "array" else schema
    if "enum" in schema and value not in map(str, schema["enum"]):
        return [f"{path}: {name}={value} is none of {schema['enum']}"]
    if schema.get("format") == "date-time" and not all(_UTC.fullmatch(one) for one in value.split("..")):
        return [f"{path}: {name}={value} is no UTC time with Z"]
    patterns = {"integer": r"-?\d+", "boolean": "true|false"}
    if not re.fullmatch(patterns.get(schema.get("type"), ".*"), value):
        return [f"{path}: {name}={value} is no {schema['type']}"]
    return []


def _resolved(spec: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = spec["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
    return found


def _pattern(path: str) -> str:
    return re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))
