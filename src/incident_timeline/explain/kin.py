"""SYSTEMIC from the archive: like incidents, what they share, what stands of their action items, and whether these helped."""

from collections.abc import Iterator
from itertools import groupby, islice

from incident_timeline.explain.case import Case
from incident_timeline.explain.evidence import ARCHIVE
from incident_timeline.explain.wording import Cell, capital, cell, claim, code, listed, plural, said
from incident_timeline.model.actions import Standing
from incident_timeline.model.compared import Alike
from incident_timeline.model.findings import Claim
from incident_timeline.model.kin import KINDS, Kin, Tested

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_LISTED = 7  # for one question
_NAMED = 3  # unfinished action items that are named
_TESTED = 2  # finished ones whose outcome is told


def claim_kin(case: Case) -> list[Claim]:
    """Claims of systemic.similar, systemic.shared and systemic.end, each a fact of the archive; none without an archive."""
    if case.kin is None:
        return []
    found: list[Claim] = []
    for section, cells in (
        ("systemic.similar", _similar(case, case.kin)),
        ("systemic.shared", _shared(case, case.kin)),
        ("systemic.end", _end(case, case.kin)),
    ):
        found += [claim(section, capital(one), form="item") for one in islice(cells, _LISTED)]
    return found


def kin_sentence(kin: Kin) -> str:
    """In one line: `third of its kind, 'bad deploy'; A-31 open; since A-17 was verified: 2 incidents, cannot tell (...)`."""
    parts = [_which(kin)]
    unfinished = [one.name for one in kin.actions if one.unfinished and (not kin.kind or one.incident in kin.kind)]
    if unfinished:
        more = len(unfinished) - _NAMED
        parts.append(f"{', '.join(unfinished[:_NAMED])}{f' and {more} more' if more > 0 else ''} open")
    for one in kin.tests[:_TESTED]:
        told = ", ".join(one.outcome.told) or "cannot tell"
        count = plural(one.outcome.recurrence.after[0], "incident")
        parts.append(f"since {one.action.name} was {one.action.state}: {count}, {told}")
    told = f"{'; '.join(parts)} (archive as of {kin.as_of:%Y-%m-%d})"
    return f"{told}; to say so: {kin.proposal.command(kin.incident)}" if kin.proposal is not None else told


def _which(kin: Kin) -> str:
    if kin.category is not None:
        return f"{_ordinal(kin.number)} of its kind, {kin.category!r}"
    if kin.proposal is not None:
        return f"like {kin.proposal.nearest}, which is {kin.proposal.category!r}"
    if kin.alike:
        return f"no category yet; the nearest is {kin.alike[0].incident}"
    return f"nothing like it among {plural(kin.others, 'archived incident')}"


def _ordinal(number: int) -> str:
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _similar(case: Case, kin: Kin) -> Iterator[Cell]:
    if not kin.alike:
        yield cell(
            f"none of the {plural(kin.others, 'other archived incident')} is like it by what they share ",
            _where(case),
            ".",
        )
    for one in kin.alike:
        if not one.by_service:
            kind = f", of the kind {case.hidden(one.category, 40)!r}" if one.category else ""
            shares = "; ".join(case.hidden(words, 120) for words in one.shared)
            differ = "; ".join(case.hidden(words, 120) for words in one.different)
            both = f"{kind}. Both have {shares}. {f'Only there {differ}. ' if differ else ''}"
            after = cell(both, *_ended(case, one), *_items(case, kin, one), " ", _where(case), ".")
            yield cell(*_named(case, one), after)
    beside = [one for one in kin.alike if one.by_service]
    if beside:
        named = [cell(", " if i else "", *_named(case, one)) for i, one in enumerate(beside)]
        service = case.hidden(beside[0].shared[0], 120).removeprefix("service: ")
        yield cell(f"only the service, {service}, is the same in ", *named, " ", _where(case), ".")
    if kin.proposal is not None:
        votes = f"{kin.proposal.votes} of the {kin.proposal.of} nearest that people put into a category are"
        head = f"nobody put this one into a category; {votes} {case.hidden(kin.proposal.category, 40)!r}: "
        yield cell(head, code(kin.proposal.command(kin.incident)), " ", _where(case), ".")


