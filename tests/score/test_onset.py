"""Facts about when users began to hurt, as service-level series show it."""

import numpy as np
import pytest

from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.score.onset import find_onset
from tests.score.series_story import at, series

NOISE = np.random.default_rng(5).standard_normal((4, 400))


def quiet(n: int = 80, row: int = 0, level: float = 0.2, spread: float = 0.01) -> np.ndarray:
    """A level with noise."""
    return np.asarray(level + spread * NOISE[row, :n])


def hurt(first: int, rise: float = 0.2, n: int = 80, row: int = 0, length: int = 400) -> np.ndarray:
    """The same with a rise from a sample on, for so many samples."""
    value = quiet(n, row)
    value[first : first + length] += rise
    return value


def onset_of(found: Onset | NoOnset) -> Onset:
    """The onset, which must be there."""
    assert isinstance(found, Onset), found
    return found


def test_a_step_begins_between_the_last_good_and_the_first_bad_sample() -> None:
    """Sample 40 is the first bad one: the onset is half a step before it, and the range holds the samples around it."""
    found = onset_of(find_onset(series({"p99": hurt(40)})))

    assert at(39.5 * 15) == found.at
    assert found.earliest <= at(39 * 15)
    assert found.latest == at(40 * 15)
    assert "up" == found.direction
    assert ["p99"] == [vote.name for vote in found.votes]


def test_a_vote_says_its_band_and_the_sample_that_left_it() -> None:
    """The band is that of the 40 samples before, and the first value outside is the first bad sample's."""
    value = hurt(40)

    vote = onset_of(find_onset(series({"p99": value}))).votes[0]

    assert 40 == vote.band.samples
    assert vote.band.low < 0.2 < vote.band.high < 0.3
    assert value[40] == vote.first_outside
    assert (at(39 * 15), at(40 * 15)) == (vote.earliest, vote.latest)


def test_signals_agree_on_one_onset() -> None:
    """Two signals that each rise by 1.4 of their spread are clear together; one of them alone is less sure."""
    weak = {"p50": hurt(40, 0.014, row=0), "p99": hurt(40, 0.014, row=1)}

    both = onset_of(find_onset(series(weak)))
    one = find_onset(series({"p50": weak["p50"]}))

    assert abs((both.at - at(39.5 * 15)).total_seconds()) <= 30
    assert isinstance(one, NoOnset) or one.confidence < both.confidence


def test_what_only_gets_better_is_no_onset() -> None:
    """A latency that halves, and stays there, hurts nobody."""
    found = find_onset(series({"p99": hurt(40, -0.1)}))

    assert isinstance(found, NoOnset)


def test_a_success_rate_is_worse_when_it_falls() -> None:
    """The same fall is an onset where worse is down."""
    found = onset_of(find_onset(series({"success": hurt(40, -0.1)}, success={"worse": "down"})))

    assert (at(39.5 * 15), "down") == (found.at, found.direction)


def test_noise_is_no_clear_onset_and_says_how_far_from_one() -> None:
    """The clearest change of noise is named with its evidence, and not taken."""
    found = find_onset(series({"p99": quiet()}))

    assert isinstance(found, NoOnset)
    assert "no clear onset: the clearest change" in found.reason


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "no service-level signal has a sample"),
        ({"p99": [1.0, 2.0, 3.0]}, "at most 3 samples, 12 are needed"),
        ({"p99": [0.2] * 80}, "no service-level signal got worse"),
        ({"p99": [float("nan")] * 80}, "no service-level signal has a sample"),
    ],
)
def test_it_abstains_in_words_where_there_is_nothing_to_see(values: dict[str, list[float]], words: str) -> None:
    """No series, too few samples, a constant, only NaN."""
    found = find_onset(series(values))

    assert isinstance(found, NoOnset)
    assert words in found.reason


def test_twelve_samples_are_enough_for_a_clear_step() -> None:
    """Six good and six far worse samples."""
    found = onset_of(find_onset(series({"p99": hurt(6, 1.0, n=12), "p50": hurt(6, 1.0, n=12, row=1)})))

    assert at(5.5 * 15) == found.at


def test_one_wild_sample_is_no_onset() -> None:
    """A single scrape a hundred spreads out, at once back."""
    assert isinstance(find_onset(series({"p99": hurt(40, 1.0, length=1)})), NoOnset)


def test_one_bad_scrape_seen_through_a_rate_is_no_onset() -> None:
    """A rate over four scrapes shows one bad scrape in four samples; that is still one bad scrape."""
    lone = {"p99": hurt(40, 1.0, length=4), "mean": hurt(40, 1.0, length=4, row=1)}
    ranged = {"range_s": 60.0}

    assert isinstance(find_onset(series(lone, p99=ranged, mean=ranged)), NoOnset)
    assert isinstance(find_onset(series(lone)), Onset)


