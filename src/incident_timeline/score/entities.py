"""Things named in text: commits, versions, pull requests, hosts, tables, flags, config keys and services."""

import re
from collections.abc import Iterable

from incident_timeline.model.cues import READ_LIMIT

_PULL = re.compile(
    r"(?:/(?:pull|merge_requests|issues)/|(?:\b(?:PR|MR|pull request|merge request|issue)\s*)[#!]?|[#!])(\d{1,7})\b",
    re.IGNORECASE,
)
_SHA = re.compile(r"\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}\b")
_VERSION = re.compile(r"\bv\d{1,9}(?:[.\-_]\d{1,9}){0,4}\b|\b\d{1,9}\.\d{1,9}(?:\.\d{1,12}){0,3}\b", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9]*(?:[_.\-/][A-Za-z0-9]+)+|[a-z]+[A-Z][A-Za-z0-9]*|[A-Za-z]+\d+)(?![A-Za-z0-9])"
)
_HYPHENATED = re.compile(r"[a-z]+(?:[-/][a-z]+)+")  # follow-up, and/or: words of the language rather than names
_LINK = re.compile(r"https?://\S{1,500}")
SHA_LENGTH = 7  # git's own short form: shorter than this two commits may share it


def entities(text: str, services: Iterable[str] = ()) -> frozenset[str]:
    """What a text names, as `kind:name` with one spelling per thing (`sha:` 7 digits, `version:` without v).

    Reads the first 4,000 characters. A link counts for the pull request or commit in it, not for its words.
    """
    said = text[:READ_LIMIT]
    found = {f"pull:{match[1]}" for match in _PULL.finditer(said)}
    found |= {f"sha:{match[0][:SHA_LENGTH].lower()}" for match in _SHA.finditer(said)}
    words = _SHA.sub(" ", _LINK.sub(" ", said))
    found |= {f"version:{version_of(match[0])}" for match in _VERSION.finditer(words)}
    for match in _NAME.finditer(words):
        name = match[0].lower().rstrip(".")
        if not _VERSION.fullmatch(name) and not _HYPHENATED.fullmatch(name):
            found.add(f"name:{name}")
    folded = words.casefold()
    found |= {f"service:{name.casefold()}" for name in services if name and _has_word(folded, name.casefold())}
    return frozenset(found)


def version_of(text: str) -> str:
    """A version in one spelling: no leading v, dots between the parts."""
    return re.sub(r"[\-_]", ".", text.lower().removeprefix("v"))


def entities_of_ref(ref: str | None, sha: str | None) -> frozenset[str]:
    """What a deploy's own fields name: its commit and the version, tag or pull request in its ref."""
    found = set(entities(ref.rsplit("/", 1)[-1] if ref else ""))
    if sha and len(sha) >= SHA_LENGTH:
        found.add(f"sha:{sha[:SHA_LENGTH].lower()}")
    return frozenset(found)


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
