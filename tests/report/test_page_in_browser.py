"""Facts about report.html in real headless Chromium: silent, self-contained, usable by keyboard, without scripts, on paper."""

import html
import re
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from incident_timeline.cli.app import app
from incident_timeline.config import Settings
from incident_timeline.explain.charts import CHARTS
from incident_timeline.model.scored import Scored
from incident_timeline.pipeline.build import build
from incident_timeline.pipeline.request import BuildRequest
from tests.lab.record import FIXTURES
from tests.report.browser import Visit, Visits
from tests.report.example_scored import bare, example
from tests.report.hostile import hostile
from tests.report.svg_checks import wrong_with
from tests.report.test_html import page

pytestmark = pytest.mark.live
LOOKS = [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")]


@pytest.fixture(scope="module")
def example_page() -> str:
    """The page of the made-up INC-123 with its real charts."""
    return page(example(), drawn=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the recorded INC-123, built offline by the real pipeline."""
    folder = tmp_path_factory.mktemp("incidents") / "INC-123"
    shutil.copytree(FIXTURES / "INC-123" / "evidence", folder / "evidence")
    build(BuildRequest("INC-123", Settings(), folder, folder, datetime(2030, 1, 1, tzinfo=UTC), offline=True))
    return folder


def opened(visit: Visit) -> Visit:
    """The page with everything unfolded that can be."""
    visit.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    visit.page.locator(".record .no button").first.click()
    return visit


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_page_is_silent_asks_for_nothing_and_is_accessible(
    visit: Visits, built: Path, width: int, scheme: str
) -> None:
    """INC-123 as built: nothing on the console, no request, no wider than the window, axe-core finds nothing serious."""
    seen = opened(visit.open(built / "report.html", viewport={"width": width, "height": 900}, color_scheme=scheme))

    assert ([], [], 0) == (seen.console, seen.requests, seen.beyond())
    assert [] == seen.violations()
    assert (True, 0) == (seen.shown("#sli-live .main-svg") > 0, seen.shown("figure.has-live .drawn"))
    assert len(CHARTS) == seen.shown(f"figure.chart .{scheme} > svg") + seen.shown("figure.has-live .live")


@pytest.mark.parametrize("scored", [bare(), hostile()])
def test_odd_pages_are_accessible_too(visit: Visits, scored: Scored) -> None:
    """An incident of which nothing is known, and one whose every text is hostile."""
    seen = visit(page(scored, drawn=True))

    assert ([], [], []) == (seen.console, seen.requests, seen.violations())


_MEETING = """svg => {
  const boxes = [...svg.querySelectorAll("text")].map(one => [one.textContent, one.getBBox()]), found = [];
  boxes.forEach(([words, a], i) => boxes.slice(i + 1).forEach(([others, b]) => {
    const x = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
    const y = Math.min(a.y + a.height * 0.84, b.y + b.height * 0.84) - Math.max(a.y + a.height * 0.16, b.y + b.height * 0.16);
    if (x > 0.5 && y > 0.5) { found.push(words + " meets " + others); }
  }));
  return found;
}"""


def test_texts_of_the_charts_do_not_meet_in_the_browser(visit: Visits, built: Path) -> None:
    """As the browser sets them, in the font that it has; and the checks without a browser hold at the page's width."""
    seen = visit.open(built / "report.html", java_script_enabled=True, reduced_motion="reduce")
    seen.page.evaluate("document.querySelectorAll('.has-live').forEach(one => one.classList.remove('has-live'))")
    drawn = seen.page.locator("figure.chart .light > svg")

    assert len(CHARTS) == drawn.count()
    for i in range(len(CHARTS)):
        assert [] == drawn.nth(i).evaluate(_MEETING)
    for figure in re.findall(r"<svg .*?</svg>", (built / "report.html").read_text(encoding="utf-8"), re.DOTALL)[
        : 2 * len(CHARTS)
    ]:
        theme = "dark" if "-dark-1200" in figure[:400] else "light"
        title = re.search(r"<title id[^>]*>([^<]*)</title>", figure)
        assert title is not None
        assert [] == wrong_with(figure, theme, html.unescape(title[1]))


def test_filters_by_kind_and_source_act_on_record_and_charts(visit: Visits, example_page: str) -> None:
    """A kind hides its lines and its lane; a source its lines and their marks in the chart; a search what lacks the word."""
    seen = visit(example_page)
    people, whole = seen.shown(".record li.people"), seen.shown(".record li")

    seen.page.get_by_label("people", exact=True).uncheck()
    assert (True, 0, 0) == (people > 5, seen.shown(".record li.people"), seen.shown("svg .lane.people"))
    seen.page.get_by_label("people", exact=True).check()
    marks = seen.shown("#chart-lanes .light circle[data-event]")
    seen.page.get_by_label("chat", exact=True).uncheck()
    left = seen.shown("#chart-lanes .light circle[data-event]")
    assert 0 < left < marks
    assert whole > seen.shown(".record li") > 0
    assert [] == [one for one in seen.page.locator(".record li:visible .from").all_inner_texts() if one == "chat"]
    seen.page.get_by_label("chat", exact=True).check()
    seen.page.get_by_label("Find in the record").fill("customer_ref")
    assert (1, 1) == (seen.shown(".record li"), seen.shown("#chart-lanes .light circle[data-event]"))


def test_a_collected_signal_is_drawn_when_it_is_opened(visit: Visits, built: Path) -> None:
    """Nothing is drawn before; then one chart with a line, silently; the dark theme draws it anew."""
    seen = visit.open(built / "report.html")
    folds = seen.page.locator("#signals details")

    assert (True, 0) == (folds.count() > 4, seen.page.locator("#signals .main-svg").count())
    folds.nth(1).locator("summary").press("Enter")
    seen.page.locator("#signals .main-svg").first.wait_for()
    assert 1 == seen.page.locator("#signals .scatterlayer .trace").count()
    seen.page.emulate_media(color_scheme="dark")
    ground = "getComputedStyle(document.querySelector('#signals .main-svg')).backgroundColor"
    seen.page.wait_for_function(f"{ground} === 'rgb(21, 24, 28)'")
    assert ([], []) == (seen.console, seen.requests)


_ALONE = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let text; (text = texts.nextNode()); ) {
    const before = text.previousSibling;
    if (!/^[.,;:)]/.test(text.textContent) || !before?.classList?.contains("ev")) continue;
    const stop = document.createRange();
    stop.setStart(text, 0); stop.setEnd(text, 1);
    const [here, there] = [stop.getBoundingClientRect(), before.getBoundingClientRect()];
    if (here.width) found.push(here.top > there.bottom - 2);
  }
  return found;
}"""  # for each stop behind an evidence number that is to be seen: whether it stands on another line


def test_no_line_begins_with_the_stop_behind_an_evidence_number(visit: Visits, built: Path) -> None:
    """At widths at which some number ends a line."""
    for width in (360, 400, 500, 640):
        alone = opened(visit.open(built / "report.html", viewport={"width": width, "height": 900})).page.evaluate(
            _ALONE
        )
        assert (True, 0) == (len(alone) > 20, sum(alone)), width


def test_evidence_is_shown_on_hover_and_on_focus(visit: Visits, example_page: str) -> None:
    """The card says time, words and source of the entry, and goes away again."""
    seen = visit(example_page)
    reference = seen.page.locator("#silence td a.ev").first

    reference.hover()
    assert reference.locator(".card").is_visible()
    assert re.match(r"\d\d:\d\d:\d\d .+", reference.locator(".card").inner_text())
    seen.page.mouse.move(0, 0)
    assert not reference.locator(".card").is_visible()
    reference.focus()
    assert reference.locator(".card").is_visible()


def test_an_entry_gives_the_command_that_marks_it(visit: Visits, built: Path) -> None:
    """By keyboard in the record; another milestone changes it, Escape closes it; the real command understands it."""
    seen = visit.open(built / "report.html")
    row = seen.page.locator("#E33")
    row.locator(".no button").press("Enter")
    row.locator("select").select_option("diagnosed")
    command = row.locator(".pick code").inner_text()

    assert "true" == row.locator(".no button").get_attribute("aria-expanded")
    words = shlex.split(command)
    assert (["timeline", "mark", "INC-123", "diagnosed"], "--event") == (words[:4], words[5])
    said = CliRunner().invoke(app, [*words[1:], "--out", str(built), "--by", "somebody"])
    assert (0, True) == (said.exit_code, said.stdout.startswith(f"diagnosed: {words[4]}, marked by somebody")), (
        said.output
    )
    row.locator("select").press("Escape")
    assert 0 == seen.shown(".pick")
    assert "E33: mark a milestone at its time" == seen.page.evaluate(
        "document.activeElement.getAttribute('aria-label')"
    )


def test_a_mark_in_a_chart_leads_to_its_entry(visit: Visits, example_page: str) -> None:
    """A click on a dot opens the command at that entry of the record, in view and with the focus; a second closes nothing."""
    seen = visit(example_page)
    dot = seen.page.locator("#chart-lanes .light circle[data-event]").nth(3)
    wanted = dot.get_attribute("data-event")
    dot.click()

    row = seen.page.locator(".record li:has(.pick)")
    assert (1, wanted) == (row.count(), row.get_attribute("data-entry"))
    assert "SELECT" == seen.page.evaluate("document.activeElement.tagName")
    assert seen.page.evaluate(
        "(r => r.top >= 0 && r.bottom <= innerHeight)(document.querySelector('.pick').getBoundingClientRect())"
    )


def test_without_scripts_everything_can_be_read_and_filtered(visit: Visits, example_page: str) -> None:
    """The drawn charts stand, check boxes work, and nothing is offered that would need a script."""
    seen = visit(example_page, java_script_enabled=False)
    box = seen.page.get_by_label("changes", exact=True)

    assert 0 == seen.page.locator("#find:visible, .no button, #pick-help:visible, .live:visible").count()
    assert len(CHARTS) == seen.page.locator("figure.chart .light > svg:visible").count()
    before = seen.page.locator(".record li:visible").count()
    box.uncheck()
    assert 0 < seen.page.locator(".record li:visible").count() < before


def test_on_paper_the_charts_are_drawn_light_and_what_needs_a_hand_is_gone(visit: Visits, example_page: str) -> None:
    """A4, several pages; filters, cards and buttons are hidden; the ledgers' folded tables are printed."""
    seen = visit(example_page, color_scheme="dark")
    seen.page.emulate_media(media="print", color_scheme="dark")

    assert [0, 0, 0] == [seen.shown(".bar"), seen.shown(".card"), seen.shown(".live")]
    assert (len(CHARTS), 0) == (seen.shown("figure.chart .light > svg"), seen.shown("figure.chart .dark > svg"))
    assert "rgb(255, 255, 255)" == seen.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert 0 < seen.page.evaluate("document.querySelector('#record ~ details table').getBoundingClientRect().height")
    printed = seen.page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 14


