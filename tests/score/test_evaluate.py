"""Facts about evaluating a rule: `for`, `keep_firing_for`, holes and NaN, as Prometheus has them."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from incident_timeline.model.events import INSTANT
from incident_timeline.score.evaluate import firings, holds, runs

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)


def evaluated(text: str, step: int = 15) -> pl.DataFrame:
    """One evaluation a letter: `x` holds, `.` does not, a blank is an evaluation without a value."""
    rows = [(T0 + timedelta(seconds=step * n), letter == "x") for n, letter in enumerate(text) if letter != " "]
    return pl.DataFrame(rows, schema={"at": INSTANT, "holds": pl.Boolean}, orient="row")


def seconds(text: str, for_s: float, keep_s: float = 0.0) -> list[tuple[float, float | None, float]]:
    """Active, firing and last seconds of each stretch."""
    return [
        (
            (run.active_at - T0).total_seconds(),
            None if run.firing_at is None else (run.firing_at - T0).total_seconds(),
            (run.last_at - T0).total_seconds(),
        )
        for run in runs(evaluated(text), 15, for_s, keep_s)
    ]


@pytest.mark.parametrize(
    ("text", "for_s", "keep_s", "expected"),
    [
        ("..xx..", 0, 0, [(30, 30, 45)]),
        ("..xxx.", 30, 0, [(30, 60, 60)]),  # fires at the first evaluation that is `for` after the first true one
        ("..xx.x", 30, 0, [(30, None, 45), (75, None, 75)]),  # an evaluation that is false starts `for` anew
        ("xxx..x..", 30, 60, [(0, 30, 75)]),  # kept firing over a short calm
        ("xxx.....x", 30, 45, [(0, 30, 30), (120, None, 120)]),  # not over a long one
        ("xxx  xxx", 30, 0, [(0, 30, 30), (75, 105, 105)]),  # a hole ends it: an absent series resolves its alert
        ("......", 30, 0, []),
    ],
)
def test_an_alert_fires_when_its_condition_held_for_long_enough(
    text: str, for_s: float, keep_s: float, expected: list[tuple[float, float | None, float]]
) -> None:
    """By evaluations, not by seconds in between."""
    assert expected == seconds(text, for_s, keep_s)
    assert tuple(T0 + timedelta(seconds=f) for _, f, _ in expected if f is not None) == firings(
        runs(evaluated(text), 15, for_s, keep_s)
    )


def test_nan_compares_as_in_promql() -> None:
    """No number is over or under anything, and it is not equal to itself."""
    nan = float("nan")
    values = pl.DataFrame({"at": [T0] * 3, "value": [nan, 1.0, nan], "limit": [0.0, nan, nan]})

    assert [False] * 3 == holds(values, ">")["holds"].to_list() == holds(values, "==")["holds"].to_list()
    assert [True] * 3 == holds(values, "!=")["holds"].to_list()
    assert [True, False] == holds(values.head(2).with_columns(value=pl.Series([float("inf"), 0.0]), limit=1.0), ">")[
        "holds"
    ].to_list()
