"""Facts about evidence in shared storage: what one machine collects another builds from, and nothing anybody said is lost."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as limited
from hypothesis import strategies as st

from incident_timeline.collect.bundle import Bundle, open_bundle
from incident_timeline.collect.key import Request
from incident_timeline.collect.manifest import Entry, read_manifest
from incident_timeline.collect.packing import digest, pack, read_contents, unpack, write_evidence
from incident_timeline.config import Settings
from incident_timeline.config.settings import ArchiveSettings
from incident_timeline.errors import StorageError
from incident_timeline.model.findings import Coverage
from incident_timeline.model.marks import Category
from incident_timeline.pipeline.marks_file import append_category, merge_marks, read_marks, undo_last
from incident_timeline.pipeline.sharing import bring, bundle_store, seal
from tests.pipeline.commands import run_in, write_rows

NOW = datetime(2026, 11, 17, 18, tzinfo=UTC)
ROWS = [
    ("14:00:00", "alert", "monitoring", "CheckoutErrors"),
    ("14:00:20", "page", "pager", "checkout answers 500"),
    ("14:20:00", "chat", "asha", "v214 broke the parser of checkout, rolling back to v213"),
    ("14:40:00", "resolve", "asha", "resolved"),
]


def shared(folder: Path) -> Settings:
    """Settings whose tables and evidence lie in a folder that all machines see."""
    return Settings(archive=ArchiveSettings(str(folder / "tables"), str(folder / "bundles")))


def collect(folder: Path, minute: int, **answers: bytes) -> None:
    """Adds answers to an incident's evidence at a minute after the hour, as a build would."""
    bundle = open_bundle(folder / "evidence")
    bundle.begin(NOW + timedelta(minutes=minute))
    for path, body in answers.items():
        asked = Request("pagerduty", "GET", f"/{path}", (), "")
        headers = {"content-type": "application/json"}
        bundle.add(
            asked, Entry("pagerduty", asked.key, 1, "GET", f"https://x/{path}", "", headers=headers, status=200), body
        )
    bundle.finish([Coverage("pagerduty", True)])


def answer(folder: Path, path: str) -> bytes:
    """The answer that counts."""
    bundle = open_bundle(folder / "evidence")
    found = bundle.find(Request("pagerduty", "GET", f"/{path}", (), "").key)
    assert found is not None
    return bundle.read(found)


def machines(base: Path) -> tuple[Settings, Path, Path]:
    """Shared settings, and the folder of INC-1 on two machines."""
    return shared(base), *(base / who / "incidents" / "INC-1" for who in ("one", "other"))


def say(folder: Path, name: str) -> None:
    """A person puts the incident into a category."""
    marks = folder / "marks.toml"
    text = marks.read_text() if marks.exists() else None
    marks.write_text(append_category(text, Category(name, "asha", NOW)))


def said(folder: Path) -> list[str]:
    """The categories of a folder, in order."""
    lines = (folder / "marks.toml").read_text().splitlines()
    return [line.split('"')[1] for line in lines if line.startswith("name")]


def test_a_folder_that_is_packed_comes_back_whole(tmp_path: Path) -> None:
    """Evidence and marks, byte for byte; nothing of the machine that packed it is in the file."""
    collect(tmp_path / "a", 0, incident=b"{}")
    say(tmp_path / "a", "bad deploy")
    (tmp_path / "a" / "postmortem.md").write_text("a person's text is no evidence")
    contents = read_contents(tmp_path / "a")

    assert ["evidence/manifest.json", "marks.toml"] == [n for n in sorted(contents) if not n.endswith(".gz")]
    assert contents == unpack(packed := pack(contents), "here")
    assert packed == pack(dict(reversed(contents.items())))
    assert digest(contents) == digest(dict(reversed(contents.items())))
    assert digest(contents) != digest(contents | {"marks.toml": b""})


