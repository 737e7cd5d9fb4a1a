"""Rules that would have shown it sooner, as candidates for the room: what each would have cost on other days stands beside it."""

from collections.abc import Iterator
from itertools import islice

from incident_timeline.explain.case import Case
from incident_timeline.explain.wording import Cell, cell, code
from incident_timeline.model.counterfactual import Candidate
from incident_timeline.model.instants import duration

_LISTED = 3  # the best; `timeline detect` and scores.json have all
_MOMENTS = 3


def candidate_rules(case: Case) -> Iterator[Cell]:
    """The best candidates, one cell each; none where there is no candidate."""
    for one in islice(case.scored.counterfactual.candidates, _LISTED):
        yield cell(
            "candidate: ", code(one.rule), f" ({case.hidden(one.change, 110)}) would have fired "
            f"{duration(one.saved_s)} sooner, at {case.time(one.fires_at)} ", case.cite(one.evidence), f"; {_before(one)}.",
        )  # fmt: skip


def _before(one: Candidate) -> str:
    days = "the window alone" if one.history_days is None else f"{one.history_days:g} days"
    if not one.before and not one.perhaps:
        if one.history_days is None:
            return "no days before are held, so how often it would have fired then is not known"
        return f"never in the {days} before"
    moments = sorted((*one.before, *one.perhaps))
    when = ", ".join(f"{at:%b} {at.day} {at:%H:%M}" for at in moments[:_MOMENTS])
    more = f" and {len(moments) - _MOMENTS} more" if len(moments) > _MOMENTS else ""
    times = "time" if one.times_before == "1" else "times"
    return f"and {one.times_before} {times} in {days} before ({when}{more}), each of which may have been right"
