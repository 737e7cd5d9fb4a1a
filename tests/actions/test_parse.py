"""Facts about reading action items: many ways to write them, positions, and no line lost whatever the text is."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.actions.dates import find_dates
from incident_timeline.actions.issues import read_issues
from incident_timeline.actions.labels import label_of
from incident_timeline.actions.lines import read_lines
from incident_timeline.actions.lint import lint_actions
from incident_timeline.actions.parse import key_of, parse_actions
from incident_timeline.model.actions import ActionsDocument, Written

WRITTEN = Path(__file__).parent / "written"
DOCUMENTS = {path.name: path.read_text(encoding="utf-8") for path in WRITTEN.iterdir() if path.suffix != ".json"}
POSTMORTEM = Path(__file__).parents[2] / "examples" / "INC-123" / "postmortem.md"


def plain(document: ActionsDocument) -> list[dict[str, object]]:
    """What the items say, without lines."""
    names = ("what", "done", "owner", "due", "verify")
    return [{name: [w.text for w in getattr(item, name)] for name in names} for item in document.items]


ITEM = {"what": ["Page on lag"], "done": ["rule Lag exists", "alert Lag fired"], "owner": ["Ada Li"], "due": ["2026-12-01"],
        "verify": ["demo on 1 Dec"]}  # fmt: skip
FORMS = {
    "the tool's own": "1. WHAT: Page on lag\n   - DONE WHEN: rule Lag exists\n   - DONE WHEN: alert Lag fired\n"
    "   - OWNER (one person): Ada Li\n   - DUE: 2026-12-01\n   - VERIFY (how, and on which day): demo on 1 Dec\n",
    "bold labels": "**What:** Page on lag\n\n**Done when:**\n- rule Lag exists\n- alert Lag fired\n\n**Owner:** Ada Li\n"
    "**Due date:** 2026-12-01\n**Verification:** demo on 1 Dec\n",
    "capitals": "WHAT Page on lag\nDONE WHEN rule Lag exists; alert Lag fired\nOWNER Ada Li\nDUE 2026-12-01\n"
    "VERIFY demo on 1 Dec\n",
    "a heading": "## Action items\n### 1. Page on lag\n- Acceptance criteria: rule Lag exists; alert Lag fired\n"
    "- Assignee: Ada Li\n- Deadline: 2026-12-01\n- Validation: demo on 1 Dec\n",
    "checkboxes": "## Follow-ups\n- [ ] Page on lag\n  - Done when: rule Lag exists; alert Lag fired\n  - Owner: Ada Li\n"
    "  - Due: 2026-12-01\n  - Verify: demo on 1 Dec\n",
    "a table": "| Action | Done when | Owner | Due | Verify |\n|:--|---|---|---|---|\n"
    "| Page on lag | rule Lag exists; alert Lag fired | Ada Li | 2026-12-01 | demo on 1 Dec |\n",
    "windows": "WHAT: Page on lag\r\nDONE WHEN: rule Lag exists\r\n- alert Lag fired\r\nOWNER: Ada Li\r\nDUE: 2026-12-01\r\n"
    "VERIFY: demo\r\n  on 1 Dec\r\n",
    "a document editor": "<html><body><h2>Actions</h2><p><span>What: </span><span>Page on lag</span></p><p>Done when:</p><ul>"
    "<li>rule Lag exists</li><li>alert Lag fired</li></ul><p>Owner: Ada Li</p><p>Due: 2026-12-01</p>"
    "<p>Verify: demo on 1 Dec</p>",
    "an HTML table": "<table><tr><th>What</th><th>Done when</th><th>Owner</th><th>Due</th><th>Verify</th></tr>"
    "<tr><td>Page on lag</td><td>rule Lag exists; alert Lag fired</td>"
    "<td><p>Ada Li</p></td><td>2026-12-01</td><td>demo on 1 Dec</td></tr></table>",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_however_it_is_written_it_is_the_same_item(form: str) -> None:
    """Lists, tables, headings, bold, capitals, checkboxes, HTML."""
    assert [ITEM] == plain(parse_actions(FORMS[form], "x"))


def test_every_field_knows_its_line() -> None:
    """What is said back names the place."""
    (item,) = parse_actions("# A\n\nWHAT: x alert\nDONE WHEN:\n- one\n- two\n\nDUE: 2026-12-01\n", "x.md").items

    assert (3, (Written("one", 5), Written("two", 6)), (Written("2026-12-01", 8),)) == (item.line, item.done, item.due)


def test_the_empty_form_of_a_post_mortem_is_no_item() -> None:
    """Dots are to be filled in; nobody is nagged about a page that nobody has written on yet."""
    document = parse_actions(POSTMORTEM.read_text(encoding="utf-8"), "postmortem.md")

    assert () == document.items


def test_a_filled_form_of_a_post_mortem_is_an_item_and_ends_before_the_annex() -> None:
    """The form as the tool prints it, written over."""
    text = POSTMORTEM.read_text(encoding="utf-8")
    filled = text.replace("WHAT: ……", "WHAT: Page on lag", 1).replace(
        "OWNER (one person): ……", "OWNER (one person): Ada Li", 1
    )
    (item,) = parse_actions(filled, "postmortem.md").items

    assert ("Page on lag", "Ada Li") == (item.title, item.owner[0].text)
    assert text[: text.index("## Annex")].count("\n") + 1 > max(item.lines)


def test_words_of_other_fields_and_sections_stay_out() -> None:
    """`Priority:` is nobody's verification, and a sentence that begins with `done` is no label."""
    text = "WHAT: alert on x\nVERIFY: demo\nPriority: P1\n\n# Timeline\n\nDone talking, we rolled back.\n"
    (item,) = parse_actions(text, "x").items

    assert ("demo", None) == (item.verify[0].text, label_of("Done talking, we rolled back."))


