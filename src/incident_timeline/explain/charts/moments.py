"""Milestones as hairlines, and unconfirmed ones as spans over their candidates, never as one line."""

from datetime import datetime

from incident_timeline.explain.case import Case
from incident_timeline.explain.charts.window import View
from incident_timeline.explain.charts.words import MOMENTS, confirmed, moment_name, spread, when
from incident_timeline.model.instants import clock
from incident_timeline.model.milestones import Milestone, candidates
from incident_timeline.model.pictures import Moment, Span

STRONG = ("started", "detected", "knew_enough", "mitigated", "resolved")


def describe_moments(case: Case, view: View, names: tuple[str, ...], *, ranges: bool) -> tuple[Moment, ...]:
    """The confirmed ones of these milestones inside the view; those that fall on one second share a hairline.

    `ranges`: the names carry the range of a measured instant.
    """
    groups: dict[datetime, list[Milestone]] = {}
    for name in names:
        milestone = case.milestone(name)
        if milestone.at is not None and confirmed(milestone) and view.holds(milestone.at):
            groups.setdefault(milestone.at.replace(microsecond=0), []).append(milestone)
    found = []
    for _, group in sorted(groups.items()):
        at = group[0].at
        assert at is not None
        words = list(dict.fromkeys(moment_name(case, m) for m in group))
        short = words[0] if len(words) == 1 else f"{words[0]} +{len(words) - 1}"
        full = f"{', '.join(words)} {when(at, view.start)}"
        wide = next((text for m in group if (text := _measured_spread(m))), "")
        strong = any(m.name in STRONG for m in group)
        forms = [f"{full} {wide}"] if wide and ranges else []
        forms += [full] if len(words) == 1 else [full, f"{short} {clock(at)}"]
        forms += [] if strong else [short]  # those that carry the picture keep their time
        found.append(Moment(at, tuple(forms), tuple(m.name for m in group), strong))
    return tuple(found)


def _measured_spread(milestone: Milestone) -> str:
    m = milestone
    if m.basis != "measured" or m.at is None or m.earliest is None or m.latest is None:
        return ""
    return spread(m.at, m.earliest, m.latest)


def unconfirmed_range(milestone: Milestone) -> tuple[datetime, datetime, tuple[datetime, ...]] | None:
    """From the first to the last candidate of a proposed moment, and every candidate.

    None where none is proposed: a moment that is missing has nothing to confirm, whatever came near it.
    """
    if milestone.at is None or confirmed(milestone):
        return None
    rivals = tuple(rival.at for rival in candidates(milestone))
    if rivals:
        return min(rivals), max(rivals), rivals
    if milestone.earliest is None or milestone.latest is None:
        return None
    return milestone.earliest, milestone.latest, ()


def describe_unconfirmed(case: Case, view: View, names: tuple[str, ...]) -> tuple[Span, ...]:
    """The unconfirmed ones of these milestones as dashed spans, one tick for each candidate."""
    found = []
    for name in names:
        known = unconfirmed_range(case.milestone(name))
        if known is None or not (view.holds(known[0]) and view.holds(known[1])):
            continue
        start, end, ticks = known
        word = MOMENTS[name]
        full = f"{word} {when(start, view.start)} to {when(end, start)}, not confirmed"
        forms = (full,) if end > start else ()
        found.append(Span(start, end, "proposed", (*forms, f"{word}: not confirmed"), ticks))
    return tuple(found)
