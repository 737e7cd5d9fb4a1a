"""What speaks for and against an entry being the moment they knew enough, as numbers between 0 and 1."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from incident_timeline.score.entities import entities_of_ref
from incident_timeline.score.fixes import Fix
from incident_timeline.score.statements import ALARMS, Entry
from incident_timeline.score.ties import crowd

# cue categories that count by their mere presence
PLAIN = (
    "finding", "noticed", "cause", "hedge", "question", "decision", "rollback", "recovery", "no_effect", "investigating",
    "inconclusive", "escalation", "comms", "report", "symptom", "lack", "change", "by_itself", "vendor_fixed",
)  # fmt: skip
_VERSIONS = ("version:", "sha:")
TIED = 3.0  # strength of ties to the rest of the incident above which more says no more


@dataclass(frozen=True, slots=True)
class Scene:
    """The incident around the candidates: its signals, its fix, its ends, and counts that make every feature cheap."""

    entries: tuple[Entry, ...]  # in time order
    times: tuple[datetime, ...]
    counts: dict[
        str, tuple[int, ...]
    ]  # running counts of acted, stated, denied entries: counts[name][i] = before entry i
    detected: datetime
    well: datetime | None
    fix: Fix
    fix_names: frozenset[str]
    fix_words: Counter[str]  # in how many entries of the fix a word stands
    undone_names: frozenset[str]  # what the deploy brought that a rollback took back
    earlier_names: frozenset[str]  # what deploys up to the first signal brought
    last_statement: datetime | None  # the last statement before the fix began
    crowd: float  # see score.ties

    def count(self, name: str, after: datetime, before: datetime | None = None) -> int:
        """How many entries of that sort lie strictly between two times."""
        running = self.counts[name]
        end = len(self.times) if before is None else bisect_left(self.times, before)
        return max(0, running[end] - running[min(end, bisect_right(self.times, after))])

    def next_is(self, name: str, after: datetime) -> bool:
        """Whether one of the entries at the next time on record is of that sort."""
        start = bisect_right(self.times, after)
        if start == len(self.times):
            return False
        running = self.counts[name]
        return running[bisect_right(self.times, self.times[start])] > running[start]


def scene_of(entries: Sequence[Entry], detected: datetime, well: datetime | None, fix: Fix) -> Scene:
    """The scene of one incident, with what its fix and the deploys before it name."""
    part = frozenset(fix.event_ids)
    of_fix = [e for e in entries if e.event_id in part]
    before = [e for e in entries if e.kind.startswith(("service.", "deploy.", "change.")) and e.at <= detected]
    begun = fix.started.at
    near = [e for e in entries if e.of_it]
    stated = [e.at for e in near if _stated(e) and begun is not None and e.at <= begun]
    return Scene(
        entries=tuple(entries),
        times=tuple(e.at for e in near),
        counts={
            "acted": _running(near, lambda e: e.acted),
            "stated": _running(near, _stated),
            "denied": _running(near, lambda e: "no_effect" in e.cues),
        },
        detected=detected,
        well=well,
        fix=fix,
        fix_names=_particular(of_fix),
        fix_words=Counter(word for e in of_fix for word in e.words),
        undone_names=undone_names(fix, entries),
        earlier_names=_particular(before),
        last_statement=max(stated, default=None),
        crowd=crowd(entries),
    )


def undone_names(fix: Fix, entries: Sequence[Entry]) -> frozenset[str]:
    """What a rollback took back: of the deploy before it, or where none is on record, the other versions that were named."""
    if fix.undone:
        return entities_of_ref(fix.undone.ref, fix.undone.sha)
    of_fix = [entry for entry in entries if entry.event_id in fix.event_ids]
    kept = {name for e in of_fix if "rollback" in e.cues for name in e.names if name.startswith(_VERSIONS)}
    kinds = {name.partition(":")[0] for name in kept}
    named = {name for e in entries if fix.started.at and e.at <= fix.started.at for name in e.names}
    return frozenset(name for name in named - kept if name.partition(":")[0] in kinds)


def _particular(entries: Sequence[Entry]) -> frozenset[str]:
    """What entries name, without services: in a service's own incident everybody names it."""
    return frozenset(name for entry in entries for name in entry.names if not name.startswith("service:"))


