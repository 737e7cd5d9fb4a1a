"""A candidate rule as a Prometheus rule file, and a unit test for `promtool test rules` made of the incident's own samples."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import polars as pl
import yaml

from incident_timeline.model.counterfactual import NO_HISTORY, Candidate
from incident_timeline.model.instants import clock, micros
from incident_timeline.model.series import SeriesSet

_TICK = timedelta(seconds=1)


def rule_file(one: Candidate, incident: str) -> str:
    """The rule alone in a group of its own, at the interval at which it was evaluated."""
    history = NO_HISTORY if one.history_days is None else f"{one.history_days:g} days"
    head = (
        f"# A candidate of `timeline detect {incident}`, not a decision: {one.change} ({one.source}).\n"
        f"# It would have fired at {clock(one.fires_at)} UTC, {one.saved_s / 60:.1f} minutes sooner, and {one.times_before} times "
        f"in the days before ({history}).\n"
    )
    rule: dict[str, Any] = {"alert": one.rule, "expr": one.expr}
    rule |= {"for": f"{one.for_s:g}s"} if one.for_s else {}
    rule |= {"labels": dict(one.labels)} if one.labels else {}
    rule["annotations"] = _annotations(one)
    group = {"name": "timeline-candidate", "interval": f"{one.interval_s:g}s", "rules": [rule]}
    return head + _yaml({"groups": [group]})


def rule_tests(
    one: Candidate, raw: SeriesSet, rules_name: str, incident: str, *, reach: timedelta, end: datetime
) -> str:
    """Tests that the rule is silent before users were hurt and fires before `end`, when the loaded rule had not fired yet.

    `raw` are the raw samples of what the rule reads. promtool wants them at equal distances, so each stands at the next whole
    second: an evaluation sees it no sooner than the server did, and a rate's range holds as many of them.
    `reach` is how far back the rule looks from the first instant that matters.
    """
    step = timedelta(seconds=one.interval_s)
    first = _floor(one.fires_at - timedelta(seconds=one.for_s) - reach - 4 * step, step)
    begun = raw.samples["at"].min()
    first = max(first, _floor(begun, step)) if isinstance(begun, datetime) else first
    # Half-way to when the loaded rule fired: rates over the moved samples differ a little from those of the recording.
    asked = _floor(one.fires_at + (min(end, one.held_until) - one.fires_at) / 2, step)
    tick = min(step, _TICK)
    ticks = round((asked - first) / tick) + 1
    series = [
        {"series": _name(labels), "values": _values(samples, first, tick, ticks)}
        for labels, samples in _each(raw)
        if not samples.is_empty()
    ]
    quiet = {"eval_time": _offset(step), "alertname": one.rule, "exp_alerts": []}
    alert = {"exp_labels": {**dict(one.alert_labels), **dict(one.labels)}, "exp_annotations": _annotations(one)}
    fires = {"eval_time": _offset(asked - first), "alertname": one.rule, "exp_alerts": [alert]}
    head = (
        f"# The incident's own samples ({incident}) from {first:%Y-%m-%d %H:%M:%S} UTC on, moved to the next whole second.\n"
        f"# Run: promtool test rules THIS_FILE. It fails with the rule that was loaded, and passes with {rules_name}.\n"
    )
    test = {"interval": f"{tick.total_seconds():g}s", "input_series": series, "alert_rule_test": [quiet, fires]}
    return head + _yaml({"rule_files": [rules_name], "evaluation_interval": f"{one.interval_s:g}s", "tests": [test]})


def _annotations(one: Candidate) -> dict[str, str]:
    return {"summary": one.change}


def _each(raw: SeriesSet) -> list[tuple[dict[str, str], pl.DataFrame]]:
    """(labels, samples) of every series once, in the order of their names: several selectors may have read the same one."""
    rows = sorted(raw.labels.select("labels", "series_id").iter_rows())
    return [
        (json.loads(labels), raw.samples_of(next(group)[1])) for labels, group in groupby(rows, key=lambda row: row[0])
    ]


def _values(samples: pl.DataFrame, first: datetime, step: timedelta, ticks: int) -> str:
    """One value a tick, the newest sample since the tick before; `_` where there is none."""
    found: list[str] = ["_"] * ticks
    for at, value in samples.iter_rows():
        tick = math.ceil((at - first) / step)
        if 0 <= tick < ticks:
            found[tick] = _number(value)
    return " ".join(_folded(found))


def _folded(values: Sequence[str]) -> list[str]:
    """Runs of one value written short, as promtool reads them: `_x3` is three gaps, `5+0x2` is 5 three times."""
    out = []
    for value, group in groupby(values):
        count = len(list(group))
        out.append(value if count == 1 else f"_x{count}" if value == "_" else f"{value}+0x{count - 1}")
    return out


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return (
        "NaN" if math.isnan(value) else repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    )


def _name(labels: Mapping[str, str]) -> str:
    written = ",".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in sorted(labels.items())
        if name != "__name__"
    )
    return f"{labels.get('__name__', '')}{{{written}}}"


def _floor(at: datetime, step: timedelta) -> datetime:
    return at - timedelta(microseconds=micros(at) % (step // timedelta(microseconds=1)))


def _offset(span: timedelta) -> str:
    return f"{round(span.total_seconds())}s"


def _yaml(value: object) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000))
