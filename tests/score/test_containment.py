"""Facts about when it stopped spreading."""

import json

import numpy as np

from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.model.series import SeriesSet
from incident_timeline.score.containment import contain, reached
from incident_timeline.score.onset import find_onset
from tests.score.series_story import at, series

N = 120
ERRORS = {"signal": "errors", "unit": "ratio"}


def growing(first: int = 40, full: int = 60, share: float = 0.1) -> np.ndarray:
    """A share of failed requests that grows from one sample to another, then stays."""
    value = np.zeros(N)
    value[first:full] = share * np.linspace(0, 1, full - first)
    value[full:] = share
    return value


def onset_of(told: SeriesSet) -> Onset:
    """The onset, which must be there."""
    found = find_onset(told)
    assert isinstance(found, Onset), found
    return found


def test_it_stopped_spreading_when_the_share_came_near_its_plateau() -> None:
    """Growing from sample 40 to 60: within a tenth of the plateau from about sample 58 on."""
    told = series({"errors": growing()}, errors=ERRORS)

    one = contain(told, onset_of(told))

    assert one.at is not None
    assert one.earliest is not None
    assert one.latest is not None
    assert at(54 * 15) <= one.earliest <= one.at <= one.latest <= at(61 * 15)
    assert at(57 * 15) <= one.at
    assert ("measured", "found") == (one.basis, one.status)


def test_the_share_is_added_up_over_services_that_give_both_halves() -> None:
    """Half of the requests of a, later those of b too: it stopped spreading when b had joined."""
    rates = {
        "a.q.errors": np.r_[np.zeros(40), np.full(80, 5.0)], "a.q.total": np.full(N, 10.0),
        "b.q.errors": np.r_[np.zeros(70), np.full(50, 5.0)], "b.q.total": np.full(N, 10.0),
        "p99": np.r_[np.full(40, 0.2), np.full(80, 2.0)] + 0.01 * np.random.default_rng(1).standard_normal(N),
    }  # fmt: skip
    said = {name: {"role": "raw", "service": name[0], "name": name[2:]} for name in rates if name != "p99"}
    told = series(rates, **said)

    one = contain(told, onset_of(told))

    assert one.at is not None
    assert at(68 * 15) <= one.at <= at(72 * 15)


def test_without_a_share_the_last_service_to_be_hurt_decides() -> None:
    """Latency of three services rises one after the other."""
    rng = np.random.default_rng(2)
    rising = {
        f"p99.{name}": 0.2 + 0.01 * rng.standard_normal(N) + np.r_[np.zeros(first), np.ones(N - first)]
        for name, first in (("a", 40), ("b", 50), ("c", 65))
    }
    told = series(rising, **{name: {"service": name[-1]} for name in rising})

    one = contain(told, onset_of(told))

    assert at(64.5 * 15) == one.at
    assert "c was the last of 3 services to be hurt" == one.reason


def test_where_one_of_several_services_is_hurt_it_is_named() -> None:
    """It did not spread: payments stays as it was."""
    rng = np.random.default_rng(4)
    values = {f"p99.{name}": 0.2 + 0.01 * rng.standard_normal(N) for name in ("checkout", "payments")}
    values["p99.checkout"][40:] += 1.0
    told = series(values, **{name: {"service": name.partition(".")[2]} for name in values})

    one = contain(told, onset_of(told))

    assert at(39.5 * 15) == one.at
    assert "checkout was the only one of 2 watched services to be hurt" == one.reason


def test_where_requests_are_slow_and_do_not_fail_the_services_decide() -> None:
    """Nothing fails; latency of checkout rises at sample 40, that of payments at sample 55."""
    rng = np.random.default_rng(6)
    said = {"errors": ERRORS}
    values = {"errors": np.zeros(N)}
    for name, first in (("checkout", 40), ("payments", 55)):
        values[f"p99.{name}"] = 0.2 + 0.01 * rng.standard_normal(N) + np.r_[np.zeros(first), np.ones(N - first)]
        said[f"p99.{name}"] = {"service": name}

    one = contain(series(values, **said), onset_of(series(values, **said)))

    assert at(54.5 * 15) == one.at
    assert "payments was the last of 2 services to be hurt" == one.reason


