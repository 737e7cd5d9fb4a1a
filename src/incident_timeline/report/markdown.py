"""Renders postmortem.md: the room's questions, with RESPONSE filled in from claims, and the annex they point to."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import jinja2

from incident_timeline.model.findings import Chart, Claim
from incident_timeline.model.scored import Scored
from incident_timeline.report.fences import fence, list_blocks, merge_postmortem
from incident_timeline.report.marking import escape, escape_line, mark_words
from incident_timeline.report.placing import place_charts

TEMPLATE = "postmortem.md.j2"
RESPONSE_LINES = 60  # the longest RESPONSE section, fences and blank lines included (design section 6)
_EMPTY_ANSWER = re.compile(r"^_Answer:_ ……[ \t]*\r?$", re.MULTILINE)
_RESPONSE = re.compile(r"^## RESPONSE\b.*?(?=^## )", re.MULTILINE | re.DOTALL)
Render = Callable[..., str]


def render_postmortem(
    scored: Scored,  # noqa: ARG001 - claims say all of it; kept beside them for a team's template
    claims: Sequence[Claim],
    charts: Sequence[Chart],
    numbers: Mapping[str, str],
    roles: Mapping[str, str],  # noqa: ARG001 - claims carry roles already; a team's template may want them
    previous: str | None = None,
    templates: Mapping[str, str] | None = None,
) -> str:
    """postmortem.md as text, merged with what people wrote into the `previous` one.

    `claims` is what claim_all gives, `charts` are linked as `charts/<name>.svg`, `templates` holds `postmortem.md.j2`.
    Ledgers are tables where RESPONSE then keeps to its 60 lines, else lists.
    """
    environment = _environment((templates or {})[TEMPLATE])
    answers = len(_EMPTY_ANSWER.findall(previous)) if previous and previous.strip() else None
    for tables in (("detection", "resolution"), ("resolution",), ()):
        fresh = _render(environment, claims, charts, numbers, tables=tables, answers=answers)
        section = _RESPONSE.search(fresh)
        if section is None or section[0].rstrip().count("\n") < RESPONSE_LINES:
            break
    return merge_postmortem(previous, fresh).encode("utf-8", "replace").decode()


def _environment(template: str) -> jinja2.Template:
    # autoescape is for HTML; here every value passes through `marking`, and the tests feed it hostile text
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({TEMPLATE: template}), trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined, autoescape=False,  # noqa: S701
    )  # fmt: skip
    return environment.get_template(TEMPLATE)


def _render(
    template: jinja2.Template,
    claims: Sequence[Claim],
    charts: Sequence[Chart],
    numbers: Mapping[str, str],
    *,
    tables: Sequence[str],
    answers: int | None,
) -> str:
    def block(name: str, caller: Render) -> str:
        return fence(name, caller())

    def of(section: str, *forms: str) -> list[Claim]:
        return [c for c in claims if c.section == section and (not forms or c.form in forms)]

    def words(claim: Claim, *, table: bool = False) -> list[str]:
        return [mark_words(cell, numbers, table=table) for cell in claim.cells]

    context = {
        "block": block, "of": of, "words": words, "cells": lambda claim: words(claim, table=True),
        "prose": lambda section, *forms: " ".join(" ".join(words(c)) for c in of(section, *forms)),
        "record": [c for c in claims if c.section.startswith("record.")],
        "evidence": lambda letter: of(f"evidence.{letter}"),
        "image": lambda place: " ".join(_image(chart) for chart in place_charts(charts).get(place, ())),
        "incident_id": _incident_id(claims), "escape": escape, "line": escape_line, "tables": tables,
        "open_now": _open_now(claims, numbers),
    }  # fmt: skip
    count = answers
    if count is None:
        count = len(_EMPTY_ANSWER.findall(template.render(**context, answers=0)))
    text = template.render(**context, answers=count)
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
    return text + list_blocks(text)


def _image(chart: Chart) -> str:
    return f"![{escape(chart.alt)}](charts/{chart.name}.svg)"


def _incident_id(claims: Iterable[Claim]) -> str:
    """The incident's id as the heading has it; a line of its own text escapes it anew."""
    heading = next(c for c in claims if c.section == "heading" and c.form == "title")
    return "".join(word.text for word in heading.cells[0])


def _open_now(claims: Iterable[Claim], numbers: Mapping[str, str]) -> Mapping[str, str]:
    """What is still open, by its form: `knew`, `silence`, `lacking`."""
    found = {c.form: " ".join(mark_words(cell, numbers) for cell in c.cells) for c in claims if c.section == "open"}
    return dict.fromkeys(("knew", "silence", "lacking"), "") | found
