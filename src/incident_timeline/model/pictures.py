"""Descriptions of charts in data coordinates: what is drawn where in time, in words and values, never in pixels."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from incident_timeline.model.grid import GridBody

Forms = tuple[str, ...]  # one text in several lengths, longest first; the last one is the least that may stand

# Whose minutes (hue) and whether work was under way (strong) or somebody or something was waited for (pale).
FILLS = (
    "phase", "proposed", "hollow", "alert_strong", "alert_pale", "people_strong", "people_pale", "change_strong",
    "change_pale", "well_strong", "well_pale", "no_record", "unexplained",
)  # fmt: skip

CATEGORY_FILL: dict[str, str] = {
    "pending": "alert_strong", "evaluation": "alert_strong", "grouping": "alert_strong",
    "unmeasured": "alert_pale", "no_rule": "alert_pale", "below_threshold": "alert_pale",
    "investigating": "people_strong", "investigate": "people_strong", "implement": "people_strong",
    "verify": "people_strong", "comms": "people_strong",
    "notifying": "people_pale", "page_to_ack": "people_pale", "mobilising": "people_pale",
    "escalating": "people_pale", "approval": "people_pale", "third_party": "people_pale", "deferred": "people_pale",
    "incomplete": "people_pale", "unattended": "people_pale", "closing": "people_pale",
    "attempt_without_effect": "change_strong", "execute": "change_strong", "deploy": "change_strong",
    "tooling": "change_pale", "capacity": "change_pale",
    "recovery": "well_strong",
    "no_record": "no_record", "unexplained": "unexplained",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoPicture:
    """A chart that could not be described, and why, in words."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in a lane; `texts` stand in it, or beside it where it is too short."""

    start: datetime
    end: datetime
    fill: str  # one of FILLS
    texts: Forms = ()
    place: str = "right"  # where a text goes that does not fit in: right | above | below | nowhere
    outside_only: bool = False  # True: the texts never stand in the bar
    bold: bool = False
    open_end: bool = False  # it goes on beyond the picture
    thin: bool = False
    hint: str = ""  # the whole text, shown on hover
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant in a lane; `texts` hang on it as a flag, `name` is what a bundle of marks calls it."""

    at: datetime
    texts: Forms
    shape: str = "dot"  # dot | page | candidate
    name: str = ""
    hint: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a lane: bars, marks, and a name in the gutter where the lane has several lines."""

    name: str = ""
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of bars and marks; `empty` is said in it when it holds nothing."""

    key: str  # phases | alerts | norecord | people | changes
    name: str
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Whisker:
    """A measured instant with the range the samples allow."""

    at: datetime
    earliest: datetime
    latest: datetime
    texts: Forms
    before: bool  # the text stands before (left of) the whisker


@dataclass(frozen=True, slots=True)
class Threshold:
    """The value above or below which a rule holds, with the rule in words."""

    value: float
    texts: Forms


@dataclass(frozen=True, slots=True)
class Bracket:
    """A length of time drawn as a bracket, with its number and, under it, the range."""

    start: datetime
    end: datetime
    head: str
    range: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A lane with one series as a line, its y-axis its own."""

    key: str  # sli | rule
    name: str
    notes: tuple[str, ...]
    points: tuple[tuple[datetime, float], ...]  # in time order; NaN breaks the line
    gap_s: float  # samples further apart than this are not joined
    factor: float = 1.0  # shown value = value * factor (100 for a ratio shown as per cent)
    hue: str = "hurt"  # hurt | alert: of the line inside `outside`
    outside: tuple[tuple[datetime, datetime], ...] = ()  # where the line has its hue
    band: tuple[float, float] | None = None
    band_texts: Forms = ()
    tint: bool = False  # the area between line and band is tinted inside `outside`
    remarks: Forms = ()  # one text about the line, near it
    whiskers: tuple[Whisker, ...] = ()
    threshold: Threshold | None = None
    bracket: Bracket | None = None
    least_px: int = 74
    most_px: int = 220
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A milestone as a hairline through all lanes, named above them; `strong` ones carry the picture."""

    at: datetime
    texts: Forms
    names: tuple[str, ...]  # of the milestones that fall on it
    strong: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch that runs through lanes: kind no_record (through People), hurt (a measured range), proposed (a moment
    nobody confirmed, over its candidates)."""

    start: datetime
    end: datetime
    kind: str  # no_record | hurt | proposed
    texts: Forms = ()
    ticks: tuple[datetime, ...] = ()  # one for each candidate


@dataclass(frozen=True, slots=True)
class Instants:
    """Dotted lines through all lanes where a change ended."""

    at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class TimeBody:
    """Lanes over one time axis."""

    start: datetime
    end: datetime
    lanes: tuple[Lane | Plot, ...]
    moments: tuple[Moment, ...] = ()
    spans: tuple[Span, ...] = ()
    change_ends: Instants = Instants(())
    breaks: tuple[tuple[datetime, datetime], ...] = ()  # stretches left out, none of them with an entry
    zone: tzinfo | None = None  # a second row of ticks


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a ledger in the staircase."""

    start: datetime
    end: datetime
    category: str
    name: Forms
    hint: str = ""

    @property
    def micros(self) -> int:
        """Its length in microseconds, exact."""
        length = self.end - self.start
        return (length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds


@dataclass(frozen=True, slots=True)
class Stair:
    """One row of the staircase: a ledger that adds up, or one stretch that could not be divided."""

    name: str  # detection | knowing | response | ...
    head: str
    asides: Forms
    steps: tuple[Step, ...] = ()
    undivided: Bar | None = None
    proposed_start: bool = False  # the boundary is drawn dashed: nobody confirmed it
    proposed_end: bool = False


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One line of the key: a fill, and what it stands for with its sum."""

    fill: str
    text: str


@dataclass(frozen=True, slots=True)
class StairBody:
    """Ledgers as a staircase over minutes since `start`."""

    start: datetime
    end: datetime
    stairs: tuple[Stair, ...]
    sums: tuple[KeyRow, ...]
    hues: tuple[KeyRow, ...]  # fill is the strong one; the pale one stands beside it
    axis_text: str


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell beside the time axis: a head, and second text under it."""

    head: Forms
    note: Forms = ()
    bold: bool = False


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of a table over time: a name, what stands on the axis, and cells; `lead` is said left of what stands."""

    name: Forms
    note: Forms
    cells: tuple[TableCell, ...]
    bars: tuple[Bar, ...] = ()  # without texts; `thin` ones are drawn as a line
    marks: tuple[Mark, ...] = ()
    whisker: Whisker | None = None
    lead: str = ""
    words: Forms = ()  # instead of anything on the axis


@dataclass(frozen=True, slots=True)
class TableBody:
    """Lines over one time axis between a column of names and columns of cells."""

    start: datetime
    end: datetime
    heads: tuple[str, ...]  # of the names and of each column of cells
    figures: int  # so many of the last columns hold figures, set to the right
    lines: tuple[TableLine, ...]
    moments: tuple[Moment, ...] = ()
    changes: tuple[Moment, ...] = ()  # ends of changes, dotted
    foot: Forms = ()
    breaks: tuple[tuple[datetime, datetime], ...] = ()
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart in data coordinates; `alt` is its text for who cannot see it, `desc` the longer list of its values."""

    name: str  # file stem
    titles: Forms
    subtitles: Forms
    alt: str
    desc: str
    body: TimeBody | StairBody | TableBody | GridBody

    @property
    def title(self) -> str:
        """The title in full."""
        return self.titles[0]
