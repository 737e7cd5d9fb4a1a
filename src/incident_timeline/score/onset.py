"""When users began to hurt: one onset over the service-level signals of a service, with its range and the votes."""

from datetime import datetime

import numpy as np

from incident_timeline.model.instants import from_micros, micros
from incident_timeline.model.onset import Moved, NoOnset, Onset
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset_band import baseline_band
from incident_timeline.score.onset_joint import (
    CLEAR,
    CLEAR_BOUNDED,
    MIN_SAMPLES,
    Bound,
    Found,
    first_change,
    interval,
    overlaps,
    search,
    until,
)
from incident_timeline.score.onset_moved import find_moved, lateness, moved_at
from incident_timeline.score.onset_place import first_affected
from incident_timeline.score.onset_signals import SLI_ROLES, Signal, signals_of

MOST_SURE = 0.9  # development cases: the share of right answers follows the figure up to here and does not rise beyond

__all__ = ["baseline_band", "find_moved", "find_onset"]


def find_onset(series: SeriesSet, *, latest: datetime | None = None) -> Onset | NoOnset:
    """When the service-level signals (role `sli`) of one service left their usual level together, or why that is unclear.

    Without `latest` the answer is independent of any alert. With it, it is the bounded answer: the first alert on a
    user-facing symptom is the latest possible onset, and the onset lies in the 20 samples before it. Method and constants:
    `score.onset_joint`; the reference estimator they start from is `joint` of the onset survey this tool was built on.
    """
    signals = signals_of(series, SLI_ROLES)
    most = max((len(s.at) for s in signals), default=0)
    if most < MIN_SAMPLES:
        held = f"the service-level signals have at most {most} samples, {MIN_SAMPLES} are needed"
        return NoOnset(f"no clear onset: {held if most else 'no service-level signal has a sample'}")
    overlap = overlaps(signals)
    bound = (
        None if latest is None else Bound(float(micros(latest)), float(np.median([s.step for s in signals if s.step])))
    )
    found = search(signals, overlap) if bound is None else search(until(signals, overlap, bound), overlap, bound)
    if found is None:
        where = "" if bound is None else f" in the samples up to the alert at {latest:%H:%M:%S}"
        return NoOnset(f"no clear onset: no service-level signal got worse{where}")
    needed = CLEAR if bound is None else CLEAR_BOUNDED
    if found.evidence < needed:
        at = from_micros(found.first)
        return NoOnset(
            f"no clear onset: the clearest change, at {at:%H:%M:%S}, is no clearer than chance makes one "
            f"(evidence {found.evidence:.1f}, {needed:g} needed)"
        )
    if bound is not None:
        return as_onset(found, found, needed, overlap)
    found = first_change(found, signals, overlap)
    return as_onset(found, first_change(found, signals, overlap, ripples=True), needed, overlap)


def as_onset(found: Found, foot: Found, needed: float, overlap: dict[str, int]) -> Onset:
    """The onset of a common change, corrected for the range of the queries, with the vote of each signal that moved.

    `foot` is where a change that came about slowly began; the range of the onset begins there.
    """
    left, right = interval(found)
    before = int(found.times[max(found.index - 1, 0)])
    votes = sorted(
        (v for v in (moved_at(s, found.first) for s in found.scans) if v), key=lambda v: (-v.score, v.series_id)
    )
    first = first_affected(found, overlap)
    late, half = lag(found, votes, overlap)
    at = round((int(found.times[max(first - 1, 0)]) + int(found.times[first])) / 2 - half)
    note = correction((before + found.first) / 2 - at, found, votes, overlap)
    earliest = round(min(int(found.times[max(left - 2, 0)]) - 2 * late, int(found.times[max(first - 2, 0)]) - half))
    if foot.first < found.first:
        earliest = min(earliest, round(int(foot.times[max(interval(foot)[0] - 2, 0)]) - 2 * late))
        note = "; ".join(filter(None, [note, f"rose slowly from {from_micros(foot.first):%H:%M:%S} on"]))
    directions = {v.direction for v in votes}
    return Onset(
        at=from_micros(at),
        earliest=from_micros(min(at, earliest)),
        latest=from_micros(max(at, int(found.times[right]))),
        confidence=round(min(found.evidence / (found.evidence + needed), MOST_SURE), 4),
        direction=directions.pop() if len(directions) == 1 else "mixed",
        magnitude=max((v.magnitude for v in votes), default=0.0),
        votes=tuple(votes),
        note=note,
    )


def lag(found: Found, votes: list[Moved], overlap: dict[str, int]) -> tuple[float, float]:
    """How late the range of the voting signals' values makes the change look, and the mean age of the newest sample in them.

    Microseconds. Where the range is known a server was asked at instants of its own choice, when the newest scrape in the range
    was half a step old in the mean.
    """
    signals = voting(found, votes)
    late = float(np.median([lateness(s, overlap[s.series_id]) for s in signals]))
    return late, float(np.median([s.step / 2 if s.range_s and late > 0 else 0.0 for s in signals]))


def correction(moved: float, found: Found, votes: list[Moved], overlap: dict[str, int]) -> str:
    """The sentence about how much earlier than it looked (microseconds) the onset was put, and why; empty when it was not."""
    if moved <= 0:
        return ""
    signals = voting(found, votes)
    known = [s.range_s for s in signals if s.range_s]
    source = f"the range of the queries ({np.median(known):g} s)" if known else overlapping(signals, overlap)
    return f"moved {moved / 1e6:g} s earlier for {source}"


def voting(found: Found, votes: list[Moved]) -> list[Signal]:
    """The signals that voted; all of them where none did."""
    voted = {v.series_id for v in votes}
    return [s.signal for s in found.scans if s.signal.series_id in voted] or [s.signal for s in found.scans]


def overlapping(signals: list[Signal], overlap: dict[str, int]) -> str:
    """What the values themselves show about their range."""
    return f"values that overlap: each looks like a mean over {max(overlap[s.series_id] for s in signals)} samples"