@pytest.mark.parametrize("name", ["../marks.toml", "/etc/passwd", "evidence/../../x", "evidence", "scores.json"])
def test_a_packed_file_writes_nothing_outside_the_evidence(name: str) -> None:
    """Whatever a path in it says."""
    with pytest.raises(StorageError, match="neither evidence nor marks"):
        unpack(pack({name: b""}), "s3://bucket/INC-1/000001.tar.gz")


def test_a_packed_file_that_is_cut_is_one_sentence() -> None:
    """Half an object names itself."""
    with pytest.raises(StorageError, match=r"^INC-1/000001.tar.gz: cannot be unpacked"):
        unpack(pack({"marks.toml": b"x" * 5000})[:60], "INC-1/000001.tar.gz")


def test_a_kill_between_two_renames_costs_nothing(tmp_path: Path) -> None:
    """The old evidence was put aside and the new one is not in its place yet."""
    collect(tmp_path, 0, incident=b"1")
    (tmp_path / "evidence").rename(tmp_path / ".evidence.old")
    new = {"evidence/manifest.json": b"new"}
    write_evidence(tmp_path, new)

    assert new == read_contents(tmp_path)
    assert ["evidence"] == [path.name for path in tmp_path.iterdir()]


def test_evidence_that_was_never_stored_outlives_a_kill_between_two_renames(tmp_path: Path) -> None:
    """While two machines' answers were being joined: the next command finds the old evidence aside and joins again."""
    settings, one, other = machines(tmp_path)
    collect(one, 0, incident=b"1")
    collect(other, 30, series=b"expired since")
    seal(settings, one)
    (other / "evidence").rename(other / ".evidence.old")
    (other / ".evidence.new").mkdir()
    bring(settings, other)

    assert [b"1", b"expired since"] == [answer(other, path) for path in ("incident", "series")]
    assert {"evidence", ".stored"} == {path.name for path in other.iterdir()}


def test_what_one_machine_stored_another_has(tmp_path: Path) -> None:
    """A state for each change, none where nothing changed."""
    settings, one, other = machines(tmp_path)
    collect(one, 0, incident=b"1")
    numbers = [seal(settings, one), seal(settings, one)]
    say(one, "bad deploy")
    numbers.append(seal(settings, one))
    bring(settings, other)

    assert [1, 1, 2] == [state.number for state in numbers if state]
    assert read_contents(one) == read_contents(other)
    assert [2] == [state.number for state in [seal(settings, other)] if state]


def test_answers_of_two_machines_add_up_and_the_newer_counts(tmp_path: Path) -> None:
    """Both collected without knowing of each other: every answer is kept, and both machines end with the same."""
    settings, one, other = machines(tmp_path)
    collect(one, 0, incident=b"triggered", series=b"expired since")
    collect(other, 30, incident=b"resolved", log=b"later")
    seal(settings, one)
    seal(settings, other)
    bring(settings, one)

    assert read_contents(one) == read_contents(other)
    assert [b"resolved", b"expired since", b"later"] == [answer(one, p) for p in ("incident", "series", "log")]
    assert 4 == len(open_bundle(one / "evidence").entries)
    assert NOW + timedelta(minutes=30) == open_bundle(one / "evidence").collected_at


@given(
    older=st.lists(st.tuples(st.sampled_from("ab"), st.binary(max_size=1)), max_size=4),
    newer=st.lists(st.tuples(st.sampled_from("ab"), st.binary(max_size=1)), max_size=4),
)
@limited(max_examples=40)
def test_a_bundle_that_adopts_another_loses_nothing(
    older: list[tuple[str, bytes]], newer: list[tuple[str, bytes]]
) -> None:
    """Every version of every answer and file of both is there, the newer's counts, and to adopt it again adds nothing."""

    def held(bundle: Bundle) -> set[tuple[str, bytes]]:
        files = {(one.name, bundle.read(one)) for one in read_manifest(text(bundle), "here").files}
        return files | {(one.key, bundle.read(one)) for one in bundle.entries}

    def text(bundle: Bundle) -> str:
        return (bundle.folder / "manifest.json").read_text()

    with TemporaryDirectory() as place:
        folders = [Path(place) / who for who in ("older", "newer")]
        for minute, folder, said in zip((0, 30), folders, (older, newer), strict=True):
            collect(folder, minute)
            for path, body in said:
                collect(folder, minute, **{path: body})
                open_bundle(folder / "evidence").add_file(path, body)
        mine, other = (open_bundle(folder / "evidence") for folder in folders)
        for bundle in (mine, other):
            bundle.finish([Coverage("pagerduty", True)])
        expected = held(mine) | held(other)
        counting = {**dict(older), **dict(newer)}
        mine.adopt(other)

        assert expected == held(mine)
        assert counting == {path: answer(folders[0], path) for path in counting}
        assert counting == {one.name: mine.read(one) for one in mine.files}
        before = text(mine)
        mine.adopt(other)
        assert before == text(mine)


