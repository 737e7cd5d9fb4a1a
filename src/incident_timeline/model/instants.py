"""Instants, ranges and durations: UTC datetimes in, exact microseconds and the documents' notation out."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from incident_timeline.errors import NaiveTimeError, UsageError

MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Microseconds since the Unix epoch of an aware datetime, exact (integer arithmetic)."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND


def from_micros(value: int) -> datetime:
    """The UTC datetime of integer microseconds since the epoch."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)


def from_seconds(value: float) -> datetime:
    """The UTC datetime of Unix seconds, rounded to the microsecond."""
    return from_micros(round(value * 1_000_000))


def parse_instant(text: str, what: str = "time") -> datetime:
    """Reads an RFC 3339 time with an offset; raises NaiveTimeError for one without, naming `what` it belongs to."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NaiveTimeError(f"{what}: {text!r} is not an RFC 3339 time; write it like 2026-11-17T14:07:31Z") from None
    if at.tzinfo is None:
        raise NaiveTimeError(
            f"{what}: {text!r} has no zone, so it names no instant; add Z or an offset, or say the zone with --tz"
        )
    return at.astimezone(UTC)


def zone_named(name: str, what: str = "--tz") -> ZoneInfo:
    """The time zone of an IANA name; raises UsageError for any other, naming `what` said it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(f"{what}: {name!r} is no zone; give one like Europe/Berlin") from None


def rfc3339(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z`; microseconds only where there are any; None stays None."""
    if at is None:
        return None
    text = at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds" if at.microsecond else "seconds")
    return f"{text}Z"


def clock(at: datetime) -> str:
    """`HH:MM:SS` in UTC, rounded down to the second, as the documents print it."""
    return at.astimezone(UTC).strftime("%H:%M:%S")


def duration(seconds: float) -> str:
    """`m:ss`, `h:mm:ss` from one hour on, with U+2212 for minus; rounded to the second."""
    total = round(abs(seconds))
    sign = "\u2212" if seconds < 0 and total else ""
    minutes, rest = divmod(total, 60)
    if minutes < 60:
        return f"{sign}{minutes}:{rest:02d}"
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02d}:{rest:02d}"
