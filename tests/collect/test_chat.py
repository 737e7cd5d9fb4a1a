"""Facts about what people said: the same from the Web API, from an export's folder and from its zip."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.collect.bundle import open_bundle
from incident_timeline.collect.chat import SlackChannel
from incident_timeline.collect.chat_export import SlackExport
from incident_timeline.collect.chat_rows import instant_of, message_rows
from incident_timeline.collect.http import folder_transport, replay_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.model.events import events_frame
from incident_timeline.model.incident import Incident, Window
from tests.collect.sources import NOW, PEOPLE, T0, WINDOW, chain, channel, connection, simulators

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")
CLOCK = Clock(now=lambda: NOW)


def said(*messages: dict[str, Any], users: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Rows of messages, the first at T0, one a second."""
    found = [
        ({"type": "message", "ts": f"{T0 + n:.6f}", "user": "U1", **message}, f"c#/{n}")
        for n, message in enumerate(messages)
    ]
    return message_rows(found, users or {}, WINDOW, "C1")


def exported(folder: Path, where: Path, name: str | None = "C0123") -> pl.DataFrame:
    """The events of an export, read through a bundle."""
    transport = folder_transport("chat", where, open_bundle(folder), CLOCK)
    return SlackExport(name).collect(transport, WINDOW, INCIDENT).events


def zipped(folder: Path, into: Path, inside: str = "") -> Path:
    """A zip of an export."""
    with zipfile.ZipFile(into, "w") as archive:
        for path in sorted(folder.rglob("*.json")):
            archive.write(path, f"{inside}{path.relative_to(folder)}")
    return into


def test_api_folder_and_zip_give_the_same_events(tmp_path: Path) -> None:
    """Ids too, so that marks and evidence survive a change of source."""
    with simulators() as one:
        api = SlackChannel("C0123").collect(
            chain(tmp_path / "api", connection(one, "slack"), "chat", "slack")[0], WINDOW, INCIDENT
        )
    channel().export(tmp_path / "export")
    frames = [
        exported(tmp_path / "a", tmp_path / "export"),
        exported(tmp_path / "b", tmp_path / "export", "inc-checkout"),
        exported(tmp_path / "c", tmp_path / "export", None),
        exported(tmp_path / "d", zipped(tmp_path / "export", tmp_path / "flat.zip")),
        exported(tmp_path / "e", zipped(tmp_path / "export", tmp_path / "nested.zip", "acme export/")),
    ]

    assert 3 == api.events.height
    for frame in frames:
        assert_frame_equal(api.events.drop("evidence"), frame.drop("evidence"))


def test_an_export_is_read_again_from_the_bundle_alone(tmp_path: Path) -> None:
    """What was read is evidence: the folder may be gone by then. E-mail addresses of its users are not kept."""
    channel().export(tmp_path / "export")
    bundle = open_bundle(tmp_path / "evidence")
    first = SlackExport("C0123").collect(folder_transport("chat", tmp_path / "export", bundle, CLOCK), WINDOW, INCIDENT)
    bundle.finish()

    again = SlackExport("C0123").collect(replay_transport("chat", open_bundle(tmp_path / "evidence")), WINDOW, INCIDENT)

    assert_frame_equal(first.events, again.events)
    assert first.coverage == again.coverage
    assert "e-mail" in json.loads((tmp_path / "evidence" / "manifest.json").read_text())["cuts"]


def test_text_is_readable_and_times_are_exact(tmp_path: Path) -> None:
    """Mentions by name, links by their words, escapes undone; microseconds kept."""
    users = {"U1": {"id": "U1", "name": "asha", "profile": {"real_name": "Asha Venkat"}}}
    (row,) = said(
        {"text": "<@U1> see <https://x.example/d|the board> in <#C2|ops> &lt;now&gt;", "ts": f"{int(T0) + 10}.000123"},
        users=users,
    )

    assert ("@asha see the board in ops <now>", 123) == (row["summary"], row["at"].microsecond)
    assert ("U1", "human", "Asha Venkat") == (row["actor"], row["actor_kind"], json.loads(row["detail"])["actor_name"])


def test_times_are_not_read_through_a_float() -> None:
    """`ts` is a decimal text; a float would lose its last digits."""
    assert 355 == (instant_of("1795523410.000355") or NOW).microsecond
    assert [None, None, None] == [instant_of(one) for one in (None, "soon", "Infinity")]


