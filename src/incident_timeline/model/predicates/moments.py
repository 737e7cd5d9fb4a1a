"""Reads the parts of a line that speak of time: moments, stretches and lengths, as people write them."""

import re
from collections.abc import Callable

from incident_timeline.errors import NaiveTimeError
from incident_timeline.model.instants import parse_instant
from incident_timeline.model.milestones import NAMES
from incident_timeline.model.predicates.values import (
    AlertMoment,
    DeployMoment,
    EntryMoment,
    MilestoneMoment,
    Moment,
    SignalMoment,
    Stretch,
    TimeMoment,
)

NAME = r"`?([A-Za-z_][\w:.-]*)`?"
SIGNAL = r"`?([A-Za-z_][\w:.-]*(?: [\w:.-]+){0,4}?)`?"  # a query's name, with spaces as the documents print it
_UNIT_S = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_LENGTH_PART = r"\d{1,9}(?:\.\d{1,6})?\s?(?:seconds?|secs?|s|minutes?|mins?|m|hours?|h|days?|d)(?![A-Za-z])"
LENGTH = rf"({_LENGTH_PART}(?:\s?{_LENGTH_PART}){{0,3}})"
_FORMS: tuple[tuple[str, Callable[..., Moment]], ...] = (
    (r"(?:entry )?\[?(E\d{1,6})\]?", lambda number: EntryMoment(number.upper())),
    (
        rf"deploy of {NAME}(?: {NAME})?? (?:finished|ended|succeeded|landed)",
        lambda service, ref: DeployMoment(service, ref, "finished"),
    ),
    (rf"deploy of {NAME}(?: {NAME})??(?: (?:began|started))?", DeployMoment),
    (rf"alert {NAME}(?: (?:fired|fires))?", AlertMoment),
    (
        rf"signal {SIGNAL}(?: of {NAME})?(?: (?:moved|moves|left its band))?",
        lambda name, service: SignalMoment(name.replace(" ", "_"), service),
    ),
)  # fmt: skip


def read_moment(text: str) -> Moment | None:
    """The moment that a text names, or None."""
    words = re.sub(r"^(?:the|a|any) ", "", " ".join(text.split()), flags=re.IGNORECASE)
    if (name := words.lower().replace(" ", "_")) in NAMES:
        return MilestoneMoment(name)
    for form, make in _FORMS:
        if found := re.fullmatch(form, words, re.IGNORECASE):
            return make(*found.groups())
    try:
        return TimeMoment(parse_instant(words))
    except NaiveTimeError:
        return None


def read_stretch(text: str) -> Stretch | None:
    """`before M`, `within 5m after M`, `between M and M`; None for anything else."""
    if found := re.fullmatch(r"between (.+?) and (.+)", text, re.IGNORECASE):
        start, end = read_moment(found[1]), read_moment(found[2])
        return Stretch(start, end) if start is not None and end is not None else None
    found = re.fullmatch(rf"(?:within {LENGTH} )?(before|after) (.+)", text, re.IGNORECASE)
    moment = read_moment(found[3]) if found else None
    if found is None or moment is None:
        return None
    limit = read_length(found[1]) if found[1] else None
    return Stretch(moment, None, limit) if found[2].lower() == "after" else Stretch(None, moment, limit)


def read_length(text: str) -> float:
    """Seconds of `90s`, `5 min`, `1h30m`."""
    parts = re.findall(r"(\d+(?:\.\d+)?)\s?([smhd])", text.lower())
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)
