"""The reader of `--events` files: what it takes, what it makes of it, and what it refuses with file and line."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.collect.events_file import KIND_OF, read_events_file
from incident_timeline.errors import InputFileError, NaiveTimeError, UsageError
from incident_timeline.model.events import check_events
from incident_timeline.model.incident import Window

T = "2026-11-17T14:07:31Z"
AT = datetime(2026, 11, 17, 14, 7, 31, tzinfo=UTC)


def lines(*rows: dict[str, Any]) -> bytes:
    """Rows as JSON Lines."""
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def one(**row: Any) -> dict[str, Any]:
    """The event that one row becomes."""
    return read_events_file(lines({"at": T, "kind": "chat", **row}), "log.jsonl").events.row(0, named=True)


@pytest.mark.parametrize(
    ("said", "kind"), [*KIND_OF.items(), ("Chat", "chat.said"), ("graph", "other"), ("note.added", "note.added")]
)
def test_kinds_are_mapped_and_unknown_ones_kept_as_other(said: str, kind: str) -> None:
    """The file's own word stays in detail."""
    event = one(kind=said)
    assert (kind, {"kind": said}) == (event["kind"], json.loads(event["detail"]))


@pytest.mark.parametrize(
    ("row", "who"),
    [
        ({"actor": "ana"}, "human"),
        ({}, "human"),
        ({"actor": "deploy-bot"}, "machine"),
        ({"actor": "Monitoring"}, "machine"),
        ({"actor": "Abbott"}, "human"),
        ({"actor": "deploy-bot", "actor_kind": "human"}, "human"),
        ({"kind": "ack", "actor": "pagerduty"}, "human"),
        ({"kind": "ack", "actor_kind": "machine"}, "machine"),
        ({"kind": "alert", "actor": "ana"}, "machine"),
        ({"kind": "deploy", "actor": "ana"}, "unknown"),
        ({"kind": "resolve", "actor": "alertmanager"}, "machine"),
    ],
)
def test_who_acted(row: dict[str, str], who: str) -> None:
    """An acknowledgement and a remark are human unless said or unless the actor looks like a machine."""
    assert who == one(**row)["actor_kind"]


@pytest.mark.parametrize(
    "value", [T, "2026-11-17T15:07:31+01:00", AT.timestamp(), str(AT.timestamp()), " 1794924451 ", 1794924451]
)
def test_a_time_is_rfc_3339_or_unix_seconds(value: object) -> None:
    """All are the same instant."""
    assert AT == one(at=value)["at"]


def test_every_column_finds_its_place() -> None:
    """Further columns go to detail, `until` gives the end."""
    row = {
        "actor": "ana",
        "text": "v2 out",
        "service": "shop",
        "url": "https://example.org/1",
        "ref": 7,
        "until": "2026-11-17T14:09Z",
        "room": "b",
    }
    event = one(kind="deploy", **row)
    assert ("ana", "v2 out", "shop", "https://example.org/1", "7") == tuple(
        event[name] for name in ("actor", "summary", "service", "url", "ref")
    )
    assert (AT + timedelta(seconds=89), {"kind": "deploy", "room": "b"}) == (
        event["until"],
        json.loads(event["detail"]),
    )


def test_a_csv_gives_the_same_events_as_json_lines() -> None:
    """With a byte order mark, quoted commas and line breaks, CRLF, and empty fields; semicolons too."""
    text = "one, two\nthree"
    table = f'\ufeffat,kind,actor,text\r\n{T},chat,ana,"{text}"\r\n{T},ack,,\r\n'.encode()
    semicolons = f'at;kind;actor;text\n{T};chat;ana;"{text}"\n{T};ack;;\n'.encode()
    wanted = read_events_file(
        lines({"at": T, "kind": "chat", "actor": "ana", "text": text}, {"at": T, "kind": "ack"}), "x"
    )
    assert wanted.events.equals(read_events_file(table, "x").events)
    assert wanted.events.equals(read_events_file(semicolons, "x").events)


def test_the_window_is_from_the_first_time_to_the_last_end() -> None:
    """An end counts as much as a beginning."""
    content = lines({"at": T, "kind": "chat"}, {"at": 1794924000, "kind": "deploy", "until": "2026-11-17T15:00:00Z"})
    window = Window(datetime(2026, 11, 17, 14, 0, tzinfo=UTC), datetime(2026, 11, 17, 15, 0, tzinfo=UTC))
    assert window == read_events_file(content, "x").window


def test_refs_default_to_the_row_and_evidence_points_at_it() -> None:
    """Blank lines are not rows."""
    content = lines({"at": T, "kind": "page"}) + b"\n\n" + lines({"at": T, "kind": "resolve"})
    events = read_events_file(content, "x", stored_as="events/ab12").events
    assert {("1", "events/ab12#/0"), ("2", "events/ab12#/1")} == set(events.select("ref", "evidence").iter_rows())


@given(st.permutations(range(5)))
def test_the_order_of_rows_changes_no_id(order: list[int]) -> None:
    """Rows at equal times, two of them the same."""
    rows = [{"at": T, "kind": "chat", "actor": "ana", "text": text} for text in ("a", "b", "b", "", "d")]
    usual = read_events_file(lines(*rows), "x").events
    other = read_events_file(lines(*(rows[place] for place in order)), "x").events
    assert usual.select("event_id", "summary").equals(other.select("event_id", "summary"))


