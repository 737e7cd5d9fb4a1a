"""Checks and lists the query library: the shipped folders, the team's own, or given files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from incident_timeline.collect.promtool import check_expressions, promtool_version
from incident_timeline.collect.queries import Query
from incident_timeline.collect.query_files import query_files, query_folders, read_queries
from incident_timeline.collect.read_query import ReadQuery
from incident_timeline.errors import InputFileError, QueryFileError, UsageError

FAKE_SERVICE, FAKE_RANGE_S = "a-service", 60.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check read and found: each problem names file and line, in the order of the files."""

    files: int
    queries: int
    problems: tuple[str, ...]
    promtool: str | None  # its version, None where there is none


@dataclass(frozen=True, slots=True)
class Listed:
    """One query of the library and the name of the folder that a service asks for to get it."""

    folder: str
    query: Query


def check_library(paths: Sequence[Path], promtool: Callable[[], str | None] = promtool_version) -> Checked:
    """Every file under the paths: read, rendered with a fake service and range, parsed, and given to promtool where there is one.

    Raises InputFileError for a path that is not there, or holds no such file.
    """
    problems: list[tuple[int, int, str]] = []  # (file, line) for the order
    read: list[tuple[int, ReadQuery]] = []
    files = [(root, path) for root in paths for path in _files_below(root)]
    for number, (_, path) in enumerate(files):
        try:
            found = read_queries(path.read_text(encoding="utf-8"), str(path))
        except UnicodeDecodeError as error:
            problems.append((number, 1, f"{path}, line 1: no UTF-8 text ({error.reason})"))
        except QueryFileError as error:
            problems.append((number, 0, str(error)))
        else:
            read += [(number, one) for one in found]
            problems += [(number, one.name_line, words) for one in found for words in _misnamed(path, one)]
    version = promtool()
    if version is not None:
        problems += _refused(read)
    return Checked(len(files), len(read), tuple(words for _, _, words in sorted(problems)), version)


def library_folders(team: str | None) -> list[Path]:
    """The team's folder, where there is one, and the shipped one."""
    return [folder for folder in query_folders(None, team) if folder.is_dir()]


def list_library(team: str | None, only: str | None = None) -> tuple[tuple[Listed, ...], tuple[str, ...]]:
    """Every query in the order of its folder, a team's folder instead of a shipped one of its name; and what is unusable.

    Raises UsageError for a folder that is not there.
    """
    listed: dict[str, list[Listed]] = {}
    unusable: list[str] = []
    for root in library_folders(team):
        for folder in sorted(path for path in root.iterdir() if path.is_dir()):
            if folder.name in listed:
                continue
            listed[folder.name] = []
            for path in query_files(folder):
                try:
                    read = read_queries(path.read_text(encoding="utf-8"), f"{folder.name}/{path.name}")
                    listed[folder.name] += [Listed(folder.name, one.query) for one in read]
                except (QueryFileError, UnicodeDecodeError) as error:
                    unusable.append(str(error) if isinstance(error, QueryFileError) else f"{path}: no UTF-8 text")
    if only is not None and only not in listed:
        raise UsageError(f"no folder of queries is named {only!r}; there are {', '.join(sorted(listed))}")
    wanted = [only] if only is not None else sorted(listed)
    return tuple(one for name in wanted for one in listed[name]), tuple(unusable)


def _files_below(root: Path) -> list[Path]:
    if root.is_dir():
        found = sorted(path for path in root.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
        if not found:
            raise InputFileError(f"{root} holds no query file (.yaml); check the path")
        return found
    if not root.is_file():
        raise InputFileError(f"{root} is neither a file nor a folder; check the path given to `timeline queries check`")
    return [root]


def _misnamed(path: Path, one: ReadQuery) -> list[str]:
    """A query is found by the name of its file; an SLO file has its own names."""
    if one.query.objective is not None or one.query.name == path.stem:
        return []
    return [
        f"{path}, line {one.name_line}: the query is named {one.query.name!r}; name it like its file, {path.stem!r}"
    ]


def _refused(read: Sequence[tuple[int, ReadQuery]]) -> list[tuple[int, int, str]]:
    """What promtool says, at the line of the expression; of a ratio only what its two halves do not say already."""
    asked = []
    for number, one in read:
        texts = one.query.expressions(FAKE_SERVICE, FAKE_RANGE_S)
        halves = [(f"{one.query.name}.{key}", key) for key in ("errors", "total") if key in one.lines]
        names = halves or [(one.query.name, "query")]
        asked += [(number, one, key, texts[name]) for name, key in names]
    said = check_expressions([text for *_, text in asked])
    found = []
    for place, words in sorted(said.items()):
        number, one, key, _ = asked[place]
        line = one.lines[key]
        found.append((number, line, f"{one.query.path}, line {line}: {key}: promtool says {words}"))
    return found
