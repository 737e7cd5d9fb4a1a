"""Facts about copied conversations: who, when and what in several tools' shapes, and what cannot be placed in time."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.collect.chat_paste import read_paste
from incident_timeline.errors import InputFileError, NaiveTimeError, UsageError
from incident_timeline.model.events import check_events, events_frame

DAY = date(2026, 11, 17)
BERLIN = ZoneInfo("Europe/Berlin")


def read(text: str, zone: ZoneInfo | None = BERLIN, day: date | None = DAY) -> list[dict[str, Any]]:
    """The rows of a copied text."""
    heard = read_paste(text.encode(), "chat.txt", "files/chat.txt.gz", zone, day)
    assert [] == check_events(events_frame(heard.rows))
    return heard.rows


def said(text: str, **more: Any) -> list[tuple[str, str, str]]:
    """(time of day in Berlin, who, what)."""
    return [
        (f"{row['earliest'].astimezone(BERLIN):%H:%M:%S}", row["actor"], row["summary"]) for row in read(text, **more)
    ]


ASHA, JONAS, BOT = "Asha Venkat", "Jonas Lindqvist", "deploybot"
WORDS = ("anything deployed?", "p99 is up", "v418, ten minutes ago", "checkout v418 is live")
EXPECTED = [
    ("14:31:00", ASHA, WORDS[0]),
    ("14:32:00", ASHA, WORDS[1]),
    ("14:33:00", JONAS, WORDS[2]),
    ("14:33:00", BOT, WORDS[3]),
]


def copied(*heads: str) -> str:
    """Heads with the four messages below them."""
    return "".join(f"{head}\n{words}\n" for head, words in zip(heads, WORDS, strict=True))


def logged(*heads: str) -> str:
    """Heads with the four messages behind them."""
    return "".join(f"{head} {words}\n" for head, words in zip(heads, WORDS, strict=True))


SHAPES = {
    "slack": copied(f"{ASHA}  2:31 PM", "2:32", f"{JONAS}  2:33 PM", f"{BOT} APP  2:33 PM"),
    "slack, two lines a head": copied(
        f"{ASHA}\n  2:31 PM", "2:32", f"{JONAS}\n  2:33 PM", f":eyes:\n1\n3 replies\n{BOT}\nAPP  2:33 PM"
    ),
    "slack, 24 hours": copied(f"{ASHA}  14:31", "14:32", f"\n{JONAS}  14:33", f"(edited)\n{BOT} APP  14:33"),
    "slack, older": logged(f"{ASHA} [2:31 PM]\n", "[2:32]", f"{JONAS} [2:33 PM]\n", f"{BOT} APP [2:33 PM]\n"),
    "teams": copied(f"[2:31 PM] {ASHA}", f"[2:32 PM] {ASHA}", f"[2:33 PM] {JONAS}", f"[2:33 PM] {BOT}"),
    "log": logged(f"[14:31] {ASHA}:", f"[14:32] {ASHA}:", f"[14:33] {JONAS}:", f"[14:33] {BOT}:"),
    "irc": logged(f"14:31 <{ASHA}>", f"14:32 <{ASHA}>", f"14:33 <{JONAS}>", f"14:33 <{BOT}>"),
    "discord": copied(*(f"{who} — Today at 2:{at} PM" for at, who in ((31, ASHA), (32, ASHA), (33, JONAS), (33, f"{BOT} BOT")))),
    "whatsapp": logged(*(f"17/11/2026, {at[:5]} - {who}:" for at, who, _ in EXPECTED)),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_words_come_out_of_every_shape(shape: str) -> None:
    """Who, when and what; what the copy adds is left out; a bot is a machine."""
    rows = read(SHAPES[shape])

    assert EXPECTED == said(SHAPES[shape])
    assert ["human", "human", "human", "machine"] == [row["actor_kind"] for row in rows]


def test_a_minute_is_its_middle_thirty_seconds_either_way() -> None:
    """That is all the copy says; the order of the copy is kept within it."""
    rows = read("[14:31] asha: one\n[14:31] jonas: two\n[14:31:07] asha: three")

    minute = datetime(2026, 11, 17, 13, 31, tzinfo=UTC)
    half = timedelta(seconds=30)
    assert (minute + half, minute, minute + 2 * half) == tuple(rows[0][key] for key in ("at", "earliest", "latest"))
    assert rows[0]["at"] < rows[1]["at"]
    assert timedelta(seconds=1) == rows[2]["latest"] - rows[2]["earliest"]


def test_several_lines_are_one_message() -> None:
    """Up to the next head."""
    (row,) = read("Asha Venkat  2:31 PM\nfirst line\nsecond line\n")

    assert "first line second line" == row["summary"]


@pytest.mark.parametrize("head", ["Asha Venkat  2:31 PM\n", "[14:31] asha: look\n"])
def test_lines_of_a_log_inside_a_message_are_part_of_it(head: str) -> None:
    """They begin with a clock and a colon too; the first head says which shape the copy has."""
    inside = "14:02:11 ERROR checkout: time-out\n" if head.startswith("Asha") else "checkout pod  9:02 AM\n14:40\n"

    (row,) = read(f"{head}{inside}")

    assert inside.split("\n")[0].split()[-1] in row["summary"]


def test_a_bare_clock_is_in_the_half_of_the_day_of_the_one_before() -> None:
    """Slack shows the minutes of further messages without AM or PM, across noon and at ten o'clock too."""
    text = "Asha Venkat  10:04 PM\none\n10:05\ntwo\n"
    noon = "Asha Venkat  11:59 AM\none\n12:01\ntwo\n1:02\nthree\n"

    assert ["22:04:00", "22:05:00"] == [at for at, _, _ in said(text)]
    assert ["11:59:00", "12:01:00", "13:02:00"] == [at for at, _, _ in said(noon)]


