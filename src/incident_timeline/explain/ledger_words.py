"""Words for the categories of the ledgers, and segments of one category taken together without losing their sum."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from incident_timeline.model.gaps import Segment

UNEXPLAINED = ("no_record", "unexplained")
WORDS = {
    "unmeasured": "not measured", "no_rule": "no rule", "below_threshold": "below threshold", "pending": "pending",
    "evaluation": "evaluation", "grouping": "grouping, delivery", "notifying": "notifying",
    "page_to_ack": "page to acknowledgement", "mobilising": "asking others to join", "escalating": "escalating",
    "investigating": "looking, with entries", "attempt_without_effect": "an attempt without effect",
    "approval": "waiting for approval", "implement": "preparing", "execute": "carrying out the fix", "deploy": "deploy",
    "tooling": "waiting for tooling", "capacity": "waiting for capacity", "incomplete": "fix was not yet whole",
    "recovery": "recovery", "verify": "watching", "third_party": "waiting for a third party", "comms": "telling others",
    "closing": "closing", "deferred": "put off", "investigate": "still looking, with entries", "no_record": "no record",
    "unexplained": "unexplained", "unattended": "unattended, as a person marked it",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Segments of one category and rule, in time order, and their exact sum."""

    category: str
    segments: tuple[Segment, ...]

    @property
    def length(self) -> timedelta:
        """Sum of the segments' lengths, exact."""
        return sum((s.end - s.start for s in self.segments), timedelta())

    @property
    def seconds(self) -> float:
        """The same in seconds."""
        return self.length.total_seconds()

    @property
    def evidence(self) -> tuple[str, ...]:
        """The evidence of all its segments, each once, in order."""
        return tuple(dict.fromkeys(one for s in self.segments for one in s.evidence))

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that decided, each once."""
        return tuple(dict.fromkeys(s.rule for s in self.segments if s.rule))

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of its segments, each once."""
        return tuple(dict.fromkeys(s.note for s in self.segments if s.note))


def by_category(segments: Iterable[Segment]) -> list[Part]:
    """One part for each category, in the order in which the categories first appear."""
    groups: dict[str, list[Segment]] = {}
    for segment in segments:
        groups.setdefault(segment.category, []).append(segment)
    return [Part(category, tuple(group)) for category, group in groups.items()]


def in_runs(segments: Iterable[Segment]) -> list[Part]:
    """One part for each run of neighbours of one category, in time order."""
    runs: list[list[Segment]] = []
    for segment in segments:
        if runs and runs[-1][-1].category == segment.category:
            runs[-1].append(segment)
        else:
            runs.append([segment])
    return [Part(run[0].category, tuple(run)) for run in runs]


def silent_first(parts: Iterable[Part]) -> list[Part]:
    """What nothing explains first, then the rest in its order: it is the question for the meeting."""
    listed = list(parts)
    return [p for p in listed if p.category in UNEXPLAINED] + [p for p in listed if p.category not in UNEXPLAINED]


def wording(category: str) -> str:
    """A category in the words of the documents."""
    return WORDS.get(category, category.replace("_", " "))
