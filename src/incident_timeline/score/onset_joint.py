"""One onset from several signals: where it is, between which instants, and how clear it is."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from incident_timeline.score.onset_chance import chance_of, side_by_side
from incident_timeline.score.onset_overlap import overlap_of
from incident_timeline.score.onset_pool import strongest, taking_part
from incident_timeline.score.onset_scan import MIN_AFTER, MIN_BEFORE, Scan, dependence, scaled, scan
from incident_timeline.score.onset_signals import Floats, Ints, Signal, before

MIN_SAMPLES = 12
LOOK_BACK = 20  # samples that a bounded onset may lie before the first alert
ALERT_DELAY = 3.0  # samples: scale of the Erlang-2 delay from onset to alert, mean 6
CLEAR = 5.5  # evidence beyond chance from which on an onset is clear
CLEAR_BOUNDED = 4.5  # the same where an alert says that something was seen
MOST_COST = 3.0  # most that ordinary autocorrelation costs
KEPT_SHARE = 1 / 3  # weight of the evidence beyond one overlap in choosing the place
SEPARATE = 4.0  # evidence above clear that an earlier change needs if the signals came back in between
HALF = 0.5  # share of the later shift that an earlier change of the same signal must reach
EARLIER = 3  # earlier changes looked for, one before the other
VOTE = 2.0  # gain from which on a signal takes part in a change


@dataclass(frozen=True, slots=True)
class Bound:
    """The latest possible onset, in microseconds, and the step of the signals."""

    latest: float
    step: float

    def weight(self, times: Ints) -> Floats:
        """Log share of each instant in the delay from onset to alert; -inf outside the look-back.

        The delay is taken as Erlang with two stages, the condition comes true and the rule holds its `for`.
        """
        delay = (self.latest - times) / self.step
        inside = (delay >= -1) & (delay <= LOOK_BACK)
        wait = np.maximum(delay, 0.0) + 0.5
        share = np.where(inside, wait * np.exp(-wait / ALERT_DELAY), 0.0)
        whole = float(share.sum())
        with np.errstate(divide="ignore"):
            return np.log(share / whole) if whole > 0 else np.full(len(times), -np.inf)


@dataclass(frozen=True, slots=True)
class Found:
    """The best common change: `index` into `times` of its first changed sample, and the evidence for it."""

    times: Ints
    score: Floats  # summed gains of the signals that take part, at each instant
    index: int
    evidence: float
    chance: float  # what random orders yield
    scans: tuple[Scan, ...]

    @property
    def first(self) -> int:
        """The instant of the first changed sample, microseconds."""
        return int(self.times[self.index])


def overlaps(signals: tuple[Signal, ...]) -> dict[str, int]:
    """How many neighbouring samples of each signal share data; estimated together where the range is not known."""
    unknown = tuple(s for s in signals if s.overlap is None)
    guess = overlap_of(unknown) if unknown else 1
    return {s.series_id: s.overlap or guess for s in signals}


def search(
    signals: tuple[Signal, ...], overlap: dict[str, int], bound: Bound | None = None, chance: float | None = None, *,
    to_the_end: bool = False, at_least: dict[str, float] | None = None,
) -> Found | None:  # fmt: skip
    """The change that best explains the signals that take part in it; None where no signal got worse anywhere allowed.

    Each gain is discounted for samples that depend on each other (`discounted`). The evidence is that of the
    strongest signals together (`strongest`), of what is kept of them beyond one overlap, less what the same search finds
    in random orders.
    """
    scans = scans_of(signals, overlap, to_the_end=to_the_end, at_least=at_least or {})
    if not scans:
        return None
    times = np.unique(np.concatenate([s.signal.at for s in scans]))
    weight = bound.weight(times) if bound else np.zeros(len(times))
    kept = side_by_side(scans, times, [s.kept_worth for s in scans])
    mixed = (1 - KEPT_SHARE) * side_by_side(scans, times, [s.worth for s in scans]) + KEPT_SHARE * kept
    if not mixed[:, np.isfinite(weight)].any():
        return None
    price = price_of(scans, bound)
    index = int(np.argmax(strongest(mixed, price) + weight))
    most = float((strongest(kept, price) + weight)[max(index - 1, 0) : index + 2].max())
    if chance is None:
        chance = chance_of(scans, times, weight, price)
    part = taking_part(mixed[:, index], price)
    return Found(times, mixed[part].sum(axis=0) + weight, index, most - chance, chance, scans)


def until(signals: tuple[Signal, ...], overlap: dict[str, int], bound: Bound) -> tuple[Signal, ...]:
    """The signals without what a clearer change after the bound did to them: it must not look like one before."""
    for _ in range(EARLIER):
        found = search(signals, overlap, chance=0.0)
        if found is None or found.first <= bound.latest + bound.step:
            break
        signals = tuple(before(s, int(found.times[found.index - 1])) for s in signals)
    return signals


def price_of(scans: tuple[Scan, ...], bound: Bound | None) -> float:
    """ln n: what choosing one of n independent places yields a signal that shows nothing."""
    places = max(len(s.gain) / s.cost for s in scans)
    if bound is not None:
        places = min(places, (LOOK_BACK + 2) / min(s.cost for s in scans))
    return float(np.log(max(places, 2.0)))


def scans_of(
    signals: tuple[Signal, ...], overlap: dict[str, int], *, to_the_end: bool, at_least: dict[str, float]
) -> tuple[Scan, ...]:
    """The scans of the signals that got worse anywhere, with what their autocorrelation costs.

    `at_least` gives shifts by series id, with their sign: a change of that signal to that side counts only from there on.
    """
    scans = []
    for signal in signals:
        found = scan(signal, overlap[signal.series_id], to_the_end=to_the_end)
        limit = at_least.get(signal.series_id, 0.0)
        if found is not None and limit:
            small = (np.abs(found.shift) < abs(limit)) & (np.sign(found.shift) == np.sign(limit))
            found = replace(found, gain=np.where(small, 0.0, found.gain), kept=np.where(small, 0.0, found.kept))
        if found is not None and found.gain.any():
            scans.append(found)
    plain = [s for s in scans if s.cost <= 1]
    if not plain:
        return tuple(scans)
    cost = usual_cost(plain)
    return tuple(replace(s, cost=cost) if s.cost <= 1 else s for s in scans)


def usual_cost(scans: list[Scan]) -> float:
    """(1 + phi) / (1 - phi) of the signals' mean lag-1 autocorrelation, one standard error smaller, at most 3."""
    phis = []
    for s in scans:
        split = int(np.argmax(s.gain))
        phis.append(dependence(scaled(s.signal), split, max(3, int(s.width[split]))))
    error = 1 / float(np.sqrt(sum(len(s.gain) for s in scans) / 2))
    phi = min(max(0.0, float(np.mean(phis)) - error), 0.95)
    return min((1 + phi) / (1 - phi), MOST_COST)


