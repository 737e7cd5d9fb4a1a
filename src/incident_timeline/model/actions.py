"""What an action item is: its fields with their lines, and what is wrong with it."""

from dataclasses import dataclass
from datetime import date

FIELDS = ("what", "done", "owner", "due", "verify", "status", "project", "demo")


@dataclass(frozen=True, slots=True)
class Written:
    """Words of a document and the line where they begin."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class ActionItem:
    """One action item as written; every field is a tuple, because people write a field twice."""

    key: str  # stable for the same WHAT: ten hex digits
    title: str
    path: str
    line: int
    what: tuple[Written, ...] = ()
    done: tuple[Written, ...] = ()  # one condition each
    owner: tuple[Written, ...] = ()
    due: tuple[Written, ...] = ()
    verify: tuple[Written, ...] = ()
    status: tuple[Written, ...] = ()
    project: tuple[Written, ...] = ()  # where it is tracked as a project
    demo: tuple[Written, ...] = ()  # a demo that was held: role, when, link
    closed: bool = False
    lines: tuple[int, ...] = ()  # every line of the document that belongs to it


@dataclass(frozen=True, slots=True)
class ActionsDocument:
    """The action items of one document, the date of its incident where it says one, and the lines that are no item's."""

    path: str
    items: tuple[ActionItem, ...]
    incident_on: date | None
    outside: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ActionFinding:
    """One thing that is wrong with an item or, without one, with the whole list."""

    rule: str
    path: str
    line: int
    words: str  # what is wrong and what to write instead
    key: str | None = None
