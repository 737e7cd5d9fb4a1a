"""The knew-enough model as a design matrix: features of every case, the fit with its prior, and held-out weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from incident_timeline.model.cues import Cues
from incident_timeline.score.knew_enough import candidate_features
from tests.bench.knew_enough_cases import Case, Row, build, by_source, cues_with, noisy

SIGMA = 0.3  # standard deviation of the prior around the hand-set weights: n is 40, so the data may only nudge
ALTERNATIVE = 0.3  # weight of an entry that another reader could pick, against 1 for the label
NOISE = {1: 0.2, 3: 0.1}  # lines of other feeds per own line -> weight of such a copy
NOISE_SEEDS = (1000, 1001, 1002)  # not among the seeds that are measured
ACTION = 0.5  # weight of an `action` case, in which either the action or "nobody said it" is right


@dataclass(frozen=True)
class Example:
    """One case as the fit sees it: candidates by row, "nobody said it" last."""

    rows: list[Mapping[str, float]]
    right: NDArray[np.float64]
    weight: float


def examples(cases: Sequence[Case], cues: Cues) -> list[Example]:
    """Each case as it is, and with noise that is drawn from the same cases."""
    found = [_example(case, case.rows, cues, 1.0) for case in cases]
    for per_line, weight in NOISE.items():
        for seed in NOISE_SEEDS:
            found += [_example(case, noisy(case, cases, per_line, seed), cues, weight) for case in cases]
    return [example for example in found if example.right.any()]


def fit(found: Sequence[Example], prior: Mapping[str, float]) -> dict[str, float]:
    """Weights that maximise the conditional likelihood (McFadden 1974) under a normal prior around `prior`."""
    names = sorted(prior)
    matrices = [np.array([[row.get(name, 0.0) for name in names] for row in example.rows]) for example in found]
    centre = np.array([prior[name] for name in names])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = 0.0, np.zeros_like(weights)
        for matrix, example in zip(matrices, found, strict=True):
            scores = matrix @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            right = shares * example.right
            total -= example.weight * float(np.log(right.sum() + 1e-12))
            slope -= example.weight * (matrix.T @ (right / (right.sum() + 1e-12) - shares))
        away = (weights - centre) / SIGMA
        return total + 0.5 * float(away @ away), slope + away / SIGMA

    best = minimize(loss, centre, jac=True, method="L-BFGS-B").x
    return {name: round(float(value), 3) for name, value in zip(names, best, strict=True)}


def learn(cases: Sequence[Case], cues: Cues, table: Mapping[str, Any]) -> dict[str, Any]:
    """The weights table with features learned from these cases around its prior."""
    return {**table, "features": fit(examples(cases, cues), table["prior"])}


def held_out(cases: Sequence[Case], cues: Cues, table: Mapping[str, Any]) -> dict[str, Cues]:
    """For each source the cues with weights learned without any case, or noise line, of that source."""
    return {source: cues_with(learn(others, cues, table)) for source, _, others in by_source(cases)}


def _example(case: Case, rows: Sequence[Row], cues: Cues, weight: float) -> Example:
    built = build(rows, case.id, cues)
    found = candidate_features(built.scene)
    right = np.array([_right(case, None if e is None else built.numbers[e.event_id]) for e, _ in found])
    return Example([row for _, row in found], right, weight * (ACTION if case.type == "action" else 1.0))


def _right(case: Case, number: int | None) -> float:
    if number is None:
        return float(case.type in {"none", "action"})
    if case.type == "none":
        return 0.0
    return 1.0 if number == case.number else ALTERNATIVE if number in case.others else 0.0
