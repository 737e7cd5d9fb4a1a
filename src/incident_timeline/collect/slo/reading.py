"""Reads SLO files of three forms as queries with an objective; what is not understood is an error with its line."""

from collections.abc import Sequence

from incident_timeline.collect.read_query import ReadQuery
from incident_timeline.collect.slo.openslo import read_openslo
from incident_timeline.collect.slo.pyrra import read_pyrra
from incident_timeline.collect.slo.sloth import read_sloth
from incident_timeline.collect.yaml_lines import Place
from incident_timeline.errors import QueryFileError

_FORMS = {
    "prometheus/v1": read_sloth,
    "sloth.slok.dev/v1": read_sloth,
    "pyrra.dev/v1alpha1": read_pyrra,
    "openslo/v1": read_openslo,
}


def is_slo(document: Place) -> bool:
    """Whether a document says a form and version, as SLO files do and query files never do."""
    return document.is_table and bool({"apiVersion", "version"} & set(document.table()))


def read_slos(documents: Sequence[Place]) -> tuple[ReadQuery, ...]:
    """The SLOs of one file, all in the same form; QueryFileError names file and line."""
    said = [document.table().get("apiVersion") or document.table().get("version") for document in documents]
    for document, form in zip(documents, said, strict=True):
        if form is None or form.text() not in _FORMS:
            named = f"{form.text()!r} is not read" if form else "it names no apiVersion or version"
            raise (form or document).error(f"{named}; read are {', '.join(_FORMS)}")
    read = {_FORMS[form.text()] for form in said if form}
    if len(read) != 1:
        raise documents[-1].error("the documents of one SLO file must have one form")
    slos = tuple(read.pop()(documents))
    names: dict[str, int] = {}
    for one in slos:
        if one.query.name in names:
            path, line = one.query.path, one.name_line
            raise QueryFileError(
                f"{path}, line {line}: the SLO {one.query.name!r} stands in line {names[one.query.name]} already"
            )
        names[one.query.name] = one.name_line
    return slos
