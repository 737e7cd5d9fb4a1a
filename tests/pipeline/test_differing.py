"""Facts about `timeline diff`: the sentences that changed since a pasted version, and no others."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.report.sentences import Changed, Sentence, compare_sentences, read_sentences, write_sentences
from tests.pipeline.commands import Run, run_in, write_rows

ROWS = [
    ("14:00:00", "alert", "monitoring", "p99 high"), ("14:02:00", "page", "pagerduty", "paged"), ("14:05:00", "ack", "A", "on it"),
    ("14:12:00", "chat", "B", "could it be the cache?"), ("14:20:00", "chat", "A", "found it: v418 has no index"),
    ("14:25:00", "deploy", "ci", "rollback to v417"), ("14:40:00", "resolve", "A", "resolved"),
]  # fmt: skip


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs the command line beside an incident that was built from a file of events."""
    write_rows(tmp_path / "events.jsonl", ROWS)
    go = run_in(tmp_path, monkeypatch, capsys)
    assert 0 == go("build", "case-1", "--events", "events.jsonl")[0]
    return go


def test_only_what_changed_since_the_pasted_build_is_listed(run: Run) -> None:
    """A mark changes when we knew enough and what follows from it; the detection's sentences are not listed."""
    pasted = Path("pasted.html")
    document = Path("incidents/case-1/postmortem.md").read_text(encoding="utf-8")
    pasted.write_text(document.replace("`timeline`, build ", "<code>timeline</code>, build <b>", 1), encoding="utf-8")
    none = run("diff", "case-1", "pasted.html")
    run("mark", "case-1", "knew_enough", "14:12", "--because", "said on the call", "--by", "a")
    code, out, _ = run("diff", "case-1", "pasted.html")
    _, listed, _ = run("diff", "case-1", document.partition(", build ")[2][:8], "--json")

    assert (0, True) == (none[0], "no sentence changed" in none[1])
    assert code == 0
    assert "+ At 14:12:00, marked by a person: said on the call" in out
    assert {"detection", "impact"} & {row["section"] for row in json.loads(listed)["changed"]} == set()
    assert "knew" in {row["section"] for row in json.loads(listed)["changed"]}


def test_a_build_that_is_not_kept_is_refused_with_2(run: Run) -> None:
    """With the builds that are kept, where there are any."""
    for build, said in (
        ("00000000", "names 0 builds"),
        ("absent.md", "neither a build"),
        ("events.jsonl", "names no build"),
    ):
        code, _, err = run("diff", "case-1", build)
        assert (2, True) == (code, said in err), err


def test_a_folder_without_a_build_ends_with_5(run: Run) -> None:
    """Nothing to compare with."""
    assert 5 == run("diff", "case-2", "00000000")[0]


def test_alike_sentences_are_one_that_changed() -> None:
    """Others are new or gone; new evidence for the same words is a change too."""
    old = [
        Sentence("a", "Users were hurt for 5:00 [4:50 to 5:10].", ("S1",)),
        Sentence("a", "Gone.", ()),
        Sentence("b", "Same.", ("E1",)),
    ]
    new = [Sentence("a", "Users were hurt for 6:00 [4:50 to 6:10].", ("S1",)), Sentence("a", "Quite another thing.", ()),
           Sentence("b", "Same.", ("E1", "E2"))]  # fmt: skip

    assert [
        Changed("a", "Users were hurt for 5:00 [4:50 to 5:10]. [S1]", "Users were hurt for 6:00 [4:50 to 6:10]. [S1]"),
        Changed("a", "", "Quite another thing."), Changed("a", "Gone.", ""), Changed("b", "Same. [E1]", "Same. [E1] [E2]"),
    ] == compare_sentences(old, new)  # fmt: skip


_SENTENCES = st.lists(
    st.builds(
        Sentence,
        st.sampled_from("ab"),
        st.text("abcd", min_size=1, max_size=8),
        st.tuples(st.sampled_from(["E1", "S1"])),
    ),
    max_size=6,
)


@given(_SENTENCES, _SENTENCES)
def test_no_sentence_is_left_out(old: list[Sentence], new: list[Sentence]) -> None:
    """Every sentence of one build only is on its side of the list; the same build has no difference; files come back whole."""
    changed = compare_sentences(old, new)

    assert [s for s in new if s not in old] == [
        s for s in new if s not in old and any(s.text in one.now for one in changed)
    ]
    assert len([s for s in old if s not in new]) == sum(1 for one in changed if one.was)
    assert [] == compare_sentences(old, old)
    assert tuple(old) == read_sentences(write_sentences(old).decode(), "x")