def test_the_range_of_the_query_moves_the_onset_and_widens_its_range() -> None:
    """A jump at once in a range of 60 s: half a step earlier for the scrape, as early as half of 45 s; the note says so."""
    plain = onset_of(find_onset(series({"p99": hurt(40)})))
    ranged = onset_of(find_onset(series({"p99": hurt(40)}, p99={"range_s": 60.0})))

    assert 7.5 == (plain.at - ranged.at).total_seconds()
    assert 22.5 == (plain.earliest - ranged.earliest).total_seconds()
    assert plain.latest == ranged.latest
    assert "moved 7.5 s earlier for the range of the queries (60 s)" == ranged.note


def test_a_file_that_does_not_say_its_range_is_read_by_how_its_samples_overlap() -> None:
    """Means over four samples, from a file: the overlap is found in the values, and the onset moved for it."""
    raw = np.random.default_rng(8).standard_normal((3, 124))
    raw[:, 84:] += 8
    smooth = {f"s{i}": np.convolve(line, np.ones(4) / 4, "valid") for i, line in enumerate(raw)}
    said = {name: {"source": "series"} for name in smooth}

    found = onset_of(find_onset(series(smooth, **said)))

    assert "each looks like a mean over 4 samples" in found.note
    assert abs((found.at - at((83.5 - 3) * 15)).total_seconds()) <= 15


def test_the_range_of_a_slow_ramp_holds_its_foot() -> None:
    """Half a spread more at every sample from sample 40 on: the onset is later, its range reaches back and says so."""
    value = quiet()
    value[40:] += 0.005 * np.arange(40)

    found = onset_of(find_onset(series({"p99": value})))

    assert found.earliest <= at(45 * 15)
    assert "rose slowly from" in found.note


def test_of_two_faults_the_first_is_the_onset() -> None:
    """A clear fault that ended, then one of the same size."""
    value = hurt(30, 0.2, length=10)
    value[55:] += 0.25

    assert at(29.5 * 15) == onset_of(find_onset(series({"p99": value, "mean": value + quiet(row=1)}))).at


def test_an_earlier_ripple_is_not_the_onset_of_a_far_larger_fault() -> None:
    """Latency crept up by a tenth of what it later jumped by: the jump is the onset."""
    value = quiet()
    value[30:] += 0.03
    value[55:] += 2.0

    assert at(54.5 * 15) == onset_of(find_onset(series({"p99": value}))).at


def test_a_counter_is_read_as_its_rate_through_a_reset() -> None:
    """Errors count up slowly, start again at 0 with the process, and later ten times as fast."""
    rate = np.r_[np.full(60, 2.0), np.full(40, 20.0)] + np.abs(NOISE[0, :100])
    counter = np.cumsum(rate)
    counter[30:] -= counter[29]

    found = onset_of(find_onset(series({"errors_total": counter})))

    assert at(59.5 * 15) == found.at


def test_gaps_and_a_stale_end_do_not_move_the_onset() -> None:
    """Samples 10 to 20 are NaN, and one signal ends ten samples before the other."""
    holed = hurt(40)
    holed[10:20] = np.nan
    ended = hurt(40, row=1)
    ended[70:] = np.nan

    assert at(39.5 * 15) == onset_of(find_onset(series({"p99": holed, "p50": ended}))).at


def test_resources_are_no_slis() -> None:
    """A processor that runs hot hurts nobody by itself."""
    found = find_onset(series({"p99": quiet(), "cpu": hurt(40, 5.0)}, cpu={"role": "resource"}))

    assert isinstance(found, NoOnset)


def test_a_bounded_onset_lies_in_the_samples_before_the_alert() -> None:
    """Two faults; with the alert after the second, the first is out of reach."""
    value = hurt(20, 0.2, length=10)
    value[60:] += 0.2
    both = series({"p99": value, "mean": value + quiet(row=1)})

    assert at(19.5 * 15) == onset_of(find_onset(both)).at
    assert at(59.5 * 15) == onset_of(find_onset(both, latest=at(64 * 15))).at


def test_an_alert_makes_a_weaker_change_clear() -> None:
    """A change that alone is not clear enough is taken where the first alert follows it."""
    weak = series({"p99": hurt(40, 0.0145, length=8)})

    assert isinstance(find_onset(weak), NoOnset)
    assert isinstance(find_onset(weak, latest=at(45 * 15)), Onset)


def test_a_fault_after_the_alert_is_not_taken_for_one_before_it() -> None:
    """The only fault begins 30 samples after the alert."""
    late = {"p99": hurt(60), "mean": hurt(60, row=1)}

    assert isinstance(find_onset(series(late), latest=at(30 * 15)), NoOnset)
