"""Facts about scores.json: its shape, its exact times, its bytes."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import jsonschema
import pytest

from incident_timeline.model.gaps import CATEGORIES, GAPS, LEDGERS, Segment
from incident_timeline.model.milestones import NAMES
from incident_timeline.model.scored import Amount, Scored
from incident_timeline.report.scores import scores_json
from tests.explain.example_incident import at
from tests.report.example_scored import TEMPLATES, bare, example, told, without
from tests.report.hostile import hostile

SCHEMA = json.loads(TEMPLATES["scores.schema.json"])
ODD = [
    example(),
    bare(),
    hostile(),
    without(example(), "knew_enough"),
    without(example(), "resolved"),
    without(example(), *NAMES),
]


def scores(scored: Scored) -> dict[str, Any]:
    """scores.json, read again."""
    read: dict[str, Any] = json.loads(scores_json(scored, told(scored)[0], "0.1.0"))
    return read


@pytest.mark.parametrize("scored", ODD)
def test_it_has_the_form_of_its_schema(scored: Scored) -> None:
    """Whatever is missing."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    assert [] == [e.message for e in jsonschema.Draft202012Validator(SCHEMA).iter_errors(scores(scored))]


def test_the_schema_knows_every_name_of_the_model() -> None:
    """Milestones, gaps, ledgers and their categories."""
    properties = SCHEMA["properties"]

    assert set(NAMES) == set(properties["milestones"]["required"])
    assert set(GAPS) == set(properties["gaps"]["required"])
    assert set(LEDGERS) == set(properties["ledgers"]["required"])
    assert {name: list(found) for name, found in CATEGORIES.items()} == {
        name: one["items"]["allOf"][1]["properties"]["category"]["enum"]
        for name, one in properties["ledgers"]["properties"].items()
    }


def test_ledgers_add_up_to_their_gap_in_microseconds() -> None:
    """from and to of the segments follow one another and span the gap exactly."""
    scored = example()
    segments = scored.ledgers["detection"]
    shift = timedelta(microseconds=123_457)
    moved = (
        replace(segments[0], end=segments[0].end + shift),
        replace(segments[1], start=segments[1].start + shift),
        *segments[2:],
    )
    rows = scores(replace(scored, ledgers=scored.ledgers | {"detection": moved}))["ledgers"]["detection"]
    times = [(datetime.fromisoformat(row["from"]), datetime.fromisoformat(row["to"])) for row in rows]

    assert "2026-11-17T14:03:30.123457Z" == rows[0]["to"]
    assert all(left[1] == right[0] for left, right in pairwise(times))
    assert scored.gaps["time_to_detect"].seconds == (times[-1][1] - times[0][0]).total_seconds()


def test_a_missing_gap_says_why_and_an_invalid_one_keeps_its_sign() -> None:
    """Never a number for what is not known, never a clipped one for what is."""
    scored = without(example(), "started")
    late = replace(
        scored.gaps["recover"], seconds=-120.0, status="invalid", reason="mitigated is 2:00 before fix_landed"
    )
    gaps = scores(replace(scored, gaps=scored.gaps | {"recover": late}))["gaps"]

    assert (None, "missing", "started is missing: made missing: started") == tuple(
        gaps["time_to_detect"][key] for key in ("seconds", "status", "reason")
    )
    assert (-120.0, "invalid") == (gaps["recover"]["seconds"], gaps["recover"]["status"])


def test_it_is_the_same_bytes_each_time_and_ends_with_a_line() -> None:
    """Sorted keys, ASCII, one last newline."""
    scored = hostile()
    first = scores_json(scored, told(scored)[0], "0.1.0")

    assert first == scores_json(scored, told(scored)[0], "0.1.0")
    assert first.isascii()
    assert (b"}\n", False) == (first[-2:], first.endswith(b"\n\n"))


def test_what_json_cannot_hold_becomes_null() -> None:
    """NaN, infinities."""
    scored = example()
    impact = replace(scored.impact, share=Amount(float("nan"), float("-inf"), float("inf")))

    assert {"value": None, "low": None, "high": None, "reason": ""} == scores(replace(scored, impact=impact))["impact"][
        "share"
    ]


def test_claims_are_sentences_with_event_ids_and_no_numbers() -> None:
    """Evidence numbers belong to documents."""
    claims = scores(example())["claims"]

    assert "Users were hurt for 55:35 [54:30 to 56:35], measured." == claims[0]["text"]
    assert [] == [
        c for c in claims if not c["evidence"] or any(one[:1] in "ESRC" and one[1:].isdigit() for one in c["evidence"])
    ]


def test_times_of_another_zone_are_written_in_utc() -> None:
    """RFC 3339 with Z."""
    scored = example()
    berlin = at("14:00:00").astimezone(datetime.fromisoformat("2026-11-17T00:00:00+01:00").tzinfo)
    segment = Segment(berlin, at("14:01:00"), "unexplained", "r")

    row = scores(replace(scored, ledgers=scored.ledgers | {"detection": (segment,)}, collected_at=berlin))

    assert "2026-11-17T14:00:00.000000Z" == row["ledgers"]["detection"][0]["from"]
    assert "2026-11-17T14:00:00Z" == row["incident"]["collected_at"]