def first_change(found: Found, signals: tuple[Signal, ...], overlap: dict[str, int], *, ripples: bool = False) -> Found:
    """The first clear change of the incident: earlier ones are looked for in what lies before the best one.

    An earlier change is taken when it leads up to the later one without coming back and is clear by itself, or when it
    came back and is clearer than that. In a signal that also moved later it must reach half of that later shift: the
    onset is where half of the harm was first there, not the first ripple of the day. With `ripples` any earlier change
    counts that leads up to the later one: where a signal left its band, not where it hurt.
    """
    for _ in range(EARLIER):
        cut = int(found.times[max(found.index - 1, 0)])
        rest = tuple(r for r in (before(s, cut) for s in signals) if len(r.at) >= MIN_BEFORE + MIN_AFTER)
        half = {} if ripples else halves(found)
        earlier = leading_up(rest, overlap, found.chance, half)
        if earlier is None and not ripples:
            earlier = separate(rest, overlap, found.chance, half)
        if earlier is None:
            return found
        found = replace(earlier, evidence=found.evidence, chance=found.chance)
    return found


def leading_up(
    signals: tuple[Signal, ...], overlap: dict[str, int], chance: float, half: dict[str, float]
) -> Found | None:
    """A clear change from which on the signals stayed worse to their last samples."""
    found = search(signals, overlap, chance=chance, to_the_end=True, at_least=half)
    return found if found is not None and found.evidence >= CLEAR else None


def separate(
    signals: tuple[Signal, ...], overlap: dict[str, int], chance: float, half: dict[str, float]
) -> Found | None:
    """A change that is clearer than that and came back; what chance yields is measured anew, as it costs more time."""
    found = search(signals, overlap, chance=chance, at_least=half)
    if found is not None and found.evidence >= CLEAR + SEPARATE:
        found = search(signals, overlap, at_least=half)
    return found if found is not None and found.evidence >= CLEAR + SEPARATE else None


def halves(found: Found) -> dict[str, float]:
    """Half of the shift of each signal that takes part in a change, by series id."""
    half = {}
    for s in found.scans:
        place = int(np.searchsorted(s.signal.at, found.first))
        if place < len(s.gain) and s.gain[place] > VOTE:
            half[s.signal.series_id] = HALF * float(s.shift[place])
    return half


def interval(found: Found, share: float = 0.9) -> tuple[int, int]:
    """First and last place of the shortest stretch around the best one that holds `share` of exp(score / 2).

    The half is for what the signals share and the likelihood does not know; coverage is checked in tests/bench.
    """
    weight: NDArray[np.float64] = np.exp(0.5 * (found.score - found.score[found.index]))
    needed = share * float(weight.sum())
    left = right = found.index
    held = float(weight[left])
    while held < needed and (left > 0 or right < len(weight) - 1):
        low = float(weight[left - 1]) if left > 0 else -1.0
        high = float(weight[right + 1]) if right < len(weight) - 1 else -1.0
        if low >= high:
            left, held = left - 1, held + low
        else:
            right, held = right + 1, held + high
    return left, right
