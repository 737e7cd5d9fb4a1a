"""Simulates comparisons whose truth is known: how often a change is claimed, how often the intervals hold it, and the cost.

`python -m tests.bench.compare_bench [TRIALS]`; gaps are lognormal with the spread of real durations (log-sd 1.4, p90/p50 = 6).
"""

import math
import sys
import time

import numpy as np

from incident_timeline.compare.statistics import (
    LEAST_MEDIAN,
    censored_median,
    median_interval,
    needed_a_side,
    ratio_of_means,
)
from incident_timeline.model.compared import Length
from tests.bench.statistics import wilson

LOG_SD, MEDIAN_S = 1.4, 1800.0
SIDES = (5, 20, 50)
CUT = 0.5


def draw(random: np.random.Generator, n: int, factor: float = 1.0) -> list[Length]:
    """Gaps of n incidents, exact to the second."""
    seconds = random.lognormal(math.log(MEDIAN_S * factor), LOG_SD, n)
    return [Length(float(one), float(one), float(one)) for one in seconds]


def shares(trials: int, n: int, seed: int) -> dict[str, float]:
    """Shares of trials: change claimed without one, claimed with a true cut, and each interval holding its truth."""
    random = np.random.default_rng(seed)
    held = dict.fromkeys(
        ("false claim", "power", "ratio holds", "cut ratio holds", "median holds", "censored holds"), 0
    )
    for _ in range(trials):
        before, after, cut = draw(random, n), draw(random, n), draw(random, n, 1 - CUT)
        same, less = ratio_of_means(before, after), ratio_of_means(before, cut)
        assert same is not None
        assert less is not None
        held["false claim"] += same.p < 0.05
        held["power"] += less.p < 0.05 and less.value < 1
        held["ratio holds"] += same.low <= 1 <= same.high
        held["cut ratio holds"] += less.low <= 1 - CUT <= less.high
        median = median_interval([one.at for one in before])
        held["median holds"] += (
            median is not None and median.low is not None and median.low <= MEDIAN_S <= (median.high or 0)
        )
        still = random.lognormal(
            math.log(MEDIAN_S * 6), LOG_SD, n
        )  # when the collector looked: about one in six is open
        lengths = [
            Length(min(one.at, s), min(one.at, s), min(one.at, s), open=one.at > s)
            for one, s in zip(before, still, strict=True)
        ]
        found = censored_median(lengths)
        assert found is not None
        held["censored holds"] += (found.low or 0) <= MEDIAN_S <= (found.high or math.inf)
    if n < LEAST_MEDIAN:  # no interval is given, so there is nothing to hold
        held.pop("median holds"), held.pop("censored holds")
    return {name: count / trials for name, count in held.items()}


def main(trials: int) -> None:
    """Prints the table."""
    print(f"{trials} trials a cell; lognormal gaps, log-sd {LOG_SD}; Wilson intervals of the shares in brackets")
    for n in SIDES:
        began = time.perf_counter()
        found = shares(trials, n, n)
        cells = [f"{name} {share:.3f} [{' to '.join(f'{e:.3f}' for e in wilson(round(share * trials), trials))}]"
                 for name, share in found.items()]  # fmt: skip
        print(
            f"{n:3} a side: " + "; ".join(cells) + f"  ({(time.perf_counter() - began) / trials * 1e3:.2f} ms a trial)"
        )
    print(f"needed a side for a 30 % cut: {needed_a_side(LOG_SD, 0.3)}, for a 50 % cut: {needed_a_side(LOG_SD, 0.5)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
