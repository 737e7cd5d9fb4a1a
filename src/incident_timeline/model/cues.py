"""Cue words by category and language, and the weights of the knew-enough model: values parsed from packaged data."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from incident_timeline.errors import ConfigError

READ_LIMIT = 4000  # characters of one text that are read for cues: keeps a 100 kB message as cheap as a page
_GAP = r"(?: [^ .;?!]+){0,5}"
_TOKENS = re.compile(r"[\w']+|[.;?!]+(?=\s|$)|[?？]|[。！]")
_URLS = re.compile(r"https?://\S+")
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

CATEGORIES = (
    "finding", "noticed", "cause", "hedge", "question", "decision", "rollback", "action", "recovery", "no_effect",
    "investigating", "inconclusive", "escalation", "comms", "report", "symptom", "lack", "change", "by_itself",
    "vendor_fixed",
)  # fmt: skip
ACTORS = ("machine", "user", "vendor")


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear model: one weight per feature, and the cut-offs that turn scores into a proposal."""

    features: Mapping[str, float]
    keep_ratio: float  # a rival joins the printed range when its share is at least this part of the best one's
    abstain_share: float  # no proposal when the share of "nobody said it" is at least this


@dataclass(frozen=True, slots=True)
class Cues:
    """All cue lists of all languages, each category one pattern over `plain` text."""

    patterns: Mapping[str, re.Pattern[str]]
    actors: Mapping[str, re.Pattern[str]]
    ignored: frozenset[str]
    weights: Weights

    def found(self, text: str) -> frozenset[str]:
        """The categories that a text holds a cue of."""
        said = plain(text)
        return frozenset(name for name, pattern in self.patterns.items() if pattern.search(said))

    def actor_role(self, actor: str | None) -> str | None:
        """machine, user or vendor when the name of an actor says so, else None."""
        if not actor:
            return None
        said = plain(actor)
        return next((name for name, pattern in self.actors.items() if pattern.search(said)), None)


def plain(text: str) -> str:
    """A text as cues see it: folded case, words and sentence ends between single spaces, links cut, 4,000 characters."""
    folded = unicodedata.normalize("NFKC", _URLS.sub(" ", text[:READ_LIMIT])).casefold().replace("\u2019", "'")
    return " " + " ".join(_TOKENS.findall(folded[: 2 * READ_LIMIT])) + " "


def parse_cues(languages: Iterable[Mapping[str, Any]], weights: Mapping[str, Any]) -> Cues:
    """The cues of parsed language files (TOML tables `cues`, `actors`, `words`) and of the parsed weights file.

    Raises ConfigError for an unknown category or a list that holds anything but text; later languages add to earlier ones.
    """
    lists: dict[str, list[str]] = {name: [] for name in CATEGORIES}
    actors: dict[str, list[str]] = {name: [] for name in ACTORS}
    ignored: set[str] = set()
    for language in languages:
        name = str(language.get("language", "?"))
        _add(lists, language.get("cues", {}), f"cue list {name!r}")
        _add(actors, language.get("actors", {}), f"actor list {name!r}")
        words: dict[str, list[str]] = {"ignored": []}
        _add(words, language.get("words", {}), f"word list {name!r}")
        ignored.update(word.casefold() for word in words["ignored"])
    return Cues(
        patterns={name: _pattern(cues) for name, cues in lists.items()},
        actors={name: _pattern(cues) for name, cues in actors.items()},
        ignored=frozenset(ignored),
        weights=_weights(weights),
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


def _pattern(cues: list[str]) -> re.Pattern[str]:
    parts = [_cue(cue) for cue in sorted(set(cues))]
    return re.compile("|".join(parts) if parts else r"(?!)")


def _cue(cue: str) -> str:
    """One cue as a pattern over `plain` text; words of scripts without spaces match inside a run of letters."""
    phrases = [_phrase(part) for part in re.split(r"\s*\.\.\.\s*", cue.strip())]
    return f"{_GAP} ".join(phrases)


def _phrase(phrase: str) -> str:
    if _NO_SPACES.search(phrase):
        return re.escape(phrase.strip("*").casefold())
    words = []
    for word in phrase.split():
        open_end = word.endswith("*")
        inner = plain(word.rstrip("*")).strip()
        words.append(re.escape(inner) + (r"[\w']*" if open_end else ""))
    return "(?<![\\w'])" + " ".join(words) + "(?![\\w'])"


def _weights(table: Mapping[str, Any]) -> Weights:
    try:
        features = {str(name): float(value) for name, value in table["features"].items()}
        return Weights(features, float(table["keep_ratio"]), float(table["abstain_share"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"weights of the knew-enough model are unusable: {error!r}") from None
