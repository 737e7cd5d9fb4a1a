"""Reads Sloth's SLOs, as a plain file (prometheus/v1) and as a Kubernetes object (sloth.slok.dev/v1)."""

from collections.abc import Iterator, Sequence

from incident_timeline.collect.read_query import ReadQuery
from incident_timeline.collect.slo.parts import About, question_of, share, slo_query, windowed
from incident_timeline.collect.yaml_lines import Place, need

PERIOD_S = 30 * 86_400.0  # Sloth's default; the file itself cannot say another one (sloth.dev, --default-slo-period)
_SOURCE = "https://sloth.dev/specs/default/"
_SLO = ("name", "description", "objective", "labels", "sli", "alerting", "plugins")


def read_sloth(documents: Sequence[Place]) -> Iterator[ReadQuery]:
    """The SLOs of the documents; QueryFileError names file and line for a plugin and for anything unknown."""
    for document in documents:
        spec = document
        if "apiVersion" in document.table():
            spec = need(document.known("apiVersion", "kind", "metadata", "spec", "status"), "spec", document)
            table = spec.known("service", "labels", "slos", "sloPlugins")
        else:
            table = spec.known("version", "service", "labels", "slos", "slo_plugins")
        for slo in need(table, "slos", spec).items():
            yield _read_slo(slo)


def _read_slo(slo: Place) -> ReadQuery:
    table = slo.known(*_SLO)
    name, goal, sli = (need(table, key, slo) for key in ("name", "objective", "sli"))
    objective = share(goal)
    kinds = sli.known("events", "raw", "plugin")
    if "plugin" in kinds:
        raise kinds["plugin"].error("an SLI plugin is not read; give its queries as events or raw")
    if len(kinds) != 1:
        raise sli.error("sli needs either events or raw")
    about = About(name.text(), name, question_of(table.get("description"), objective), _SOURCE, objective, PERIOD_S)
    if "raw" in kinds:
        raw = kinds["raw"].known("error_ratio_query", "errorRatioQuery")
        place = _one(raw, ("error_ratio_query", "errorRatioQuery"), kinds["raw"])
        return slo_query(about, ratio=(_needs_window(place), place))
    events = kinds["events"].known("error_query", "total_query", "errorQuery", "totalQuery")
    bad = _one(events, ("error_query", "errorQuery"), kinds["events"])
    total = _one(events, ("total_query", "totalQuery"), kinds["events"])
    return slo_query(about, bad=(_needs_window(bad), bad), total=(_needs_window(total), total))


def _one(table: dict[str, Place], names: tuple[str, str], owner: Place) -> Place:
    return next((table[name] for name in names if name in table), None) or need(table, names[0], owner)


def _needs_window(place: Place) -> str:
    text = windowed(place)
    if "$range" not in text:
        raise place.error(f"{place.name} names no {{{{.window}}}}, so Sloth itself would refuse it")
    return text
