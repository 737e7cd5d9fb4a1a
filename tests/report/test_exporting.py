"""Facts about exported documents: every word is there, the charts go along, and no text from outside acts anywhere."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.report.exporting import LIMITS, export_document
from incident_timeline.report.fences import without_fences
from incident_timeline.report.markdown import LONG, SHORT, render_postmortem
from tests.report.example_scored import TEMPLATES, charts, example, told
from tests.report.hostile import TEXTS, hostile

PICTURES = {name: b"\x89PNG of " + name.encode() for name in ("lanes", "sli", "ledgers")}
TAGS = {"h1", "h2", "h3", "p", "b", "strong", "em", "ul", "ol", "li", "code", "pre", "table", "thead", "tbody", "tr", "th", "td",
        "blockquote", "img", "br", "a", "hr", "s"}  # fmt: skip
_ADDED = {"html", "head", "meta", "title", "style", "body"}


def document(scored: object = None, form: str = LONG) -> str:
    """A post-mortem with a person's answer."""
    claims, numbers, _ = told(scored or example())  # type: ignore[arg-type]
    text = render_postmortem(claims, charts(), numbers, None, TEMPLATES, form)
    return text.replace("_Answer:_ ……", "_Answer:_ we trusted **green**", 1)


class Seen(HTMLParser):
    """The tags, links, pictures and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.leads: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps what a tag is and where it leads."""
        self.tags.add(tag)
        self.leads += [value or "" for key, value in attrs if key in ("href", "src")]
        assert not [key for key, _ in attrs if key.startswith("on")]

    def handle_data(self, data: str) -> None:
        """Keeps the text."""
        self.text += data


def confluence(text: str) -> ET.Element:
    """Confluence's storage format, which must be well-formed."""
    return ET.fromstring(f'<r xmlns:ac="a" xmlns:ri="i">{export_document(text, "confluence", {}, "x").text}</r>')


@pytest.mark.parametrize("target", ["github", "gitlab"])
def test_markdown_targets_get_the_document_without_the_tools_lines(target: str) -> None:
    """Answers, folded parts and charts stay; the charts to attach are named."""
    found = export_document(document(), target, {}, "INC-123")

    assert ("timeline:begin" in found.text, "timeline:blocks" in found.text) == (False, False)
    assert "_Answer:_ we trusted **green**" in found.text
    assert ("<details>" in found.text, found.attach, found.too_long) == (True, ("lanes", "sli", "ledgers"), "")


def test_a_text_that_the_target_would_cut_is_said() -> None:
    """GitHub takes 65,536 characters."""
    found = export_document(document() + "x" * LIMITS["github"], "github", {}, "INC-123")

    assert "github takes 65,536 in one text" in found.too_long


@pytest.mark.parametrize("form", [LONG, SHORT])
def test_the_page_to_copy_from_holds_every_word_and_every_chart(form: str) -> None:
    """Charts are inside it, so that nothing is loaded."""
    found = export_document(document(form=form), "html", PICTURES, "INC-123")
    seen = Seen(found.text)

    assert "we trusted" in seen.text
    assert {"data:image/png;base64,iVBO"} >= {lead[:26] for lead in seen.leads}
    assert (form == LONG) == (3 == len(seen.leads))
    assert "default-src 'none'" in found.text


def test_without_png_the_page_says_what_the_chart_shows() -> None:
    """The alt text stands in its place, and the chart is named to be attached."""
    found = export_document(document(), "html", {}, "INC-123")

    assert ("lanes", "sli", "ledgers") == found.attach
    assert "[lanes of INC-123, 13:50 to 15:15 UTC" in found.text


def test_confluence_gets_folded_parts_and_attachments_well_formed() -> None:
    """Its own expand macro for each folded part, and a picture by the name of its attachment."""
    root = confluence(document())

    assert document().count("<details>") == len(root.findall(".//{a}structured-macro[@{a}name='expand']"))
    assert ["lanes.png", "sli.png", "ledgers.png"] == [one.get("{i}filename") for one in root.iter("{i}attachment")]


@pytest.mark.parametrize("form", [LONG, SHORT])
def test_hostile_text_stays_text_in_every_target(form: str) -> None:
    """No other tag, no link that runs, nothing loaded; Confluence stays well-formed."""
    text = document(hostile(), form)
    seen = Seen(export_document(text, "html", PICTURES, "</title><script>").text)

    assert set() == seen.tags - TAGS - _ADDED
    assert [] == [lead for lead in seen.leads if not lead.startswith("data:image/png")]
    assert "<script>document.title='owned'</script>" in seen.text
    assert confluence(text) is not None


@pytest.mark.parametrize("text", [one[:500] for one in TEXTS])
def test_what_people_paste_into_an_answer_stays_text(text: str) -> None:
    """A person's own words may hold markup; it is shown, links lead to the web alone, pictures come from nowhere else."""
    pasted = document().replace("we trusted", text.encode("utf-8", "replace").decode() + " we trusted", 1)
    seen = Seen(export_document(pasted, "html", PICTURES, "INC-123").text)

    assert set() == seen.tags - TAGS - _ADDED
    assert [] == [lead for lead in seen.leads if not re.match(r"data:image/png|https?://|mailto:", lead)]


_PARTS = [
    "<details><summary>x</summary>\n", "</details>\n", "![a](charts/lanes.svg)", "\n\n", "<b>", "\ue000", "\ue001", "word", "&",
    "- ", "| a | b |\n|---|---|\n| 1 | 2 |\n", "```\n", "]]>", "<!--",
]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(_PARTS), max_size=14).map("".join))
def test_any_document_is_well_formed_for_confluence(text: str) -> None:
    """Folded parts that nobody closed, or closed twice, are closed once."""
    assert confluence(text) is not None


def test_only_the_tools_own_lines_are_left_out() -> None:
    """A word that a person wrote on a fence's line stays."""
    text = document()
    marked = text.replace("<!-- timeline:end heading -->", "<!-- timeline:end heading --> mine", 1)

    assert "mine" in without_fences(marked)
    assert "timeline:" not in without_fences(text)
