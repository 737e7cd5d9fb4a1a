"""Things named in text, one spelling each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.score.entities import entities, entities_of_ref


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("v418 filters", {"version:418"}),
        ("bumped to 1.270.0", {"version:1.270.0"}),
        ("reverted in 90aa3c17e6f8", {"sha:90aa3c1"}),
        ("PR 2291 and #77", {"pull:2291", "pull:77"}),
        ("https://example.org/acme/shop/pull/12", {"pull:12"}),
        ("the customer_ref column", {"name:customer_ref"}),
        ("db-07 is full", {"name:db-07"}),
        ("pool.max.size", {"name:pool.max.size"}),
        ("startupProbe failed", {"name:startupprobe"}),
        ("a follow-up, and/or nothing", set()),
        ("at 14:07 we had 3 errors", set()),
    ],
)
def test_what_a_text_names(text: str, names: set[str]) -> None:
    """Versions, commits, pull requests, tables, hosts, keys; not ordinary words and numbers."""
    assert names == entities(text)


def test_services_are_names_that_were_given() -> None:
    """As whole words, in any case."""
    assert {"service:search"} == entities("Search is slow, research is not", ["search", "orders"])


def test_a_ref_and_a_commit_name_the_same_things_as_the_texts_about_them() -> None:
    """The tag at the end of a ref and the first seven digits of the commit."""
    assert entities("rolled back to v417 (5f0c1b7)") == entities_of_ref("refs/tags/v417", "5f0c1b7e9a3d4c62")
    assert frozenset() == entities_of_ref(None, None)


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    """No text fails, and every name says its kind."""
    assert all(":" in name for name in entities(text))
