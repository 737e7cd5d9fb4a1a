"""Simulates outcome tests whose truth is known: how often the whole test claims anything, with and without a true change.

`python -m tests.bench.outcome_bench [TRIALS]`; incidents come as a Poisson process over two spans of 180 days, their four gaps are
lognormal as in compare_bench, three in ten have an attempt without effect and one in ten a reopening.
"""

import sys
from datetime import timedelta

import numpy as np
import polars as pl

from incident_timeline.compare.outcome import measure_outcome
from incident_timeline.model.compared import ASKED, Outcome
from tests.bench.compare_bench import LOG_SD, MEDIAN_S
from tests.bench.statistics import wilson
from tests.compare.archived import T0, gaps, incidents, segments

SIDES = (5, 20)
DAYS = 180.0
TRUTHS = {"nothing changed": (1.0, 1.0), "all gaps 60 % shorter": (0.4, 1.0), "a third as often": (1.0, 1 / 3)}


def trial(random: np.random.Generator, n: int, factor: float, rate: float) -> Outcome:
    """One history with n incidents expected before, and what the test says of it."""
    before = np.sort(random.uniform(0, DAYS, random.poisson(n)))
    days = np.concatenate([before, np.sort(random.uniform(DAYS, 2 * DAYS, random.poisson(n * rate)))])
    rows = [
        {"category": "lock", "began_at": T0 + timedelta(days=float(day)), "attempts": int(random.random() < 0.3),
         "reopened": int(random.random() < 0.1)}
        for day in days
    ]  # fmt: skip
    table = incidents({"category": "other", "began_at": T0}, *rows)
    middle = np.where(days < DAYS, MEDIAN_S, MEDIAN_S * factor)
    lengths = [
        gaps(
            name,
            [(f"INC-{i + 2}", float(one), "stated") for i, one in enumerate(random.lognormal(np.log(middle), LOG_SD))],
        )
        for name in ASKED
    ]
    since = T0 + timedelta(days=DAYS)
    return measure_outcome(table, pl.concat(lengths), segments(), "lock", since, since + timedelta(days=DAYS))


def main(trials: int) -> None:
    """Prints the share of tests that claimed anything, and of those that claimed the true change."""
    for truth, (factor, rate) in TRUTHS.items():
        for n in SIDES:
            random = np.random.default_rng(n)
            told = [trial(random, n, factor, rate).told for _ in range(trials)]
            claims = sum(bool(one) for one in told)
            low, high = wilson(claims, trials)
            rarer = sum("rarer" in one for one in told)
            words = f"{truth}, {n} expected a side: {claims} of {trials} claim something"
            print(f"{words} ({claims / trials:.3f} [{low:.3f} to {high:.3f}]), {rarer} of them that it is rarer")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
