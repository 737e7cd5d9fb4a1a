"""Answers the onset of every group of series in one file."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from incident_timeline.collect.series_file import read_rows, read_table, read_times, series_of
from incident_timeline.errors import InputFileError, system_words
from incident_timeline.model.instants import micros, rfc3339
from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.score.onset import find_onset

HEADER = ("case", "onset", "earliest", "latest", "confidence", "runtime_s")


@dataclass(frozen=True, slots=True)
class Answer:
    """The onset of one group, with the seconds that finding it took."""

    case: str
    onset: Onset | NoOnset
    runtime_s: float


def answer_onsets(
    path: Path, by: str | None, latest: Path | None, zone: str | None, clock: Callable[[], float]
) -> tuple[list[Answer], bool]:
    """One answer a group in the order of the file, and whether the input's times are Unix seconds.

    `clock` gives seconds, for the time each answer took. Raises InputFileError or NaiveTimeError.
    """
    table = read_table(_read(path), path.name)
    if by is not None and by not in table.columns:
        raise InputFileError(f"{path.name}: there is no column {by!r} to group by; it has {', '.join(table.columns)}")
    bounds = _bounds(latest, zone) if latest else {}
    cases = pl.lit("all") if by is None else pl.col(by).cast(pl.String).fill_null("")
    rows = read_rows(table, path.name, zone).with_columns(case=cases)
    answers = []
    for (case, *_), part in rows.group_by("case", maintain_order=True):
        series = series_of(part, f"series/{path.name}")
        begun = clock()
        found = find_onset(series, latest=bounds.get(str(case)))
        answers.append(Answer(str(case), found, clock() - begun))
    time = next(name for name in ("at", "timestamp", "time") if name in table.columns)
    return answers, table[time].dtype.is_numeric()


def to_csv(answers: list[Answer], *, numeric: bool) -> str:
    """The answers as CSV with HEADER, times in the input's own form; empty where there is no clear onset."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(HEADER)
    for answer in answers:
        onset = answer.onset
        if isinstance(onset, NoOnset):
            writer.writerow([answer.case, "", "", "", "", f"{answer.runtime_s:.6f}"])
            continue
        times = [_time(at, numeric=numeric) for at in (onset.at, onset.earliest, onset.latest)]
        writer.writerow([answer.case, *times, f"{onset.confidence:.4f}", f"{answer.runtime_s:.6f}"])
    return held.getvalue()


def _time(at: datetime, *, numeric: bool) -> str:
    return f"{micros(at) / 1e6:.6f}".rstrip("0").rstrip(".") if numeric else rfc3339(at) or ""


def _bounds(path: Path, zone: str | None) -> dict[str, datetime]:
    rows = read_table(_read(path), path.name)
    if not {"case", "at"} <= set(rows.columns):
        raise InputFileError(f"{path.name}: --latest needs the columns case and at; it has {', '.join(rows.columns)}")
    rows = rows.filter(pl.col("at").is_not_null())
    return dict(zip(rows["case"].cast(pl.String), read_times(rows["at"], path.name, zone), strict=True))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputFileError(f"cannot read {path}: {system_words(error)}; check the path") from None
