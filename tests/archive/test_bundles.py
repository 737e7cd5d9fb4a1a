"""Facts about shared storage of evidence: states in order, none overwritten, one sentence for what cannot be used."""

from pathlib import Path

import pytest

from incident_timeline.archive.bundles import BundleStore, Stored
from incident_timeline.errors import StorageError
from tests.lab.object_store import ObjectStore


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.live)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BundleStore:
    """A folder, and the bucket with the options that the tables take as well."""
    if request.param == "folder":
        return BundleStore(str(tmp_path / "bundles"))
    one: ObjectStore = request.getfixturevalue("s3")
    of_tables = {"AWS_S3_ALLOW_UNSAFE_RENAME": "true"}
    return BundleStore(f"{one.url}/{tmp_path.name}", tuple(sorted((one.options | of_tables).items())))


def test_the_newest_state_of_each_incident_is_found(store: BundleStore) -> None:
    """INC-1 is no part of INC-10; ten comes after nine."""
    assert {} == store.every_newest()
    for number in range(1, 11):
        assert store.create(Stored("INC-1", number), b"%d" % number)
    store.create(Stored("INC-10", 1), b"other")

    assert {"INC-1": Stored("INC-1", 10), "INC-10": Stored("INC-10", 1)} == store.every_newest()
    assert Stored("INC-1", 10) == store.newest("INC-1")
    assert store.newest("INC-2") is None
    assert b"10" == store.read(Stored("INC-1", 10))


def test_a_state_is_never_overwritten(store: BundleStore) -> None:
    """The second writer of a number is told, and the first one's object stays."""
    state = Stored("INC-1", 1)

    assert [True, False] == [store.create(state, b"first"), store.create(state, b"second")]
    assert b"first" == store.read(state)


def test_a_state_that_is_not_there_is_one_sentence(store: BundleStore) -> None:
    """It names the object and the table of the configuration."""
    with pytest.raises(StorageError, match=r"INC-9/000001\.tar\.gz: [^\n]*not found[^\n]*\[archive\]$"):
        store.read(Stored("INC-9", 1))


@pytest.mark.live
def test_a_bucket_that_is_not_there_is_one_sentence(s3: ObjectStore) -> None:
    """Reading and writing both say it."""
    store = BundleStore("s3://other", tuple(s3.options.items()))

    for ask in (store.every_newest, lambda: store.create(Stored("INC-1", 1), b"")):
        with pytest.raises(StorageError, match=r"s3://other/[^\n]*NoSuchBucket[^\n]*\[archive\]$"):
            ask()


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [("ftp://host/bundles", (), "recognise URL"), ("s3://bucket", (("aws_regoin", "x"),), "aws_regoin")],
)
def test_an_address_or_option_that_is_unknown_is_one_sentence(
    url: str, options: tuple[tuple[str, str], ...], words: str
) -> None:
    """A typo is named."""
    with pytest.raises(StorageError, match=rf"{words}[^\n]*\[archive\]$"):
        BundleStore(url, options).newest("INC-1")
