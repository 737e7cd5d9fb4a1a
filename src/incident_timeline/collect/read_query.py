"""Reads one query file, and checks PromQL wherever it stands; every mistake names file and line."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template

import promql_parser

from incident_timeline.collect.promql import calls
from incident_timeline.collect.queries import Query
from incident_timeline.collect.yaml_lines import Place, need

SIGNALS = ("latency", "errors", "traffic", "saturation", "other")
WORSE = ("up", "down", "both")
KEYS = ("name", "signal", "question", "query", "errors", "total", "unit", "worse", "source")
PROMQL = ("query", "errors", "total")


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """A query and the line of each of its expressions (`query`, or `errors` and `total`), for what is found out later."""

    query: Query
    lines: Mapping[str, int]
    name_line: int


def read_query(document: Place) -> ReadQuery:
    """The query of one file; QueryFileError for a typo, a missing key, or PromQL that does not parse."""
    if not document.is_table:
        raise document.error(f"a query file is a table of {', '.join(KEYS)}")
    table = document.known(*KEYS)
    values = {key: place.text() for key, place in table.items()}
    for key in ("name", "signal", "question", "unit", "worse", "source"):
        need(table, key, document)
    for key, allowed in (("signal", SIGNALS), ("worse", WORSE)):
        if values[key] not in allowed:
            raise table[key].error(f"{key} is {values[key]!r}; it must be one of {', '.join(allowed)}")
    if ("query" in table) == ("errors" in table or "total" in table) or ("errors" in table) != ("total" in table):
        raise document.error("give either query, or both errors and total")
    for key in (key for key in PROMQL if key in table):
        check_promql(values[key], table[key], counted=key != "query")
    query = Query(path=document.path, **{key: values.get(key) for key in KEYS})  # type: ignore[arg-type]
    return ReadQuery(query, {key: table[key].line for key in PROMQL if key in table}, table["name"].line)


def check_promql(text: str, place: Place, *, counted: bool) -> None:
    """Raises QueryFileError unless the text, filled in, is PromQL; where requests are counted, unless it is a rate."""
    template = Template(text)
    if set(template.get_identifiers()) - {"service", "range"}:
        raise place.error(f"{place.name}: only $service and $range are filled in")
    filled = template.safe_substitute(service="a-service", range="60s")
    try:
        promql_parser.parse(filled)
    except ValueError as error:
        raise place.error(f"{place.name} is not PromQL: {error}") from None
    if counted and "increase" in calls(filled):
        raise place.error(
            f"{place.name} reads increase(); write rate(), since requests are counted from requests a second"
        )
