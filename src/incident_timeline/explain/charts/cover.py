"""Describes cover: of each service and golden signal, whether it is measured, read by a rule, and a pager reached."""

from collections.abc import Mapping

from incident_timeline.explain.case import Case, open_case
from incident_timeline.explain.charts.framing import ALT_LIMIT, DESC_LIMIT
from incident_timeline.explain.charts.words import subject
from incident_timeline.explain.cover import GOLDEN, Covered, find_cover
from incident_timeline.explain.wording import clean, plural
from incident_timeline.model.grid import GridBody, GridCell
from incident_timeline.model.pictures import Forms, NoPicture, Picture
from incident_timeline.model.scored import Scored

NAME = "cover"
_TABLE = ". Table: the SYSTEMIC section."
_ROWS = 12  # services with a row of their own; the foot counts the others
_KEY = (
    ("alert_strong", "a rule reads it and reaches a pager"), ("alert_pale", "a rule reads it, no pager by its labels"),
    ("phase", "measured, no rule reads it"), ("hollow", "neither, or not asked"),
)  # fmt: skip


def describe_cover(scored: Scored, roles: Mapping[str, str], numbers: Mapping[str, str]) -> Picture | NoPicture:
    """The grid of services and golden signals, the incident's own service first, or why there is none."""
    case = open_case(scored, numbers, roles)
    if not scored.rules:
        return NoPicture(NAME, "no rules were collected, so cover is not known")
    cover = find_cover(case)
    names = list(dict.fromkeys(one.service for one in cover))
    if not names:
        return NoPicture(NAME, "no service is named on record, so there is nothing to show cover of")
    rows = tuple(
        (
            (clean(case.hidden(name, 40), 30), clean(name, 12)),
            tuple(_cell(case, one) for one in cover if one.service == name),
        )
        for name in names[:_ROWS]
    )
    unread = sum(1 for one in cover if one.service == names[0] and one.queries and not one.rules)
    own = clean(case.hidden(names[0], 40), 30)
    measured = sum(1 for one in cover if one.service == names[0] and one.queries)
    finding = f"of {plural(measured, 'golden signal')} measured of {own}, no rule reads {unread or 'none'}"
    titles = (
        f"Cover: {finding if unread else f'a rule reads each golden signal that is measured of {own}'}",
        f"Cover of {plural(len(names), 'service')}",
    )
    head = f"{subject(case)}. Rules as loaded when evidence was collected."
    left = len(names) - _ROWS
    values = "; ".join(f"{one.service} {one.signal}: {_words(case, one)}" for one in cover)
    return Picture(
        name=NAME, titles=titles, subtitles=(head, f"{subject(case)}."),
        alt=clean(f"Cover of {subject(case)}: {titles[0].removeprefix('Cover: ')}", ALT_LIMIT - len(_TABLE)).rstrip(".") + _TABLE,
        desc=clean(values, DESC_LIMIT),
        body=GridBody(("service", *GOLDEN), rows, _KEY, (f"{left} more services",) if left > 0 else ()),
    )  # fmt: skip


def _cell(case: Case, one: Covered) -> GridCell:
    names = list(dict.fromkeys(clean(rule.name, 40) for rule in one.rules))
    queries = list(dict.fromkeys(case.signal_name(series_id) for series_id in one.queries))
    note: Forms = (
        (", ".join(queries), f"{len(queries)} queries") if queries else ("no query" if one.asked else "not asked",)
    )
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        head: Forms = (f"{names[0]}{more}", plural(len(names), "rule"))
        return GridCell("alert_strong" if one.paging else "alert_pale", head, note, _words(case, one))
    return GridCell("phase" if queries else "hollow", ("no rule",), note, _words(case, one))


def _words(case: Case, one: Covered) -> str:
    queries = ", ".join(dict.fromkeys(case.signal_name(series_id) for series_id in one.queries))
    rules = ", ".join(dict.fromkeys(clean(rule.name, 40) for rule in one.rules))
    reach = (", reaches a pager" if one.paging else ", no pager by its labels") if rules else ""
    return f"{queries or ('no query' if one.asked else 'not asked')}; {rules or 'no rule'}{reach}"
