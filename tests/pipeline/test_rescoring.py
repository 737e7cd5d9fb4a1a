"""Facts about scoring kept bundles in batches: the same rows wherever evidence lies, and a bad bundle costs one incident."""

import re
from contextlib import closing
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from incident_timeline import __version__
from incident_timeline.archive.bundles import BundleStore, Stored
from incident_timeline.collect.packing import pack, read_contents
from incident_timeline.engines.local import LocalEngine
from incident_timeline.errors import EngineError
from incident_timeline.pipeline import rescoring
from incident_timeline.pipeline.rescoring import in_batches, kept_folders, rescore, rescore_all
from tests.lab.families import simulate, write_simulated


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Four simulated incidents."""
    write_simulated(tmp_path, simulate(4))
    return kept_folders(tmp_path / "incidents")


def test_evidence_gives_the_same_rows_from_a_folder_and_from_shared_storage(
    folders: list[Path], tmp_path: Path
) -> None:
    """Marks too; nothing of the folders is needed."""
    store = BundleStore(str(tmp_path / "bundles"))
    states = [Stored(folder.name, 1) for folder in folders]
    for folder, state in zip(folders, states, strict=True):
        assert store.create(state, pack(read_contents(folder)))
    here = rescore(folders, None, ())
    there = rescore(states, store, ())

    assert (4, ()) == (here.incidents, here.failed) == (there.incidents, there.failed)
    assert here.rows is not None
    assert there.rows is not None
    for name, frame in here.rows.items():
        assert_frame_equal(frame, there.rows[name])


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("evidence/manifest.json", b"{", "manifest.json"),
        ("evidence/files/events.jsonl.gz", b"other", "not what was recorded"),
        ("marks.toml", b"[[mark]]\n", "marks.toml, line 1: milestone is None"),
        ("marks.toml", b"\xff", "move it away and build again"),
    ],
)
def test_a_bad_bundle_costs_one_incident(file: str, content: bytes, words: str, folders: list[Path]) -> None:
    """It is named with what is wrong; the others have their rows."""
    bad = folders[1]
    (bad / file).write_bytes(content)
    found = rescore(folders, None, ())

    assert found.rows is not None
    assert [one.name for one in folders if one != bad] == found.rows["incidents"]["incident_id"].to_list()
    assert 1 == len(found.failed)
    assert found.failed[0].startswith(f"{bad.name}: ")
    assert words in found.failed[0]


def test_a_fault_of_the_tool_costs_one_incident(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever one incident makes it stumble over is said with the place, and asks to be reported."""
    whole = rescoring.read_marks

    def stumbling(text: str | None) -> object:
        return whole(text) if "disk full" not in (text or "") else {}["disk full"]

    monkeypatch.setattr(rescoring, "read_marks", stumbling)
    wrong = [one.name for one in folders if "disk full" in (one / "marks.toml").read_text()]
    found = rescore(folders, None, ())

    assert wrong
    assert found.rows is not None
    assert len(folders) - len(wrong) == found.rows["incidents"].height
    assert [f"{name}: could not be scored (KeyError: 'disk full', met in test_rescoring.py" for name in wrong] == [
        one.partition(" line ")[0] for one in found.failed
    ]


def test_rows_of_another_version_are_refused(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that joined later may run one; its rows would be told apart by nothing."""
    monkeypatch.setattr(rescoring, "__version__", "9.9")  # of this process, not of its workers
    with (
        closing(LocalEngine(1)) as engine,
        pytest.raises(
            EngineError,
            match=rf"^a worker runs [a-z-]+ {re.escape(__version__)}, not 9\.9; install",
        ),
    ):
        list(rescore_all(in_batches(folders), None, (), engine))
