"""Facts about roles: who gets which, and that names inside quotations become roles."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.explain.roles import assign_roles, hide_names, name_people, names_of
from incident_timeline.model.events import event, events_frame

START = datetime(2026, 11, 17, 14, tzinfo=UTC)


def acts(*rows: tuple[str, str, str] | tuple[str, str, str, str]) -> pl.DataFrame:
    """Events of (kind, actor, kind of actor, full name), one a minute."""
    made: list[dict[str, Any]] = []
    for minute, (kind, actor, actor_kind, *name) in enumerate(rows):
        detail = json.dumps({"actor_name": name[0]}) if name else None
        made.append(
            event(START + timedelta(minutes=minute), "pagerduty", kind, str(minute), "said", evidence="x", actor=actor,
                  actor_kind=actor_kind, detail=detail)
        )  # fmt: skip
    return events_frame(made)


def test_responder_a_is_who_acknowledged_first() -> None:
    """Who chatted before the acknowledgement is responder B; people who only deployed are authors."""
    events = acts(
        ("service.deployed", "dev", "human"), ("chat.said", "U1", "human"), ("incident.acknowledged", "P2", "human"),
        ("note.added", "P2", "human"),
    )  # fmt: skip

    assert {"P2": "responder A", "U1": "responder B", "dev": "author A"} == dict(assign_roles(events))


def test_two_keys_with_one_full_name_are_one_person() -> None:
    """PagerDuty, chat and GitHub know the same person by three keys."""
    events = acts(
        ("incident.acknowledged", "P2", "human", "Asha Venkat"), ("chat.said", "U1", "human", "asha venkat"),
        ("deploy.requested", "asha-v", "human", "Asha Venkat"),
    )  # fmt: skip

    assert {"P2": "responder A", "U1": "responder A", "asha-v": "responder A"} == dict(assign_roles(events))


def test_machines_keep_a_name_and_unknown_actors_a_letter() -> None:
    """Only a person's name is hidden; an actor that may be one is `someone A`."""
    events = acts(("alert.fired", "alertmanager", "machine"), ("other", "xk", "unknown"))

    assert {"alertmanager": "Alertmanager", "xk": "someone A"} == dict(assign_roles(events))


def test_a_login_in_a_text_is_hidden_whole() -> None:
    """As people spell them from a first and a last name; not a letter of the last name stays behind."""
    events = acts(("incident.acknowledged", "P2", "human", "Priya Raman"))
    names = names_of(events, assign_roles(events))

    for login in ("priya-r", "priya.ram", "priya_raman", "praman", "Priya"):
        assert "limit changed by responder A, live" == hide_names(f"limit changed by {login}, live", names)


def test_the_28th_responder_is_ab() -> None:
    """Letters go on after Z."""
    events = acts(*(("note.added", f"P{i:02}", "human") for i in range(28)))

    assert "responder AB" == assign_roles(events)["P27"]


NAMES = {"asha venkat": "responder A", "asha": "responder A", "venkat": "responder A", "p2": "responder A",
         "mark hill": "responder B", "mark": "responder B", "hill": "responder B"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Asha Venkat is looking", "responder A is looking"),
        ("thanks asha", "thanks responder A"),
        ("ask @asha or <@P2>", "ask responder A or responder A"),
        ("<@U99|bob> said so", "somebody said so"),
        ("mail asha.venkat@example.com now", "mail responder A now"),
        ("mail bob@example.com now", "mail somebody now"),
        ("@here anybody?", "@here anybody?"),
        ("Mark the deploy as bad", "Mark the deploy as bad"),
        ("please ask Mark for it", "please ask responder B for it"),
        ("down the hill", "down the hill"),
        ("ashan is a word", "ashan is a word"),
        ("checkout@v418 is live", "checkout@v418 is live"),
    ],
)
def test_names_inside_quotations_become_roles(text: str, hidden: str) -> None:
    """Names, mentions and addresses are hidden; words that are also names stay words."""
    assert hidden == hide_names(text, NAMES)


def test_people_who_were_only_asked_are_hidden_too() -> None:
    """A responder request names people who may never act."""
    row = event(START, "pagerduty", "responder.requested", "1", "please join", evidence="x", actor="P2", actor_kind="human",
                detail=json.dumps({"whom": ["Miriam Oyelaran"], "actor_name": "Asha Venkat"}))  # fmt: skip
    events = events_frame([row])
    names = names_of(events, assign_roles(events))

    assert "responder A asked somebody" == hide_names("Asha asked Miriam", names)


def test_a_detail_that_is_no_object_names_nobody() -> None:
    """Whatever a source wrote into detail, names are read or not, and nothing is raised."""
    events = acts(("note.added", "P2", "human")).with_columns(detail=pl.lit('["actor_name", "whom"]'))

    assert {"p2": "responder A"} == dict(names_of(events, assign_roles(events)))


@given(st.text(max_size=300))
def test_text_without_names_is_left_as_it_is(text: str) -> None:
    """Without an @ nothing can be a mention or an address, and with no names nothing is hidden."""
    plain = text.replace("@", "")

    assert plain == hide_names(plain, {})


def test_a_login_spelled_from_one_persons_name_is_that_person() -> None:
    """GitHub's logins carry no full name; one that fits two people, or is a first name alone, joins nobody."""
    people = [("incident.acknowledged", "P2", "human", "Asha Venkat"), ("chat.said", "U1", "human", "Jonas Lindqvist"),
              ("note.added", "P3", "human", "Jonas Lindt")]  # fmt: skip
    logins = [("deploy.requested", one, "human", one) for one in ("asha-v", "jlindqvist", "jonas-lind", "jonas")]

    assert {"asha-v": "responder A", "jlindqvist": "responder B", "jonas-lind": "author A", "jonas": "author B"} == {
        actor: role
        for actor, role in assign_roles(acts(*people, *logins)).items()
        if actor in {one[1] for one in logins}
    }


def test_names_are_those_of_the_source() -> None:
    """Full names where there are any, else the key."""
    events = acts(
        ("incident.acknowledged", "P2", "human", "Asha Venkat"),
        ("chat.said", "U9", "human"),
        ("page.sent", "pagerduty", "machine"),
    )

    assert {"P2": "Asha Venkat", "U9": "U9", "pagerduty": "PagerDuty"} == name_people(events)
