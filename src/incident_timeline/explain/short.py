"""The short form: whether an incident is small enough for one page, with the limits, and RESPONSE as one table."""

from datetime import timedelta

from incident_timeline.explain.case import Case
from incident_timeline.explain.detection import sum_claim
from incident_timeline.explain.knowing import range_from, range_to, span
from incident_timeline.explain.ledger_words import by_category, silent_first, wording
from incident_timeline.explain.wording import Cell, bracket, cell, claim, code, percent, plural, strong
from incident_timeline.model.findings import Claim
from incident_timeline.model.gaps import LEDGERS
from incident_timeline.model.instants import duration
from incident_timeline.model.milestones import candidates

# An incident beyond any of these is worth a meeting of its own and has the long form.
MOST_HURT = timedelta(minutes=15)  # at the upper end of its range
MOST_SHARE = 0.15  # of requests
MOST_SERVICES = 1
MOST_PAGES = 1
_SECTION = "short"


def is_small(case: Case) -> bool:
    """Whether the incident lies within every limit; what is not known lies within none."""
    hurt, share, services, pages = _sizes(case)
    return (
        hurt is not None and hurt <= MOST_HURT.total_seconds() and share is not None and share <= MOST_SHARE
        and services <= MOST_SERVICES and pages <= MOST_PAGES
    )  # fmt: skip


def claim_short(case: Case) -> list[Claim]:
    """Claims of section `short` (form `why`: small or large, and by which limits) and `short.response` (a row a question)."""
    limits = (
        f"limits: at most {duration(MOST_HURT.total_seconds())}, {percent(MOST_SHARE)} of requests counted as hurt, "
        f"{MOST_SERVICES} service, {MOST_PAGES} page"
    )  # fmt: skip
    hurt, share, services, pages = _sizes(case)
    sizes = [
        f"users hurt for {duration(hurt)} at most" if hurt is not None else "it is not known how long users were hurt",
        f"{percent(share)} of requests counted as hurt" if share is not None else "the share of requests is not known",
        plural(services, "service"),
        plural(pages, "page"),
    ]
    note = f"; {case.hidden(case.scored.impact.note, 120)}" if case.scored.impact.note else ""
    word = "Short because" if is_small(case) else "Small enough for the short form it is not"
    why = cell(f"{word}: {', '.join(sizes)}{note} ({limits}) ", case.cite(case.scored.impact.evidence), ".")
    rows = (_detection(case), _diagnosis(case), _knew(case), _resolution(case))
    return [
        claim(_SECTION, why, form="why"),
        *(claim(f"{_SECTION}.response", cell(question), length, says, form="row") for question, length, says in rows),
    ]


def _sizes(case: Case) -> tuple[float | None, float | None, int, int]:
    """Seconds hurt at most, the share of requests at most, services touched, pages."""
    gap, share = case.gap("time_to_mitigate"), case.scored.impact.share
    hurt = gap.latest if gap is not None and gap.latest is not None else gap.seconds if gap is not None else None
    pages = sum(1 for row in case.rows.values() if row["kind"] == "page.sent")
    return hurt, share.high if share.high is not None else share.value, max(1, len(case.scored.impact.services)), pages


def _detection(case: Case) -> tuple[str, Cell, Cell]:
    gap = case.gap("time_to_detect")
    length = _length(case, "time_to_detect")
    early = gap is not None and gap.seconds is not None and gap.seconds < 0
    says = (
        cell("paged before users were hurt ", case.cite(gap.evidence)) if early and gap else _parts(case, "detection")
    )
    return "What slowed detection?", length, says


def _diagnosis(case: Case) -> tuple[str, Cell, Cell]:
    reach, proposed = range_from(case, "detected"), case.milestone("knew_enough").at is not None
    nothing = case.milestone("diagnosed").at is None and not proposed
    length = cell(f"{reach}, not confirmed") if reach and proposed else _length(case, "time_to_know")
    length = cell("none on record") if nothing and case.gap("time_to_know") is None else length
    if case.scored.ledgers.get("knowing"):
        return "What slowed diagnosis?", length, _parts(case, "knowing")
    known = case.gap("time_to_acknowledge")
    acked = (
        cell("page to acknowledgement ", strong(duration(known.seconds)), " ", case.cite(known.evidence))
        if known is not None and known.seconds is not None
        else cell(f"page to acknowledgement: {case.why_not('time_to_acknowledge')} ", case.cite(()))
    )
    given = case.scored.explanations
    said = cell(f"; {plural(len(given), 'explanation')} on the table ", case.cite([one.event_id for one in given[:4]]))
    return "What slowed diagnosis?", length, cell(acked, said if given else "")


def _knew(case: Case) -> tuple[str, Cell, Cell]:
    knew, question = case.milestone("knew_enough"), "When did we know enough?"
    ends, rivals = span(case), candidates(knew)
    mark = code(f"timeline mark {case.scored.incident.id} knew_enough --at TIME", 200)
    if ends is not None and knew.at is not None:
        between = f"{case.time(ends[0])} to {case.time(ends[1])}" if ends[0] != ends[1] else case.time(ends[0])
        cited = case.cite([one.event_id for one in rivals])
        return question, cell(between), cell("not confirmed ", cited, "; if somebody knew: ", mark)
    if knew.at is not None:
        return question, cell(case.time(knew.at)), cell(knew.basis or "", " ", case.cite_milestone(knew))
    if knew.basis == "stated":
        return question, cell("nobody did"), cell("as a person marked it ", case.cite(()))
    reason, cited = case.hidden(knew.reason, 160), case.cite([one.event_id for one in rivals])
    return (
        question,
        cell("not on record"),
        cell(f"{reason} ", case.cite([o.event_id for o in rivals]), "; if somebody knew: ", mark),
    )


def _resolution(case: Case) -> tuple[str, Cell, Cell]:
    question, reach = "What slowed resolution?", range_to(case, "resolved")
    if case.scored.ledgers.get("response"):
        proposed = case.milestone("knew_enough").at is not None
        length = cell(f"{reach}, not confirmed") if reach and proposed else _length(case, "response_gap")
        return question, length, _parts(case, "response")
    confirm = case.gap("confirm")
    if confirm is not None and confirm.seconds is not None:
        return (
            question, cell(strong(duration(confirm.seconds)), " after users were well"),
            cell("users well ", case.cite_milestone(case.milestone("mitigated")), " to resolved ",
                 case.cite_milestone(case.milestone("resolved"))),
        )  # fmt: skip
    return question, cell("not known"), cell(f"{case.why_not('response_gap')} ", case.cite(()))


def _length(case: Case, name: str) -> Cell:
    gap = case.gap(name)
    if gap is None or gap.seconds is None:
        return cell("not known")
    return cell(strong(duration(gap.seconds)), f"{bracket(gap.earliest, gap.latest)} {gap.status}")


def _parts(case: Case, ledger: str) -> Cell:
    assert ledger in LEDGERS
    parts = silent_first(by_category(case.scored.ledgers.get(ledger, ())))
    if not parts:
        return cell(f"no ledger: {case.why_not('time_to_detect')} ", case.cite(()))
    unsure = ledger != "detection" and span(case) is not None
    lead = "if the likeliest moment is right: " if unsure else ""
    words = [
        cell(
            "; " if i else lead,
            wording(part.category),
            " ",
            strong(duration(part.seconds)),
            " ",
            case.cite(part.evidence[:2]),
        )
        for i, part in enumerate(parts)
    ]
    total = sum_claim(case, _SECTION, parts)
    return cell(*words, f"; {total[0].text[0].lower()}{total[0].text[1:].rstrip('.')}" if total else "")
