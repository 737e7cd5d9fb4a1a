"""Gaps between milestones, with the range that both ends allow and the weaker basis of the two."""

from collections.abc import Mapping

from incident_timeline.model.gaps import GAPS, Gap
from incident_timeline.model.instants import MICROSECOND, duration
from incident_timeline.model.milestones import BASES, Milestone


def measure_gaps(milestones: Mapping[str, Milestone]) -> dict[str, Gap]:
    """Every gap of model.gaps.GAPS; one whose ends are not both known is `missing` with the reason of the absent end.

    Seconds are exact differences, so time_to_detect + time_to_know + response_gap = time_to_resolve and the four parts
    add up to response_gap, signs included. An end before its start is `invalid` with its sign kept; a page before the
    onset is not (design section 5).
    """
    return {name: _measure(name, milestones[start], milestones[end]) for name, (start, end) in GAPS.items()}


def _measure(name: str, start: Milestone, end: Milestone) -> Gap:
    absent = [m for m in (start, end) if m.at is None]
    if absent:
        reason = "; ".join(f"{m.name} is missing: {m.reason}" for m in absent)
        return Gap(name, None, None, None, "missing", reason, start.name, end.name)
    assert start.at is not None
    assert start.earliest is not None
    assert start.latest is not None
    assert end.at is not None
    assert end.earliest is not None
    assert end.latest is not None
    seconds = (end.at - start.at) / MICROSECOND / 1e6
    low = (end.earliest - start.latest) / MICROSECOND / 1e6
    high = (end.latest - start.earliest) / MICROSECOND / 1e6
    status, reason = _weaker(start, end), ""
    if seconds < 0 and name == "time_to_detect":
        reason = f"people were paged {duration(-seconds)} before users were hurt"
    elif seconds < 0:
        status = "invalid"
        reason = f"{end.name} is {duration(-seconds)} before {start.name}; the sign is kept so that sums hold"
    elif low < 0 <= high:
        reason = f"the ranges of {start.name} and {end.name} overlap, so their order is not certain"
    evidence = tuple(m.evidence[0] for m in (start, end) if m.evidence)
    return Gap(name, seconds, low, high, status, reason, start.name, end.name, evidence)


def _weaker(start: Milestone, end: Milestone) -> str:
    return max((m.basis for m in (start, end) if m.basis), key=BASES.index)
