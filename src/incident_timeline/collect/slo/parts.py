"""What the readers of SLO files share: an objective, a period, PromQL with a window, and the query that they make."""

import re
from dataclasses import dataclass

import promql_parser

from incident_timeline.collect.queries import Query
from incident_timeline.collect.read_query import ReadQuery, check_promql
from incident_timeline.collect.yaml_lines import Place

_WINDOW = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")
_DAY = 86_400.0
_UNITS = {
    "m": 60.0,
    "h": 3600.0,
    "d": _DAY,
    "w": 7 * _DAY,
    "y": 365 * _DAY,
    "M": 30 * _DAY,
    "Q": 90 * _DAY,
    "Y": 365 * _DAY,
}


def share(place: Place, whole: float = 100.0) -> float:
    """An objective as a share of good requests; QueryFileError unless it lies between 0 and the whole, ends left out."""
    value = place.number()
    if not 0 < value < whole:
        raise place.error(f"{place.name} is {value:g}; it must lie between 0 and {whole:g}")
    return value / whole


def period(place: Place) -> float:
    """A period such as 30d, 4w or 1M in seconds; a month is taken as 30 days, a quarter as 90."""
    match = re.fullmatch(r"(\d+)([mhdwyMQY])", str(place.scalar()))
    if match is None or not int(match[1]):
        raise place.error(f"{place.name} is no duration such as 28d or 4w")
    return int(match[1]) * _UNITS[match[2]]


def windowed(place: Place) -> str:
    """PromQL of a file, its `{{.window}}` as $range; a `$` of its own stays one."""
    text = _WINDOW.sub("$range", place.text().strip().replace("$", "$$"))
    if "{{" in text:
        raise place.error(f"{place.name}: of templates only {{{{.window}}}} is filled in")
    return text


def rate_of(place: Place) -> str:
    """The requests a second of a selector; QueryFileError for anything but one selector."""
    text = place.text().strip()
    try:
        tree = promql_parser.parse(text)
    except ValueError as error:
        raise place.error(f"{place.name} is not PromQL: {error}") from None
    if not isinstance(tree, promql_parser.VectorSelector):
        raise place.error(f'{place.name} must be one selector, such as http_requests_total{{job="shop"}}')
    return f"sum(rate({text.replace('$', '$$')}[$range]))"


@dataclass(frozen=True, slots=True)
class About:
    """What an SLO says beside its PromQL."""

    name: str
    place: Place  # of the name
    question: str
    source: str
    objective: float  # the share of good requests, 0..1
    period_s: float


def slo_query(
    about: About, *, bad: tuple[str, Place] | None = None, total: tuple[str, Place] | None = None,
    ratio: tuple[str, Place] | None = None,
) -> ReadQuery:  # fmt: skip
    """An SLO as a query: bad and all requests a second, or only their ratio; each text comes with where it stands."""
    given = {"errors": bad, "total": total, "query": ratio}
    for key, one in given.items():
        if one is not None:
            check_promql(one[0], one[1], counted=key != "query")
    texts = {key: one[0] if one else None for key, one in given.items()}
    if bad and total:
        texts["errors"] = f"({bad[0]}) or 0 * ({total[0]})"  # no bad request yet is no series, and means none
    slow = "_bucket" in (texts["errors"] or texts["query"] or "")
    query = Query(
        name=about.name, signal="latency" if slow else "errors", question=about.question, **texts, unit="ratio", worse="up",
        source=about.source, path=about.place.path, objective=round(about.objective, 9), period_s=about.period_s,
    )  # fmt: skip
    return ReadQuery(query, {key: one[1].line for key, one in given.items() if one}, about.place.line)


def question_of(described: Place | None, objective: float) -> str:
    """The file's own description, else what the objective asks."""
    text = described.scalar() if described else None
    asked = f"Which share of requests is not good? At most {100 * (1 - objective):g} % may be."
    return " ".join(text.split()) if isinstance(text, str) and text.strip() else asked
