"""Finds query files and SLO files by name in the team's folder, the shipped one and beside timeline.toml."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from incident_timeline.collect.queries import Query
from incident_timeline.collect.read_query import ReadQuery, read_query
from incident_timeline.collect.slo.reading import is_slo, read_slos
from incident_timeline.collect.yaml_lines import read_documents
from incident_timeline.errors import QueryFileError, system_words


def read_queries(text: str, path: str) -> tuple[ReadQuery, ...]:
    """The one query of a query file, or the SLOs of a Sloth, Pyrra or OpenSLO file; QueryFileError names file and line."""
    documents = read_documents(text, path)
    if any(is_slo(document) for document in documents):
        return read_slos(documents)
    if len(documents) != 1:
        raise QueryFileError(f"{path}, line 1: a query file is one table, not {len(documents)}")
    return (read_query(documents[0]),)


def query_folders(given: Path | None, team: str | None, beside: str | None = None) -> tuple[Path, ...]:
    """Where names are looked for, in this order: --queries, the team's folder, the shipped ones, beside timeline.toml."""
    packaged = Path(str(files("incident_timeline") / "queries"))
    checkout = Path(__file__).resolve().parents[3] / "queries"
    own = [path for path in (given, Path(team) if team else None) if path is not None]
    return (*own, packaged if packaged.is_dir() else checkout, *([Path(beside)] if beside else []))


def query_files(place: Path) -> list[Path]:
    """The YAML files of a folder in order, or the one file that a path is."""
    if not place.is_dir():
        return [place]
    return sorted(path for path in place.iterdir() if path.suffix in (".yaml", ".yml"))


def find_queries(names: Sequence[str], folders: Sequence[Path]) -> tuple[tuple[Query, ...], tuple[str, ...]]:
    """The queries of folders or files by name, and a sentence for each that cannot be used; the first folder that has it wins.

    `postgresql@orders-db` reads the folder `postgresql` with $service filled in as `orders-db`: exporters seldom carry the
    name of the service that uses them.
    """
    queries: dict[str, Query] = {}
    unusable: list[str] = []
    for written in names:
        name, _, about = written.partition("@")
        place = next((f / name for f in folders if (f / name).exists()), None) or next(
            (f / f"{name}.yaml" for f in folders if (f / f"{name}.yaml").exists()), None
        )
        if place is None:
            unusable.append(f"queries {name!r}: no such folder or file in {', '.join(str(f) for f in folders)}")
            continue
        for path in query_files(place):
            try:
                read = read_queries(path.read_text(encoding="utf-8"), f"{path.parent.name}/{path.name}")
            except QueryFileError as error:
                unusable.append(str(error))
                continue
            except (OSError, UnicodeDecodeError) as error:
                unusable.append(
                    f"{path}: cannot be read ({system_words(error)}); save it as UTF-8 where it can be read"
                )
                continue
            for query in (one.query for one in read):
                named = replace(query, name=f"{query.name}@{about}", about=about) if about else query
                first = queries.setdefault(named.name, named)
                if first is not named and first != named:
                    unusable.append(
                        f"{query.path}: {query.name!r} was read from {first.path} already; give it another name"
                    )
    return tuple(queries.values()), tuple(unusable)
