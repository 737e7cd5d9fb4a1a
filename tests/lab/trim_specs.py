"""Cuts the vendors' OpenAPI files down to the answers that the simulators serve.

python -m tests.lab.trim_specs PAGERDUTY_REST.json GITHUB_REST.json writes tests/lab/specs/*.json. Sources: PagerDuty/api-schema
reference/REST/openapiv3.json (91a06fb) and @octokit/openapi 23.0.2. Words and examples are left out; the rest is as the
vendors wrote it.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SPECS = Path(__file__).parent / "specs"
PAGERDUTY = (
    "/incidents", "/incidents/{id}", "/incidents/{id}/log_entries", "/incidents/{id}/alerts", "/incidents/{id}/notes",
    "/incidents/{id}/related_change_events", "/services/{id}", "/services/{id}/change_events", "/change_events", "/oncalls",
    "/incidents/{id}/past_incidents", "/incidents/{id}/related_incidents", "/analytics/raw/incidents/{id}",
    "/analytics/raw/incidents/{id}/responses",
)  # fmt: skip
_REPO = "/repos/{owner}/{repo}"
GITHUB = (
    f"{_REPO}/deployments", f"{_REPO}/deployments/{{deployment_id}}/statuses", f"{_REPO}/actions/runs",
    f"{_REPO}/actions/runs/{{run_id}}/jobs", f"{_REPO}/releases", f"{_REPO}/compare/{{basehead}}", "/rate_limit",
)  # fmt: skip
_STATUSES = {
    "get": ("200", "401", "402", "403", "404"),
    "post": ("201", "403", "404", "422"),
    "patch": ("200", "403", "404", "422"),
}
ISSUES = (f"{_REPO}/issues", f"{_REPO}/issues/{{issue_number}}")  # what `timeline actions sync --send` speaks to
_WORDS = ("description", "example", "examples", "externalDocs", "title")


def trim(spec: dict[str, Any], paths: tuple[str, ...], methods: tuple[str, ...] = ("get",)) -> dict[str, Any]:
    """The parameters, bodies and JSON answers of `paths` with the components they refer to; KeyError on an unknown path."""
    kept: dict[str, Any] = {
        "openapi": spec["openapi"],
        "info": {key: spec["info"][key] for key in ("title", "version")},
        "paths": {
            path: {one: _operation(spec["paths"][path], one) for one in methods if one in spec["paths"][path]}
            for path in paths
        },
        "components": {},
    }
    wanted = list(references(kept["paths"]))
    while wanted:
        _, _, kind, name, *_ = wanted.pop().split("/")
        if name not in kept["components"].setdefault(kind, {}):
            kept["components"][kind][name] = _bare(spec["components"][kind][name])
            wanted += references(kept["components"][kind][name])
    return kept


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below a node."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def _operation(path: dict[str, Any], method: str) -> dict[str, Any]:
    operation = path[method]
    responses = {status: _bare(row) for status, row in operation["responses"].items() if status in _STATUSES[method]}
    parameters = _bare(path.get("parameters", []) + operation.get("parameters", []))
    body = {"requestBody": _bare(operation["requestBody"])} if "requestBody" in operation else {}
    return {"parameters": parameters, "responses": responses, **body}


def _bare(node: Any, *, names: bool = False) -> Any:
    """A node without words; directly under `properties` the keys are field names, which may be called `description`."""
    if isinstance(node, dict):
        mute = () if "type" in node else ("nullable",)  # without a type prism's validator gives up on the whole body
        return {
            key: _bare(value, names=key == "properties" and not names)
            for key, value in node.items()
            if names or key not in (*_WORDS, *mute)
        }
    return [_bare(value) for value in node] if isinstance(node, list) else node


def main(argv: list[str]) -> None:
    """Writes the three trimmed files."""
    SPECS.mkdir(exist_ok=True)
    wanted = (("pagerduty", argv[0], PAGERDUTY, ("get",)), ("github", argv[1], GITHUB, ("get",)),
              ("github_issues", argv[1], ISSUES, ("get", "post", "patch")))  # fmt: skip
    for name, source, paths, methods in wanted:
        spec = trim(json.loads(Path(source).read_text(encoding="utf-8")), paths, methods)
        (SPECS / f"{name}.json").write_text(json.dumps(spec, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
