"""What was going on between two entries, read from what the one before began and what the one after ended."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from incident_timeline.score.segments import Stretch
from incident_timeline.score.silence import SILENCE
from incident_timeline.score.statements import ALARMS, SAID, Entry

# cue categories of `model.cues` that say something about the work around a remark, besides the kinds of work themselves
_TELLING = frozenset({"recovery", "no_effect", "investigating", "question", "finding", "decision"})
SPEAKS = 0.5  # weight from which on a word of an entry at its end counts as saying what a stretch was
_SIDES = {"begun": "the entry before", "ended": "the entry after"}
_SAYS = {
    "working": "a fix being written", "wrote": "a fix that was written", "waits": "waiting for somebody's word",
    "approved": "an approval", "deploying": "a roll-out under way", "deployed": "a roll-out that ended",
    "ran": "an operational step", "tool_failed": "tooling that failed", "retried": "another try", "capacity": "more capacity",
    "draining": "systems coming back", "checking": "watching", "checked": "a check", "vendor": "a third party",
    "told": "telling others", "closed": "closing", "later": "putting it off", "another": "a second fault",
    "recovery": "users being well", "no_effect": "something without effect", "investigating": "still looking",
    "question": "a question", "finding": "a finding", "decision": "a decision", "deploy_row": "a deploy that ended",
    "deploy_begun": "a deploy that began", "change_row": "a change on record", "resolve_row": "the resolve",
    "status_row": "a status update", "user": "a user's word", "vendor_speaks": "a third party's word",
}  # fmt: skip
LONG = timedelta(hours=1)  # operational steps rarely take longer, recoveries and vendors often do
SHORT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Reading:
    """The likeliest category of a stretch, its share among all categories, and whether words of its ends speak for it."""

    category: str
    share: float  # softmax over all categories, 0 to 1
    spoken: bool
    because: str


@dataclass(frozen=True, slots=True)
class Course:
    """Where the response stood: when the fix began and landed, and when users were well; None where not known."""

    fix_started: datetime | None
    fix_landed: datetime | None
    well: datetime | None

    def phase(self, start: datetime, end: datetime) -> str:
        """decide, apply, recover or confirm, by the middle of a stretch."""
        middle = start + (end - start) / 2
        if self.well is not None and middle >= self.well:
            return "confirm"
        if self.fix_landed is not None and middle >= self.fix_landed:
            return "recover"
        if self.fix_started is not None and middle >= self.fix_started:
            return "apply"
        return "decide"


def stretch_readings(
    entries: Sequence[Entry],
    start: datetime,
    end: datetime,
    course: Course,
    weights: Mapping[str, Mapping[str, float]],
    precedence: int,
) -> list[Stretch]:
    """[start, end) cut at its entries, each stretch with what its ends say; `no_record` where they say nothing for over SILENCE.

    Alarms cut nothing (see `tells`).
    """
    telling = [e for e in entries if start <= e.at <= end and tells(e)]
    points = [(at, tuple(group)) for at, group in groupby(telling, key=lambda entry: entry.at)]
    if not points or points[0][0] > start:
        points.insert(0, (start, ()))
    if points[-1][0] < end:
        points.append((end, ()))
    found = []
    for (left, before), (right, after) in pairwise(points):
        reading = read_between(before, after, course, left, right, weights)
        evidence = tuple(entry.event_id for entry in (*before[-1:], *after[:1]))
        if reading.spoken:
            rule = f"read from what is said at its ends: {reading.because}"
            found.append(Stretch(left, right, reading.category, rule, precedence, evidence, "", reading.share))
        elif right - left > SILENCE:
            rule = f"over {SILENCE.seconds // 60} min between entries of people"
            note = f"{_quoted(before)} ... {_quoted(after)}"
            found.append(Stretch(left, right, "no_record", rule, precedence, evidence, note))
        else:
            rule = f"within {SILENCE.seconds // 60} min between entries, and where the response stood"
            found.append(Stretch(left, right, reading.category, rule, precedence, evidence, "", reading.share))
    return found


def tells(entry: Entry) -> bool:
    """Whether an entry cuts the time around it: what people did or said and what systems changed, not how systems were."""
    if entry.kind == "other" and (entry.speaker == "machine" or entry.actor is None):
        return False  # what a system saw, such as the version that runs, is no word of anybody
    return entry.kind in SAID or entry.recorded or (entry.kind not in ALARMS and entry.speaker != "machine")


def _quoted(entries: Sequence[Entry]) -> str:
    return entries[0].text[:300] if entries else ""


def read_between(
    before: Sequence[Entry],
    after: Sequence[Entry],
    course: Course,
    start: datetime,
    end: datetime,
    weights: Mapping[str, Mapping[str, float]],
) -> Reading:
    """The likeliest category of [start, end), between the entries at its start and those at its end."""
    present = features(before, after, course, start, end)
    scores: dict[str, float] = {}
    for name in sorted(present):
        for category, weight in weights.get(name, {}).items():
            scores[category] = scores.get(category, 0.0) + weight
    if not scores:
        return Reading("unexplained", 0.0, spoken=False, because="")
    top = max(scores.values())
    whole = math.fsum(math.exp(score - top) for score in scores.values())
    category = min(scores, key=lambda name: (-scores[name], name))
    told = {name: weights.get(name, {}).get(category, 0.0) for name in present if ":" in name and "phase" not in name}
    speaking = sorted((name for name in told if told[name] >= SPEAKS), key=lambda name: (-told[name], name))
    return Reading(category, 1 / whole, bool(speaking), _because(speaking))


def features(
    before: Sequence[Entry], after: Sequence[Entry], course: Course, start: datetime, end: datetime
) -> frozenset[str]:
    """Names of what is present at a stretch: `begun:` by the entries before it, `ended:` by those after, its phase, its length."""
    found = {"always", f"phase:{course.phase(start, end)}"}
    found |= {f"begun:{name}" for name in _of(before)}
    found |= {f"ended:{name}" for name in _of(after)}
    if end - start >= LONG:
        found.add("long")
    if end - start <= SHORT:
        found.add("short")
    return frozenset(found)


def _of(entries: Iterable[Entry]) -> frozenset[str]:
    found: set[str] = set()
    for entry in entries:
        found |= entry.work | (entry.cues & _TELLING)
        if entry.kind in {"deploy.requested", "deploy.started"}:
            found.add("deploy_begun")
        elif entry.kind in {"service.deployed", "service.rolledback"}:
            found.add("deploy_row")
        elif entry.recorded:
            found.add("change_row")
        elif entry.kind == "incident.resolved":
            found.add("resolve_row")
        elif entry.kind == "status.updated":
            found.add("status_row")
        if entry.speaker == "user":
            found.add("user")
        elif entry.speaker == "vendor":
            found.add("vendor_speaks")
    return frozenset(found)


def _because(names: Sequence[str]) -> str:
    parts = [
        f"{_SIDES[side]} speaks of {_SAYS.get(what, what)}" for side, _, what in (n.partition(":") for n in names[:2])
    ]
    return "; ".join(parts)
