"""Facts about what is cut before anything is stored."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.collect.redact import Redactor

PHONE, MAIL, TOKEN = "+1 555-867-5309", "asha.v+pd@mail.example.co.uk", "ghp_" + "a1B2" * 9


def cut(value: object, *secrets: str) -> tuple[object, dict[str, int]]:
    """A JSON value after redaction, and the cuts."""
    body, cuts = Redactor(secrets).body(json.dumps(value).encode())
    return json.loads(body), cuts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"call {PHONE} now", "call [phone] now"),
        ("call (555) 867-5309", "call [phone]"),
        ("call 555.867.5309.", "call [phone]."),
        ("line\n+49 30 1234567", "line\n[phone]"),
        (f"mail {MAIL}, please", "mail [e-mail], please"),
        ("line\nbob@example.com", "line\n[e-mail]"),
        (f"token {TOKEN}!", "token [secret]!"),
        ("https://ops:hunter2@host.example.com/x", "https://[secret]@host.example.com/x"),
        ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/[secret]"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer [secret]"),
        ("xoxb-1234567890-abc", "[secret]"),
    ],
)
def test_numbers_addresses_and_tokens_are_cut_out_of_texts(text: str, expected: str) -> None:
    """Also behind a line break, which JSON writes as two letters."""
    value, cuts = cut({"note": text})

    assert {"note": expected} == value
    assert 1 == sum(cuts.values())


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-17T14:07:31.315+0000", "1795524103.123456", "b" * 40, "rate(http_requests_total[5m]) > 0.05 and up == 1",
        "10.0.0.12:9100", "p99 is 2.31 s, was 0.21 s", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "x + 12", "v4.1.8", "@channel",
        "+Inf", "41200385", "1e+08",
    ],
)  # fmt: skip
def test_times_ids_shas_and_promql_are_left_alone(text: str) -> None:
    """What evidence is made of must not be cut."""
    assert ({"note": text}, {}) == cut({"note": text})


def test_keys_that_name_a_secret_or_a_phone_lose_their_value() -> None:
    """By their name, whatever the value looks like; keys that only end in `key` stay."""
    row = {
        "routing_key": "R1",
        "integration_key": "x",
        "access_token": "y",
        "phone": "12",
        "dedup_key": "D1",
        "alert_key": "k",
    }

    value, cuts = cut([row])

    assert [{"routing_key": "[secret]", "integration_key": "[secret]", "access_token": "[secret]", "phone": "[phone]",
             "dedup_key": "D1", "alert_key": "k"}] == value  # fmt: skip
    assert {"phone": 1, "secret": 3} == cuts


def test_the_runs_own_secrets_are_cut_wherever_they_stand() -> None:
    """Also inside a word and as a key."""
    assert {"s3cr3t-valu": "abc[secret]def [secret]"} == cut(
        {"s3cr3t-valu": "abcs3cr3t-valuedef s3cr3t-value"}, "s3cr3t-value"
    )[0]


def test_a_body_in_which_nothing_is_cut_keeps_every_byte() -> None:
    """White space, key order and number notation are evidence as sent."""
    body = b'{ "b": 1.50, "a":\t"phone call at 14:07", "e": 1e-07 }\n'

    assert (body, {}) == Redactor().body(body)


def test_json_lines_and_plain_text_are_cut_line_by_line() -> None:
    """A file of events is JSON line by line; anything else is text."""
    body = f'{{"text":"to {MAIL}"}}\n{{"text":"fine"}}\nplain {PHONE}\n'.encode()

    assert (b'{"text":"to [e-mail]"}\n{"text":"fine"}\nplain [phone]\n', {"e-mail": 1, "phone": 1}) == Redactor().body(
        body
    )


def test_a_binary_body_is_left_alone() -> None:
    """Parquet holds no texts that could be cut without breaking it."""
    body = b"PAR1\xff\xfe@example.com" + bytes(range(256))

    assert (body, {}) == Redactor().body(body)


def test_labels_of_a_matrix_are_looked_at_and_its_samples_are_not() -> None:
    """An owner's address in a label is cut, the samples stay exact."""
    series = '{"metric":{"owner":"%s"},"values":[[1795524103.123,"1e-07"],[1795524108.123,"NaN"]]}'
    body = f'{{"status":"success","data":{{"result":[{series % MAIL}]}}}}'

    found, cuts = Redactor().body(body.encode())

    assert body.replace(MAIL, "[e-mail]").encode() == found
    assert {"e-mail": 1} == cuts


def test_cutting_twice_cuts_nothing_more() -> None:
    """The words put in place are no secrets."""
    once, _ = Redactor(["hunter2-long"]).body(
        json.dumps({"a": f"{PHONE} {MAIL} {TOKEN} hunter2-long", "token": "t"}).encode()
    )

    assert (once, {}) == Redactor(["hunter2-long"]).body(once)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(ANY_JSON, st.sampled_from([PHONE, MAIL, TOKEN]))
def test_json_stays_json_and_nothing_known_is_left(value: object, planted: str) -> None:
    """Whatever surrounds it, a planted number, address or token is gone and the answer can still be read."""
    body, cuts = Redactor().body(json.dumps({"rest": value, "note": f"say {planted} here"}).encode())

    assert {"rest", "note"} == set(json.loads(body))
    assert planted not in body.decode()
    assert cuts


def test_texts_are_cut_and_counted_by_kind() -> None:
    """URLs of requests go the same way."""
    cuts: Counter[str] = Counter()

    asked = "/x?since=1&user=" + MAIL.replace("@", "%40")

    assert "/x?since=1&user=[e-mail]" == Redactor().text(asked, cuts)
    assert Counter({"e-mail": 1}) == cuts


def test_a_word_of_a_megabyte_is_read_once() -> None:
    """Reading it for each of its letters would take hours; an address behind it is still cut."""
    word = "x" * 1_000_000
    cleaned, cuts = Redactor().body(json.dumps({"text": f"{word} bob@example.com"}).encode())

    assert (json.loads(cleaned)["text"], cuts) == (f"{word} [e-mail]", {"e-mail": 1})
