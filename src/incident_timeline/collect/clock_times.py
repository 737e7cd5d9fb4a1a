"""Reads times that people and files write: with an offset, in Unix seconds, or by the clock of a zone that is said."""

import json
import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from incident_timeline.errors import InputFileError, NaiveTimeError
from incident_timeline.model.instants import SPAN, from_seconds, instants_of, micros, read_time

ZONE_FLAG = "say the zone with --tz"  # how to say it for a file on the command line
ZONE_KEY = 'add tz = "Europe/Berlin" (its own zone) to its table'  # ... and for one of timeline.toml
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_SECONDS = tuple(micros(end) / 1_000_000 for end in SPAN)


def text_of(value: Any) -> str | None:
    """A value as stripped text that UTF-8 can hold; None where there is nothing."""
    if value is None or isinstance(value, bool):
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    # lone surrogates (an escape cut in two) cannot be written as UTF-8
    return text.strip().encode("utf-8", "replace").decode("utf-8") or None


def read_instants(
    value: Any, where: str, column: str, zone: tzinfo | None, fix: str = ZONE_FLAG
) -> tuple[datetime, datetime]:
    """The earliest and latest instant that a value can mean: two only for a clock time that happened twice.

    `where` and `column` name it in errors, `fix` says how its zone is given. Raises InputFileError or NaiveTimeError.
    """
    text = text_of(value) or ""
    if _NUMBER.fullmatch(text):
        if not _SECONDS[0] <= float(text) <= _SECONDS[1]:
            raise InputFileError(
                f"{where}: `{column}` {text} is not a time in Unix seconds; divide milliseconds by 1000"
            )
        return from_seconds(float(text)), from_seconds(float(text))
    try:
        at = read_time(text)
    except ValueError:
        raise InputFileError(
            f"{where}: `{column}` {text[:60]!r} is not a time; write RFC 3339 (2026-11-17T14:07:31Z) or Unix seconds"
        ) from None
    if at.tzinfo is None:
        if zone is None:
            raise NaiveTimeError(
                f"{where}: `{column}` {text!r} has no zone, so it names no instant; add Z or an offset, or {fix}"
            )
        return local_instants(at, zone, f"{where}: `{column}` {at}")
    return at.astimezone(UTC), at.astimezone(UTC)


def local_instants(at: datetime, zone: tzinfo, what: str) -> tuple[datetime, datetime]:
    """The earliest and latest instant of a clock time in a zone; raises InputFileError for one that did not happen there."""
    instants = instants_of(at, zone)
    if not instants:
        raise InputFileError(
            f"{what} did not happen in {zone}: clocks were put forward over it; write the time with its offset"
        )
    return instants[0], instants[-1]
