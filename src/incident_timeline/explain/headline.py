"""The four numbers at the head of the page: users hurt, time to detect, the response gap, and what no record explains."""

from incident_timeline.explain.case import Case
from incident_timeline.explain.knowing import range_to, span
from incident_timeline.explain.silence import no_ledger_of, silent_segments, silent_total
from incident_timeline.explain.wording import Cell, bracket, cell, claim, plural
from incident_timeline.model.findings import Claim
from incident_timeline.model.instants import duration
from incident_timeline.model.milestones import candidates

SECTION = "headline"


def claim_headlines(case: Case) -> list[Claim]:
    """Four claims of section `headline`, cells: number, what it is, range or standing; form says how to show it.

    form: `sure`, `unsure` (not confirmed), `silent` (no record), `none` (not known).
    """
    deciding = [f"series:{case.scored.decisive}"] if case.scored.decisive else []
    return [
        _gap(case, "time_to_mitigate", "users hurt", deciding),
        _gap(case, "time_to_detect", "first hurt to first page", deciding),
        _response(case),
        _silent(case),
    ]


def _gap(case: Case, name: str, words: str, deciding: list[str]) -> Claim:
    gap = case.gap(name)
    if gap is None or gap.seconds is None:
        return claim(
            SECTION,
            cell("not known"),
            cell(words, " ", case.cite((), *deciding)),
            cell(_short(case, name)),
            form="none",
        )
    if gap.status == "invalid":
        return claim(SECTION, cell(duration(gap.seconds)), cell(words, " ", case.cite(gap.evidence, *deciding)),
                     cell("out of order on record"), form="unsure")  # fmt: skip
    standing = bracket(gap.earliest, gap.latest).strip() or gap.status
    early = gap.seconds < 0
    return claim(
        SECTION, cell(duration(abs(gap.seconds))), cell("first page before first hurt" if early else f"{words}, {gap.status}", " ",
        case.cite(gap.evidence, *deciding)), cell(standing), form="sure",
    )  # fmt: skip


def _response(case: Case) -> Claim:
    ends, reach = span(case), range_to(case, "resolved")
    knew, gap = case.milestone("knew_enough"), case.gap("response_gap")
    rivals = candidates(knew)
    evidence: Cell = case.cite([one.event_id for one in rivals] if ends else knew.evidence)
    words = "knew enough to resolved"
    if ends is not None and reach is not None and knew.at is not None:
        return claim(SECTION, cell(reach), cell(words, " ", evidence), cell(f"not confirmed, {plural(len(rivals), 'candidate')}"),
                     form="unsure")  # fmt: skip
    if gap is None or gap.seconds is None or ends is not None:
        return claim(
            SECTION, cell("not known"), cell(words, " ", evidence), cell(_short(case, "response_gap")), form="none"
        )
    standing = bracket(gap.earliest, gap.latest).strip() or gap.status
    return claim(
        SECTION, cell(duration(gap.seconds)), cell(f"{words}, {gap.status} ", evidence), cell(standing), form="sure"
    )


def _silent(case: Case) -> Claim:
    found, lacking = silent_segments(case), no_ledger_of(case)
    if not found:
        drawn = any(case.scored.ledgers.values())
        standing = lacking if drawn and lacking else "no stretch" if drawn else "no ledger"
        return claim(SECTION, cell("not known" if lacking else duration(0)), cell("no record explains ", case.cite(())),
                     cell(standing), form="none" if lacking else "sure")  # fmt: skip
    evidence = case.cite([one for _, s in found for one in s.evidence])
    standing = "; ".join(filter(None, [plural(len(found), "stretch", "stretches"), lacking]))
    return claim(SECTION, cell(duration(silent_total(case))), cell("no record explains"), cell(standing),
                 form="silent", evidence=[w.text for w in evidence])  # fmt: skip


def _short(case: Case, name: str) -> str:
    return case.hidden(case.why_not(name), 80)
