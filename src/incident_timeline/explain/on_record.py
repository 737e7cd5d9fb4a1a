"""On record from: facts that stood in the evidence before anybody said them, and how many other records looked alike then."""

import re
from collections.abc import Iterator
from typing import Any

from incident_timeline.explain.case import Case
from incident_timeline.explain.entries import SPOKEN
from incident_timeline.explain.near_changes import change_name, edge_of, entries_of, near_changes
from incident_timeline.explain.wording import Cell, cell, plural, said
from incident_timeline.model.instants import duration
from incident_timeline.model.onset import Moved

_WORTH_S = 60.0  # said within a minute of standing on record: nothing to ask about
_SIGNALS = 2  # signals listed, of those that somebody spoke about
_LEAST_WORD = 4  # letters of a word of a signal's name that may stand for it
# Words of signals' names that people use for much else.
_COMMON = frozenset(
    re.findall(
        r"\w+", "latency error errors ratio rate total count requests request traffic time seconds in use size used"
    )
)


def facts_on_record(case: Case) -> Iterator[Cell]:
    """One sentence a fact: from when it stood on record, when it was first said, and what else stood beside it."""
    yield from _changes(case)
    yield from _signals(case)


def _changes(case: Case) -> Iterator[Cell]:
    near = near_changes(case)
    for one in near:
        if not one.named:
            continue
        first = case.rows[one.named[0]]
        wait = (first["at"] - one.change.at).total_seconds()
        if wait < _WORTH_S:
            continue
        others = [other.change for other in near if other is not one and other.change.at <= first["at"]]
        alike = f"{plural(len(others), 'other change', 'other changes')} near first hurt stood on record then"
        yield cell(
            change_name(case, one.change), f" stood on record from {case.time(one.change.at)} ",
            case.cite(entries_of(case, one.change)), f"; the first entry to name it came {duration(wait)} later ",
            case.cite([first["event_id"]]), f". {alike if others else 'No other change near first hurt stood on record then'} ",
            case.cite([other.event_id for other in others]) if others else cell(), ". Strength: recorded.",
        )  # fmt: skip


def _signals(case: Case) -> Iterator[Cell]:
    edge, listed = edge_of(case), 0
    for moved in case.scored.moved:
        found = _first_said(case, moved)
        if found is None or edge is None or listed == _SIGNALS:
            continue
        word, row = found
        wait = (row["at"] - moved.at).total_seconds()
        if wait < _WORTH_S:
            continue
        listed += 1
        others = sum(1 for other in case.scored.moved if other is not moved and other.at <= row["at"])
        yield cell(
            f"{case.signal_name(moved.series_id)} stood outside its band from {case.time(moved.at)} ",
            case.cite([f"series:{moved.series_id}"]), "; the first entry with the word ", said(word), f" came {duration(wait)} "
            "later ", case.cite([row["event_id"]]), f". {plural(others, 'other signal', 'other signals')} stood outside "
            f"{'its band' if others == 1 else 'their bands'} then. Strength: measured.",
        )  # fmt: skip


def _first_said(case: Case, moved: Moved) -> tuple[str, dict[str, Any]] | None:
    """The first entry after the move with a word of the signal's name that stands for little else."""
    words = [w for w in re.split(r"[_\W]+", moved.name.lower()) if len(w) >= _LEAST_WORD and w not in _COMMON]
    rows = sorted((r for r in case.rows.values() if r["kind"] in SPOKEN and r["at"] >= moved.at), key=lambda r: r["at"])
    for row in rows:
        text = (row["summary"] or "").lower()
        for word in words:
            if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text):
                return word, row
    return None
