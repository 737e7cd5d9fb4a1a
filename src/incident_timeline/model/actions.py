"""What an action item is: its fields with their lines, what is wrong with it, and how it stands."""

from dataclasses import dataclass
from datetime import date, datetime

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
    label: str = ""  # as the document numbers it: `A-17`; empty where it does not


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


@dataclass(frozen=True, slots=True)
class Standing:
    """How one action item of an archived incident stands; `state` is open, project, closed or verified."""

    incident: str
    number: int  # its place in the post-mortem, from 1
    label: str  # as the document numbers it: `A-17`; empty where it does not
    key: str
    what: str  # without the label
    state: str
    due: date | None
    verify: tuple[date, ...]  # the days that VERIFY names
    since: (
        datetime | None
    )  # verified: first proven of the proofs that held until now; closed: the day that STATUS names

    @property
    def name(self) -> str:
        """`A-17`, or `item 2 of INC-119` where the document gives it no label."""
        return self.label or f"item {self.number} of {self.incident}"

    @property
    def full_name(self) -> str:
        """`A-17 of INC-119`, `item 2 of INC-119`."""
        return f"{self.label or f'item {self.number}'} of {self.incident}"

    @property
    def unfinished(self) -> bool:
        """Whether people have neither closed nor proven it."""
        return self.state in ("open", "project")
