"""The record on the page: what each line is filtered by, and what the command that marks a milestone there needs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from incident_timeline.model.findings import Claim
from incident_timeline.model.instants import rfc3339
from incident_timeline.model.milestones import NAMES
from incident_timeline.model.scored import Scored

SAFE_REF = re.compile(r"[A-Za-z0-9._-]+")  # names an incident on a command line without quoting
MILESTONES = tuple((name, name.replace("_", " ")) for name in NAMES)
_MOST = 12  # sources with a check box of their own, as report.css knows them; the rest share the last


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record: its event and instant where it has one, and the place of its source among the filters."""

    id: str = ""
    at: str = ""
    source: str = ""


class PageRecord:
    """The lines of the record in order, with the sources that they come from."""

    def __init__(self, scored: Scored, claims: Sequence[Claim]) -> None:
        self.rows = [claim for claim in claims if claim.section.startswith("record.")]
        self._times = dict(scored.events.select("event_id", "at").iter_rows())
        known = [_source(claim) for claim in self.rows if claim.section != "record.silence"]
        ordered = list(dict.fromkeys(known))
        self.sources = ordered if len(ordered) <= _MOST else [*ordered[: _MOST - 1], "other sources"]
        self._place = {source: min(i, _MOST - 1) for i, source in enumerate(ordered)}

    def entry(self, claim: Claim) -> Entry:
        """What is known of one line; a stretch without a record has neither event nor source."""
        if claim.section == "record.silence":
            return Entry()
        event_id = next((word.text for word in claim.cells[0] if word.style == "ref"), "")
        at = rfc3339(self._times.get(event_id)) or ""
        return Entry(event_id, at, str(self._place[_source(claim)]))


def _source(claim: Claim) -> str:
    return "".join(word.text for word in claim.cells[3])