@pytest.mark.parametrize(
    ("message", "kind"),
    [({}, "human"), ({"bot_id": "B1"}, "machine"), ({"subtype": "bot_message", "user": None, "username": "deploybot"}, "machine"),
     ({"user": None}, "unknown"), ({"user": "UBOT"}, "machine")],
)  # fmt: skip
def test_bots_are_machines(message: dict[str, Any], kind: str) -> None:
    """By the message or by the user behind it."""
    (row,) = said({"text": "x", **message}, users={"UBOT": {"id": "UBOT", "is_bot": True}})

    assert kind == row["actor_kind"]


def test_joins_and_empty_messages_say_nothing() -> None:
    """They are no statements."""
    assert [] == said({"text": "joined", "subtype": "channel_join"}, {"text": "  "}, {"text": None})


def test_what_a_bot_writes_into_attachments_is_its_text() -> None:
    """Alert bots leave the text empty."""
    (row,) = said({"text": "", "bot_id": "B1", "attachments": [{"fallback": "p99 above 1 s"}]})

    assert "p99 above 1 s" == row["summary"]


def test_an_edit_is_shown_and_several_lines_are_kept() -> None:
    """The summary is one line; detail has the text as written and when it was changed."""
    (row,) = said({"text": "one\ntwo", "edited": {"user": "U1", "ts": f"{T0 + 60:.6f}"}})

    assert ("one two", "one\ntwo", "2026-11-17T14:01:00Z") == (
        row["summary"],
        *(json.loads(row["detail"])[k] for k in ("text", "edited_at")),
    )


def test_a_message_that_two_pages_hold_stands_once() -> None:
    """The root of a thread is in the history and among its replies."""
    same = {"text": "x", "ts": f"{T0:.6f}"}

    assert 1 == events_frame(said(same, same)).height


def answering(**methods: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A Slack whose methods answer these bodies; a list is one body a call."""

    def respond(request: httpx.Request) -> httpx.Response:
        body = methods[request.url.path.strip("/").replace(".", "_")]
        return httpx.Response(200, json=body(request) if callable(body) else body)

    return respond


def page(request: httpx.Request) -> dict[str, Any]:
    """The second page follows the first by a cursor."""
    second = request.url.params.get("cursor") == "c2"
    message = {"ts": f"{T0 + second:.6f}", "user": "U1", "text": f"page {1 + second}", "reply_count": 1 - second}
    return {"ok": True, "messages": [message], "response_metadata": {"next_cursor": "" if second else "c2"}}


def test_pages_follow_the_cursor_and_threads_are_read() -> None:
    """Both pages, and the reply to the message that has one."""
    reply = {"ok": True, "messages": [{"ts": f"{T0 + 9:.6f}", "thread_ts": f"{T0:.6f}", "user": "U2", "text": "reply"}]}
    transport = httpx.MockTransport(
        answering(users_list={"ok": True, "members": []}, conversations_history=page, conversations_replies=reply)
    )

    found = SlackChannel("C1").collect(transport, WINDOW, INCIDENT)

    assert ["page 1", "page 2", "reply"] == found.events["summary"].to_list()


def test_a_token_that_may_not_list_users_costs_the_names_only() -> None:
    """What was said is there; the coverage says what is not."""
    refused = {"ok": False, "error": "missing_scope"}
    transport = httpx.MockTransport(
        answering(users_list=refused, conversations_history=page, conversations_replies=refused)
    )

    found = SlackChannel("C1").collect(transport, WINDOW, INCIDENT)

    assert (2, False) == (found.events.height, found.coverage[0].ok)
    assert [
        "names of people: slack: users.list says missing_scope",
        "replies: slack: conversations.replies says missing_scope",
    ] == sorted(part.split(";")[0] for part in found.coverage[0].reason.split("; ") if "says" in part)


@pytest.mark.parametrize("name", ["random", None])
def test_a_channel_that_an_export_lacks_is_named_with_those_it_holds(name: str | None, tmp_path: Path) -> None:
    """None is enough only where there is one."""
    channel().export(tmp_path / "export")
    (tmp_path / "export" / "general").mkdir()
    transport = folder_transport("chat", tmp_path / "export", open_bundle(tmp_path / "evidence"), CLOCK)

    (coverage,) = SlackExport(name).collect(transport, WINDOW, INCIDENT).coverage

    assert not coverage.ok
    assert "holds general, inc-checkout; set channel" in coverage.reason


@pytest.mark.parametrize("what", ["absent", "no.zip", "locked.zip", "torn.zip"])
def test_an_export_that_cannot_be_read_is_coverage(what: str, tmp_path: Path) -> None:
    """A missing folder, no zip at all, one with a password, one whose packed bytes are damaged."""
    (tmp_path / "no.zip").write_bytes(b"no zip")
    for name in ("locked.zip", "torn.zip"):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("channels.json", "[]" * 50)
            archive.writestr("x/2026-11-17.json", "[]")
        whole = bytearray((tmp_path / name).read_bytes())
        if name == "locked.zip":
            whole[whole.index(b"PK\x01\x02") + 8] |= 1  # the flag of encryption, as the directory of the zip has it
        else:
            whole[30 + len("channels.json")] = 0xFF  # the first packed byte
        (tmp_path / name).write_bytes(whole)
    transport = folder_transport("chat", tmp_path / what, open_bundle(tmp_path / "evidence"), CLOCK)

    (coverage,) = SlackExport("C1").collect(transport, WINDOW, INCIDENT).coverage

    assert (False, True) == (coverage.ok, "give the folder or zip that Slack made" in coverage.reason)


def test_nothing_outside_an_export_is_read(tmp_path: Path) -> None:
    """A path that climbs out is not there."""
    (tmp_path / "export").mkdir()
    (tmp_path / "secret.json").write_text("[]")
    transport = folder_transport("chat", tmp_path / "export", open_bundle(tmp_path / "evidence"), CLOCK)

    assert (
        404
        == httpx.Client(transport=transport, base_url="https://source.invalid").get("/%2e%2e/secret.json").status_code
    )


def test_a_window_over_midnight_reads_the_days_of_every_zone(tmp_path: Path) -> None:
    """Day files are by the workspace's date."""
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"folders": ["ops"]}) if request.url.path == "/" else httpx.Response(404)

    night = Window(datetime(2026, 11, 17, 23, tzinfo=UTC), datetime(2026, 11, 18, 1, tzinfo=UTC))
    SlackExport("ops").collect(httpx.MockTransport(respond), night, INCIDENT)

    assert ["/ops/2026-11-17.json", "/ops/2026-11-18.json"] == sorted(path for path in asked if path.startswith("/ops"))