def test_a_state_without_evidence_takes_none_away(tmp_path: Path) -> None:
    """Marks alone were stored first: what was collected here counts, with its clock."""
    settings, one, other = machines(tmp_path)
    one.mkdir(parents=True)
    say(one, "first")
    seal(settings, one)
    collect(other, 30, incident=b"1")
    bring(settings, other)

    assert NOW + timedelta(minutes=30) == open_bundle(other / "evidence").collected_at
    assert ["first"] == said(other)


def test_what_two_people_say_at_once_both_counts(tmp_path: Path) -> None:
    """One adds, the other takes back what was there and adds: all three count."""
    settings, one, other = machines(tmp_path)
    collect(one, 0, incident=b"1")
    say(one, "first")
    seal(settings, one)
    bring(settings, other)
    say(one, "second")
    (other / "marks.toml").write_text(undo_last((other / "marks.toml").read_text()))
    say(other, "third")
    seal(settings, one)
    seal(settings, other)
    bring(settings, one)

    assert ["second", "third"] == said(one) == said(other)


def test_a_kill_after_storing_costs_nothing(tmp_path: Path) -> None:
    """The state is there and the folder does not know it yet: it is found to be the same, and no second one is made."""
    settings, one, _ = machines(tmp_path)
    collect(one, 0, incident=b"1")
    say(one, "bad deploy")
    first = seal(settings, one)
    before = read_contents(one)
    (one / ".stored").unlink()

    assert first == seal(settings, one)
    assert before == read_contents(one)


def test_another_storage_is_filled_anew(tmp_path: Path) -> None:
    """What a folder remembers of one storage says nothing about the next."""
    settings, one, _ = machines(tmp_path)
    collect(one, 0, incident=b"1")
    seal(settings, one)
    say(one, "bad deploy")
    seal(settings, one)
    elsewhere = shared(tmp_path / "elsewhere")
    state = seal(elsewhere, one)
    store = bundle_store(elsewhere)

    assert state is not None
    assert store is not None
    assert (1, state) == (state.number, store.newest("INC-1"))
    assert read_contents(one) == unpack(store.read(state), "here")


def test_marks_without_evidence_are_kept(tmp_path: Path) -> None:
    """Whatever bytes they are; the evidence comes to them."""
    settings, one, other = machines(tmp_path)
    collect(one, 0, incident=b"1")
    say(one, "first")
    seal(settings, one)
    other.mkdir(parents=True)
    (other / "marks.toml").write_bytes(b'[[category]]\nname = "\xff"\n')
    bring(settings, other)

    assert b"1" == answer(other, "incident")
    assert [b'name = "first"', b'name = "\xff"'] == [
        line for line in (other / "marks.toml").read_bytes().splitlines() if line.startswith(b"name")
    ]


def test_a_folder_elsewhere_is_a_persons_own(tmp_path: Path) -> None:
    """Given with --out, it is not stored."""
    settings = shared(tmp_path)
    collect(tmp_path / "mine", 0, incident=b"1")

    assert seal(settings, tmp_path / "mine") is None
    assert not (tmp_path / "bundles").exists()


_NAMES = st.lists(st.integers(0, 9), max_size=4, unique=True)


