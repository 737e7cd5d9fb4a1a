"""Facts about words: outside text made safe, numbers as the documents print them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.explain.wording import (
    between,
    bracket,
    cell,
    claim,
    clean,
    code,
    figure,
    listed,
    percent,
    refs,
    said,
)
from incident_timeline.model.findings import Claim


@given(st.text(max_size=2000), st.integers(10, 300))
def test_clean_text_is_one_short_line_without_controls(text: str, limit: int) -> None:
    """No control, bidi, private or surrogate character stays, and a cut is shown."""
    line = clean(text, limit)

    assert len(line) <= limit
    assert not [c for c in line if unicodedata.category(c)[0] == "C" and c not in "\u200c\u200d"]
    assert line == " ".join(line.split())


def test_bidi_controls_are_taken_out() -> None:
    """A right-to-left override cannot turn what follows around."""
    assert "rollback elbisiv" == clean("roll\u202eback\u2066 elbisiv\u0000")


def test_a_megabyte_is_cut_without_being_read() -> None:
    """A long text becomes a short one with a mark that says so."""
    assert "a" * 119 + "…" == clean("a" * 1_000_000)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (4.123, "s", "4.1 s"), (0.31, "seconds", "0.31 s"), (0.0213, "ratio", "2.1 %"), (1234.5, "req/s", "1,234 req/s"),
        (0.0, "s", "0 s"), (float("nan"), "s", "no value"), (-2.5, None, "\u22122.5"), (0.00042, "s", "0.00042 s"),
    ],
)  # fmt: skip
def test_figures_have_two_digits_and_their_unit(value: float, unit: str | None, shown: str) -> None:
    """Ratios are per cent; what is not a number is said so."""
    assert shown == figure(value, unit)


def test_shares_are_shown_as_finely_as_they_matter() -> None:
    """One decimal under 20 %."""
    assert ["11.8 %", "19 %", "45 %", "0.3 %"] == [percent(one) for one in (0.118, 0.19, 0.4512, 0.003)]


def test_ranges_that_print_as_one_number_are_one_number() -> None:
    """A range of a tenth of a second is no range."""
    assert ("4:59 to 26:44", "4:59", " [7:51 to 8:41]", "") == (
        between(299, 1604), between(299.0, 299.1), bracket(471, 521), bracket(471.0, 471.2),
    )  # fmt: skip


def test_a_claim_cites_what_its_words_refer_to() -> None:
    """Evidence comes from the references in the words; the plain text has none of them."""
    one = claim(
        "impact", cell("hurt for ", said("a |b|"), " of ", code("x"), " ", refs(["e1", "e2"]), "."), evidence=["e3"]
    )

    assert Claim("hurt for “a |b|” of x.", "impact", ("e1", "e2", "e3"), "sentence", one.cells) == one


def test_lists_read_as_prose() -> None:
    """Commas, and `and` before the last."""
    assert ["", "a", "a and b", "a, b and c"] == [listed(["a", "b", "c"][:n]) for n in range(4)]
