"""Reads a file of series that a user gives: Parquet or CSV in long form, one row a sample."""

import io
from itertools import pairwise
from typing import Any

import polars as pl

from incident_timeline.collect.series_words import guess
from incident_timeline.errors import InputFileError, NaiveTimeError
from incident_timeline.model.events import INSTANT, event_id
from incident_timeline.model.instants import SPAN, micros, zone_named
from incident_timeline.model.series import LABELS_SCHEMA, SAMPLES_SCHEMA, SeriesSet

_TIMES = ("at", "timestamp", "time")
_NAMES = ("series", "metric")
_ROLES = ("resource", "raw")  # any other, such as entry or target, is a service-level signal
_SIGNALS = ("latency", "errors", "traffic", "saturation", "other")


def read_series_file(content: bytes, name: str, zone: str | None = None, *, stored_as: str | None = None) -> SeriesSet:
    """The series of a file: a time column (at, timestamp or time), a name (series or metric), `value`, and optional
    `service`, `signal`, `worse` (up, down, both) and `role` (`resource` and `raw` are no SLIs). Where signal or worse is not
    given, the words of the name say it (`series_words.guess`).

    Times are RFC 3339 with an offset or Unix seconds; a text time without zone needs `zone` (an IANA name). Of repeated
    samples the last counts. Raises InputFileError or NaiveTimeError naming the file and the row.
    """
    return series_of(read_rows(read_table(content, name), name, zone), stored_as or f"series/{name}")


def read_rows(table: pl.DataFrame, name: str, zone: str | None = None) -> pl.DataFrame:
    """The table with the columns at, name, value, service, signal, worse, role checked and typed; others are kept."""
    time, label = _one_of(table, _TIMES, name, "time"), _one_of(table, _NAMES, name, "name")
    if "value" not in table.columns:
        raise InputFileError(f"{name}: there is no column value; it has {', '.join(table.columns)}")
    if table.is_empty():
        raise InputFileError(f"{name}: holds no samples; write one row for each (at, series, value)")
    rows = table.with_columns(
        at=read_times(table[time], name, zone), value=_numbers(table["value"], name), name=table[label].cast(pl.String),
        service=_text(table, "service"), signal=_text(table, "signal"), worse=_text(table, "worse"),
        role=_text(table, "role"),
    )  # fmt: skip
    _check(rows, "worse", ("up", "down", "both"), name)
    _check(rows, "signal", _SIGNALS, name)
    return rows


def series_of(rows: pl.DataFrame, evidence: str) -> SeriesSet:
    """The series of rows as `read_rows` gives them."""
    keys = ["service", "name"]
    about = rows.group_by(keys, maintain_order=True).agg(
        pl.col("signal", "worse", "role").drop_nulls().first(), pl.col("at")
    )
    labels = [_label(row, evidence) for row in about.iter_rows(named=True)]
    ids = pl.DataFrame(
        [{k: row[k] for k in (*keys, "series_id")} for row in labels],
        schema=dict.fromkeys((*keys, "series_id"), pl.String()),
    )
    samples = rows.join(ids, on=keys, nulls_equal=True).select("series_id", "at", "value")
    samples = samples.unique(["series_id", "at"], keep="last", maintain_order=True).sort("series_id", "at")
    return SeriesSet(pl.DataFrame(labels, schema=LABELS_SCHEMA).sort("series_id"), samples.cast(dict(SAMPLES_SCHEMA)))  # type: ignore[arg-type]


def read_table(content: bytes, name: str) -> pl.DataFrame:
    """The rows of a Parquet or CSV file, told apart by their first bytes; InputFileError when it is neither."""
    try:
        if content[:4] == b"PAR1":
            return pl.read_parquet(io.BytesIO(content))
        return pl.read_csv(io.BytesIO(content), infer_schema_length=None, null_values=[""])
    except (pl.exceptions.PolarsError, ValueError, OSError) as error:
        said = str(error).splitlines()[0] if str(error) else "no content"
        raise InputFileError(f"{name} is neither Parquet nor CSV with a header: {said}") from None


def read_times(times: pl.Series, name: str, zone: str | None = None) -> pl.Series:
    """Instants from Unix seconds, datetimes with a zone or RFC 3339 texts; a naive time is refused unless `zone` is given."""
    if times.null_count():
        raise InputFileError(f"{name}, row {_first(times.is_null())}: the time is empty; leave the row out")
    placed = _instants(times, name, zone)
    outside = ~placed.is_between(*SPAN)
    if outside.any():
        row = _first(outside)
        raise InputFileError(f"{name}, row {row}: {times[row - 1]} is not a time; write RFC 3339 or Unix seconds")
    return placed


