"""Facts about postmortem.md over several builds: forms, templates of a team, names, hypotheses, and a person's words."""

from pathlib import Path

import polars as pl
import pytest

from incident_timeline.report.fences import blocks_of
from incident_timeline.report.markdown import is_short
from tests.pipeline.commands import Run, run_in, write_rows

ROWS = [
    ("14:00:00", "alert", "monitoring", "p99 high"), ("14:02:00", "page", "pagerduty", "paged"),
    ("14:05:00", "ack", "Asha Venkat", "on it"), ("14:12:00", "chat", "Jonas", "could it be the cache, Asha?"),
    ("14:20:00", "chat", "Asha Venkat", "found it: v418 has no index"), ("14:25:00", "deploy", "ci", "rollback to v417"),
    ("14:40:00", "resolve", "Asha Venkat", "resolved"),
]  # fmt: skip


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs the command line beside a file of events."""
    write_rows(tmp_path / "events.jsonl", ROWS)
    return run_in(tmp_path, monkeypatch, capsys)


def build(run: Run, *arguments: str) -> str:
    """Builds case-1, first from its file and then from its evidence; the post-mortem it gives."""
    folder = Path("incidents/case-1")
    source = ["--offline"] if folder.exists() else ["--events", "events.jsonl"]
    code, _, err = run("build", "case-1", *source, *arguments)
    assert code == 0, err
    return (folder / "postmortem.md").read_text(encoding="utf-8")


def test_a_form_is_chosen_asked_for_and_then_kept(run: Run) -> None:
    """Of unknown size it is long; asked for, short; and a later build keeps what the document is."""
    forms = [is_short(build(run, *flags)) for flags in ([], ["--short"], [], ["--long"], [])]

    assert [False, True, True, False, False] == forms


def test_a_mark_renews_every_block_that_nobody_edited(run: Run) -> None:
    """The annex too: the entry that is hidden stands nowhere any more, and nothing is offered beside it."""
    entry = "could it be the cache"
    before = build(run)
    code, _, _ = run("event", "case-1", "--hide", _id_of(entry))
    after = Path("incidents/case-1/postmortem.md").read_text(encoding="utf-8")

    assert (0, True, False) == (code, entry in before, entry in after)
    assert [] == [block.name for block in blocks_of(after) if block.edited or block.name.endswith(".suggestion")]


def _id_of(words: str) -> str:
    """The event id of the entry that holds these words."""
    events = pl.read_parquet("incidents/case-1/timeline.parquet")
    return str(events.filter(pl.col("summary").str.contains(words, literal=True))["event_id"][0])


def test_a_document_with_a_persons_words_keeps_its_form(run: Run) -> None:
    """Asked for the other one, the command says what to do, and nothing is lost."""
    path = Path("incidents/case-1/postmortem.md")
    written = build(run).replace("_Answer:_ ……", "_Answer:_ we trusted the cache", 1)
    path.write_text(written, encoding="utf-8")

    code, _, err = run("build", "case-1", "--offline", "--short")

    assert (2, True) == (code, "give it another name and build again with --short" in err)
    assert written == path.read_text(encoding="utf-8")


def test_people_stand_as_roles_unless_names_are_asked_for(run: Run) -> None:
    """Also inside what they said."""
    roles, names = build(run), build(run, "--names")

    assert ("Asha" in roles, "responder B: “could it be the cache, responder A?”" in roles) == (False, True)
    assert "Jonas: “could it be the cache, Asha?”" in names


def test_a_hypothesis_is_tested_by_the_next_build(run: Run) -> None:
    """What was written stays to the letter; its outcome stands in the block below, with evidence numbers."""
    path = Path("incidents/case-1/postmortem.md")
    said = "We believe the cache is fragile because it hides slow queries.\n- predicts: detected before acknowledged\n"
    path.write_text(build(run).replace("We believe …… is fragile because ……\n- predicts: ……\n", said), encoding="utf-8")

    text = build(run)

    assert said in text
    assert "**holds**: `detected before acknowledged`: 14:02:00 and 14:05:00, 3:00 apart [E2] [E3]" in text
    assert text == build(run)


TEAM = """{% extends "postmortem.md.j2" %}
{% block surprise %}
## What surprised the payments team?
{{ image("impact") }}
{% endblock %}
"""


def test_a_team_replaces_one_section_with_its_own(run: Run) -> None:
    """Its template extends the shipped one; the rest stays."""
    Path("team.md.j2").write_text(TEAM, encoding="utf-8")
    Path("timeline.toml").write_text('[report]\ntemplate = "team.md.j2"\n', encoding="utf-8")

    text = build(run)

    assert ("## What surprised the payments team?" in text, "## SURPRISE" in text, "## CONDITIONS" in text) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("table", "template", "said"),
    [
        ('template = "absent.j2"', None, "absent.j2"), ('template = "team.md.j2"', "{% block x %}", "line 1 cannot be rendered"),
        ('template = "team.md.j2"', "{{ nothing.there }}", "cannot be rendered: 'nothing' is undefined"),
        ('form = "tiny"', None, "it must be one of auto, short, long"),
        ("names = 1", None, "report.names must be true or false"),
        ('style = "x"', None, "unknown key report.style"),
    ],
)  # fmt: skip
def test_a_template_or_a_key_that_cannot_be_used_is_one_sentence(
    run: Run, table: str, template: str | None, said: str
) -> None:
    """Exit code 2, with the file and what to do."""
    if template is not None:
        Path("team.md.j2").write_text(template, encoding="utf-8")
    Path("timeline.toml").write_text(f"[report]\n{table}\n", encoding="utf-8")

    code, _, err = run("build", "case-1", "--events", "events.jsonl")

    assert (2, True, False) == (code, said in err, "Traceback" in err), err