def candidates(scene: Scene) -> tuple[Entry, ...]:
    """The entries that may be the moment: said by a person, or a deploy's own words that name a cause."""
    return tuple(entry for entry in scene.entries if entry.text.strip() and _candidate(entry))


def features(entry: Entry, scene: Scene) -> dict[str, float]:
    """Named features of one candidate; a missing name is 0."""
    found = {name: 1.0 for name in PLAIN if name in entry.cues}
    statement = entry.finding
    found["statement"] = float(statement)
    found["question"] = float("question" in entry.cues and not entry.cues & {"finding", "cause"})
    found["question_and_finding"] = float("question" in entry.cues and not found["question"])
    found["explains_failure"] = float("no_effect" in entry.cues and bool(entry.cues & {"cause", "rollback", "action"}))
    found["finds_symptom"] = float(
        statement and "symptom" in entry.cues and not entry.cues & {"cause", "lack", "change"}
    )
    found["hedge_alone"] = float("hedge" in entry.cues and not entry.cues & {"finding", "decision", "rollback"})
    found["hedged_statement"] = float("hedge" in entry.cues and statement)
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


def _candidate(entry: Entry) -> bool:
    if entry.kind in ALARMS or entry.kind == "incident.resolved" or entry.speaker == "machine":
        return False
    if entry.kind == "other" and entry.speaker == "unknown":  # a source's own row that nobody is named for
        return False
    return entry.said or bool(entry.cues & {"cause", "hedge"})


def _stated(entry: Entry) -> bool:
    return entry.said and entry.finding and "recovery" not in entry.cues


def _running(entries: Sequence[Entry], test: Callable[[Entry], bool]) -> tuple[int, ...]:
    return (0, *accumulate(int(test(entry)) for entry in entries))


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
        found["long_before_fix"] = min(1.0, math.log1p(minutes / 10) / 5)
    return found


def _shared(entry: Entry, scene: Scene) -> dict[str, float]:
    own = int(entry.event_id in scene.fix.event_ids)  # what only it says itself is not shared
    return {
        "names_fix": float(bool(entry.names & scene.fix_names) and entry.event_id not in scene.fix.event_ids),
        "names_undone": float(bool(entry.names & scene.undone_names)),
        "names_suspect": float(bool(entry.names & scene.earlier_names)),
        "words_fix": min(sum(scene.fix_words[word] > own for word in entry.words), 3) / 3,
        "tied": min(entry.tied, TIED) / TIED,
        "untied": float(not entry.of_it),
        "reach": _far(entry),
        "reach_crowded": _far(entry) * scene.crowd,
    }


def _far(entry: Entry) -> float:
    return max(-1.0, min(1.0, math.log10(max(entry.reach, 0.01)) / 2))


def _around(entry: Entry, scene: Scene) -> dict[str, float]:
    at, begun = entry.at, scene.fix.started.at
    stated = _stated(entry)
    until = begun if begun is not None and begun > at else at
    return {
        "then_acted": float(scene.next_is("acted", at)),
        "then_acted_stated": float(stated and scene.next_is("acted", at)),
        "first_statement": float(stated and not scene.count("stated", scene.detected, at)),
        "last_statement": float(stated and at == scene.last_statement),
        "statements_later": min(scene.count("stated", at, until), 3) / 3,
        "acts_between": min(scene.count("acted", at, until), 3) / 3,
        "denied_between": float(scene.count("denied", at, until) > 0),
        "denied_before": float(scene.count("denied", scene.detected, at) > 0),
        "acts_before": min(scene.count("acted", scene.detected, at), 3) / 3,
    }