def test_a_rate_over_a_range_is_at_its_plateau_later_than_the_users() -> None:
    """A third fails from sample 40 on, read as a share of the last four samples: nine tenths of 45 s and half a step later."""
    value = np.convolve(np.r_[np.zeros(43), np.full(N - 40, 0.33)], np.full(4, 0.25), "valid")[:N]
    told = series({"errors": value}, errors=ERRORS | {"range_s": 60.0})

    one = contain(told, onset_of(told))

    assert one.at is not None
    assert abs((one.at - at(39.5 * 15)).total_seconds()) <= 15


def test_a_share_that_never_grew_says_nothing_about_spreading() -> None:
    """Slow, not failing."""
    slow = np.r_[np.full(40, 0.2), np.full(80, 2.0)] + 0.01 * np.random.default_rng(3).standard_normal(N)
    told = series({"errors": np.zeros(N), "p99": slow}, errors=ERRORS)

    one = contain(told, onset_of(told))

    assert ("missing", None) == (one.status, one.at)
    assert "did not grow" in one.reason


def test_it_is_missing_without_a_share_and_with_one_service() -> None:
    """Nothing says how many requests were hurt."""
    slow = np.r_[np.full(40, 0.2), np.full(80, 2.0)] + 0.01 * np.random.default_rng(3).standard_normal(N)
    told = series({"p99": slow})

    assert "no series gives the share of failed or of slow requests" == contain(told, onset_of(told)).reason


def test_where_nothing_fails_the_share_of_slow_requests_decides() -> None:
    """Buckets of two pods: from sample 40 on one in five takes longer than half a second, from 50 on three in five."""
    late = np.r_[np.zeros(41), np.full(10, 20.0), np.full(N - 51, 60.0)]
    every = np.cumsum(np.full(N, 100.0))
    values = {"p99": 0.2 + 0.001 * np.arange(N) % 0.01 + np.r_[np.zeros(40), np.ones(N - 40)]}
    said: dict[str, dict[str, object]] = {"p99": {"query": "histogram_quantile(0.99, took_seconds_bucket)"}}
    for le, counted in {"0.5": every - np.cumsum(late), "+Inf": every}.items():
        for pod in ("a", "b"):
            values[f"{pod}{le}"] = counted
            labels = json.dumps({"le": le, "instance": pod})
            said[f"{pod}{le}"] = {"name": "took_seconds_bucket", "role": "selector", "labels": labels}
    told = series(values, **said)

    one = contain(told, onset_of(told))

    assert "the share of requests over 0.5 s first came within a tenth of its plateau of 60.0%" == one.reason
    assert one.at is not None
    assert abs((one.at - at(50 * 15)).total_seconds()) <= 15


def test_without_an_onset_its_reason_is_handed_on() -> None:
    """Nothing began, so nothing stopped."""
    assert "no clear onset: quiet" == contain(SeriesSet(), NoOnset("no clear onset: quiet")).reason


def rated(rng: np.random.Generator, per_s: float, begins: tuple[float, ...], share: float) -> np.ndarray:
    """The share of failed requests over the last minute, at every 15 s, of services that begin to fail one after the other."""
    seconds = np.arange(N * 15 + 60)
    failed, total = np.zeros(len(seconds)), np.zeros(len(seconds))
    for begun in begins:
        sent = rng.poisson(per_s, len(seconds))
        failed += rng.binomial(sent, np.where(seconds >= begun + 60, share, 0.002))
        total += sent
    minute = [slice(15 * i, 15 * i + 60) for i in range(N)]
    return np.array([failed[one].sum() / max(total[one].sum(), 1) for one in minute])


def test_noise_on_the_plateau_does_not_make_it_late() -> None:
    """Three services fail one after the other, few requests, a long plateau: in most draws within two scrapes of the last one."""
    rng, off = np.random.default_rng(8), []
    for _ in range(20):
        told = series({"errors": rated(rng, 8, (600.0, 645.0, 690.0), 0.2)}, errors=ERRORS | {"range_s": 60.0})
        one = contain(told, onset_of(told))
        assert one.at is not None
        off.append((one.at - at(690)).total_seconds())

    assert sum(abs(seconds) <= 30 for seconds in off) >= 17, off
    assert abs(float(np.median(off))) <= 15, off


def test_it_is_reached_between_two_samples() -> None:
    """Half of the way up between the samples at 10 and 20 s, and at once where the first sample is there already."""
    when, value = np.array([0, 10, 20]) * 1_000_000, np.array([0.0, 1.0, 3.0])

    assert reached(when, value, 2.0) == 15e6
    assert reached(when, value, 0.0) == 0.0
