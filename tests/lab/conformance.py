"""Holds an answer of a simulator against the vendor's own response schema, with the deviations that are known and why."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker, ValidationError

SPECS = Path(__file__).parent / "specs"
CHECKER = FormatChecker(formats=())


def _is_date_time(text: object) -> bool:
    """RFC 3339 with an offset."""
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


CHECKER.checks("date-time", raises=ValueError)(_is_date_time)


@dataclass(frozen=True, slots=True)
class Deviation:
    """What a simulator does although the schema does not have it: where, a pattern over the finding, and by whose word."""

    path: str
    finding: str
    source: str


DEVIATIONS = (
    Deviation(
        "/incidents/{id}/log_entries", r"(status_update|responder_request)_log_entry' is not one of",
        "there is no GET for either: public clients read them from log entries of these types, which the enum lacks",
    ),
    Deviation(
        "/incidents/{id}/log_entries", r"(priority_change|service_change)_log_entry' is not one of",
        "priority_change in public client code, service_change in the tests of PagerDuty's own MCP server",
    ),
    Deviation(
        "/incidents/{id}/log_entries", r"'type' is a required property",
        "the channel of a service_change entry has no `type` in PagerDuty's MCP server's tests",
    ),
    Deviation(
        "/incidents/{id}/log_entries", r"reopen_log_entry' is not one of",
        "re-opening exists since 2025-09-18 (API changelog); no public document names its log entry, so rest nothing on it",
    ),
    Deviation(
        "/incidents/{id}/log_entries", r"responder_accept_log_entry' is not one of",
        "webhooks v3 have incident.responder.replied; no public document found names the log entry, so rest nothing on it",
    ),
    Deviation(
        "/incidents/{id}/log_entries", r"acknowledge_log_entry' is not one of \['acknowledgement_log_entry'\]",
        "AcknowledgeLogEntry contradicts LogEntry.type in the same file; recorded answers have acknowledge_log_entry",
    ),
    Deviation(
        "/incidents/{id}/log_entries", r"unnamed field (responders|message)$",
        "fields of responder_request and status_update entries, as public clients read them",
    ),
    *(Deviation(path, r"unnamed field (subscriber_requests)$", "in answers of real accounts that lie in public repositories")
      for path in ("/incidents", "/incidents/{id}")),
    *(Deviation(path, r"unnamed field (limit|offset|more|total)$", "the schema has them as parameters, not in the answer")
      for path in ("/change_events", "/services/{id}/change_events")),
)  # fmt: skip


@cache
def specification(vendor: str) -> dict[str, Any]:
    """The trimmed OpenAPI file of `pagerduty` or `github` as a JSON Schema document."""
    spec = json.loads((SPECS / f"{vendor}.json").read_text(encoding="utf-8"))
    document: dict[str, Any] = _read(spec, vendor == "pagerduty")
    return document


def findings(vendor: str, path: str, status: int, body: Any) -> list[str]:
    """What in an answer breaks the schema of `GET path`, or is not in it, without the known deviations."""
    document = specification(vendor)
    schema = document["paths"][path]["get"]["responses"][str(status)]
    pointer = schema.get("$ref") or f"#/paths/{path.replace('~', '~0').replace('/', '~1')}/get/responses/{status}"
    whole = {"allOf": [{"$ref": f"{pointer}/content/application~1json/schema"}], **document}
    validator = Draft4Validator(whole, format_checker=CHECKER)
    found = [f"{error.json_path}: {leaf}" for error in validator.iter_errors(body) for leaf in _leaves(error)]
    if isinstance(body, (dict, list)):
        found += [f"$: unnamed field {name}" for name in sorted(_unnamed(document, whole, body))]
    known = [re.compile(one.finding) for one in DEVIATIONS if one.path == path and vendor == "pagerduty"]
    return [one for one in found if not any(pattern.search(one) for pattern in known)]


def _read(node: Any, pagerduty: bool) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable`; for PagerDuty any non-required field may be null (its documentation, Types), and
    `oneOf` is read as `anyOf`, because its alternatives overlap (PagerDuty's own examples match several channels)."""
    if isinstance(node, list):
        return [_read(one, pagerduty) for one in node]
    if not isinstance(node, dict):
        return node
    read = {"anyOf" if pagerduty and key == "oneOf" else key: _read(value, pagerduty) for key, value in node.items()}
    if pagerduty and isinstance(read.get("properties"), dict) and "type" in read:
        needed = node.get("required", [])
        read["properties"] = {
            k: v if k in needed else {"anyOf": [v, {"type": "null"}]} for k, v in read["properties"].items()
        }
    return {"anyOf": [read, {"type": "null"}]} if read.get("nullable") is True else read


def _leaves(error: ValidationError) -> list[str]:
    """An error in words; of alternatives that all failed, only the one that came closest, by its own `type` first."""
    branches: dict[Any, list[ValidationError]] = {}
    for one in error.context or ():
        if one.validator_value != "null":  # "or null" is never what was meant
            branches.setdefault(one.schema_path[0], []).append(one)
    if not branches:
        return [error.message]
    closest = min(
        branches.values(),
        key=lambda rows: (any(_other_type(row) for row in rows), sum(len(_leaves(row)) for row in rows)),
    )
    return [leaf for one in closest for leaf in _leaves(one)]


def _other_type(error: ValidationError) -> bool:
    """Whether an alternative failed because it is for objects of another `type`."""
    if error.context:
        return any(_other_type(one) for one in error.context if one.validator_value != "null")
    return error.validator == "enum" and list(error.absolute_path)[-1:] == ["type"]


def _unnamed(document: dict[str, Any], schema: dict[str, Any], body: Any) -> set[str]:
    """Fields of the rows of an answer (or of its one object) that no schema on the way names."""
    names, rows = _names(document, schema), [body] if isinstance(body, dict) else body
    unnamed: set[str] = set()
    for row in rows:
        for key, value in row.items():
            if key not in names:
                unnamed.add(key)
            inner = value if isinstance(value, list) else [value]
            if rows[0] is body and all(isinstance(one, dict) for one in inner):
                below = _names(document, names.get(key, {}))
                unnamed |= {field for one in inner for field in one if below and field not in below}
    return unnamed


def _names(document: dict[str, Any], schema: Any) -> dict[str, Any]:
    """The fields that a schema gives an object, or the objects of an array, through references and alternatives."""
    names: dict[str, Any] = {}
    if "$ref" in schema:
        node: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[int(part)] if isinstance(node, list) else node[part.replace("~1", "/").replace("~0", "~")]
        return _names(document, node)
    for one in [*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])]:
        for name, below in _names(document, one).items():
            names[name] = {"anyOf": [names[name], below]} if name in names else below
    if schema.get("type") == "array":
        names |= _names(document, schema.get("items", {}))
    names |= schema.get("properties", {})
    return names