def test_a_reply_to_a_thread_from_before_the_window_is_found(tmp_path: Path) -> None:
    """The history lists roots only, by their own time; the same from an export, where a reply stands in its own day."""
    one_channel = channel()
    root = one_channel.say(PEOPLE["asha"], "the migration begins", WINDOW.start.timestamp() - 3600)
    one_channel.reply(PEOPLE["jonas"], "it broke checkout", T0 + 30, root)
    with simulators() as one:
        one.channel = one_channel
        found = SlackChannel("C0123").collect(
            chain(tmp_path / "api", connection(one, "slack"), "chat", "slack")[0], WINDOW, INCIDENT
        )
    one_channel.export(tmp_path / "export")

    assert "it broke checkout" in found.events["summary"].to_list()
    assert "the migration begins" not in found.events["summary"].to_list()
    assert_frame_equal(found.events.drop("evidence"), exported(tmp_path / "b", tmp_path / "export").drop("evidence"))


def test_a_huddle_is_said_to_be_without_words() -> None:
    """Slack keeps when a call was held in the channel, and nothing of what was said."""
    call = {"subtype": "huddle_thread", "user": "U1", "text": "A huddle started", "ts": f"{T0 + 60:.6f}", "reply_count": 0,
            "room": {"date_start": int(T0) + 60, "date_end": int(T0) + 1440, "participants": ["U1", "U2"]}}  # fmt: skip
    transport = httpx.MockTransport(
        answering(users_list={"ok": True, "members": []}, conversations_history={"ok": True, "messages": [call]})
    )

    (coverage,) = SlackChannel("C1").collect(transport, WINDOW, INCIDENT).coverage

    assert (True, "a huddle from 14:01:00 to 14:24:00 UTC: what was said there is not on record") == (
        coverage.ok,
        coverage.reason,
    )


def test_what_a_bot_writes_into_blocks_is_its_text() -> None:
    """Headers, sections and rich text; a shared file by its title."""
    rich = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "p99 1.2 s"}]}],
    }
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "FIRING"}}, rich]

    one, two = said({"text": "", "bot_id": "B1", "blocks": blocks}, {"text": "", "files": [{"title": "heap.png"}]})

    assert ("FIRING p99 1.2 s", "heap.png") == (one["summary"], two["summary"])
