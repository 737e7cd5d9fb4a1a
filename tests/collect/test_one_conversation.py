"""One conversation as a Slack export, as Web API answers and as text copied from the channel gives the same events."""

from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from incident_timeline.collect.bundle import open_bundle
from incident_timeline.collect.chat import SlackChannel
from incident_timeline.collect.chat_export import SlackExport
from incident_timeline.collect.chat_paste import read_paste
from incident_timeline.collect.http import folder_transport
from incident_timeline.collect.limit import Clock
from incident_timeline.explain.roles import assign_roles, hide_names, names_of
from incident_timeline.model.events import events_frame
from incident_timeline.model.incident import Incident
from tests.collect.sources import NOW, PEOPLE, T0, WINDOW, chain, connection, simulators
from tests.lab.slack_state import Channel

INCIDENT = Incident("INC-123", "", "checkout", None, None, None, "resolved")
HALF_A_MINUTE_US = 30_000_000
BERLIN = ZoneInfo("Europe/Berlin")


def conversation() -> Channel:
    """People, a mention, a bot, two messages in one minute, a minute apart across the hour."""
    one = Channel(list(PEOPLE.values()))
    for who, text, at in (
        ("asha", "anything deployed? <@U02JONAS>", 210.000123),
        ("jonas", "v418, ten minutes ago", 215.5),
        ("jonas", "asha please look at the 5xx", 238.25),
        ("asha", "rolling back to v417", 3_590),
        ("jonas", "errors are gone &amp; latency is normal", 3_661.75),
    ):
        one.say(PEOPLE[who], text, T0 + at)
    one.announce("deploybot", "checkout v417 is live", T0 + 3_650)
    return one


def copied(events: pl.DataFrame, *, twelve: bool) -> str:
    """The conversation as the channel shows it to somebody in Berlin: heads by the minute, seconds gone."""
    lines = []
    for row in events.iter_rows(named=True):
        local = row["at"].astimezone(BERLIN)
        clock = f"{local:%I:%M %p}".lstrip("0") if twelve else f"{local:%H:%M}"
        name = {"U01ASHA": "Asha Venkat", "U02JONAS": "Jonas Lindqvist"}.get(row["actor"], f"{row['actor']} APP")
        lines += [f"{name}  {clock}", row["summary"]]
    return "\n".join(lines)


@pytest.mark.parametrize("twelve", [True, False])
def test_three_forms_give_the_same_events(twelve: bool, tmp_path: Path) -> None:
    """Export and API alike to the microsecond; the copy in words, people and order, its times within the minute it shows."""
    with simulators() as one:
        one.channel = conversation()
        live = chain(tmp_path / "api", connection(one, "slack"), "chat", "slack")[0]
        api = SlackChannel("C0123").collect(live, WINDOW, INCIDENT).events
    conversation().export(tmp_path / "export")
    kept = folder_transport("chat", tmp_path / "export", open_bundle(tmp_path / "kept"), Clock(now=lambda: NOW))
    export = SlackExport("C0123").collect(kept, WINDOW, INCIDENT).events
    text = copied(api, twelve=twelve).encode()
    paste = events_frame(read_paste(text, "chat.txt", "files/chat", BERLIN, T0_DAY).rows)

    assert_frame_equal(api.drop("evidence"), export.drop("evidence"))
    assert (
        api.select("source", "kind", "summary", "actor_kind").rows()
        == paste.select("source", "kind", "summary", "actor_kind").rows()
    )
    names = [pl.col("detail").str.json_path_match("$.actor_name")]
    assert api.select(names).rows() == paste.select(names).rows()
    off = (api["at"] - paste["at"]).dt.total_microseconds().abs()
    assert HALF_A_MINUTE_US >= off.max()  # type: ignore[operator]
    assert (paste["earliest"] <= api["at"]).all()
    assert (api["at"] <= paste["latest"]).all()


T0_DAY = WINDOW.start.astimezone(BERLIN).date()


def test_people_of_a_copy_are_roles_also_inside_what_others_say() -> None:
    """`asha please look` names her by her first name only."""
    text = "Asha Venkat  3:03 PM\nanything deployed?\nJonas Lindqvist  3:04 PM\nasha please look, Venkat knows"
    events = events_frame(read_paste(text.encode(), "chat.txt", "f", BERLIN, T0_DAY).rows)

    roles = assign_roles(events)
    said = [hide_names(line, names_of(events, roles)) for line in events["summary"]]

    assert {"Asha Venkat": "responder A", "Jonas Lindqvist": "responder B"} == dict(roles)
    assert ["anything deployed?", "responder A please look, responder A knows"] == said
