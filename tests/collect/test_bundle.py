"""Facts about the evidence bundle: immutable, complete or resumable, the same for the same answers."""

import gzip
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incident_timeline.collect.bundle import Bundle, open_bundle
from incident_timeline.collect.key import Request
from incident_timeline.collect.manifest import Entry
from incident_timeline.errors import StorageError
from incident_timeline.model.findings import Coverage

NOW = datetime(2026, 11, 17, 18, tzinfo=UTC)
JSON = {"content-type": "application/json"}


def request(path: str = "/incidents/123") -> Request:
    """A GET of PagerDuty."""
    return Request("pagerduty", "GET", path, (), "")


def add(bundle: Bundle, body: bytes, path: str = "/incidents/123", status: int = 200, **fields: object) -> Entry:
    """Stores one answer."""
    asked = request(path)
    entry = Entry(
        "pagerduty", asked.key, 1, "GET", f"https://api.example{path}", "2026-11-17T18:00:00Z", headers=JSON, **fields
    )  # type: ignore[arg-type]
    return bundle.add(asked, Entry(**{**{k: getattr(entry, k) for k in entry.__slots__}, "status": status}), body)


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_an_answer_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    """Compressed on disk, named by its key, with the sum of the stored file in the manifest."""
    bundle = open_bundle(tmp_path)
    entry = add(bundle, b'{"a":1}')
    bundle.finish()

    stored = (tmp_path / f"pagerduty/{request().key}.json.gz").read_bytes()
    row = json.loads((tmp_path / "manifest.json").read_text())["requests"][0]
    assert b'{"a":1}' == gzip.decompress(stored) == open_bundle(tmp_path).read(entry)
    assert (hashlib.sha256(stored).hexdigest(), 7, 200) == (row["sha256"], row["bytes"], row["status"])


def test_the_same_answers_give_the_same_bytes_in_whatever_order_they_came(tmp_path: Path) -> None:
    """Threads finish as they like; the bundle must not show it."""
    for name, order in (("one", ("/a", "/b", "/c")), ("two", ("/c", "/a", "/b"))):
        bundle = open_bundle(tmp_path / name)
        bundle.begin(NOW)
        for path in order:
            add(bundle, path.encode(), path)
        bundle.finish([Coverage("pagerduty", True)])

    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_an_answer_is_never_changed_and_the_newest_counts(tmp_path: Path) -> None:
    """A later answer to the same request lies beside the first."""
    bundle = open_bundle(tmp_path)
    first = add(bundle, b'{"status":"triggered"}')
    before = files(tmp_path)[str(first.file)]
    second = add(bundle, b'{"status":"resolved"}')
    bundle.finish()

    again = open_bundle(tmp_path)
    newest = again.find(request().key)
    assert newest is not None
    assert (1, 2, 2) == (first.version, second.version, newest.version)
    assert b'{"status":"resolved"}' == again.read(newest)
    assert before == files(tmp_path)[str(first.file)]


def test_the_same_answer_again_changes_nothing(tmp_path: Path) -> None:
    """Building again leaves the folder as it is, byte for byte."""
    bundle = open_bundle(tmp_path)
    add(bundle, b"{}")
    bundle.finish()
    before = files(tmp_path)

    again = open_bundle(tmp_path)
    add(again, b"{}")
    again.finish()

    assert before == files(tmp_path)


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.8, 1.0])
def test_a_killed_run_is_gone_on_with(kept: float, tmp_path: Path) -> None:
    """Nobody called finish, and the journal's last line may be torn: whole entries count, and `collected_at` stays."""
    bundle = open_bundle(tmp_path)
    bundle.begin(NOW)
    add(bundle, b"1", "/a")
    journal = tmp_path / "manifest.journal.jsonl"
    whole = journal.read_bytes()
    add(bundle, b"2", "/b")
    added = journal.read_bytes()[len(whole) :]
    journal.write_bytes(whole + added[: int(len(added) * kept)])

    again = open_bundle(tmp_path)

    found = [again.find(request(path).key) is not None for path in ("/a", "/b")]
    assert [True, kept == 1.0] == found
    assert again.collected_at == NOW
    add(again, b"2", "/b")
    again.finish()
    assert not journal.exists()
    assert 2 == len(open_bundle(tmp_path).entries)


def test_no_half_written_file_is_left_behind(tmp_path: Path) -> None:
    """Everything is written under another name first."""
    bundle = open_bundle(tmp_path)
    add(bundle, b"{}")
    bundle.finish()

    assert [] == [name for name in files(tmp_path) if name.endswith(".tmp")]


def test_a_changed_answer_is_refused(tmp_path: Path) -> None:
    """Evidence that somebody edited is no evidence."""
    bundle = open_bundle(tmp_path)
    entry = add(bundle, b"{}")
    (tmp_path / str(entry.file)).write_bytes(gzip.compress(b'{"edited":true}'))

    with pytest.raises(StorageError, match="not what was recorded"):
        bundle.read(entry)


