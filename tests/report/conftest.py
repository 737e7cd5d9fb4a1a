"""What the tests of the page share: one browser for a module, since its loop must not outlive them."""

from collections.abc import Iterator

import pytest

from tests.report.browser import Visits, launched


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visits]:
    """Opens pages in headless Chromium."""
    with launched() as running:
        yield Visits(running, tmp_path_factory.mktemp("pages"))
