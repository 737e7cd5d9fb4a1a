"""Facts about what an archived incident is recognised by: no names, no chatter, nothing that was not an alert's name."""

from dataclasses import replace

import polars as pl

from incident_timeline.archive.traits import PAST, Reading, talk_of, traits_of
from incident_timeline.config.packaged import load_cues
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.findings import Coverage
from incident_timeline.model.paging import LikeIncident, Paging
from incident_timeline.model.scored import Scored
from tests.explain.example_incident import at, make_scored

READING = Reading(talk_of(load_cues()), lambda text: text.replace("Asha", "responder A"))


def spoken(*texts: str, kind: str = "chat.said", actor_kind: str = "human") -> pl.DataFrame:
    """Entries a minute apart."""
    return events_frame(
        [event(at(f"14:{minute:02}:00"), "chat", kind, str(minute), text, evidence="e", actor="asha", actor_kind=actor_kind)
         for minute, text in enumerate(texts)]
    )  # fmt: skip


def traits(events: pl.DataFrame, **changes: object) -> dict[str, object]:
    """The traits of the made-up incident with other entries."""
    return traits_of(replace(make_scored(), **({"events": events, "episodes": (), "moved": ()} | changes)), READING)  # type: ignore[arg-type]


def untitled(scored: Scored) -> dict[str, object]:
    """The incident without a title of its own."""
    return {"incident": replace(scored.incident, title="", service="orders")}


def test_words_are_what_was_spoken_about_in_more_than_one_entry() -> None:
    """A plural counts as its singular; ignored words, names, roles, machines and the service's own name do not count."""
    talk = spoken(
        "Asha: the orders certificate?", "certificates expired, Asha", "somebody renewed it and was glad", "was it"
    )
    machine = spoken("renewed renewed", "renewed", actor_kind="machine")

    assert ["certificate"] == traits(pl.concat([talk, machine]), **untitled(make_scored()))["words"]


def test_words_that_every_response_uses_are_not_what_it_was_about() -> None:
    """By the packaged cue lists: watching, confirming and looking are said in all of them; what changed or lacked is not."""
    talk = spoken("watching the migration, quota confirmed", "still watching, confirmed: the migration ate the quota")

    assert ["migration", "quota"] == traits(talk, **untitled(make_scored()))["words"]


def test_in_a_long_conversation_a_word_must_be_said_more_often() -> None:
    """One entry in fifty: twice are not enough among a hundred and fifty."""
    many = spoken(*(f"line{chr(97 + n % 26)}" for n in range(48)))
    few = spoken("vacuum", "vacuum", "autovacuum", "replica", "replica", "replica")

    assert ["replica", "vacuum"] == traits(few, **untitled(make_scored()))["words"]
    talk = pl.concat([many, many, many, few])
    assert ["replica"] == traits(talk, **untitled(make_scored()))["words"][-1:]  # type: ignore[index]
    assert "vacuum" not in traits(talk, **untitled(make_scored()))["words"]  # type: ignore[operator]


def test_a_sentence_about_an_alert_is_no_name_of_one() -> None:
    """`CheckoutErrors firing` is, a page that says no more than the name, and one label in what PagerDuty received."""
    fired = spoken("CheckoutErrors firing", "Incident declared by the uptime check", "DiskFull", kind="alert.fired")
    received = spoken("x", kind="alert.received").with_columns(
        detail=pl.lit('{"labels": {"alertname": "QueueFull"}, "x": 1}')
    )

    paged = spoken("CartErrors", "[FIRING:1] CheckoutErrors checkout (page)", kind="page.sent")

    assert ["CartErrors", "CheckoutErrors", "DiskFull", "QueueFull"] == traits(pl.concat([fired, received, paged]))[
        "alerts"
    ]


def test_an_incident_without_a_title_is_called_by_its_first_page_or_alert() -> None:
    """Roles in the place of names."""
    talk = pl.concat([spoken("hello"), spoken("orders refuse, says Asha", kind="page.sent")])

    assert "orders refuse, says responder A" == traits(talk, **untitled(make_scored()))["title"]


def test_what_ended_it_is_the_change_or_what_was_said_and_never_a_reason_why_it_is_missing() -> None:
    """The rollback of the example; the words of the entry where no deploy did it; nothing where nothing is known."""
    scored = make_scored()
    plain = traits_of(scored, READING)
    landed = scored.milestones["fix_landed"]
    talk = spoken("Asha drained the node")
    said = replace(landed, evidence=(talk["event_id"][0],))
    lost = replace(
        landed, at=None, evidence=(), reason="users were well again and no change or action stands before that"
    )
    none = {"fix_landed": lost, "fix_started": replace(lost, name="fix_started")}

    assert (True, None) == (str(plain["fix"]).startswith("rollback of "), plain["fix_said"])
    by_words = traits(talk, milestones=scored.milestones | {"fix_landed": said})
    assert (None, "responder A drained the node") == (by_words["fix"], by_words["fix_said"])
    unknown = traits(talk, milestones=scored.milestones | none)
    assert (None, None) == (unknown["fix"], unknown["fix_said"])


def test_what_pagerduty_itself_takes_for_like_is_kept_and_why_it_gave_none() -> None:
    """The reason is that of the skipped line of coverage."""
    like = LikeIncident("past", "Q7", "orders slow", at("10:00:00"), "score 47", "p")
    gave = traits(spoken("x"), paging=Paging(like=(like,)))
    refused = traits(spoken("x"), coverage=(Coverage(PAST, False, skipped=True, reason="402: not part of the plan"),))

    assert (
        [{"relation": "past", "key": "Q7", "title": "orders slow", "at": at("10:00:00"), "why": "score 47"}],
        None,
    ) == (
        gave["pagerduty_like"],
        gave["pagerduty_lacks"],
    )
    assert ([], "402: not part of the plan") == (refused["pagerduty_like"], refused["pagerduty_lacks"])