def _named(case: Case, one: Alike) -> Cell:
    title = cell(" ", said(case.hidden(one.title, 80))) if one.title else cell()
    return cell(code(one.incident), f" of {one.began_at:%Y-%m-%d}", title)


def _ended(case: Case, one: Alike) -> Cell:
    if one.fix:
        return cell(f"It ended with a {case.hidden(one.fix, 80)}")
    if one.fix_said:
        return cell("What is taken to have ended it: ", said(case.hidden(one.fix_said, 120)))
    return cell("What ended it is not on record")


def _items(case: Case, kin: Kin, one: Alike) -> Cell:
    """What stands of the action items of a like incident."""
    mine = [item for item in kin.actions if item.incident == one.incident]
    if not mine:
        return cell("; no action item of it is on record")
    counted = [
        (state, sum(item.state == state for item in mine)) for state in ("verified", "closed", "project", "open")
    ]
    said_so = ", ".join(f"{count} {state}" for state, count in counted if count)
    unfinished = [item for item in mine if item.unfinished][:_NAMED]
    named = [cell("; " if i else ": ", *_item(case, item, kin)) for i, item in enumerate(unfinished)]
    return cell(f"; its action items: {said_so}", *named)


def _item(case: Case, item: Standing, kin: Kin) -> Cell:
    return cell(f"{case.hidden(item.name, 40)} ", said(case.hidden(item.what, 80)), f" ({_due(item, kin)})")


def _due(item: Standing, kin: Kin) -> str:
    if item.due is None:
        return "no day"
    return f"due {item.due.isoformat()}{' and overdue' if item.due < kin.as_of.date() else ''}"


def _shared(case: Case, kin: Kin) -> Iterator[Cell]:
    whose = "of its kind" if kin.kind else "that are alike"
    for kind, things in groupby(kin.shared, key=lambda one: one.kind):
        named = [f"{case.hidden(one.thing, 60)} in {one.held}" for one in islice(things, _NAMED)]
        yield cell(f"{KINDS[kind]}: {listed(named)} of the {kin.group} incidents {whose} ", _where(case), ".")


def _end(case: Case, kin: Kin) -> Iterator[Cell]:
    if kin.category is None:
        return
    held = f"among {kin.others + 1} archived incidents as of {kin.as_of:%Y-%m-%d}"
    yield cell(f"{_ordinal(kin.number)} of its kind, {case.hidden(kin.category, 40)!r}, {held} ", _where(case), ".")
    for one in kin.tests[:_TESTED]:
        yield _tested(case, one)
    unfinished = [item for item in kin.actions if item.unfinished and item.incident in kin.kind]
    for item in unfinished[:_NAMED]:
        state = "a project" if item.state == "project" else "open"
        head = f"{case.hidden(item.full_name, 80)} is {state} ({_due(item, kin)}): "
        yield cell(head, said(case.hidden(item.what, 100)), " ", _where(case), ".")
    left = [(len(unfinished) - _NAMED, "unfinished"), (len(kin.tests) - _TESTED, "finished")]
    more = [f"{plural(count, f'more {state} action item')}" for count, state in left if count > 0]
    if more:
        yield cell(f"{listed(more)} of its kind: ", code("timeline outcome --due"), " ", _where(case), ".")


def _tested(case: Case, one: Tested) -> Cell:
    action, seen = one.action, one.outcome.recurrence
    told = listed(one.outcome.told) or "the data cannot tell whether anything changed"
    until = (
        f"; were there no more, it would count as rarer from {seen.quiet_until:%Y-%m-%d} on" if seen.quiet_until else ""
    )
    proven = "" if action.state == "verified" else ", not verified,"
    return cell(
        f"since {case.hidden(action.name, 40)} was {action.state}{proven} on {one.outcome.since:%Y-%m-%d} (",
        said(case.hidden(action.what, 80)), f"): {plural(seen.after[0], 'incident')} of this kind in {seen.after[1]:.0f} days, "
        f"{seen.before[0]} in the {seen.before[1]:.0f} days before; {told}{until} ", _where(case), ".",
    )  # fmt: skip


def _where(case: Case) -> Cell:
    return case.cite([ARCHIVE])