def test_entries_of_one_list_are_items_and_entries_below_a_label_are_conditions() -> None:
    """In a list each entry at the margin is an item, also right after a DONE WHEN; after a heading they are conditions."""
    listed = parse_actions(
        "## Actions\n- one alert\n  - Done when: rule A exists\n- two alerts\n  - Owner: Ada Li\n", "x"
    )
    page = "<h2>Actions</h2><ul><li>one alert<ul><li>Done when: rule A exists</li></ul></li><li>two alerts</li></ul>"
    headed = parse_actions("## Actions\n### one alert\nDone when:\n- rule A exists\n- rule B exists\n", "x")

    assert ["one alert", "two alerts"] == [item.title for item in listed.items]
    assert ["one alert", "two alerts"] == [item.title for item in parse_actions(page, "x").items]
    assert [["rule A exists", "rule B exists"]] == [[one.text for one in item.done] for item in headed.items]


@pytest.mark.parametrize(
    ("heading", "opens"),
    [
        ("Action items", True), ("5. Preventative Action Items", True), ("4. Corrective and Preventive Actions (CAPA)", True),
        ("Corrective & Preventative Action Items", True), ("🔧 Follow-up Actions", True), ("Next steps", True),
        ("Actions taken during the incident were quick and the people who took them could not have known any better then", False),
        ("Timeline", False), ("What went well", False), ("Interactions", False),
    ],
)  # fmt: skip
def test_headings_under_which_entries_are_items(heading: str, opens: bool) -> None:
    """As teams call them, with numbers and pictures before; entries under any other heading are nobody's."""
    found = parse_actions(f"## {heading}\n- Add an alert on lag\n", "x").items

    assert opens == bool(found)


def test_closed_items_say_so() -> None:
    """A ticked box, or a status."""
    text = "## Actions\n- [x] one alert\n- [ ] two alerts\n- three alerts\n  - Status: **DONE** on Monday\n"

    assert [True, False, True] == [item.closed for item in parse_actions(text, "x").items]


def test_issues_of_github_are_items() -> None:
    """Title, assignee and milestone stand in where the body says nothing; pull requests are no items."""
    rows = [
        {"number": 7, "title": "Page on lag", "body": "DONE WHEN: rule Lag exists\r\nVERIFY: demo", "state": "open",
         "assignees": [{"login": "ada"}], "milestone": {"due_on": "2026-12-01T08:00:00Z"}},
        {"number": 8, "title": "A change", "pull_request": {}},
        {"number": 9, "title": "Empty", "body": None, "state": "closed", "assignees": [], "milestone": None},
    ]  # fmt: skip
    document = read_issues(rows, "acme/shop")

    assert ["acme/shop#7", "acme/shop#9"] == [item.path for item in document.items]
    assert {
        "what": ["Page on lag"],
        "done": ["rule Lag exists"],
        "owner": ["@ada"],
        "due": ["2026-12-01"],
        "verify": ["demo"],
    } == (plain(document)[0])
    assert [False, True] == [item.closed for item in document.items]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-12-01", [date(2026, 12, 1)]),
        ("2 Dec 2026", [date(2026, 12, 2)]),
        ("December 2nd, 2026", [date(2026, 12, 2)]),
        ("1.12.2026", [date(2026, 12, 1)]),
        ("from 2026-12-01 to 3 January 2027", [date(2026, 12, 1), date(2027, 1, 3)]),
        ("27 Nov", []),
        ("3/4/2026", []),
        ("2026-13-40", []),
        ("next sprint", []),
    ],
)
def test_only_what_names_one_day_is_a_date(text: str, days: list[date]) -> None:
    """Months by name or in ISO order; half a date and the order that two countries read differently are none."""
    assert days == find_dates(text)


