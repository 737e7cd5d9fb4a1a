"""Counterfactual detection as data for scores.json and as a table for a terminal."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from incident_timeline.model.counterfactual import FORMS, NO_HISTORY, Candidate, Counterfactual
from incident_timeline.model.instants import clock, duration, rfc3339

_HISTORY_STEP_S = 60
_LISTED = 20  # moments before the incident that the table lists for one rule; scores.json has all


def counterfactual_json(found: Counterfactual) -> dict[str, Any]:
    """The value of `counterfactual` in scores.json."""
    return {
        "reason": found.reason,
        "not_variable": list(found.not_variable),
        "candidates": [
            {
                "rule": one.rule, "form": one.form, "expr": one.expr, "for_s": one.for_s, "interval_s": one.interval_s,
                "labels": dict(one.labels), "replaces": one.replaces or None, "change": one.change, "source": one.source,
                "fires_at": rfc3339(one.fires_at), "held_until": rfc3339(one.held_until), "saved_s": one.saved_s,
                "minutes_per_page": round(one.worth, 3), "fired_before": [rfc3339(at) for at in one.before],
                "may_have_fired_before": [rfc3339(at) for at in one.perhaps],
                "history_days": one.history_days, "history": _history(one), "evidence": list(one.evidence),
            }
            for one in found.candidates
        ],
    }  # fmt: skip


def counterfactual_text(found: Counterfactual) -> str:
    """A table, the rules as they would be written, and when each would have fired before, for people to judge."""
    if not found.candidates:
        return "\n".join([f"No candidate: {found.reason}.", *_fixed(found), ""])
    rows = [("", "rule", "change", "fires", "sooner", "before this incident", "min/page")]
    rows += [
        (str(place), one.rule, one.change, clock(one.fires_at), duration(one.saved_s), _before(one), f"{one.worth:.1f}")
        for place, one in enumerate(found.candidates, 1)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for place, one in enumerate(found.candidates, 1):
        lines += ["", f"{place}. {one.rule}: {FORMS[one.form]}, from {one.source}", f"   expr: {one.expr}"]
        lines.append(f"   for: {one.for_s:g}s, evaluated every {one.interval_s:g} s")
        lines += _when(one)
    return "\n".join([*lines, "", *_fixed(found), *_NOTE, ""])


_NOTE = (
    "Candidates for the room, none of them an action item. Times are UTC. Sooner is against the rule that fired (against the first",
    "page or report where none did); min/page is minutes saved for each page that the rule may have sent, this one included.",
)


def _before(one: Candidate) -> str:
    if one.history_days is None:
        return NO_HISTORY if not one.before else f"{one.times_before} in the window; {NO_HISTORY}"
    return f"{one.times_before} in {one.history_days:g} days"


def _history(one: Candidate) -> str:
    if one.history_days is None:
        return NO_HISTORY
    unseen = ", which does not see what held for less" if one.for_s < _HISTORY_STEP_S > one.interval_s else ""
    return f"{one.history_days:g} days before the window, looked at every {_HISTORY_STEP_S} s{unseen}"


def _when(one: Candidate) -> Iterator[str]:
    for moments, words in ((one.before, "would have fired before"), (one.perhaps, "may have fired, having held since")):
        if moments:
            more = f" and {len(moments) - _LISTED} times more" if len(moments) > _LISTED else ""
            yield f"   {words}: {', '.join(_moment(at) for at in moments[:_LISTED])}{more}"
    if one.history_days is not None:
        yield f"   days before: {_history(one)}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d} {clock(at)}"


def _fixed(found: Counterfactual) -> Iterator[str]:
    if found.not_variable:
        yield f"Not variable, since they compare nothing at their top: {', '.join(found.not_variable)}."
