"""What PagerDuty says beside its events: who was on call at the page, its own figures beside ours, incidents like this one."""

from collections.abc import Iterable

from incident_timeline.explain.case import Case
from incident_timeline.explain.wording import Cell, cell, claim, listed, said
from incident_timeline.model.findings import Claim
from incident_timeline.model.paging import LikeIncident, OnCall

SECTION = "paging"
_LISTED = 5  # incidents like this one that are named


def claim_paging(case: Case) -> list[Claim]:
    """Claims of section `paging` (the annex): who was on call, then every figure that PagerDuty worked out as well.

    Those of `systemic.similar` name the incidents that PagerDuty takes for like this one, the likest first.
    """
    found = []
    detected = case.milestone("detected")
    if detected.at is not None:
        turns = [turn for turn in case.scored.paging.on_call if turn.covers(detected.at)]
        if turns:
            when = f"On call at the first page, {case.time(detected.at)}: {listed(_turns(case, turns))}. "
            found.append(claim(SECTION, cell(when, _where(case))))
    for check in case.scored.cross_checks:
        words = check.words[:1].upper() + check.words[1:]
        found.append(claim(SECTION, cell(f"{words}. ", case.cite(check.evidence, "source:pagerduty"))))
    return [*found, *(_like(case, one) for one in case.scored.paging.like[:_LISTED])]


def _turns(case: Case, turns: Iterable[OnCall]) -> list[str]:
    """`level 1 responder A`; who is nowhere else on record is `somebody`."""
    return list(dict.fromkeys(f"level {turn.level} {case.role(turn.actor)}" for turn in turns))


def _like(case: Case, one: LikeIncident) -> Claim:
    when = f" of {one.at:%Y-%m-%d}" if one.at is not None else ""
    why = f" ({case.hidden(one.why, 80)})" if one.why else ""
    title = said(case.hidden(one.title, 100))
    return claim(
        "systemic.similar", cell(f"PagerDuty names a {one.relation} incident{when}{why}: ", title, " ", _where(case))
    )


def _where(case: Case) -> Cell:
    return case.cite(["source:pagerduty"])
