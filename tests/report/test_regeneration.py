"""Facts about building again over what people wrote, on the whole document in both forms: nothing of theirs is ever lost."""

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_timeline.model.scored import Scored
from incident_timeline.report.fences import blocks_of, merge_postmortem
from incident_timeline.report.markdown import LONG, SHORT, render_postmortem
from tests.report.example_scored import TEMPLATES, bare, charts, example, told, without

STORIES: tuple[Scored, ...] = (example(), without(example(), "knew_enough", "resolved"), bare())


@cache
def fresh(form: str, story: int) -> str:
    """A build's document before anybody wrote into it."""
    claims, numbers, _ = told(STORIES[story])
    return render_postmortem(claims, charts(), numbers, None, TEMPLATES, form)


def edges(text: str) -> list[int]:
    """Places that matter: around every fence, inside every block, and at the answer lines."""
    found = [0, len(text)]
    for block in blocks_of(text):
        at = text.index(block.raw)
        found += [at, at + 5, at + len(block.raw) // 2, at + len(block.raw) - 5, at + len(block.raw)]
    return found


@pytest.mark.parametrize("form", [LONG, SHORT])
@settings(max_examples=60, deadline=None)
@given(
    edits=st.lists(st.tuples(st.booleans(), st.integers(0, 100_000), st.integers(0, 40)), min_size=1, max_size=8),
    order=st.permutations([0, 1, 2]),
    rng=st.randoms(use_true_random=False),
)
def test_whatever_people_write_wherever_is_kept_over_every_rebuild(
    form: str, edits: list[tuple[bool, int, int]], order: list[int], rng: random.Random
) -> None:
    """Words at the edges of fences and anywhere else, with deletions around them, then three builds of different findings."""
    text, words = fresh(form, 0), []
    for number, (at_edge, place, cut) in enumerate(edits):
        word = chr(0x4E00 + number)
        at = rng.choice(edges(text)) if at_edge else place % (len(text) + 1)
        gone = text[at : at + cut]
        kept = "".join(char for char in gone if char in words)
        text = text[:at] + word + kept + text[at + cut :]
        words.append(word)
    for story in order:
        text = merge_postmortem(text, fresh(form, story))

    assert [] == [word for word in words if word not in text]
    assert text == merge_postmortem(text, fresh(form, order[-1]))


@pytest.mark.parametrize("story", [0, 1, 2])
@pytest.mark.parametrize("form", [LONG, SHORT])
def test_no_block_that_nobody_touched_counts_as_edited(form: str, story: int) -> None:
    """Else the next build would keep what is out of date, and say that a person wrote it."""
    text = fresh(form, story)

    assert [] == [block.name for block in blocks_of(text) if block.edited]
    assert fresh(form, 0) == merge_postmortem(text, fresh(form, 0))


@pytest.mark.parametrize("form", [LONG, SHORT])
def test_an_edited_block_stands_and_the_new_one_is_offered_beside_it(form: str) -> None:
    """The next build's block is a suggestion, and goes when the person takes it over."""
    first, second = fresh(form, 0), fresh(form, 1)
    name = "response.detection" if form == LONG else "short.response"
    edited = first.replace("8:16", "8:16, as we see it", 1)
    again = merge_postmortem(edited, second)

    assert [name, f"{name}.suggestion"] == [b.name for b in blocks_of(again) if b.name.startswith(name)]
    assert "8:16, as we see it" in again
