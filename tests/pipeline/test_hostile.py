"""Facts about hostile text on its whole way: from the files of a real build into every document and onto the terminal."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from incident_timeline.cli.app import app, main
from incident_timeline.cli.terminal import tell
from tests.report.browser import Visits, launched
from tests.report.hostile import TEXTS
from tests.report.svg_checks import wrong_with

ACTS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # on a terminal
KINDS = ("chat", "note", "alert", "deploy", "change", "status_update", "escalation", "whatever")
SHOWN = [text.encode("utf-8", "replace").decode() for text in TEXTS]


def write_files(folder: Path) -> None:
    """An incident whose every text is hostile, and series whose names and services are."""

    def row(minute: int, second: int, kind: str, i: int, **more: object) -> dict[str, object]:
        one, other = SHOWN[i % len(SHOWN)], SHOWN[(i + 3) % len(SHOWN)]
        return {"at": f"2026-11-17T14:{minute:02d}:{second:02d}Z", "kind": kind, "actor": other[:300], "text": one,
                "service": "checkout", "url": "javascript:alert(1)", "ref": other[:300], **more}  # fmt: skip

    rows = [row(4, 0, "page", 0), row(6, 0, "ack", 1, actor_kind="human")]
    rows += [row(7 + i, j * 7, kind, i * len(KINDS) + j, service=SHOWN[(i + j) % len(SHOWN)][:200])
             for i in range(3) for j, kind in enumerate(KINDS)]  # fmt: skip
    rows += [row(20, 0, "chat", 2, text="found it: v418 filters on customer_ref, no index | `x` [a](b)"),
             row(21, 0, "deploy", 4), row(40, 0, "resolve", 5, actor_kind="human")]  # fmt: skip
    (folder / "events.jsonl").write_text("\n".join(json.dumps(one) for one in rows), encoding="utf-8")
    lines = ["at,series,service,value,signal"]
    for name in (SHOWN[0], SHOWN[3], SHOWN[5]):
        quoted = name.replace('"', '""').replace("\x07", "").replace("\x1b", "")
        for i in range(240):
            value = 0.3 + 0.01 * (i % 7) + (4.0 if 120 <= i < 190 else 0)
            at = datetime(2026, 11, 17, 13, 30, tzinfo=UTC) + i * timedelta(seconds=15)
            lines.append(f'{at.isoformat()},"{quoted}",checkout,{value},latency')
    (folder / "series.csv").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a build of these files by the real command, and what it printed."""
    work = tmp_path_factory.mktemp("hostile")
    write_files(work)
    out = work / "evil"
    given = ["--events", str(work / "events.jsonl"), "--series", str(work / "series.csv"), "--out", str(out)]
    done = CliRunner().invoke(app, ["build", "evil", *given], color=True)
    assert done.exit_code == 0, done.output
    return out, done.output


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visits]:
    """Opens pages in headless Chromium."""
    with launched() as running:
        yield Visits(running, tmp_path_factory.mktemp("pages"))


def test_the_post_mortem_rendered_has_no_element_link_or_comment_of_theirs(built: tuple[Path, str]) -> None:
    """Rendered with HTML passed through: only our own elements, and links only to our own files."""
    text = (built[0] / "postmortem.md").read_text(encoding="utf-8")
    html = rendered(text)
    targets = set(re.findall(r'(?:href|src)="([^"]*)"', html))

    assert {to for to in targets if not to.startswith("charts/")} <= {"report.html"}
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= {
        "h1", "h2", "h3", "p", "em", "strong", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "img",
        "code", "details", "summary", "blockquote", "br", "hr", "pre",
    }  # fmt: skip
    assert [] == ACTS.findall(text)
    assert {1} == {text.count(f"timeline:end {name} -->") for name in ("annex", "heading", "response.knew")}
    assert len(text) < 400_000


def test_every_chart_is_a_sound_picture(built: tuple[Path, str]) -> None:
    """All checks of pictures hold, and none holds an element, an address or a character that acts."""
    pictures = sorted((built[0] / "charts").glob("*.svg"))

    assert len(pictures) == 10
    for path in pictures:
        svg = path.read_text(encoding="utf-8")
        title = re.search(r"<title[^>]*>([^<]*)</title>", svg)
        assert title is not None
        alt = (
            title[1]
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", '"')
            .replace("&#39;", "'")
            .replace("&amp;", "&")
        )
        assert [] == wrong_with(svg, "dark" if path.stem.endswith("-dark") else "light", alt), path.name
        assert [] == ACTS.findall(svg)