def test_midnight_without_a_day_is_refused_with_the_fix() -> None:
    """The clock goes back: nobody can tell whether the day changed or the order is wrong."""
    with pytest.raises(InputFileError) as refused:
        read("[23:58] asha: still failing\n[00:03] jonas: rolled back\n")

    assert (
        "chat.txt, line 2: 00:03 comes after 23:58 (line 1), so it crosses midnight or is out of order; "
        "write the day (2026-11-18) on a line of its own before line 2"
    ) == str(refused.value)


def test_a_day_without_a_year_is_the_nearest_one() -> None:
    """New Year's Eve."""
    first, second = read("[23:58] asha: x\nFriday, January 1st\n[00:03] asha: y", day=date(2026, 12, 31))

    assert timedelta(minutes=5) == second["at"] - first["at"]


@pytest.mark.parametrize(
    "day", ["2026-11-18", "Wednesday, November 18th", "--- November 18, 2026 ---", "18 November 2026"]
)
def test_midnight_with_a_day_is_read(day: str) -> None:
    """With the fix of the refusal, and with the day lines that tools put there themselves."""
    first, second = read(f"[23:58] asha: still failing\n{day}\n[00:03] jonas: rolled back\n")

    assert timedelta(minutes=5) == second["at"] - first["at"]


@pytest.mark.parametrize(
    ("text", "zone", "day", "words"),
    [
        ("[14:31] a: x", None, DAY, "its times have no zone, so they name no instants; say the zone with --tz"),
        ("[14:31] a: x", BERLIN, None, "line 1: '14:31' has no day; say the day with --date 2026-11-17"),
        ("November 17th\n[14:31] a: x", BERLIN, None, "has no year; say the day with --date"),
        ("03/04/2026, 14:31 - a: x", BERLIN, DAY, "can be 2026-04-03 or 2026-03-04; write one of these"),
        ("[25:31] a: x", BERLIN, DAY, "'25:31' is no time of day"),
        ("only words\nand more", BERLIN, DAY, "no line says who spoke and when"),
        ("", BERLIN, DAY, "no line says who spoke and when"),
    ],
)
def test_what_cannot_be_placed_in_time_is_refused_with_the_fix(
    text: str, zone: ZoneInfo | None, day: date | None, words: str
) -> None:
    """A zone, a day, a form that means one day only."""
    with pytest.raises((NaiveTimeError, InputFileError)) as refused:
        read(text, zone, day)

    assert words in str(refused.value)


def test_a_clock_time_that_happened_twice_keeps_both() -> None:
    """In the hour in which clocks went back."""
    (row,) = read("[02:30] asha: x", day=date(2026, 10, 25))

    assert timedelta(hours=1, minutes=1) == row["latest"] - row["earliest"]


def test_lines_before_the_first_name_are_said() -> None:
    """A copy often begins in the middle of a message."""
    heard = read_paste(b"half a sentence\n[14:31] asha: x", "chat.txt", "f", BERLIN, DAY)

    assert ("chat.txt: 1 lines before the first name are left out",) == heard.notes


def test_ids_are_the_same_in_every_reading_and_differ_for_equal_words() -> None:
    """So that marks keep their meaning."""
    rows = read("[14:31] asha: +1\n[14:31] asha: +1\n")

    assert [row["event_id"] for row in rows] == [
        row["event_id"] for row in read("[14:31] asha: +1\n[14:31] asha: +1\n")
    ]
    assert 2 == len({row["event_id"] for row in rows})


@given(st.text(alphabet="ab :[]<>-\n0123456789PMAm—,/", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Never with anything but the two errors that a user sees."""
    with suppress(UsageError):
        read(text)
