"""A file of what people said: its reader gives rows, the window cuts them, and the coverage says what was left out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from incident_timeline.collect.asking import open_client
from incident_timeline.collect.base import Collected
from incident_timeline.collect.record import EVIDENCE
from incident_timeline.errors import SourceError, UsageError
from incident_timeline.model.events import events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.incident import Incident, Window


@dataclass(frozen=True, slots=True)
class Heard:
    """What a reader found: rows as `event` makes them, what is worth saying, and what makes it less than whole."""

    rows: list[dict[str, Any]]
    notes: tuple[str, ...] = ()
    lacking: tuple[str, ...] = field(default=())


Reader = Callable[[bytes, str, str], Heard]  # (content, the file's name, its place in the bundle)


class ChatFile:
    """Collects one file through its reader; the transport serves the file. `source` is how the coverage calls it."""

    name = "chat"

    def __init__(self, path: str, read: Reader, source: str = "chat") -> None:
        self.file = path.replace("\\", "/").rsplit("/", 1)[-1]
        self.read, self.source = read, f"{source}: {self.file}"

    def collect(self, transport: httpx.BaseTransport, window: Window, incident: Incident) -> Collected:  # noqa: ARG002
        """What was said in the window; a file that cannot be read is coverage with the fix."""
        try:
            answer = open_client(transport).get("/")
            heard = self.read(answer.content, self.file, answer.headers.get(EVIDENCE, "chat"))
        except (SourceError, UsageError) as error:
            return Collected((Coverage(self.source, False, reason=str(error), requests=1),))
        inside = [row for row in heard.rows if window.start <= row["at"] <= window.end]
        outside = len(heard.rows) - len(inside)
        notes = [*heard.lacking, *heard.notes]
        notes += [f"{outside} entries before or after the window are left out"] if outside else []
        notes += [] if inside else ["nothing in the window"]
        coverage = Coverage(self.source, not heard.lacking, reason="; ".join(notes), requests=1)
        return Collected((coverage,), events_frame(inside))
