"""Knows the names that people give to the fields of an action item, and where a line begins with one."""

import re
from dataclasses import dataclass

_NAMES = {
    "what": ("what", "action item", "action", "task", "to do", "item", "description", "summary"),
    "done": ("done when", "done if", "done", "definition of done", "dod", "acceptance criteria", "acceptance", "success criteria",
             "success looks like", "complete when", "closed when", "finished when"),
    "owner": ("owner", "owned by", "assignee", "assigned to", "responsible", "who", "dri", "lead"),
    "due": ("due date", "due by", "due on", "due", "deadline", "target date", "eta", "by when", "when"),
    "verify": ("verify", "verification", "verified by", "verify by", "how verified", "how to verify", "validation", "validated by",
               "proof"),
    "status": ("status", "state"),
    "project": ("projects", "project", "tracked as a project", "tracked in"),
    "demo": ("demo held", "demo", "shown"),
}  # fmt: skip
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}
_ANY = "|".join(re.escape(name).replace(r"\ ", r"[ _-]") for name in sorted(_FIELD_OF, key=len, reverse=True))
_LABEL = re.compile(
    rf"(?P<open>\*\*|__|\*|_)?\s*(?P<name>{_ANY})\s*(?:\([^()]{{0,60}}\))?\s*(?P<colon>[:：])?\s*(?P<close>\*\*|__|\*|_)?"
    r"\s*(?P<mark>[:：=—–]|-(?=\s))?\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_OTHER = re.compile(r"(?:\*\*|__)[A-Z][\w /-]{1,30}:?(?:\*\*|__):?\s|[A-Z][\w /-]{1,20}:\s")


@dataclass(frozen=True, slots=True)
class Label:
    """A field's name at the beginning of a line, and the words after it."""

    field: str
    rest: str


def label_of(text: str, *, bold: bool = False) -> Label | None:
    """The field that a line names: `Due: x`, `**Due** x`, `DUE x`, `Due (in two weeks): x`; None for any other line.

    Without a mark, bold or capitals a word such as `done` is the beginning of a sentence.
    """
    found = _LABEL.fullmatch(text.strip())
    if found is None:
        return None
    name, rest = found["name"], found["rest"].strip()
    strong = (found["open"] in ("**", "__") and found["close"] == found["open"]) or (bold and not rest)
    marked = found["colon"] or found["mark"]
    ends = not rest or not rest[0].isalnum() or text.strip()[found.start("rest") - 1 : found.start("rest")].isspace()
    if not (marked or strong or (name.isupper() and len(name) > 2 and ends)):
        return None
    if found["open"] and not found["close"]:
        rest = re.sub(r"(\*\*|__|\*|_)$", "", rest).strip()
    return Label(field_named(name), rest)


def field_named(name: str) -> str:
    """The field that a name stands for; KeyError for a name that is none."""
    return _FIELD_OF[re.sub(r"[ _-]+", " ", name.lower())]


def heading_field(cell: str) -> str | None:
    """The field that a table's heading names, or None."""
    name = re.sub(r"[*_`]|\([^()]*\)|[:：]", "", cell).strip().lower()
    return _FIELD_OF.get(re.sub(r"[ _-]+", " ", name))


def is_other_label(text: str) -> bool:
    """Whether a line begins with a name of something that is no field here, such as `Priority:`."""
    return bool(_OTHER.match(text))
