"""Tests what an item promised: each condition over given testers, and what a named demo has to show instead."""

import re
from dataclasses import dataclass

from incident_timeline.actions.dates import find_dates
from incident_timeline.actions.parse import is_empty
from incident_timeline.model.actions import ActionItem
from incident_timeline.model.predicates import NotUnderstood, Outcome, Testers, evaluate, parse_predicate
from incident_timeline.model.predicates.testing import HOLDS, UNTESTED, together

_LINK = re.compile(r"https?://\S+")
_NO_LINE = "it is no line that a machine tests"


@dataclass(frozen=True, slots=True)
class ConditionProof:
    """One condition of DONE WHEN and what came of testing it."""

    text: str
    line: int
    verdict: str  # HOLDS, FAILS or UNTESTED of model.predicates.testing
    because: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemProof:
    """What is proven of one item; `asks` is what a person must still show."""

    key: str
    title: str
    path: str
    line: int
    verdict: str
    conditions: tuple[ConditionProof, ...]
    demo: str = ""  # the demo that stands for what no machine tests
    asks: str = ""


def verify_item(item: ActionItem, testers: Testers) -> ItemProof:
    """The proof of one item: verified when every condition holds, or a demo with role, day and link covers what cannot be tested.

    A condition that was tested and does not hold is never covered by a demo.
    """
    proofs = tuple(_condition(one.text, one.line, testers) for one in item.done if not is_empty(one.text))
    verdict = together(Outcome(one.verdict, one.because) for one in proofs)
    demo, lacks = demo_of(item)
    untested = [one for one in proofs if one.verdict == UNTESTED]
    asks = ""
    if verdict == UNTESTED and demo and proofs:
        verdict = HOLDS
    elif untested or not proofs:
        words = [one.line for one in untested if one.because == _NO_LINE] or ([] if proofs else [item.line])
        later = [one.line for one in untested if one.because != _NO_LINE]
        asks = "; ".join(
            f"line {', '.join(map(str, lines))}: {why}"
            for lines, why in ((words, "no machine tests it"), (later, "mend what is named there and verify again"))
            if lines
        )
        asks += f"; {'or write' if later else 'write'} `DEMO: role, day, link` once it was shown" + (
            f" (it lacks {lacks})" if lacks else ""
        )
    return ItemProof(item.key, item.title, item.path, item.line, verdict, proofs, demo, asks)


def demo_of(item: ActionItem) -> tuple[str, str]:
    """The demo that an item names with role, day and link, and what one that is not whole lacks."""
    said = " ".join(one.text for one in item.demo if not is_empty(one.text))
    if not said:
        return "", ""
    rest = _LINK.sub("", said)
    lacking = [
        name
        for name, there in (
            ("who showed it", bool(re.search(r"[^\W\d_]{3}", re.sub(r"\d{4}-\d\d-\d\d", "", rest)))),
            ("the day", bool(find_dates(said))),
            ("the link", bool(_LINK.search(said))),
        )
        if not there
    ]
    return ("", " and ".join(lacking)) if lacking else (said, "")


def _condition(text: str, line: int, testers: Testers) -> ConditionProof:
    predicate = parse_predicate(text)
    if isinstance(predicate, NotUnderstood):
        return ConditionProof(text, line, UNTESTED, _NO_LINE)
    outcome = evaluate(predicate, testers)
    return ConditionProof(text, line, outcome.verdict, outcome.because, outcome.evidence)
