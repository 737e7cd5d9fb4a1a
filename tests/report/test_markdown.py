"""Facts about postmortem.md: its questions, its length, and that outside text is shown and never acts."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from incident_timeline.model.findings import Words
from incident_timeline.model.scored import Scored
from incident_timeline.report.fences import blocks_of
from incident_timeline.report.markdown import RESPONSE_LINES, render_postmortem
from incident_timeline.report.marking import code_span, escape, escape_line, mark_words
from tests.report.example_scored import TEMPLATES, bare, charts, example, told, without
from tests.report.hostile import TEXTS, hostile

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])  # HTML passes through, as on a page that shows it


def post(scored: Scored, previous: str | None = None) -> str:
    """postmortem.md of a scored incident."""
    claims, numbers, _ = told(scored)
    return render_postmortem(claims, charts(), numbers, previous, TEMPLATES)


def response(text: str) -> list[str]:
    """The lines of the RESPONSE section."""
    found = re.search(r"^## RESPONSE\b.*?(?=^## )", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[0].strip().splitlines()


class Seen(HTMLParser):
    """What rendered HTML holds: its elements with what they point to, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, str]] = []
        self.comments: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps the element and what it loads."""
        self.elements.append((tag, next((value or "" for key, value in attrs if key in ("href", "src")), "")))

    def handle_data(self, data: str) -> None:
        """Keeps the text."""
        self.text += data

    def handle_comment(self, data: str) -> None:
        """Keeps the comment."""
        self.comments.append(data.strip())


def seen(markdown: str) -> Seen:
    """Rendered Markdown, as a browser would read it."""
    return Seen(GFM.render(markdown))


def test_all_sections_come_in_their_order() -> None:
    """SURPRISE, CONDITIONS, RESPONSE, SYSTEMIC, what was needed, action items, annex."""
    heads = [re.sub(r":.*", "", line[3:]) for line in post(example()).splitlines() if line.startswith("## ")]

    assert [
        "SURPRISE",
        "CONDITIONS",
        "RESPONSE",
        "SYSTEMIC",
        "What would we have needed?",
        "Action items",
        "Annex",
    ] == heads


def test_every_question_has_its_empty_answer_line_first() -> None:
    """19 questions, and after each question the answer line, before anything from the record."""
    lines = post(example()).splitlines()
    asked = [i for i, line in enumerate(lines) if re.fullmatch(r"(### |\*\*).*\?\**", line)]

    assert 19 == len(asked)
    assert ["_Answer:_ ……"] * 19 == [lines[i + 1] for i in asked]


@pytest.mark.parametrize("scored", [example(), bare(), hostile(), without(example(), "knew_enough")])
def test_response_keeps_to_its_length_and_three_charts(scored: Scored) -> None:
    """At most 60 lines, fences included, and three pictures."""
    lines = response(post(scored))

    assert len(lines) <= RESPONSE_LINES
    assert 3 == "\n".join(lines).count("](charts/")


def test_the_tables_of_response_are_tables() -> None:
    """The candidates and the parts of the response come out as tables with as many cells as heads."""
    html = GFM.render("\n".join(response(post(example()))))

    assert 2 == html.count("<table>")
    assert [7] * 3 + [3] * 8 == [
        row.count("<td") for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL) if "<td" in row
    ]


def test_a_rebuild_of_the_same_evidence_changes_nothing() -> None:
    """Byte for byte, over its own output too."""
    first = post(example())

    assert (first, first) == (post(example()), post(example(), first))


def test_answers_survive_and_are_counted() -> None:
    """An answered question is no longer open."""
    first = post(example())
    answered = first.replace("_Answer:_ ……", "_Answer:_ we thought a green deploy was a healthy one", 1)

    again = post(example(), answered)

    assert ("19 answers" in first, "18 answers" in again) == (True, True)
    assert "_Answer:_ we thought a green deploy was a healthy one" in again


def test_every_number_in_the_text_is_in_the_annex() -> None:
    """No reference without an entry."""
    text = post(example())
    annex = next(block.body for block in blocks_of(text) if block.name == "annex")

    assert set() == set(re.findall(r"\[[ESRC]\d+\]", text)) - set(
        re.findall(r"^\| (\[[ESRC]\d+\]) \|", annex, re.MULTILINE)
    )


def test_hostile_text_makes_no_element_link_or_comment() -> None:
    """Rendered, the post-mortem of hostile texts has the same kinds of elements as a harmless one, and loads only charts."""
    harmless, attacked = seen(post(example())), seen(post(hostile()))

    assert set() == {tag for tag, _ in attacked.elements} - {tag for tag, _ in harmless.elements}
    assert {"charts/lanes.svg", "charts/sli.svg", "charts/ledgers.svg", "report.html"} == {
        to for _, to in attacked.elements if to
    }
    assert [c.split(" sha256")[0] for c in harmless.comments] == [c.split(" sha256")[0] for c in attacked.comments]


def test_hostile_text_is_shown_as_it_is() -> None:
    """Nothing of a text is lost but what no line can hold."""
    text = seen(post(hostile())).text

    assert "<script>document.title='owned'</script>" in text
    assert "[click](javascript:alert(1)) ![i](https://evil.example/x.png)" in text
    assert "| a | b | c | `code` ``more`` **bold** _it_ ~~no~~" in text
    assert "{{ 7 * 7 }} {% raw %} {# c #} ${x} $1$ &lt;b&gt; &amp;" in text
    assert "\u202e" not in text


def test_hostile_text_does_not_break_tables() -> None:
    """Each row of the annex has its four cells."""
    annex = next(block.body for block in blocks_of(post(hostile())) if block.name == "annex")
    rows = re.findall(r"<tr>.*?</tr>", GFM.render(annex).split("</table>")[0], re.DOTALL)

    assert {4} == {len(re.findall("<t[dh]", row)) for row in rows}


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=80))
def test_escaped_text_reads_as_the_text(text: str) -> None:
    """Whatever the text, Markdown shows exactly it: in a paragraph, in bold words, in code, and in a table's cell."""
    plain = " ".join(text.split())
    if not plain:
        return
    as_code = mark_words([Words(plain, "code")], {})
    row = f"| h |\n|---|\n| x{mark_words([Words(plain), Words(' '), Words(plain, 'code')], {}, table=True)} |\n"

    assert plain == " ".join(seen("x" + escape(plain)).text[1:].split())
    assert plain == " ".join(seen(escape_line(plain)).text.split())
    assert plain == " ".join(seen(as_code).text.split())
    assert f"x{plain} {plain}" == " ".join(seen(row).text.split()).removeprefix("h ")


@pytest.mark.parametrize("text", TEXTS)
def test_escaped_text_makes_nothing_but_text(text: str) -> None:
    """No element but the paragraph."""
    short = " ".join(text[:500].encode("utf-8", "replace").decode().split())

    assert {"p"} == {tag for tag, _ in seen(escape_line(short)).elements}
    assert {"p", "code"} == {tag for tag, _ in seen(code_span(short, table=False)).elements}
