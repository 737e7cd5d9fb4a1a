"""Reads how the action items of kept incidents stand, and finds the one that a person names."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from incident_timeline.actions.standing import standings_of
from incident_timeline.errors import UsageError
from incident_timeline.model.actions import Standing
from incident_timeline.pipeline.action_documents import POSTMORTEM, incident_day, read_document
from incident_timeline.pipeline.action_proofs import verified_since
from incident_timeline.pipeline.action_sync import with_issue_states

_KEY = re.compile(r"[0-9a-f]{6,10}")


def read_standings(incidents: Path, names: Iterable[str] | None = None) -> tuple[Standing, ...]:
    """How the items of the named incidents stand, or of all that have a post-mortem in a folder of incidents.

    An incident without a post-mortem there has none. InputFileError or StorageError for a file that cannot be read.
    """
    places = [incidents / name for name in names] if names is not None else sorted(incidents.glob("*"))
    found: list[Standing] = []
    for place in places:
        if (place / POSTMORTEM).is_file():
            document = with_issue_states(read_document(place))
            found += standings_of(place.name, document.items, incident_day(document), verified_since(place))
    return tuple(found)


def find_action(standings: Sequence[Standing], said: str) -> Standing:
    """The item of a label (`A-17`), of incident and label or number (`INC-119/2`), or of a key; UsageError for none or several."""
    incident, _, rest = said.rpartition("/")
    found = [
        one
        for one in standings
        if (not incident or one.incident == incident)
        and (
            rest.casefold() == one.label.casefold()
            or (incident and rest == str(one.number))
            or (_KEY.fullmatch(rest) and one.key.startswith(rest))
        )
    ]
    if len(found) == 1:
        return found[0]
    listed = "; ".join(f"{one.incident}/{one.label or one.number} {one.what[:60]}" for one in found or standings)
    known = f"known are {listed}" if standings else "no post-mortem under incidents/ holds one"
    raise UsageError(f"--action {said!r} names {len(found)} action items: {known}")
