"""Facts about fenced blocks and the merge: what people write is never lost, what the tool wrote is renewed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.report.fences import blocks_of, digest_of, fence, list_blocks, merge_postmortem, own_text


def document(version: str, *, extra: str = "") -> str:
    """A small document with two blocks and places to write."""
    one, two = fence("one", f"one {version}"), fence("two", f"two {version}")
    text = f"# Title\n\n_Answer:_ ……\n{one}\n\n_Answer:_ ……\n{two}\nend\n{extra}"
    return text + list_blocks(text)


def test_without_an_old_document_the_fresh_one_is_returned() -> None:
    """Also for an empty file."""
    assert (document("a"), document("a")) == (
        merge_postmortem(None, document("a")),
        merge_postmortem(" \n", document("a")),
    )


def test_untouched_blocks_are_renewed_and_answers_kept() -> None:
    """A rebuild changes only what the tool owns."""
    old = document("a").replace("_Answer:_ ……", "_Answer:_ we did not look", 1) + "my last words\n"

    merged = merge_postmortem(old, document("b"))

    assert document("b").replace("_Answer:_ ……", "_Answer:_ we did not look", 1).splitlines()[:-1] == [
        line for line in merged.splitlines()[:-1] if line != "my last words"
    ]
    assert "my last words" in merged


def test_an_edited_block_stays_with_the_new_one_beside_it() -> None:
    """The person's words stand; the tool offers its own as a suggestion, and renews the suggestion."""
    old = document("a").replace("one a", "one, as we know it")

    merged = merge_postmortem(old, document("b"))
    again = merge_postmortem(merged, document("c"))

    assert ["one", "one.suggestion", "two"] == [block.name for block in blocks_of(merged)]
    assert ("one, as we know it" in merged, "one b" in merged) == (True, True)
    assert ("one, as we know it" in again, "one b" in again, "one c" in again) == (True, False, True)
    assert again == merge_postmortem(again, document("c"))


def test_an_edited_block_needs_no_suggestion_when_nothing_new_is_known() -> None:
    """Edited, then built again from the same evidence: nothing is offered."""
    old = document("a").replace("one a", "one, as we know it")

    assert old == merge_postmortem(old, document("a"))


def test_a_block_that_says_what_the_person_wrote_is_owned_again() -> None:
    """When a later build agrees with the edit, the suggestion goes."""
    merged = merge_postmortem(document("a").replace("one a", "one c"), document("b"))

    assert document("c") == merge_postmortem(merged, document("c"))


def test_an_edited_suggestion_is_kept() -> None:
    """A person may write there too."""
    merged = merge_postmortem(document("a").replace("one a", "mine"), document("b")).replace("one b", "one b, I agree")

    assert "one b, I agree" in merge_postmortem(merged, document("c"))


def test_a_removed_block_stays_away_and_a_new_one_is_added() -> None:
    """The document's last line says which blocks it had."""
    old = document("a").replace(fence("two", "two a"), "")
    fresh = document("b", extra=fence("three", "three b") + "\n")

    merged = merge_postmortem(old, fresh)

    assert ["one", "three"] == [block.name for block in blocks_of(merged)]


@pytest.mark.parametrize("mark", ["<!-- timeline:end one -->", "<!-- timeline:begin one"])
def test_a_broken_fence_is_left_as_text(mark: str) -> None:
    """Half a fence is the person's text; where the block was begun, the fresh one comes at the end."""
    old = document("a").replace(mark, "oops")

    merged = merge_postmortem(old, document("b"))

    assert "one a" in merged
    assert old.splitlines()[0] == merged.splitlines()[0]


def test_windows_line_ends_and_spaces_at_line_ends_are_no_edits() -> None:
    """An editor that changes them does not take a block away from the tool."""
    old = document("a").replace("\n", "\r\n").replace("one a", "one a  ")

    merged = merge_postmortem(old, document("b"))

    assert ["one b", "two b"] == [block.body.strip() for block in blocks_of(merged)]


def test_a_persons_own_text_is_what_the_tool_does_not_own() -> None:
    """Blocks are left out, an edited one is the person's."""
    old = document("a").replace("one a", "mine")

    assert ("one a" in own_text(document("a")), "mine" in own_text(old), "two a" in own_text(old)) == (
        False,
        True,
        False,
    )
    assert "# Title" in own_text(old)


def test_a_digest_is_of_the_text_only() -> None:
    """The same words give the same digest wherever they stand."""
    assert digest_of("a\nb\n") == digest_of("\na  \r\nb\r\n")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 3)), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_nothing_a_person_writes_is_ever_lost(edits: list[tuple[int, int]], rng: random.Random) -> None:
    """Words written at random places, deletions, then three rebuilds: every word written is still there."""
    text, words = document("a"), []
    for number, (place, deletions) in enumerate(edits):
        word = chr(0x4E00 + number)  # one character, so that no later word can be written into it
        at = place % (len(text) + 1)
        text = text[:at] + word + text[at:]
        words.append(word)
        for _ in range(deletions):
            cut = rng.randrange(len(text))
            if text[cut] not in words:
                text = text[:cut] + text[cut + 1 :]
    for version in "bca":
        text = merge_postmortem(text, document(version))

    assert [] == [word for word in words if word not in text]
    assert text == merge_postmortem(text, document("a"))
