"""Charts as SVG, read back without a browser: texts apart, colours from the palette, parts that add up, nothing hidden."""

import re
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from incident_timeline.explain.charts import CHARTS as DESCRIBED
from incident_timeline.explain.charts import describe_all
from incident_timeline.explain.evidence import number_evidence
from incident_timeline.explain.roles import assign_roles
from incident_timeline.model.pictures import NoPicture, Picture, StairBody, TimeBody
from incident_timeline.model.scored import Scored
from incident_timeline.report.svg import PAGE_WIDTH, PRINT_WIDTH, draw
from tests.explain.crowded_incidents import HOSTILE, sixty_events
from tests.explain.example_incident import ROLES, make_scored, numbers
from tests.explain.odd_incidents import ODD, knew_marked, several_days
from tests.report.svg_checks import Drawn, wrong_with

CHARTS = {one.__name__.removeprefix("describe_"): one for one in DESCRIBED}
WITHOUT = {  # charts that these incidents cannot have
    ("no_signal", "signal"), ("one_event", "signal"), ("no_event", "signal"), ("no_event", "ledgers"), ("no_signal", "moved"),
    ("no_page", "ledgers"),
    ("one_event", "moved"), ("no_event", "moved"), ("one_event", "arrivals"), ("no_event", "arrivals"), ("no_people", "arrivals"),
    *((odd, "cover") for odd in ("no_alerts", "one_event", "no_event", "no_rules", "no_page")),  # no rules were collected
}  # fmt: skip


def describe(chart: str, scored: Scored) -> Picture | NoPicture:
    """One chart of an incident with the example's roles and numbers, completed for entries that it does not know."""
    roles = dict(assign_roles(scored.events)) | ROLES
    return CHARTS[chart](scored, roles, number_evidence(scored, numbers()))


def picture(chart: str, scored: Scored) -> Picture:
    """The same where it must be there."""
    found = describe(chart, scored)
    assert isinstance(found, Picture)
    return found


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("chart", CHARTS)
def test_every_picture_of_every_incident_keeps_the_checks(chart: str, odd: str) -> None:
    """Texts do not meet nor leave the picture, stand out, colours are the palette's, ids are unique, nothing is fetched."""
    found = describe(chart, ODD[odd]())
    if isinstance(found, NoPicture):
        assert (odd, chart) in WITHOUT, found.reason
        assert found.reason.rpartition(":")[2].strip()
        return
    for width, theme in ((PAGE_WIDTH, "light"), (PAGE_WIDTH, "dark"), (PRINT_WIDTH, "light"), (PRINT_WIDTH, "dark")):
        assert [] == wrong_with(draw(found, width=width, theme=theme), theme, found.alt)


def test_the_checks_see_what_is_wrong() -> None:
    """A text moved onto another, a strange colour, a small type, a lost outline and a wrong title are all found."""
    found = picture("ledgers", make_scored())
    svg = draw(found)
    assert any(
        "meets" in one
        for one in wrong_with(svg.replace(">approval<", ">approval approval approval<"), "light", found.alt)
    )
    assert any("palette" in one for one in wrong_with(svg.replace("#2A74BD", "#2A74BE"), "light", found.alt))
    assert any(
        "is set in 11" in one for one in wrong_with(svg.replace('font-size="13"', 'font-size="11"'), "light", found.alt)
    )
    assert any("outline" in one for one in wrong_with(svg.replace(' stroke="#2A74BD"', ""), "light", found.alt))
    assert any("not the alternative" in one for one in wrong_with(svg, "light", "something else"))
    assert any("address" in one for one in wrong_with(svg.replace('d="M', 'd="http://M', 1), "light", found.alt))


@pytest.mark.parametrize("width", [PAGE_WIDTH, PRINT_WIDTH])
def test_segments_add_up_exactly_and_lie_end_to_end(width: int) -> None:
    """1 h 11 min 47 s in microseconds, widths within half a px of the axis, each segment where the last one ended."""
    found = picture("ledgers", make_scored())
    segments = Drawn(draw(found, width=width)).segments()
    assert sum(int(one.get("data-micros", "0")) for one in segments) == 4307 * 1_000_000
    assert abs(sum(float(one.get("width", "0")) for one in segments) - (width - 60)) < 0.5
    for one, following in pairwise(segments):
        end = float(one.get("x", "0")) + float(one.get("width", "0"))
        assert abs(end - float(following.get("x", "0"))) < 0.05


def test_what_has_no_record_is_hatched_in_every_chart() -> None:
    """The two stretches without a record: hatched by a pattern of the picture's own in lanes and ledgers."""
    for chart in ("lanes", "ledgers"):
        drawn = Drawn(draw(picture(chart, make_scored())))
        hatched = [one for one in drawn.of("rect") if one.get("fill") == f"url(#norec-{chart}-light-1200)"]
        assert len(hatched) == (2 if chart == "lanes" else 3)  # the key of the ledgers shows it once more


@pytest.mark.parametrize("chart", ["lanes", "signal", "ledgers"])
def test_an_unconfirmed_moment_is_never_one_line_or_one_number(chart: str) -> None:
    """Its instant, and the gaps that hang on it, stand in no title, text or alternative text; lines at it are dashed."""
    found = picture(chart, make_scored())
    drawn = Drawn(draw(found))
    said = [*found.titles, *found.subtitles, found.alt, *(text.text for text in drawn.texts)]
    assert not [one for one in said if re.search(r"knew enough 14:29:40(?! to)|\b22:09\b|\b41:22\b|\b25:10\b", one)]
    assert any("not confirmed" in one for one in said)