def test_a_long_text_is_cut_in_the_summary_and_whole_in_detail() -> None:
    """100 kB pasted into one message, in both formats."""
    text = "line one\n" + "x" * 200_000
    table = f'at,kind,text\n{T},chat,"{text}"\n'.encode()
    for event in (one(text=text), read_events_file(table, "x").events.row(0, named=True)):
        assert (300, text) == (len(event["summary"]), json.loads(event["detail"])["text"])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"at": "yesterday", "kind": "chat"}, "line 2: `at` 'yesterday' is not a time"),
        ({"at": 1794924451000, "kind": "chat"}, "line 2: `at` 1794924451000 is not a time in Unix seconds"),
        ({"at": "9999-12-31T23:59:59Z", "kind": "chat"}, "line 2: `at` '9999-12-31T23:59:59Z' is not a time"),
        ({"at": "0001-01-01T00:00:00+05:00", "kind": "chat"}, "line 2: `at` '0001-01-01T00:00:00+05:00' is not a time"),
        ({"at": -99_999_999_999, "kind": "chat"}, "line 2: `at` -99999999999 is not a time in Unix seconds"),
        ({"kind": "chat"}, "line 2: no time in `at`; write RFC 3339"),
        ({"at": T}, "line 2: no kind"),
        ({"at": T, "kind": "chat", "actor_kind": "robot"}, "line 2: actor_kind 'robot'"),
        ({"at": T, "kind": "deploy", "until": "2026-11-17T14:00:00Z"}, "line 2: `until`"),
        ([1], "line 2: expected an object"),
    ],
)
def test_an_unusable_row_is_refused_by_file_and_line(row: Any, message: str) -> None:
    """The message says which row and what to write instead."""
    content = lines({"at": T, "kind": "chat"}) + b"\n" + json.dumps(row).encode()
    with pytest.raises(InputFileError) as refused:
        read_events_file(content, "log.jsonl")
    assert f"log.jsonl, {message}" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no events"),
        (b"at,kind\n", "holds no events"),
        (b"time,what\n1,2\n", "no column at and kind"),
        (b'{"at": 1', "line 1: not JSON"),
        (b"at,kind\n\xff", "byte 8 is not UTF-8"),
        (f"at,kind,text\n{T},chat,a,b\n".encode(), "line 2: more fields"),
        (f'at,kind,text\n{T},chat,"never closed\n{T},resolve,well\n'.encode(), "line 2: not CSV"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 100_000, "line 1: not JSON"),
    ],
)
def test_an_unusable_file_is_refused(content: bytes, message: str) -> None:
    """Empty, without the columns, broken, in another encoding."""
    with pytest.raises(InputFileError) as refused:
        read_events_file(content, "log.csv")
    assert message in str(refused.value)


def test_a_naive_time_is_refused_unless_its_zone_is_said() -> None:
    """A clock time in winter in Berlin is one hour ahead of UTC."""
    content = lines({"at": "2026-11-17T15:07:31", "kind": "chat"})
    with pytest.raises(NaiveTimeError, match=r"log.jsonl, line 1: `at` .* has no zone"):
        read_events_file(content, "log.jsonl")
    assert AT == read_events_file(content, "log.jsonl", "Europe/Berlin").events["at"][0]
    with pytest.raises(UsageError, match="Europe/Nowhere"):
        read_events_file(content, "log.jsonl", "Europe/Nowhere")


def test_a_leap_second_is_the_second_after_it() -> None:
    """Unix time has none, so 23:59:60 and the midnight after it are one instant there."""
    assert datetime(2017, 1, 1, tzinfo=UTC) == one(at="2016-12-31T23:59:60Z")["at"]
    assert datetime(2017, 1, 1, tzinfo=UTC) == one(at="2017-01-01T00:59:60+01:00")["at"]


def test_a_clock_time_that_happened_twice_is_a_range_and_one_that_did_not_is_refused() -> None:
    """The hours in which clocks are put back and forward."""
    twice = read_events_file(lines({"at": "2026-10-25T02:30:00", "kind": "chat"}), "x", "Europe/Berlin").events.row(
        0, named=True
    )
    assert timedelta(hours=1) == twice["latest"] - twice["earliest"]
    with pytest.raises(InputFileError, match="did not happen"):
        read_events_file(lines({"at": "2026-03-29T02:30:00", "kind": "chat"}), "x", "Europe/Berlin")


VALUES = st.one_of(
    st.text(max_size=30),
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
    st.none(),
    st.lists(st.text(max_size=3)),
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"at": st.integers(0, 4 * 10**9), "kind": st.text(min_size=1, max_size=9)},
            optional={"actor": VALUES, "text": VALUES, "ref": VALUES, "more": VALUES},
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_a_row_holds_the_frame_keeps_the_schema_or_the_row_is_refused(rows: list[dict[str, Any]]) -> None:
    """Numbers and lists for texts, other scripts, half surrogates."""
    content = "\n".join(json.dumps(row) for row in rows).encode()
    if any(not row["kind"].strip() for row in rows):
        with pytest.raises(InputFileError, match="no kind"):
            read_events_file(content, "x")
        return
    events = read_events_file(content, "x").events
    assert ([], len(rows)) == (check_events(events), events.height)
    assert events["at"].is_sorted()
    assert pl.Series(events["event_id"]).n_unique() == len(rows)
