"""Cue words by category and language, and the weights of the knew-enough model: values parsed from packaged data."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from incident_timeline.errors import ConfigError

READ_LIMIT = 4000  # characters of one text that are read for cues: keeps a 100 kB message as cheap as a page
STEM = 6  # letters of a word that are compared: "certificate" and "certs" differ, "template" and "templates" do not
_GAP = r"(?: [^ .;?!]+){0,5}"
_TOKENS = re.compile(r"[\w']+|[.;?!]+(?=\s|$)|[?？]|[。！]")
_URLS = re.compile(r"https?://\S+")
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

CATEGORIES = (
    "finding", "noticed", "cause", "hedge", "question", "decision", "rollback", "action", "recovery", "no_effect",
    "investigating", "inconclusive", "escalation", "comms", "report", "symptom", "lack", "change", "by_itself",
    "vendor_fixed", "announced",
)  # fmt: skip
WORK = (
    "working", "wrote", "waits", "approved", "deploying", "deployed", "ran", "tool_failed", "retried", "capacity", "draining",
    "checking", "checked", "vendor", "told", "closed", "later", "another",
)  # fmt: skip
_CUT_OFFS = ("second_ratio", "third_ratio", "abstain_ratio")
ACTORS = ("machine", "user", "vendor")


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear model: one weight per feature, and the cut-offs that turn scores into a proposal."""

    features: Mapping[str, float]
    second_ratio: float  # the runner-up joins the printed range when its share is at least this part of the best one's
    third_ratio: float  # the same for the third
    abstain_ratio: float  # no proposal when the share of "nobody said it" is at least so many times the best one's


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Cue lists as an index by first word, so that reading a text costs about as much as splitting it into words."""

    words: Mapping[str, frozenset[str]]  # a whole word -> its categories
    stems: Mapping[str, frozenset[str]]  # the beginning of a word -> its categories
    phrases: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]  # first word -> patterns over `plain` text
    stem_phrases: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]]  # the same for phrases that begin with a stem
    anywhere: tuple[tuple[re.Pattern[str], str], ...]  # cues of scripts without spaces between words
    stem_lengths: tuple[int, ...]

    def found(self, text: str) -> frozenset[str]:
        """The categories that a text holds a cue of."""
        said = plain(text)
        found: set[str] = {category for pattern, category in self.anywhere if pattern.search(said)}
        for word in set(said.split()):
            found |= self.words.get(word, frozenset())
            candidates = list(self.phrases.get(word, ()))
            for length in self.stem_lengths:
                stem = word[:length]
                if len(stem) == length:
                    found |= self.stems.get(stem, frozenset())
                    candidates.extend(self.stem_phrases.get(stem, ()))
            found |= {category for pattern, category in candidates if category not in found and pattern.search(said)}
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Cues:
    """All cue lists of all languages, the names of machines, users and vendors, common words, and the weights."""

    said: Lexicon
    done: Lexicon  # what work a text speaks of, for the ledgers
    actors: Lexicon
    ignored: frozenset[str]  # words that tie nothing together
    common: frozenset[str]  # words that most incidents use: they tie two entries together, but weakly
    weights: Weights
    reading: Mapping[str, Mapping[str, float]]  # feature of a stretch between two entries -> category -> weight

    def found(self, text: str) -> frozenset[str]:
        """The categories that a text holds a cue of."""
        return self.said.found(text)

    def work(self, text: str) -> frozenset[str]:
        """The kinds of work that a text speaks of."""
        return self.done.found(text)

    def actor_role(self, actor: str | None) -> str | None:
        """machine, user or vendor when the name of an actor says so, else None."""
        roles = self.actors.found(actor) if actor else frozenset()
        return next((name for name in ACTORS if name in roles), None)


def plain(text: str) -> str:
    """A text as cues see it: folded case, words and sentence ends between single spaces, links cut, 4,000 characters."""
    folded = unicodedata.normalize("NFKC", _URLS.sub(" ", text[:READ_LIMIT])).casefold().replace("\u2019", "'")
    return " " + " ".join(_TOKENS.findall(folded[: 2 * READ_LIMIT])) + " "


def parse_cues(languages: Iterable[Mapping[str, Any]], weights: Mapping[str, Any], reading: Mapping[str, Any]) -> Cues:
    """The cues of parsed language files (TOML tables `cues`, `work`, `actors`, `words`) and of the two parsed weights files.

    Raises ConfigError for an unknown category or a list that holds anything but text; later languages add to earlier ones.
    """
    lists: dict[str, list[str]] = {name: [] for name in CATEGORIES}
    work: dict[str, list[str]] = {name: [] for name in WORK}
    actors: dict[str, list[str]] = {name: [] for name in ACTORS}
    words: dict[str, list[str]] = {"ignored": [], "common": []}
    for language in languages:
        name = str(language.get("language", "?"))
        _add(lists, language.get("cues", {}), f"cue list {name!r}")
        _add(work, language.get("work", {}), f"work list {name!r}")
        _add(actors, language.get("actors", {}), f"actor list {name!r}")
        _add(words, language.get("words", {}), f"word list {name!r}")
    return Cues(
        said=_lexicon(lists),
        done=_lexicon(work),
        actors=_lexicon(actors),
        ignored=frozenset(word.casefold() for word in words["ignored"]),
        common=frozenset(word.casefold()[:STEM] for word in words["common"]),
        weights=_weights(weights),
        reading=_reading(reading),
    )


def _add(into: dict[str, list[str]], table: Any, where: str) -> None:
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: expected a table of lists, got {type(table).__name__}")
    for name, cues in table.items():
        if name not in into:
            raise ConfigError(f"{where}: unknown category {name!r}; known are {', '.join(into)}")
        if not isinstance(cues, list) or not all(isinstance(cue, str) and cue.strip() for cue in cues):
            raise ConfigError(f"{where}: {name!r} must be a list of words or phrases")
        into[name].extend(cues)


def _lexicon(lists: Mapping[str, list[str]]) -> Lexicon:
    words: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    phrases: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    stem_phrases: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    anywhere: list[tuple[re.Pattern[str], str]] = []
    for category, cues in lists.items():
        for cue in dict.fromkeys(cues):
            parts = [part.split() for part in re.split(r"\s*\.\.\.\s*", cue.strip())]
            first = parts[0][0]
            if _NO_SPACES.search(cue):
                anywhere.append((re.compile(re.escape(cue.strip(" *").casefold())), category))
            elif len(parts) == 1 and len(parts[0]) == 1:
                (stems if first.endswith("*") else words).setdefault(_folded(first), set()).add(category)
            else:
                into = stem_phrases if first.endswith("*") else phrases
                into.setdefault(_folded(first), []).append((_pattern(parts), category))
    return Lexicon(
        {word: frozenset(categories) for word, categories in words.items()},
        {stem: frozenset(categories) for stem, categories in stems.items()},
        {word: tuple(patterns) for word, patterns in phrases.items()},
        {stem: tuple(patterns) for stem, patterns in stem_phrases.items()},
        tuple(anywhere),
        tuple(sorted({len(stem) for stem in (*stems, *stem_phrases)})),
    )


def _folded(word: str) -> str:
    return plain(word.rstrip("*")).strip()


def _pattern(parts: list[list[str]]) -> re.Pattern[str]:
    """A phrase over `plain` text; between its parts up to five words of the same sentence."""
    runs = [
        " ".join(re.escape(_folded(word)) + (r"[\w']*" if word.endswith("*") else "") for word in part)
        for part in parts
    ]
    return re.compile("(?<= )" + f"{_GAP} ".join(runs) + "(?= )")


def _weights(table: Mapping[str, Any]) -> Weights:
    try:
        features = {str(name): float(value) for name, value in table["features"].items()}
        return Weights(features, *(float(table[name]) for name in _CUT_OFFS))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"weights of the knew-enough model are unusable: {error!r}") from None


def _reading(table: Mapping[str, Any]) -> Mapping[str, Mapping[str, float]]:
    try:
        return {
            str(feature): {str(category): float(weight) for category, weight in row.items()}
            for feature, row in table["features"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"weights of the ledgers' reading are unusable: {error!r}") from None
