"""The sentences of one build by themselves: its short id, the file that keeps them, and what changed between two builds."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from incident_timeline.errors import StorageError
from incident_timeline.model.findings import Claim

_ID = 8  # hex digits of a build's id: enough for the builds of one incident
_LAYOUT = frozenset({"heading", "headline", "ledger", "evidence", "open", "short"})  # say nothing of their own
_ALIKE = 0.6  # share of a sentence that must stand in the other for the two to be one that changed


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a build, the section it stands in, and its evidence numbers."""

    section: str
    text: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A sentence that is not what it was; empty where it was not there, or is no more."""

    section: str
    was: str
    now: str


def sentences_of(claims: Iterable[Claim], numbers: Mapping[str, str]) -> tuple[Sentence, ...]:
    """What a build says, in the order of its documents; blocks that only lay it out are left out."""
    return tuple(
        Sentence(c.section, c.text, tuple(dict.fromkeys(numbers[one] for one in c.evidence if one in numbers)))
        for c in claims
        if c.section.split(".")[0] not in _LAYOUT
    )


def build_id(sentences: Sequence[Sentence]) -> str:
    """Eight hex digits of what a build says: the same sentences give the same id."""
    return hashlib.sha256(_packed(sentences)).hexdigest()[:_ID]


def write_sentences(sentences: Sequence[Sentence]) -> bytes:
    """The file of one build."""
    return _packed(sentences)


def read_sentences(text: str, where: str) -> tuple[Sentence, ...]:
    """The sentences of such a file; StorageError where it cannot be read."""
    try:
        rows: list[dict[str, Any]] = json.loads(text)
        return tuple(Sentence(str(r["section"]), str(r["text"]), tuple(r["numbers"])) for r in rows)
    except (ValueError, KeyError, TypeError):
        raise StorageError(f"{where} cannot be read; remove it, and build again to compare with later builds") from None


def compare_sentences(old: Sequence[Sentence], new: Sequence[Sentence]) -> list[Changed]:
    """What changed from one build to another, section by section in the order of the newer one.

    A sentence that stands in both, with the same evidence, has not changed. Of the rest, the two most alike of a section are
    one sentence that changed; what has no like is new, or gone.
    """
    sections = list(dict.fromkeys([s.section for s in new] + [s.section for s in old]))
    found: list[Changed] = []
    for section in sections:
        before, after = ([s for s in each if s.section == section] for each in (old, new))
        was, now = [s for s in before if s not in after], [s for s in after if s not in before]
        found += _paired(section, was, now)
    return found


def _paired(section: str, was: list[Sentence], now: list[Sentence]) -> list[Changed]:
    likeness = sorted(
        ((-SequenceMatcher(None, a.text, b.text).ratio(), i, j) for i, a in enumerate(was) for j, b in enumerate(now))
    )
    partner: dict[int, int] = {}
    for negative, i, j in likeness:
        if -negative >= _ALIKE and i not in partner.values() and j not in partner:
            partner[j] = i
    changed = [Changed(section, _shown(was[partner[j]]) if j in partner else "", _shown(b)) for j, b in enumerate(now)]
    return changed + [Changed(section, _shown(a), "") for i, a in enumerate(was) if i not in partner.values()]


def _shown(sentence: Sentence) -> str:
    numbers = " ".join(f"[{number}]" for number in sentence.numbers)
    return f"{sentence.text} {numbers}".strip()


def _packed(sentences: Sequence[Sentence]) -> bytes:
    rows = [{"section": s.section, "text": s.text, "numbers": list(s.numbers)} for s in sentences]
    return (json.dumps(rows, indent=1, ensure_ascii=True) + "\n").encode()
