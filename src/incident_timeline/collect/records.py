"""Reads the records of a text: a JSON array, JSON Lines, or CSV with a header; every error names file and line."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from incident_timeline.errors import InputFileError

Record = Mapping[str, Any]


def decode_text(content: bytes, name: str) -> str:
    """The text of UTF-8 bytes, a byte order mark taken off; raises InputFileError."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputFileError(f"{name}: byte {error.start} is not UTF-8; save the file as UTF-8") from None


def read_records(text: str, name: str, need: tuple[str, ...] = ()) -> Iterator[tuple[int, Record]]:
    """(line number, record), by the first character: `[` a JSON array, `{` JSON Lines, else CSV that must have `need`.

    Records of an array count from 1 in place of lines. Raises InputFileError.
    """
    first = text.lstrip()[:1]
    if first == "[":
        yield from _json_array(text, name)
    elif first == "{":
        yield from _json_lines(text, name)
    elif first:
        yield from _csv_rows(text, name, need)


def _json_array(text: str, name: str) -> Iterator[tuple[int, Record]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputFileError(f"{name}: not JSON ({error}); write an array of objects or one object per line") from None
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise InputFileError(f"{name}, record {number}: expected an object, got {type(row).__name__}")
        yield number, row


def _json_lines(text: str, name: str) -> Iterator[tuple[int, Record]]:
    for line, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            record = json.loads(row)
        except (ValueError, RecursionError) as error:
            raise InputFileError(f"{name}, line {line}: not JSON ({error}); write one object per line") from None
        if not isinstance(record, dict):
            raise InputFileError(f"{name}, line {line}: expected an object, got {type(record).__name__}")
        yield line, record


def _csv_rows(text: str, name: str, need: tuple[str, ...]) -> Iterator[tuple[int, Record]]:
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    # a message may be longer than the 128 KiB that csv allows by default
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    columns = [column.strip().lower() for column in reader.fieldnames or ()]
    lacking = [column for column in need if column not in columns]
    if lacking:
        raise InputFileError(
            f"{name}, line 1: no column {' and '.join(lacking)}; the header must name {', '.join(need)}"
        )
    reader.fieldnames = columns
    try:
        for record in reader:
            if record.get(None) is not None:
                raise InputFileError(
                    f"{name}, line {reader.line_num}: more fields than the header has; quote texts with commas"
                )
            yield reader.line_num, {key: value for key, value in record.items() if value is not None and value != ""}
    except csv.Error as error:
        raise InputFileError(
            f"{name}, line {reader.line_num + 1}: not CSV ({error}); close every quote, and double a quote inside a text"
        ) from None
