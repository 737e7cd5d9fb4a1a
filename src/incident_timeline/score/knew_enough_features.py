"""What speaks for and against an entry being the moment they knew enough, as numbers between about -1 and 1."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incident_timeline.score.fixes import Fix
from incident_timeline.score.statements import ALARMS, Entry

# cue categories that count by their mere presence
PLAIN = (
    "finding", "noticed", "cause", "hedge", "question", "decision", "rollback", "recovery", "no_effect", "investigating",
    "inconclusive", "escalation", "comms", "report", "symptom", "lack", "change", "by_itself", "vendor_fixed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """The incident around the candidates: its signals, its fix and its ends."""

    entries: tuple[Entry, ...]
    detected: datetime
    well: datetime | None
    end: datetime
    fix: Fix
    fix_names: frozenset[str]
    fix_words: frozenset[str]
    undone_names: frozenset[str]  # what deploys before detection brought


def candidates(scene: Scene) -> tuple[Entry, ...]:
    """The entries that may be the moment: said by a person, or a deploy's own words that name a cause."""
    return tuple(
        entry
        for entry in scene.entries
        if entry.text.strip()
        and (
            entry.said or (entry.speaker != "machine" and entry.kind not in ALARMS and entry.cues & {"cause", "hedge"})
        )
        and entry.kind != "incident.resolved"
    )


def features(entry: Entry, scene: Scene) -> dict[str, float]:
    """Named features of one candidate; a missing name is 0."""
    found = {name: 1.0 for name in PLAIN if name in entry.cues}
    statement = entry.finding
    found["statement"] = float(statement)
    found["only_action"] = float("action" in entry.cues and not statement and "decision" not in entry.cues)
    found["only_symptom"] = float("symptom" in entry.cues and not entry.cues & {"finding", "cause", "decision", "lack"})
    found["bare"] = float(not entry.cues)
    found["speaker_user"] = float(entry.speaker == "user")
    found["speaker_vendor"] = float(entry.speaker == "vendor")
    found["deploy_row"] = float(not entry.said)
    found |= _in_time(entry, scene)
    found |= _shared(entry, scene)
    found |= _around(entry, scene)
    return {name: value for name, value in found.items() if value}


def _in_time(entry: Entry, scene: Scene) -> dict[str, float]:
    found = {
        "before_detected": float(entry.at < scene.detected),
        "at_detected": float(entry.at == scene.detected),
        "after_well": float(scene.well is not None and entry.at > scene.well),
    }
    begun = scene.fix.started.at
    if begun is not None:
        found["after_fix_began"] = float(entry.at > begun)
        minutes = max(0.0, (begun - entry.at).total_seconds() / 60)
        found["long_before_fix"] = math.log1p(minutes / 10) / 4
    return found


def _shared(entry: Entry, scene: Scene) -> dict[str, float]:
    words = len(entry.words & scene.fix_words)
    return {
        "names_fix": float(bool(entry.names & scene.fix_names)),
        "names_suspect": float(bool(entry.names & scene.undone_names)),
        "words_fix": min(words, 3) / 3,
    }


def _around(entry: Entry, scene: Scene) -> dict[str, float]:
    later = [e for e in scene.entries if e.at > entry.at]
    next_at = min((e.at for e in later), default=None)
    following = [e for e in later if e.at == next_at]
    earlier = [e for e in scene.entries if e.at < entry.at and e.at >= scene.detected]
    begun = scene.fix.started.at
    between = [e for e in later if begun is not None and e.at < begun]
    return {
        "then_acted": float(any(e.acted for e in following)),
        "first_statement": float(entry.finding and not any(e.finding and e.said for e in earlier)),
        "statements_later": min(sum(e.finding and e.said for e in between), 3) / 3,
        "acts_between": min(sum(e.acted for e in between), 3) / 3,
        "denied_between": float(any("no_effect" in e.cues for e in between)),
    }


def scene_of(entries: Sequence[Entry], detected: datetime, well: datetime | None, end: datetime, fix: Fix) -> Scene:
    """The scene of one incident, with what its fix and the deploys before it name."""
    part_of_fix = [e for e in entries if e.event_id in fix.event_ids]
    before = [e for e in entries if e.kind.startswith(("service.", "deploy.", "change.")) and e.at <= detected]
    return Scene(
        entries=tuple(entries),
        detected=detected,
        well=well,
        end=end,
        fix=fix,
        fix_names=frozenset().union(*(e.names for e in part_of_fix)),
        fix_words=frozenset().union(*(e.words for e in part_of_fix)),
        undone_names=frozenset().union(*(e.names for e in before)),
    )
