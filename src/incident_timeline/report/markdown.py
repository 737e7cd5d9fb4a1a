"""Renders postmortem.md: the room's questions, with RESPONSE filled in from claims, and the annex they point to."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import jinja2

from incident_timeline.errors import ConfigError
from incident_timeline.model.findings import Chart, Claim
from incident_timeline.report.fences import blocks_of, fence, list_blocks, merge_postmortem
from incident_timeline.report.marking import escape, escape_line, mark_words
from incident_timeline.report.placing import place_charts
from incident_timeline.report.sentences import build_id, sentences_of

LONG, SHORT = "postmortem.md.j2", "postmortem-short.md.j2"  # the templates of the two forms
RESPONSE_LINES = 60  # the longest RESPONSE section, fences and blank lines included (design section 6)
_EMPTY_ANSWER = re.compile(r"^_Answer:_ ……[ \t]*\r?$", re.MULTILINE)
_RESPONSE = re.compile(r"^## RESPONSE\b.*?(?=^## )", re.MULTILINE | re.DOTALL)
Render = Callable[..., str]


def render_postmortem(
    claims: Sequence[Claim],
    charts: Sequence[Chart],
    numbers: Mapping[str, str],
    previous: str | None,
    templates: Mapping[str, str],
    form: str = LONG,
) -> str:
    """postmortem.md as text, merged with what people wrote into the `previous` one.

    `claims` is what claim_all gives, `charts` are linked as `charts/<name>.svg`, `form` is the one of `templates` to render,
    which may extend or import the others. Ledgers are tables where RESPONSE then keeps to its 60 lines, else lists. Raises
    ConfigError for a template that cannot be rendered.
    """
    answers = len(_EMPTY_ANSWER.findall(previous)) if previous and previous.strip() else None
    try:
        template = _environment(templates).get_template(form)
        for tables in (("detection", "resolution"), ("resolution",), ()):
            fresh = _render(template, claims, charts, numbers, tables=tables, answers=answers)
            section = _RESPONSE.search(fresh)
            if section is None or section[0].rstrip().count("\n") < RESPONSE_LINES:
                break
    except jinja2.TemplateError as error:
        line = f", line {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else ""
        raise ConfigError(f"the template {form}{line} cannot be rendered: {error}; correct it there") from None
    return merge_postmortem(previous, fresh).encode("utf-8", "replace").decode()


def is_short(document: str) -> bool:
    """Whether a document is of the short form, by the blocks that it has."""
    return any(block.name == "short.response" for block in blocks_of(document))


def _environment(templates: Mapping[str, str]) -> jinja2.Environment:
    # autoescape is for HTML; here every value passes through `marking`, and the tests feed it hostile text
    return jinja2.Environment(
        loader=jinja2.DictLoader(dict(templates)), trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined, autoescape=False,  # noqa: S701
    )  # fmt: skip


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
        "of_any": lambda sections: [c for section in sections for c in of(section)],
        "record": [c for c in claims if c.section.startswith("record.")],
        "evidence": lambda letter: of(f"evidence.{letter}"),
        "image": lambda place: " ".join(_image(chart) for chart in place_charts(charts).get(place, ())),
        "incident_id": _incident_id(claims), "escape": escape, "line": escape_line, "tables": tables,
        "open_now": _open_now(claims, numbers), "build": build_id(sentences_of(claims, numbers)),
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
