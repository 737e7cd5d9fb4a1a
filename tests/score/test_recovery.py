"""Facts about when users stopped hurting: back inside the bands, for good, or not at all."""

import numpy as np

from incident_timeline.model.onset import NotRecovered, Onset, Recovery
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.onset import find_onset
from incident_timeline.score.recovery import find_recovery
from tests.score.series_story import at, series

N = 120


def line(seed: int, *bad: tuple[int, int], rise: float = 1.0) -> np.ndarray:
    """0.2 with noise, and so much more in the stretches [first, end) of samples."""
    value = 0.2 + 0.01 * np.random.default_rng(seed).standard_normal(N)
    for first, end in bad:
        value[first:end] += rise
    return value


def recovery_of(told: SeriesSet, **asked: int) -> Recovery | NotRecovered:
    """The recovery from the onset of the same series, which must be there."""
    onset = find_onset(told)
    assert isinstance(onset, Onset)
    return find_recovery(told, onset, **asked)


def found(told: SeriesSet, **asked: int) -> Recovery:
    """The recovery, which must be there."""
    one = recovery_of(told, **asked)
    assert isinstance(one, Recovery), one
    return one


def test_recovery_lies_between_the_last_bad_and_the_first_good_sample() -> None:
    """Samples 40 to 69 are bad."""
    one = found(series({"p99": line(1, (40, 70))}))

    assert (at(69.5 * 15), at(69 * 15), at(70 * 15)) == (one.at, one.earliest, one.latest)
    assert (3, 0) == (one.inside_samples, one.relapses)


def test_the_last_signal_to_come_back_decides() -> None:
    """Errors end at sample 60, latency at sample 80."""
    one = found(series({"errors": line(1, (40, 60)), "p99": line(2, (40, 80))}))

    assert at(79.5 * 15) == one.at
    assert "p99 was the last to come back" in one.note


def test_the_range_of_the_query_ends_the_harm_earlier() -> None:
    """A rate over 60 s every 15 s sees what ended up to 60 s ago: nine tenths of 45 s and half a step earlier, as early as 60 s."""
    one = found(series({"p99": line(1, (40, 70))}, p99={"range_s": 60.0}))

    assert at(69.5 * 15 - 48) == one.at
    assert (at(69 * 15 - 60), at(70 * 15)) == (one.earliest, one.latest)
    assert "up to 60 s ago" in one.note


def test_a_relapse_makes_the_second_end_the_recovery_and_is_counted() -> None:
    """Good for ten samples, bad again for ten."""
    one = found(series({"p99": line(1, (40, 60), (70, 80))}))

    assert (at(79.5 * 15), 1) == (one.at, one.relapses)
    assert "it had been back before and left again, 1 time" in one.note


def test_a_stray_sample_later_is_no_relapse() -> None:
    """One sample outside, twenty samples after the recovery."""
    one = found(series({"p99": line(1, (40, 60), (80, 81))}))

    assert (at(59.5 * 15), 0) == (one.at, one.relapses)


def test_fewer_good_samples_than_asked_for_are_no_recovery_yet() -> None:
    """Two good samples in the middle of the fault."""
    told = series({"p99": line(1, (40, 50), (52, 70))})

    assert at(69.5 * 15) == found(told).at
    assert at(69.5 * 15) == found(told, inside_samples=5).at


def test_never_recovered_inside_the_window_is_said_with_the_signal() -> None:
    """Bad to the last sample."""
    one = recovery_of(series({"errors": line(1, (40, 60)), "p99": line(2, (40, N))}))

    assert isinstance(one, NotRecovered)
    assert "never recovered inside the window: p99 still outside at 14:29:45" == one.reason


def test_too_few_good_samples_at_the_end_are_not_taken_for_recovered() -> None:
    """Two good samples, then the window ends."""
    assert isinstance(recovery_of(series({"p99": line(1, (40, N - 2))})), NotRecovered)


def test_back_within_a_tenth_of_the_harm_is_back() -> None:
    """A band that is much narrower than the harm: after the fault the latency stays a twentieth of the way up."""
    value = line(1, (40, 70))
    value[70:] += 0.05

    assert at(69.5 * 15) == found(series({"p99": value})).at


def test_a_duration_was_counted_when_it_ended() -> None:
    """Samples that say 1.2 s: those requests began up to 1.2 s before, and the range up to that much earlier."""
    one = found(series({"p99": line(1, (40, 70))}, p99={"unit": "s"}))

    assert at(70 * 15) == one.latest
    assert 1.1 < (at(69 * 15) - one.earliest).total_seconds() < 1.3


def test_a_signal_that_barely_voted_does_not_say_when_it_was_over() -> None:
    """Errors end at sample 70; latency rose a little with them and leaves its narrow band again and again."""
    latency = line(2, (40, 50), rise=0.04)
    latency[[75, 76, 84, 85, 90, 91, 99, 100, 108, 109]] += 0.1

    assert at(69.5 * 15) == found(series({"errors": line(1, (40, 70)), "p99": latency})).at


def test_strays_shorter_than_the_range_do_not_put_the_end_off() -> None:
    """Single bad scrapes that a rate over four samples smears, each two good samples after the one before."""
    value = line(1, (40, 70))
    for first in (72, 78, 84):
        value[first : first + 4] += 1.0

    assert at(69.5 * 15 - 48) == found(series({"p99": value}, p99={"range_s": 60.0})).at
