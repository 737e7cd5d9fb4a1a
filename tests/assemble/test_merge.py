"""Facts about merging the sources' frames."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from incident_timeline.assemble.merge import merge_events
from incident_timeline.model.events import empty_events, event, events_frame

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)
ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["chat.said", "note.added"]), st.integers(0, 50)), max_size=20
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_merged_frame_does_not_depend_on_the_order_of_its_parts(
    rows: list[tuple[int, str, int]], shuffle: random.Random
) -> None:
    """The sort key is total: the same rows in any order and any division give the same frame."""
    made = [event(T0 + timedelta(seconds=s), "chat", kind, str(ref), "x", evidence="e") for s, kind, ref in rows]
    made = list({row["event_id"]: row for row in made}.values())
    mixed = made.copy()
    shuffle.shuffle(mixed)
    cut = len(mixed) // 2

    whole = merge_events([events_frame(made)])

    assert_frame_equal(whole, merge_events([events_frame(mixed[cut:]), events_frame(mixed[:cut])]))


def test_a_record_that_two_frames_hold_stands_once() -> None:
    """An event_id is one event."""
    one = events_frame([event(T0, "chat", "chat.said", "1", "hello", evidence="e")])

    assert_frame_equal(one, merge_events([one, one]))


def test_no_frames_give_an_empty_frame_of_the_schema() -> None:
    """A build without any record still has a timeline."""
    assert_frame_equal(empty_events(), merge_events([]))