@given(base=_NAMES, added=_NAMES, undone=st.integers(0, 4), other=_NAMES)
def test_marks_grow_by_what_either_side_did(base: list[int], added: list[int], undone: int, other: list[int]) -> None:
    """What one took back is gone and what either added is there; a side that did nothing changes nothing."""

    def text(held: str, who: str, names: list[int]) -> str:
        for name in names:
            held = append_category(held or None, Category(f"{who}{name}", who, NOW))
        return held

    began = text("", "base", base)
    ours = text(began, "ours", added)
    theirs = began
    for _ in range(min(undone, len(base))):
        theirs = undo_last(theirs)
    theirs = text(theirs, "theirs", other)
    kept = [f"base{n}" for n in base[: len(base) - min(undone, len(base))]]

    merged = [one.name for one in read_marks(merge_marks(began, ours, theirs)).categories]
    assert merged == kept + [f"theirs{n}" for n in other] + [f"ours{n}" for n in added]
    assert began == merge_marks(began, began, began)
    assert read_marks(ours) == read_marks(merge_marks(began, ours, began))


_WRITTEN = st.lists(
    st.sampled_from(
        [
            '[[category]]\nname = "a"',
            '  [[category]]\n  name = "b"',
            '[[ mark ]]\nmilestone = "started"\nnone = true',
            "# c",
        ]
    ),
    max_size=4,
    unique=True,
)


@given(base=_WRITTEN, ours=_WRITTEN, theirs=_WRITTEN)
def test_marks_written_by_hand_are_merged_alike_from_both_sides(
    base: list[str], ours: list[str], theirs: list[str]
) -> None:
    """However they are indented, and with what stands above them: nothing that either side added is lost."""
    began, mine, other = ("\n".join(lines) + "\n" for lines in (base, ours, theirs))
    merged, mirrored = merge_marks(began, mine, other), merge_marks(began, other, mine)

    assert sorted(merged.split()) == sorted(mirrored.split())
    assert all(line.strip() in merged for line in {*ours, *theirs} - set(base))
    assert merged.strip() == merge_marks(began, began, merged).strip()


def test_an_indented_mark_is_one_to_take_back() -> None:
    """And the one before it stays."""
    assert '[[mark]]\nmilestone = "started"\n' == undo_last(
        '[[mark]]\nmilestone = "started"\n\n  [[ mark ]]\n  none = true\n'
    )


@given(
    st.dictionaries(
        st.text("aé .-_0", min_size=1).map(lambda name: f"evidence/x{name}"), st.binary(max_size=2000), max_size=5
    )
)
@limited(max_examples=40)
def test_whatever_is_packed_comes_back(contents: dict[str, bytes]) -> None:
    """Every name and byte."""
    assert contents == unpack(pack(contents), "here")


def test_an_incident_is_built_and_marked_where_it_was_never_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Collected on one machine, built offline on another with the same scores, and what is said there comes back."""
    said_scores = []
    for who, arguments in (("one", ("--events", "events.jsonl")), ("other", ("--offline",))):
        folder = tmp_path / who
        folder.mkdir()
        write_rows(folder / "events.jsonl", ROWS)
        (folder / "timeline.toml").write_text('[archive]\nurl = "../tables"\nbundles = "../bundles"\n')
        run = run_in(folder, monkeypatch, capsys)
        code, out, err = run("build", "outage-7", "--json", *arguments)
        assert code == 0, err
        said_scores.append(json.loads(out))
    assert said_scores[0] == said_scores[1]

    assert 0 == run("categorize", "outage-7", "bad deploy")[0]
    shutil.rmtree(tmp_path / "one" / "incidents")
    run = run_in(tmp_path / "one", monkeypatch, capsys)
    assert 0 == run("build", "outage-7", "--offline")[0]
    assert ["bad deploy"] == said(tmp_path / "one" / "incidents" / "outage-7")
    store = bundle_store(shared(tmp_path))
    assert store is not None
    assert {"outage-7": 2} == {name: state.number for name, state in store.every_newest().items()}
