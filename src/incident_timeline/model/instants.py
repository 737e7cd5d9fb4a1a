"""Instants, ranges and durations: UTC datetimes in, exact microseconds and the documents' notation out."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from incident_timeline.errors import NaiveTimeError, UsageError

MICROSECOND = timedelta(microseconds=1)
# Programs write year 1 and year 9999 for "no time"; inside these bounds every window around an instant is a date too.
SPAN = (datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC))


def micros(at: datetime) -> int:
    """Microseconds since the Unix epoch of an aware datetime, exact (integer arithmetic)."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND


def from_micros(value: int) -> datetime:
    """The UTC datetime of integer microseconds since the epoch."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)


def from_seconds(value: float) -> datetime:
    """The UTC datetime of Unix seconds, rounded to the microsecond."""
    return from_micros(round(value * 1_000_000))


def read_time(text: str) -> datetime:
    """An RFC 3339 time, aware or naive; ValueError for any other text, and for one outside `SPAN`.

    A leap second is the second after it, as in Unix time.
    """
    leap = text[14:19] == "59:60"
    at = datetime.fromisoformat(f"{text[:17]}59{text[19:]}" if leap else text)
    if not SPAN[0].year <= at.year <= SPAN[1].year:
        raise ValueError(f"year {at.year} stands for no time at all")
    return at + timedelta(seconds=1) if leap else at


def parse_instant(text: str, what: str = "time") -> datetime:
    """Reads an RFC 3339 time with an offset; raises NaiveTimeError for one without, naming `what` it belongs to."""
    try:
        at = read_time(text.strip())
    except ValueError:
        raise NaiveTimeError(f"{what}: {text!r} is not an RFC 3339 time; write it like 2026-11-17T14:07:31Z") from None
    if at.tzinfo is None:
        raise NaiveTimeError(
            f"{what}: {text!r} has no zone, so it names no instant; add Z or an offset, or say the zone with --tz"
        )
    return at.astimezone(UTC)


def instants_of(at: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The instants, UTC and in order, at which clocks of a zone showed a naive time: two where they were put back over it,
    none where they were put forward."""
    folds = {at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(one for one in folds if one.astimezone(zone).replace(tzinfo=None) == at))


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
