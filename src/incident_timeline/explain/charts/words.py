"""The words of the charts: headings, names of milestones and categories in several lengths."""

from collections.abc import Sequence
from datetime import UTC, datetime

from incident_timeline.explain.case import Case
from incident_timeline.explain.ledger_words import wording
from incident_timeline.explain.wording import clean
from incident_timeline.model.instants import clock
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.pictures import Forms

MOMENTS = {
    "started": "first hurt", "visible": "first signal", "fired": "rule fired", "detected": "paged",
    "acknowledged": "acknowledged", "engaged": "first action", "diagnosed": "cause named",
    "knew_enough": "knew enough", "contained": "grew no more", "fix_started": "fix begun", "fix_landed": "fix live",
    "mitigated": "users well", "resolved": "resolved",
}  # fmt: skip
_SHORT_CATEGORY = {
    "no_rule": ("no rule reads it", "no rule"), "page_to_ack": ("page to ack",), "grouping": ("grouping",),
    "mobilising": ("asking a team", "asking"), "investigating": ("looking",), "investigate": ("still looking", "looking"),
    "attempt_without_effect": ("attempt, no effect", "no effect"), "approval": ("approval",), "execute": ("the fix",),
    "tooling": ("runner queue", "queue"), "capacity": ("capacity",), "incomplete": ("fix not whole", "not whole"),
    "third_party": ("third party",), "comms": ("telling others", "telling"), "unattended": ("unattended",),
    "deploy": ("deploy",), "below_threshold": ("below threshold", "below"),
}  # fmt: skip


def category_forms(category: str) -> Forms:
    """A category as the charts call it, longest first."""
    return _SHORT_CATEGORY.get(category, (wording(category),))


def confirmed(milestone: Milestone) -> bool:
    """Whether a milestone may be drawn as one instant: known, and not the tool's own guess."""
    return milestone.at is not None and milestone.basis != "proposed"


def moment_name(case: Case, milestone: Milestone) -> str:
    """A milestone in the words of the charts; `detected` by what it was: a page, an alert or a report."""
    if milestone.name != "detected" or not milestone.evidence:
        return MOMENTS[milestone.name]
    row = case.rows.get(milestone.evidence[0])
    kind = row["kind"] if row else "page.sent"
    if kind == "page.sent":
        return "paged"
    return "first alert" if kind.startswith("alert.") else "first report"


def moment_noun(case: Case, milestone: Milestone) -> str:
    """A milestone as something that other times are counted from: `the page`, `first hurt`."""
    word = moment_name(case, milestone)
    return {"paged": "the page", "first alert": "the first alert", "first report": "the first report"}.get(word, word)


def subject(case: Case) -> str:
    """`INC-123, checkout`."""
    incident = case.scored.incident
    parts = [clean(incident.id, 40), clean(incident.service or "", 30)]
    return ", ".join(part for part in parts if part) or "the incident"


def short_subject(case: Case) -> str:
    """`INC-123`."""
    return clean(case.scored.incident.id, 24) or "the incident"


def day(at: datetime) -> str:
    """`Tue 2026-11-17`."""
    return at.astimezone(UTC).strftime("%a %Y-%m-%d")


def days(start: datetime, end: datetime) -> str:
    """The day, or the first and the last."""
    return day(start) if start.date() == end.date() else f"{day(start)} to {day(end)}"


def caption(case: Case, start: datetime, end: datetime) -> str:
    """`INC-123, checkout, Tue 2026-11-17`: what a chart is of, and of which days."""
    return f"{subject(case)}, {days(start, end)}"


def when(at: datetime, other: datetime) -> str:
    """A clock time, with its day where that is not the day of `other`."""
    return clock(at) if at.date() == other.date() else f"{at:%b} {at.day} {clock(at)}"


def spread(at: datetime, earliest: datetime, latest: datetime) -> str:
    """`±25 s` or `−40/+35 s`; empty where the instant has no range."""
    before, after = (at - earliest).total_seconds(), (latest - at).total_seconds()
    if not before and not after:
        return ""
    return f"±{_short(before)}" if before == after else f"\u2212{_number(before)}/+{_short(after)}"


def _short(seconds: float) -> str:
    return f"{_number(seconds)} s" if seconds < 600 else f"{_number(seconds / 60)} min"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"


def quoted(text: str) -> str:
    """A text in quotation marks."""
    return f"“{text}”"


def name_as_fits(parts: Sequence[str], joint: str = ", ") -> Forms:
    """All parts named, then ever fewer with how many more there are: `a, b`, `a and 1 more`, `2 in the record`."""
    forms = tuple(
        joint.join(parts[:count]) + (f" and {len(parts) - count} more" if count < len(parts) else "")
        for count in range(len(parts), 0, -1)
    )
    return (*forms, f"{len(parts)} in the record")
