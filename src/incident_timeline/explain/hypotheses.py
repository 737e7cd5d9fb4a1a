"""Hypotheses that people write into the document, each prediction of theirs tested against the record."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from incident_timeline.explain.case import Case
from incident_timeline.explain.predictions import incident_testers
from incident_timeline.explain.wording import cell, claim, code, said, strong
from incident_timeline.model.findings import Claim
from incident_timeline.model.predicates import NotUnderstood, Outcome, evaluate, parse_predicate
from incident_timeline.model.predicates.testing import FAILS, HOLDS, UNTESTED, together

SECTION = "hypotheses"
_BEGINS = re.compile(r"^[\s>*_#-]*(?:\d+[.)]\s*)?(?:_?answer:?_?:?\s*)?[*_]*(we believe\b.*)", re.IGNORECASE)
_PREDICTS = re.compile(r"^[\s>*_-]*(?:\d+[.)]\s*)?[*_]*predicts?[*_]*:[*_]*\s*(.*\S)", re.IGNORECASE)
_STOPS = re.compile(r"^\s*(?:#|<!--|\||_answer)", re.IGNORECASE)
_BLANK = "……"  # the document's own form, not filled in
_TEXT = 300  # characters of a hypothesis or a prediction that are shown
_WORDS = {
    HOLDS: cell("what it predicts ", strong(HOLDS), " on this record; other beliefs may predict the same"),
    FAILS: cell("something that it predicts ", strong(FAILS)),
    UNTESTED: cell(strong(UNTESTED), " all that it predicts"),
}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What people believe is fragile, in their words, and the lines that it predicts."""

    text: str
    predictions: tuple[str, ...]


def read_hypotheses(document: str) -> tuple[Hypothesis, ...]:
    """The hypotheses of a document's own text, in its order: `We believe ... because ...`, then lines `predicts: ...`.

    The sentence may run over several lines; it ends at its first prediction, an empty line, a heading, a table or the next
    one. A sentence without predictions counts where it says what is fragile.
    """
    found: list[Hypothesis] = []
    words, lines, in_sentence = "", list[str](), False

    def close() -> None:
        if words and _BLANK not in words and (lines or "fragile" in words.lower()):
            found.append(Hypothesis(" ".join(words.split()).strip("*_ "), tuple(lines)))

    for line in document.splitlines():
        if begins := _BEGINS.match(line):
            close()
            words, lines, in_sentence = begins[1], [], True
        elif words and (predicted := _PREDICTS.match(line)):
            lines += [] if _BLANK in predicted[1] else [predicted[1].strip("*_ ")]
            in_sentence = False
        elif words and _STOPS.match(line):
            close()
            words, lines, in_sentence = "", [], False
        elif in_sentence and line.strip():
            words += " " + line.strip(" >")
        elif not line.strip():
            in_sentence = False
    close()
    return tuple(found)


def claim_hypotheses(case: Case, hypotheses: Sequence[Hypothesis]) -> list[Claim]:
    """Claims of section `hypotheses`: a `lead` for each with its verdict, an `item` for each prediction with its outcome."""
    testers, found = incident_testers(case), []
    for one in hypotheses:
        items, outcomes = [], []
        for line in one.predictions:
            read = parse_predicate(line)
            if isinstance(read, NotUnderstood):
                outcome = Outcome(UNTESTED, f"not understood: {read.why}")
            else:
                outcome = evaluate(read, testers)
            outcomes.append(outcome)
            items.append(
                claim(SECTION, cell(strong(outcome.verdict), ": ", code(case.hidden(line, _TEXT), _TEXT)),
                      cell(case.hidden(outcome.because, _TEXT), " ", case.cite(outcome.evidence)), form="item")
            )  # fmt: skip
        evidence = dict.fromkeys(each for outcome in outcomes for each in outcome.evidence)
        verdict = _WORDS[together(outcomes)] if outcomes else cell(strong(UNTESTED), ": it predicts nothing yet")
        cited = [word.text for word in case.cite(evidence)]
        found.append(
            claim(
                SECTION,
                cell(said(case.hidden(one.text, _TEXT), _TEXT), ": ", verdict),
                form="lead",
                evidence=cited,
            )
        )
        found += items
    return found
