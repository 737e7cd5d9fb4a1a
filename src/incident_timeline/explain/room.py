"""Places to look at for the questions that only people answer: facts side by side, never a conclusion."""

from collections.abc import Iterator
from itertools import islice

from incident_timeline.explain.case import Case, coded
from incident_timeline.explain.conditions import knowledge_conditions, measured_conditions, technical_conditions
from incident_timeline.explain.counterfactual import candidate_rules
from incident_timeline.explain.cover import same_shape_elsewhere
from incident_timeline.explain.detection import first_moved
from incident_timeline.explain.entries import entry_mention
from incident_timeline.explain.ledger_words import Part, by_category, wording
from incident_timeline.explain.process import process_conditions
from incident_timeline.explain.surprise import beliefs, unexpected, who_knew
from incident_timeline.explain.wording import Cell, capital, cell, claim
from incident_timeline.model.findings import Claim
from incident_timeline.model.instants import duration

_LISTED = 6  # for one question


def claim_room(case: Case) -> list[Claim]:
    """Claims of the sections SURPRISE, CONDITIONS, SYSTEMIC and `needed`, each a fact of the record with its evidence."""
    found: list[Claim] = []
    for section, cells in (
        ("surprise.unexpected", unexpected(case)),
        ("surprise.belief", beliefs(case)),
        ("surprise.knew", who_knew(case)),
        ("conditions.technical", technical_conditions(case)),
        ("conditions.process", process_conditions(case)),
        ("conditions.knowledge", knowledge_conditions(case)),
        ("conditions.measured", measured_conditions(case)),
        ("systemic.elsewhere", same_shape_elsewhere(case)),
        ("needed.sooner", _sooner(case)),
        ("needed.faster", _faster(case)),
        ("needed.surer", _surer(case)),
    ):
        found += [claim(section, capital(one), form="item") for one in islice(cells, _LISTED)]
    return found


def _parts(case: Case, *categories: str) -> Iterator[Part]:
    for name in ("knowing", "response"):
        yield from (part for part in by_category(case.scored.ledgers.get(name, ())) if part.category in categories)


def _sooner(case: Case) -> Iterator[Cell]:
    moved, detected = first_moved(case), case.milestone("detected")
    if moved is not None and detected.at is not None and detected.at > moved.at:
        before = duration((detected.at - moved.at).total_seconds())
        text = f"{case.signal_name(moved.series_id)} had left its band {before} before anybody was paged "
        yield cell(text, case.cite([f"series:{moved.series_id}", *detected.evidence]), ".")
    yield from candidate_rules(case)
    for part in by_category(case.scored.ledgers.get("detection", ())):
        if part.category in ("pending", "grouping", "evaluation") and part.seconds >= 60:
            rules = cell(*(coded(case.hidden(rule, 120)) for rule in part.rules[:1]))
            yield cell(f"{duration(part.seconds)}: ", rules, " ", case.cite(part.evidence), ".")


def _faster(case: Case) -> Iterator[Cell]:
    started, contained = case.milestone("started"), case.milestone("contained")
    if started.at is not None and contained.at is not None and contained.at > started.at:
        grew = duration((contained.at - started.at).total_seconds())
        deciding = [f"series:{case.scored.decisive}"] if case.scored.decisive else []
        evidence = case.cite([*contained.evidence, *case.scored.impact.evidence], *deciding)
        yield cell(f"the share of hurt requests grew for {grew}, until {case.time(contained.at)} ", evidence, ".")


def _surer(case: Case) -> Iterator[Cell]:
    for part in _parts(case, "attempt_without_effect", "approval", "tooling", "incomplete"):
        ids = [one for one in part.evidence if one in case.rows][:1]
        what = entry_mention(case, ids[0]) if ids else case.cite(part.evidence)
        yield cell(f"{wording(part.category)}, {duration(part.seconds)}: ", what, ".")
