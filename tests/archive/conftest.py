"""What the archive's tests share: an S3-compatible store on loopback."""

from collections.abc import Iterator

import pytest

from tests.lab.object_store import ObjectStore, object_store


@pytest.fixture(scope="package")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """An S3-compatible store with a bucket."""
    with object_store(tmp_path_factory.mktemp("moto")) as one:
        yield one
