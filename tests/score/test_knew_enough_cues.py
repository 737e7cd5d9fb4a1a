"""Cue lists: words, stems, phrases, other languages, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_timeline.errors import ConfigError
from incident_timeline.model.cues import CATEGORIES, Cues, parse_cues, plain
from tests.score.knew_enough_story import CUES

WEIGHTS = {"features": {}, "second_ratio": 0.02, "third_ratio": 0.1, "abstain_ratio": 1.8}
READING: dict[str, object] = {"features": {}}


def cues_of(*finding: str) -> Cues:
    """Cues with one list."""
    return parse_cues([{"language": "x", "cues": {"finding": list(finding)}}], WEIGHTS, READING)


@pytest.mark.parametrize(
    ("cue", "text", "found"),
    [
        ("found", "We FOUND it", True),
        ("found", "profoundly", False),
        ("identif*", "identifying the shard", True),
        ("roll back", "a roll-back is on", True),
        ("roll ... back", "roll the whole thing back", True),
        ("roll ... back", "roll it. Now come back", False),
        ("roll ... back", "roll one two three four five six back", False),
        ("didn't help", "it didn\u2019t help", True),
        ("?", "one pod only?", True),
        ("?", "see https://example.org/?q=1", False),
        ("原因", "接続プールの枯渇が原因です", True),
        ("größe", "GRÖSSE", True),
    ],
)
def test_a_cue_matches_words_and_not_parts_of_them(cue: str, text: str, found: bool) -> None:
    """Whole words in any case; stems, gaps inside a sentence, marks and scripts without spaces as written."""
    assert found == ("finding" in cues_of(cue).found(text))


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("wir rollen auf die vorige Version zurück", "rollback"),
        ("Ursache gefunden: Zertifikat abgelaufen", "cause"),
        ("on a trouvé la cause : index manquant", "finding"),
        ("seguimos investigando", "investigating"),
        ("原因が判明しました", "finding"),
        ("we are rolling the release back", "rollback"),
    ],
)
def test_the_shipped_languages_are_read_together(text: str, category: str) -> None:
    """A team writes in several languages in one channel."""
    assert category in CUES.found(text)


def test_an_actor_is_told_by_name() -> None:
    """Machines, users and vendors; a person has no such role."""
    assert ("machine", "user", "vendor", None, None) == tuple(
        CUES.actor_role(name) for name in ("deploy bot", "customer", "vendor support", "ana", None)
    )


def test_a_team_adds_its_own_list() -> None:
    """Lists of several files add up."""
    more = {"language": "team", "cues": {"finding": ["heureka"]}}
    cues = parse_cues([{"language": "x", "cues": {"finding": ["found"]}}, more], WEIGHTS, READING)
    assert all("finding" in cues.found(text) for text in ("found", "Heureka!"))


@pytest.mark.parametrize(
    "language",
    [{"cues": {"findings": ["found"]}}, {"cues": {"finding": "found"}}, {"cues": {"finding": [" "]}}, {"words": ["a"]}],
)
def test_an_unusable_list_is_refused_by_name(language: dict[str, object]) -> None:
    """An unknown category, a text for a list, an empty cue, a list for a table."""
    with pytest.raises(ConfigError, match="team"):
        parse_cues([{"language": "team", **language}], WEIGHTS, READING)


def test_unusable_weights_are_refused() -> None:
    """A cut-off is missing."""
    with pytest.raises(ConfigError, match="weights"):
        parse_cues([], {"features": {}}, READING)


@given(st.text(max_size=200))
def test_plain_text_is_words_between_single_spaces(text: str) -> None:
    """Whatever comes in; and reading it twice changes nothing."""
    said = plain(text)
    assert said == " " + " ".join(said.split()) + " "
    assert CUES.found(text) <= set(CATEGORIES)


def test_unusable_weights_of_the_ledgers_are_refused() -> None:
    """A weight that is no number."""
    with pytest.raises(ConfigError, match="ledgers"):
        parse_cues([], WEIGHTS, {"features": {"always": {"deploy": "much"}}})
