"""Facts about what several signals say together when only some of them take part."""

import numpy as np

from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.score.onset import find_onset
from incident_timeline.score.onset_pool import strongest, taking_part
from tests.score.series_story import at, series

N = 120


def test_the_best_number_of_signals_is_taken() -> None:
    """Gains of 9, 7 and 1 at a price of 3: 6, then (16 - 6) / sqrt(2), then (17 - 9) / sqrt(3); the second is most."""
    gains = np.array([[1.0], [9.0], [7.0]])

    assert np.allclose([10 / np.sqrt(2)], strongest(gains, 3.0))
    assert [1, 2] == taking_part(gains[:, 0], 3.0).tolist()


def test_it_is_the_same_as_trying_every_number() -> None:
    """Also where no gain is above the price, and for several instants and orders at once."""
    gains = np.random.default_rng(3).exponential(3.0, (4, 6, 50))
    falling = -np.sort(-gains, axis=1)
    m = np.arange(1, 7)[None, :, None]
    for price in (0.5, 4.0, 100.0):
        every = (np.cumsum(falling, axis=1) - m * price) / np.sqrt(m)
        assert np.allclose(every.max(axis=1), strongest(gains, price))


def test_a_fault_in_two_of_sixty_signals_is_found_where_it_is() -> None:
    """The 58 quiet ones do not drown it."""
    values = {f"s{i:02}": np.random.default_rng(i).standard_normal(N) for i in range(60)}
    for name in ("s17", "s41"):
        values[name][70:] += 4.0

    found = find_onset(series(values))

    assert isinstance(found, Onset)
    assert at(69.5 * 15) == found.at
    assert {"s17", "s41"} <= {vote.series_id for vote in found.votes}


def test_sixty_quiet_signals_are_no_onset() -> None:
    """The same without the fault."""
    values = {f"s{i:02}": np.random.default_rng(i).standard_normal(N) for i in range(60)}

    assert isinstance(find_onset(series(values)), NoOnset)
