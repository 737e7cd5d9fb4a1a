"""What the command line gives beside an incident: --events, --series and --paste, or the copies that an earlier build kept."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from incident_timeline.collect.base import Collected
from incident_timeline.collect.bundle import Bundle
from incident_timeline.collect.chat_paste import read_paste
from incident_timeline.collect.events_file import read_events_file
from incident_timeline.collect.redact import Redactor
from incident_timeline.collect.series_file import read_series_file
from incident_timeline.errors import InputFileError, system_words
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Window
from incident_timeline.model.instants import zone_named
from incident_timeline.pipeline.request import BuildRequest


@dataclass(frozen=True, slots=True)
class Given:
    """What the files hold, the stretches that events and series span, and the one that a copied conversation spans."""

    parts: tuple[Collected, ...] = ()
    windows: tuple[Window, ...] = ()
    spoken: tuple[Window, ...] = ()


def read_given(request: BuildRequest, bundle: Bundle) -> Given:
    """Reads and keeps what is given; raises InputFileError or NaiveTimeError naming file and line."""
    parts: list[Collected] = []
    windows: list[Window] = []
    for source, path in (("events", request.events_file), ("series", request.series_file)):
        if source not in request.only:
            continue
        name, content, stored = _content(
            source, None if path is None else (path.name, _read(path, source)), bundle, request
        )
        if content is None:
            continue
        zone = request.zone or bundle.about.get("zone")
        if source == "events":
            events = read_events_file(content, name, zone, stored_as=stored)
            parts.append(Collected((Coverage("events", True),), events.events))
            windows.append(events.window)
        else:
            series = read_series_file(content, name, zone, stored_as=stored)
            parts.append(Collected((Coverage("series", True),), series=series))
            if series.samples.height:
                windows.append(Window(series.samples["at"].min(), series.samples["at"].max()))  # type: ignore[arg-type]
    spoken = _paste(request, bundle) if "chat" in request.only else None
    if spoken is None:
        return Given(tuple(parts), tuple(windows))
    return Given((*parts, spoken[0]), tuple(windows), (spoken[1],))


def within(part: Collected, window: Window) -> Collected:
    """A given part without what was said outside the window, which the coverage says; events and series set the window."""
    said = part.coverage[0]
    if not said.source.startswith("chat"):
        return part
    inside = part.events.filter(pl.col("at").is_between(window.start, window.end))
    outside = part.events.height - inside.height
    if not outside:
        return part
    reason = "; ".join(filter(None, [said.reason, f"{outside} messages before or after the window are left out"]))
    return replace(part, events=inside, coverage=(replace(said, reason=reason),))


def _paste(request: BuildRequest, bundle: Bundle) -> tuple[Collected, Window] | None:
    """The conversation that was copied, and from when to when it went."""
    name, content, stored = _content("paste", request.paste, bundle, request)
    if content is None:
        return None
    if request.paste is not None and request.day is not None:
        bundle.note(day=request.day.isoformat())
    zone, day = request.zone or bundle.about.get("zone"), bundle.about.get("day")
    heard = read_paste(
        content, name, stored, zone_named(zone) if zone else None, date.fromisoformat(day) if day else request.day
    )
    events = events_frame(heard.rows)
    coverage = Coverage("chat: pasted", True, reason="; ".join(heard.notes))
    return Collected((coverage,), events), Window(events["earliest"].min(), events["latest"].max())  # type: ignore[arg-type]


def _read(path: Path, source: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputFileError(
            f"cannot read {path}: {system_words(error)}; check the path given with --{source}"
        ) from None


def _content(
    source: str, given: tuple[str, bytes] | None, bundle: Bundle, request: BuildRequest
) -> tuple[str, bytes | None, str]:
    """(name, content as kept, its place in the bundle); the copy of an earlier build where nothing is given now."""
    if given is None:
        name = bundle.about.get(source)
        kept = bundle.file(name) if name else None
        return (name or "", kept[1], kept[0].file) if kept else ("", None, "")
    name, content = given
    record, cleaned = bundle.add_file(name, content, Redactor())
    bundle.note(**{source: name, **({"zone": request.zone} if request.zone else {})})
    return name, cleaned, record.file