def test_hostile_text_does_nothing(visit: Visits) -> None:
    """No script of it runs, nothing is asked for, no element of it is one, and the page stands."""
    seen = opened(visit(page(hostile(), drawn=True)))

    assert seen.page.title().startswith("INC-123: ")
    assert 0 == seen.page.locator("main img, main iframe, main script, main base, main form:not(.bar)").count()
    assert len(seen.page.locator("body").inner_text()) > 5000
    assert ([], [], 0) == (seen.console, seen.requests, seen.beyond())
    links = seen.page.evaluate("[...document.links].map(one => one.getAttribute('href'))")
    assert [] == [one for one in links if not one.startswith("#") and one != "postmortem.md"]
    assert [] == re.findall("[\\u202a-\\u202e\\u2066-\\u2069\\x07\\x1b]", seen.page.content())


def test_the_browser_would_see_what_is_wrong(visit: Visits) -> None:
    """The checks above can fail: a request, an error, a picture without words and a page too wide are all seen."""
    wrong = (
        "<title>x</title><img src='https://evil.example/x.png'><p style='width:9000px'>x</p><script>nothing()</script>"
    )
    seen = visit(wrong)

    assert ["https://evil.example/x.png"] == seen.requests
    assert any("nothing is not defined" in one for one in seen.console)
    assert any("image-alt" in one for one in seen.violations())
    assert seen.beyond() > 0