def test_a_key_stays_when_only_marks_change() -> None:
    """So that a proof or an issue is found again."""
    assert key_of("Page on `lag` over 5 s") == key_of("**page on LAG over 5 s.**")
    assert key_of("Page on lag") != key_of("Page on load")


def test_the_30_written_items_are_all_read() -> None:
    """Five in each of six documents, each with the date of its incident."""
    key = json.loads((WRITTEN / "key.json").read_text(encoding="utf-8"))["documents"]
    found = {name: parse_actions(text, name) for name, text in DOCUMENTS.items()}

    assert {name: [row["title"] for row in one["items"]] for name, one in key.items()} == {
        name: [next((row["title"] for row in key[name]["items"] if item.title.startswith(row["title"])), item.title)
               for item in document.items] for name, document in found.items()
    }  # fmt: skip
    assert {name: one["incident"] for name, one in key.items()} == {
        name: str(d.incident_on) for name, d in found.items()
    }


MARKS = [
    "\n",
    "|",
    "**",
    "# ",
    "- [x] ",
    "WHAT: ",
    "```",
    "<li>",
    "</ul>",
    "<!--",
    "\r\n",
    "\x00",
    "</td>",
    "&",
    ";  ",
    "> ",
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """One of the documents with pieces cut out, doubled, moved, or replaced by anything."""
    text = draw(st.sampled_from([*DOCUMENTS.values(), *FORMS.values()]))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 60)))
        piece = draw(st.just("") | st.just(text[start:end] * 2) | st.text(max_size=12) | st.sampled_from(MARKS))
        text = text[:start] + piece + text[end:]
    return text


@settings(deadline=None, max_examples=300)
@given(mutated())
def test_no_text_breaks_the_parser_and_every_line_is_somewhere(text: str) -> None:
    """Each line is of one item or outside; a line of Markdown in one place, one of HTML may hold several items."""
    document = parse_actions(text, "x")
    placed = [*document.outside, *(number for item in document.items for number in item.lines)]
    numbers = [line.number for line in read_lines(text)]

    assert set(numbers) == set(placed)
    assert len(set(numbers)) < len(numbers) or sorted(numbers) == sorted(placed)
    assert all(
        1 <= one.line <= text.count("\n") + 1
        for item in document.items
        for one in (*item.what, *item.done, *item.verify)
    )


@pytest.mark.parametrize("sign", ["-x", "|", "*", "(", "a  ", " ", "Due (", "a and ", "<", "#", "`", "[x] "])
def test_a_line_of_any_length_is_read(sign: str) -> None:
    """A hundred thousand signs in a field, a heading or a page cost no more than their length."""
    long = "a" + sign * (100_000 // len(sign)) + "b"
    for text in (
        f"## {long}\n",
        f"WHAT: x\nDONE WHEN: {long}\nOWNER: {long}\nDUE: {long}\nDEMO: {long}\n",
        f"<table><tr><td>{long}",
    ):
        document = parse_actions(text, "x")
        lint_actions(document, date(2026, 11, 25))
        assert text.count("\n") + 1 == len({*document.outside, *(n for item in document.items for n in item.lines)})


@settings(deadline=None, max_examples=200)
@given(mutated())
def test_no_letter_of_a_line_is_lost(text: str) -> None:
    """Every letter of a Markdown text stands in one of its lines, but for the mark of a ticked box."""
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return
    lines = read_lines(text)
    lost = Counter(filter(str.isalpha, text)) - Counter(filter(str.isalpha, "".join(line.text for line in lines)))

    assert set(lost) <= {"x", "X"}
    assert lost.total() <= sum(line.checked for line in lines)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=8), min_size=1, max_size=12),
    st.data(),
)
def test_no_visible_word_of_a_page_is_lost(words: list[str], data: st.DataObject) -> None:
    """Whatever blocks, cells and lists the words stand in, closed or not."""
    tags = ["p", "li", "td", "th", "tr", "ul", "table", "b", "h3", "span", "div", "br", "ol"]
    page = "<html><body>"
    for word in words:
        tag = data.draw(st.sampled_from(tags))
        shut = data.draw(st.sampled_from(["", f"</{tag}>", "</table>", "</tr>", "</ul>"]))
        page += f"<{tag}>{word}{shut}"
    held = " ".join(line.text for line in read_lines(page))

    assert [] == [word for word in words if word not in held.replace("*", "")]


def test_fields_below_a_list_entry_make_it_an_item_whatever_the_heading_is_called() -> None:
    """An issue's check list under a heading of its own, and a thematic break that belongs to no field."""
    text = "### Feed outage\n\n- [ ] **Kill switch for the feed**\n  - owner: Ada\n  - verify: n/a\n\n---\n\nThanks to everybody.\n"
    document = parse_actions(text, "x.md")

    assert [("Kill switch for the feed", "Ada", "n/a")] == [
        (item.title, item.owner[0].text, item.verify[0].text) for item in document.items
    ]