def test_a_lost_answer_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """The sentence names the file."""
    bundle = open_bundle(tmp_path)
    entry = add(bundle, b"{}")
    (tmp_path / str(entry.file)).unlink()

    with pytest.raises(StorageError, match=r"cannot be read .* build again"):
        bundle.read(entry)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 99, "requests": []}'])
def test_a_manifest_that_cannot_be_read_is_one_sentence(text: str, tmp_path: Path) -> None:
    """No traceback, and a way out."""
    (tmp_path / "manifest.json").write_text(text)

    with pytest.raises(StorageError, match=r"manifest\.json"):
        open_bundle(tmp_path)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "evidence").write_text("in the way")

    with pytest.raises(StorageError, match="check the folder"):
        add(open_bundle(tmp_path / "evidence"), b"{}")


def test_pages_fetched_stand_against_pages_promised(tmp_path: Path) -> None:
    """Of three pages that the first one promised, two were fetched."""
    bundle = open_bundle(tmp_path)
    for offset in (0, 100):
        path = f"/incidents/Q1/log_entries?offset={offset}"
        add(bundle, b"{}", path, page={"offset": offset, "limit": 100, "total": 250, "more": True})
    bundle.finish()

    pages = json.loads((tmp_path / "manifest.json").read_text())["pages"]
    assert [(2, 3)] == [(row["fetched"], row["promised"]) for row in pages]


def test_what_was_skipped_and_why_stands_in_the_manifest(tmp_path: Path) -> None:
    """And the cuts are counted over all answers."""
    bundle = open_bundle(tmp_path)
    add(bundle, b"1", "/a", cuts={"e-mail": 2})
    add(bundle, b"2", "/b", cuts={"e-mail": 1, "phone": 1})
    bundle.finish([Coverage("pagerduty", True), Coverage("chat", False, skipped=True, reason="not configured")])

    table = json.loads((tmp_path / "manifest.json").read_text())
    assert [("chat", "not configured")] == [(row["source"], row["reason"]) for row in table["skipped"]]
    assert {"e-mail": 3, "phone": 1} == table["cuts"]


def test_a_given_file_is_copied_cut_and_kept_in_versions(tmp_path: Path) -> None:
    """What the build reads is what the bundle holds."""
    bundle = open_bundle(tmp_path)
    one, cleaned = bundle.add_file("events.jsonl", b'{"text":"mail bob@example.com"}\n')
    same, _ = bundle.add_file("events.jsonl", b'{"text":"mail bob@example.com"}\n')
    two, _ = bundle.add_file("events.jsonl", b'{"text":"other"}\n')
    bundle.finish()

    again = open_bundle(tmp_path).file("events.jsonl")
    assert b'{"text":"mail [e-mail]"}\n' == cleaned
    assert (1, 1, 2) == (one.version, same.version, two.version)
    assert again is not None
    assert b'{"text":"other"}\n' == again[1]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs", "..", ".hidden", "a b/ü.csv"])
def test_a_files_name_never_leads_out_of_the_bundle(name: str, tmp_path: Path) -> None:
    """Names come from a command line."""
    bundle = open_bundle(tmp_path / "evidence")
    record, _ = bundle.add_file(name, b"x")

    assert (tmp_path / "evidence" / "files").resolve() == (tmp_path / "evidence" / record.file).resolve().parent


def test_files_whose_names_are_alike_lie_apart(tmp_path: Path) -> None:
    """What a name may not hold is written as `_`, also where another file is called so; each has its versions."""
    bundle = open_bundle(tmp_path)
    for content in (b"1", b"2"):
        for name in ("a b.jsonl", "a_b.jsonl"):
            bundle.add_file(name, name.encode() + content)

    assert {"a b.jsonl": b"a b.jsonl2", "a_b.jsonl": b"a_b.jsonl2"} == {
        one.name: bundle.read(one) for one in bundle.files
    }
    assert 4 == len(list((tmp_path / "files").iterdir()))


def test_a_kill_before_the_journal_is_dropped_counts_nothing_twice(tmp_path: Path) -> None:
    """The manifest was written whole already: answers and files stand in it once."""
    bundle = open_bundle(tmp_path)
    add(bundle, b"{}")
    bundle.add_file("events.jsonl", b"{}")
    journal = (tmp_path / "manifest.journal.jsonl").read_bytes()
    bundle.finish()
    before = files(tmp_path)
    (tmp_path / "manifest.journal.jsonl").write_bytes(journal)
    open_bundle(tmp_path).finish()

    assert before == files(tmp_path)


def test_the_key_knows_what_was_asked_and_nothing_else() -> None:
    """Order of parameters does not matter to it; source, method, path, parameters and body do."""
    base = Request("s", "GET", "/p", (("a", "1"),), "")
    others = [
        Request("t", "GET", "/p", (("a", "1"),), ""), Request("s", "POST", "/p", (("a", "1"),), ""),
        Request("s", "GET", "/q", (("a", "1"),), ""), Request("s", "GET", "/p", (("a", "2"),), ""),
        Request("s", "GET", "/p", (("a", "1"),), "b"),
    ]  # fmt: skip

    assert 6 == len({base.key, *(one.key for one in others)})
