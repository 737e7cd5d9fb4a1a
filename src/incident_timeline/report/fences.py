"""Blocks that the tool owns inside a document that people write: fences with a digest, and the merge that loses nothing."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLOCK = re.compile(
    r"^<!-- timeline:begin (?P<name>[a-z0-9_.-]+) sha256=(?P<digest>[0-9a-f]{64}) -->[ \t]*\r?\n"
    r"(?P<body>.*?)"
    r"^<!-- timeline:end (?P=name) -->[ \t]*\r?$\n?",
    re.MULTILINE | re.DOTALL,
)
_LIST = re.compile(r"^<!-- timeline:blocks (?P<names>[a-z0-9_. -]*) -->[ \t]*\r?$\n?", re.MULTILINE)
_MARKER = re.compile(r"^<!-- timeline:(?:begin|end) [^\n]*-->[ \t]*\r?$\n?", re.MULTILINE)
SUGGESTION = ".suggestion"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block as it stands in a document."""

    name: str
    digest: str
    body: str  # lines between the fences, each with its end
    raw: str  # the block with its fences

    @property
    def edited(self) -> bool:
        """Whether a person changed it: its text no longer has the digest that its fence carries."""
        return digest_of(self.body) != self.digest


def digest_of(body: str) -> str:
    """SHA-256 of a block's text; line ends and spaces at the end of lines do not count."""
    lines = [line.rstrip() for line in body.replace("\r\n", "\n").split("\n")]
    return hashlib.sha256("\n".join(lines).strip("\n").encode("utf-8", "replace")).hexdigest()


def fence(name: str, body: str) -> str:
    """A block with its fences, without a line end after the last; of several empty lines in a row one is left."""
    inner = re.sub(r"\n{3,}", "\n\n", body).strip("\n")
    middle = f"{inner}\n" if inner else ""
    return f"<!-- timeline:begin {name} sha256={digest_of(inner)} -->\n{middle}<!-- timeline:end {name} -->"


def list_blocks(document: str) -> str:
    """The line that names every block of a document, so that a removed block is told from one that is new."""
    return f"<!-- timeline:blocks {' '.join(block.name for block in blocks_of(document))} -->\n"


def blocks_of(document: str) -> Iterator[Block]:
    """All whole blocks of a document, in order."""
    for found in _BLOCK.finditer(document):
        yield Block(found["name"], found["digest"], found["body"], found[0])


def own_text(document: str) -> str:
    """What people wrote: the document without the blocks that the tool owns; a block that somebody edited is theirs."""
    return _BLOCK.sub(
        lambda found: found["body"] if Block(found["name"], found["digest"], found["body"], found[0]).edited else "",
        document,
    )


def without_fences(document: str) -> str:
    """The document as readers see it: every word of it, without the lines that only the tool reads."""
    return _MARKER.sub("", _LIST.sub("", document))


def merge_postmortem(old: str | None, fresh: str) -> str:
    """The old document with its tool-owned blocks replaced by those of the fresh one.

    Text outside fences is kept to the letter. A block that a person edited is kept, and the fresh one stands behind it as
    a suggestion where it says something else than the block that was edited. A block that a person removed stays away; a
    block with a broken fence is left as text and the fresh one is added at the end, as are blocks that the old document
    cannot have known. Without an old document, or with an empty one, the fresh one is returned.
    """
    if old is None or not old.strip():
        return fresh
    new = {block.name: block for block in blocks_of(fresh)}
    known = set().union(*(found["names"].split() for found in _LIST.finditer(old))) if _LIST.search(old) else None
    done: set[str] = set()

    def replaced(found: re.Match[str]) -> str:
        block = Block(found["name"], found["digest"], found["body"], found[0])
        if block.name.endswith(SUGGESTION) and block.name.removesuffix(SUGGESTION) in new:
            return block.raw if block.edited else ""
        if block.name not in new or block.name in done:
            return block.raw
        done.add(block.name)
        end = "\n" if block.raw.endswith("\n") else ""
        if not block.edited:
            return new[block.name].raw.removesuffix("\n") + end
        return _beside(block, new[block.name])

    text = _BLOCK.sub(replaced, old)
    # a line with another word in it may be a person's
    text = _LIST.sub(lambda found: "" if set(found["names"].split()) <= set(new) else found[0], text)
    lacking = [
        name
        for name in new
        if name not in done and (known is None or name not in known or f"timeline:begin {name} " in old)
    ]
    added = "".join(f"\n{new[name].raw.removesuffix(chr(10))}\n" for name in lacking)
    text = f"{text.rstrip(chr(10))}\n{added}" if added else text
    names = _LIST.search(fresh)
    return text + ("" if text.endswith("\n") else "\n") + (names[0] if names else "")


def _beside(block: Block, fresh: Block) -> str:
    """An edited block, and behind it what a newer build says unless the person saw that already or wrote the same."""
    if digest_of(block.body) == fresh.digest:
        return fresh.raw.removesuffix("\n") + ("\n" if block.raw.endswith("\n") else "")
    if block.digest == fresh.digest:
        return block.raw
    body = (
        "<details><summary>A newer build says (the block above was edited, and is kept)</summary>\n\n"
        f"{fresh.body.strip(chr(10))}\n\n</details>"
    )
    return f"{block.raw.removesuffix(chr(10))}\n{fence(block.name + SUGGESTION, body)}\n"