def _instants(times: pl.Series, name: str, zone: str | None) -> pl.Series:
    if times.dtype.is_numeric():
        seconds = times.cast(pl.Float64)
        far = ~(seconds * 1e6).is_between(micros(SPAN[0]), micros(SPAN[1]))
        if far.any():
            row = _first(far)
            raise InputFileError(
                f"{name}, row {row}: {times[row - 1]} is not a time in Unix seconds; divide milliseconds by 1000"
            )
        return (seconds * 1e6).round().cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if isinstance(times.dtype, pl.Datetime) and times.dtype.time_zone:
        return times.dt.convert_time_zone("UTC").cast(INSTANT)
    if isinstance(times.dtype, pl.Datetime):
        return _local(times.cast(pl.Datetime("us")), name, zone, "the column holds times without a zone")
    texts = times.cast(pl.String).str.strip_chars()
    zoned = texts.str.contains(r"(?i)(z|[+-]\d{2}:?\d{2})$")
    if zoned.all():
        parsed = _parsed(texts, "UTC")
        if parsed.null_count():
            row = _first(parsed.is_null())
            raise InputFileError(
                f"{name}, row {row}: {texts[row - 1]!r} is not an RFC 3339 time; write it like 2026-11-17T14:07:31Z"
            )
        return parsed.cast(INSTANT)
    row = _first(~zoned)
    naive = _parsed(texts, None)
    if zone is not None and naive.null_count():
        raise InputFileError(
            f"{name}, row {_first(naive.is_null())}: mixes times with and without a zone, or is no time"
        )
    return _local(naive, name, zone, f"row {row}: {texts[row - 1]!r} has no zone")


def _parsed(texts: pl.Series, zone: str | None) -> pl.Series:
    """The datetimes of texts, null for each that is none."""
    try:
        return texts.str.to_datetime(time_unit="us", time_zone=zone, strict=False)
    except pl.exceptions.ComputeError:  # not one text gives polars a form to read the others by
        return pl.Series(texts.name, [None] * texts.len(), dtype=pl.Datetime("us", zone))


def _local(naive: pl.Series, name: str, zone: str | None, what: str) -> pl.Series:
    if zone is None:
        raise NaiveTimeError(f"{name}: {what}, so it names no instant; add Z or an offset, or say the zone with --tz")
    placed = naive.dt.replace_time_zone(zone_named(zone).key, ambiguous="earliest", non_existent="null")
    if placed.null_count() > naive.null_count():
        raise InputFileError(
            f"{name}, row {_first(placed.is_null())}: that time does not exist in {zone}; give an offset"
        )
    return placed.dt.convert_time_zone("UTC").cast(INSTANT)


def _numbers(values: pl.Series, name: str) -> pl.Series:
    numbers = (
        values.cast(pl.Float64, strict=False)
        if values.dtype != pl.String
        else values.str.strip_chars().cast(pl.Float64, strict=False)
    )
    wrong = numbers.is_null() & values.is_not_null()
    if wrong.any():
        row = _first(wrong)
        raise InputFileError(
            f"{name}, row {row}: value {values[row - 1]!r} is no number; write NaN for a sample without value"
        )
    return numbers.fill_null(float("nan"))


def _label(row: dict[str, Any], evidence: str) -> dict[str, Any]:
    steps = row["at"]
    ordered = sorted(set(steps))
    gaps = sorted((b - a).total_seconds() for a, b in pairwise(ordered))
    step = gaps[len(gaps) // 2] if gaps else None
    signal, worse = guess(row["name"])
    role = row["role"] if row["role"] in _ROLES else "sli"
    return {
        "series_id": event_id("series", row["service"], row["name"]), "source": "series", "service": row["service"],
        "name": row["name"], "signal": row["signal"] or signal, "unit": "", "worse": row["worse"] or worse,
        "role": role, "query": "", "labels": "{}", "step_s": step, "scrape_s": step, "range_s": 0.0,
        "evidence": evidence,
    }  # fmt: skip


def _one_of(rows: pl.DataFrame, names: tuple[str, ...], file: str, what: str) -> str:
    found = [name for name in names if name in rows.columns]
    if not found:
        raise InputFileError(
            f"{file}: there is no {what} column ({' or '.join(names)}); it has {', '.join(rows.columns)}"
        )
    return found[0]


def _text(rows: pl.DataFrame, name: str) -> pl.Series:
    if name not in rows.columns:
        return pl.Series(name, [None] * rows.height, dtype=pl.String)
    return rows[name].cast(pl.String)


def _check(rows: pl.DataFrame, column: str, allowed: tuple[str, ...], name: str) -> None:
    wrong = rows[column].is_not_null() & ~rows[column].is_in(allowed)
    if wrong.any():
        row = _first(wrong)
        raise InputFileError(
            f"{name}, row {row}: {column} is {rows[column][row - 1]!r}; it must be {', '.join(allowed)}"
        )


def _first(mask: pl.Series) -> int:
    """The number of the first row that a mask names, counted from 1 below the header."""
    return int(mask.arg_true()[0]) + 1