def test_scores_are_data(built: tuple[Path, str]) -> None:
    """Valid by their schema, plain ASCII, and the text is there as it was."""
    raw = (built[0] / "scores.json").read_bytes()
    schema = json.loads(
        (files("incident_timeline") / "data" / "report" / "scores.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(json.loads(raw), schema)

    assert raw.isascii()
    assert [] == ACTS.findall(raw.decode())


def rendered(markdown: str) -> str:
    """Markdown as a page shows it that lets HTML pass."""
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


def test_what_the_archive_holds_of_an_earlier_incident_does_nothing_of_its_own(
    built: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its category, what ended it and its action items, all hostile, in the document of the next one and in the terminal."""
    for name in ("evil-1", "evil-2"):
        shutil.copytree(built[0] / "evidence", tmp_path / "incidents" / name / "evidence")
    items = "".join(f"{i}. WHAT: A-{i}: {' '.join(text.split())[:200]}\n" for i, text in enumerate(SHOWN, start=1))
    (tmp_path / "incidents" / "evil-1" / "postmortem.md").write_text(f"## Action items\n{items}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    said = []
    for words in (["categorize", "evil-1", SHOWN[3] + SHOWN[0] + "\x1b[31m\u202e", "--by", "x"], ["build", "evil-2", "--offline"],
                  ["similar", "evil-2"], ["outcome", "--due"], ["show", "evil-2"]):  # fmt: skip
        monkeypatch.setattr("sys.argv", ["timeline", *words])
        with pytest.raises(SystemExit):
            main()
        said.append("".join(capsys.readouterr()))
    text = (tmp_path / "incidents" / "evil-2" / "postmortem.md").read_text(encoding="utf-8")
    section = text[text.index("## SYSTEMIC") : text.index("## What would we have needed?")]

    assert "evil-1" in section
    assert "timeline categorize evil-2 " in section
    assert [] == re.findall(r'(?:href|src)="([^"]*)"', rendered(section))
    elements = set(re.findall(r"<([a-z0-9]+)", rendered(section)))
    assert elements <= {"h2", "p", "em", "strong", "ul", "li", "code", "details", "summary"}
    assert [] == [one for one in (section, *said) if ACTS.search(one)]
    assert ["archive: like evil-1" in said[1], "evil-1" in said[2], "A-1 of evil-1" in said[3]] == [True] * 3


@pytest.mark.parametrize("target", ["github", "gitlab", "confluence", "html"])
@pytest.mark.live
def test_what_is_exported_does_nothing_of_theirs(built: tuple[Path, str], visit: Visits, target: str) -> None:
    """Rendered and opened: silent, no request, no script, no handler, no link that runs or leads away."""
    done = CliRunner().invoke(app, ["export", "evil", "--to", target, "--out", str(built[0])], color=True)
    assert done.exit_code in (0, 3), done.output
    text = done.stdout
    if target in ("github", "gitlab"):
        text = f"<!doctype html><title>x</title><meta charset=utf-8><main>{rendered(text)}</main>"
    elif target == "confluence":
        text = f"<!doctype html><title>x</title><meta charset=utf-8><main>{text}</main>"
    seen = visit(text)
    links = seen.page.evaluate("[...document.links].map(one => one.getAttribute('href'))")
    handlers = (
        "[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length"
    )

    assert [] == [one for one in seen.requests if not one.startswith(("file:", "data:"))]
    assert [] == [one for one in seen.console if "ERR_FILE_NOT_FOUND" not in one]
    assert (0, 0) == (
        seen.page.evaluate(handlers),
        seen.page.locator("script, iframe, object, embed, base, svg[onload]").count(),
    )
    assert [] == [
        one for one in links if not re.fullmatch(r"#[\w.-]*|report\.html|postmortem\.md|charts/\w+\.svg", one)
    ]
    assert "owned" != seen.page.title()
    assert [] == ACTS.findall(done.stdout)


@pytest.mark.live
def test_the_page_does_nothing_of_theirs(built: tuple[Path, str], visit: Visits) -> None:
    """Opened from its file: silent, no request, no element of theirs, no link away, and it stands."""
    seen = visit.open(built[0] / "report.html")
    seen.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    seen.page.wait_for_timeout(300)
    links = seen.page.evaluate("[...document.links].map(one => one.getAttribute('href'))")

    assert ([], [], 0) == (seen.console, seen.requests, seen.beyond())
    assert seen.page.title().startswith("evil: ")
    assert 0 == seen.page.locator("main img, main iframe, main script, main base, main style, main link").count()
    assert [] == [one for one in links if not one.startswith("#") and one != "postmortem.md"]
    assert [] == seen.violations()
    assert "customer_ref" in seen.page.locator(".record").inner_text()


def test_the_terminal_shows_no_escape_of_theirs(
    built: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a build, nor what can be picked, an echo or an error moves a cursor, colours or turns the direction."""
    folder = tmp_path / "evil"
    shutil.copytree(built[0], folder)
    evil = "\x1b[31m\x1b]0;owned\x07\u202eevil\r\x08"
    said = [built[1]]
    for words in (
        ["mark", "evil", "--list"], ["mark", "evil", "knew_enough", "14:20", "--because", evil, "--by", evil],
        ["mark", "evil", "--list"], ["mark", "evil", evil, "14:20"], ["mark", "evil", "knew_enough", evil],
        ["verdict", "evil", evil, "fixed"], ["event", "evil", "--add", evil, "--at", "14:05"], ["build", evil], ["show", "evil"],
    ):  # fmt: skip
        monkeypatch.setattr("sys.argv", ["timeline", *words, *(["--out", str(folder)] if words[0] != "build" else [])])
        with pytest.raises(SystemExit):
            main()
        said.append("".join(capsys.readouterr()))

    assert [] == [text for text in said if ACTS.search(text)]
    assert ["owned" in text for text in said[2:]].count(True) >= 5


def test_what_is_told_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines stay lines; escapes, bells, direction marks and broken characters are gone."""
    tell("one\ntwo \x1b[31mred\x1b]0;t\x07 \u202eback\u2066 \u200f \ud800 é 漢", err=True)

    assert capsys.readouterr().err == "one\ntwo [31mred]0;t back   é 漢\n"


def test_commands_print_by_one_door() -> None:
    """No command echoes by itself: what it says goes through `tell`, results for programs through `hand_over`."""
    for path in sorted((Path(__file__).resolve().parents[2] / "src" / "incident_timeline" / "cli").glob("*.py")):
        if path.name != "terminal.py":
            found = re.findall(r".*(?:typer\.echo|(?<![\w.])print\().*", path.read_text(encoding="utf-8"))
            assert [] == found, f"{path.name}: say it with cli.terminal.tell or hand_over"