def test_candidates_are_hollow_and_each_has_its_mark() -> None:
    """Three candidates: three hollow diamonds in their order, and a dashed line for each in the chart of the signal."""
    lanes = Drawn(draw(picture("lanes", make_scored())))
    marks = [one for one in lanes.of("path") if one.get("data-candidate")]
    assert [one.get("data-candidate") for one in marks] == ["1", "2", "3"]
    assert {one.get("fill") for one in marks} == {"#FFFFFF"}
    signal = Drawn(draw(picture("signal", make_scored())))
    dashed = {one.get("x1") for one in signal.of("line") if one.get("stroke-dasharray") == "4 3"}
    assert len(dashed) == 3


def test_a_marked_moment_is_solid() -> None:
    """Once a person confirmed it: a hairline with its time, no dashes, no candidates, the length as one number."""
    lanes = Drawn(draw(picture("lanes", knew_marked())))
    assert "knew enough 14:29:40" in [text.text for text in lanes.texts]
    assert [] == [one for one in lanes.elements if one.get("data-candidate") or one.get("stroke-dasharray") == "4 3"]
    assert "respond 41:22" in [text.text for text in lanes.texts]
    ledgers = picture("ledgers", knew_marked()).body
    assert isinstance(ledgers, StairBody)
    assert [stair.head for stair in ledgers.stairs] == [
        "Detection 8:16 [7:51 to 8:41]",
        "Knowing 22:09",
        "Response 41:22",
    ]


def test_every_entry_of_a_person_is_a_mark() -> None:
    """Of seventy and more entries in a row none is lost, whatever becomes of their words."""
    scored = sixty_events()
    drawn = Drawn(draw(picture("lanes", scored), width=PRINT_WIDTH))
    marked = {one.get("data-event") for one in drawn.of("circle")}
    people = scored.events.filter(
        scored.events["actor_kind"].eq("human") & ~scored.events["kind"].is_in(["deploy.waiting"])
    )
    assert set(people["event_id"]) <= marked


def test_the_same_time_has_the_same_x_in_every_panel() -> None:
    """The hairline of the page, the page's mark and the end of the bracket share one x."""
    drawn = Drawn(draw(picture("signal", make_scored())))
    page = next(one for one in drawn.of("path") if one.get("fill") == "#1B1B1B" and one.get("data-event"))
    x = float(re.findall(r"L([\d.]+)", page.get("d", ""))[0])
    lines = [
        one for one in drawn.of("line") if one.get("x1") == one.get("x2") and abs(float(one.get("x1", "0")) - x) < 0.02
    ]
    assert len(lines) == 2


@pytest.mark.parametrize("chart", CHARTS)
def test_the_same_description_gives_the_same_bytes(chart: str) -> None:
    """Twice described and drawn: one text; light and dark differ only in colours and ids."""
    one, other = (draw(picture(chart, make_scored()), theme="light") for _ in range(2))
    assert one == other
    dark = draw(picture(chart, make_scored()), theme="dark")

    def bare(svg: str) -> str:
        return re.sub(r"#[0-9A-F]{6}", "#", svg.replace("-dark-", "-light-"))

    assert bare(one) == bare(dark)


def test_ids_stay_unique_when_a_page_holds_all_pictures() -> None:
    """Three charts, two widths, two themes inline on one page share no id."""
    svgs = [
        draw(picture(chart, make_scored()), width=width, theme=theme)
        for chart in CHARTS
        for width in (PAGE_WIDTH, PRINT_WIDTH)
        for theme in ("light", "dark")
    ]
    ids = [found for svg in svgs for found in re.findall(r'\bid="([^"]+)"', svg)]
    assert len(set(ids)) == len(ids)


def test_hostile_text_is_text() -> None:
    """Markup in names and quotations is shown as it is written; control and bidi characters are gone."""
    scored = ODD["hostile_text"]()
    for chart in CHARTS:
        svg = draw(picture(chart, scored))
        assert "<script" not in svg
        assert "\u202e" not in svg
        assert HOSTILE[:8].replace("<", "&lt;").replace(">", "&gt;") in svg


def test_a_stretch_without_an_entry_is_left_out_visibly() -> None:
    """Three days of nothing: the axis is broken, how long is left out stands above, both days are named."""
    body = picture("lanes", several_days()).body
    assert isinstance(body, TimeBody)
    assert len(body.breaks) == 1
    words = [text.text for text in Drawn(draw(picture("lanes", several_days()))).texts]
    assert "71:43:10 left out" in words
    assert {"Nov 17", "Nov 20"} <= set(words)


def test_the_picture_grows_and_the_type_does_not_shrink() -> None:
    """Fifteen roles make it higher than 600 px; the smallest type stays 12 px."""
    drawn = Drawn(draw(picture("lanes", ODD["many_roles"]())))
    assert drawn.height > 600
    assert min(text.size for text in drawn.texts) >= 12


def test_a_second_zone_is_a_second_row_of_ticks_of_every_clock() -> None:
    """UTC stays; the other zone stands under it with its name; the ledgers count minutes and cover has no clock."""
    for found in describe_all(make_scored(), ROLES, numbers(), ZoneInfo("Europe/Berlin")):
        assert isinstance(found, Picture)
        words = {text.text for text in Drawn(draw(found)).texts}
        assert {"UTC", "CET", "14:00", "15:00"} <= words or found.name in ("ledgers", "cover")
        assert [] == wrong_with(draw(found), "light", found.alt)


def test_each_lane_is_a_group_that_a_page_can_hide() -> None:
    """Groups `lane <key>` in the order of the lanes."""
    svg = draw(picture("lanes", make_scored()))
    keys = re.findall(r'<g class="lane (\w+)">', svg)
    assert keys == ["phases", "sli", "alerts", "norecord", "people", "changes"]
