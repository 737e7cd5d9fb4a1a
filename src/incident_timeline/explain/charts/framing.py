"""Frames what a clock chart shows: its body with titles, an alternative text and its values in words, as each of them has."""

from collections.abc import Iterable

from incident_timeline.explain.case import Case
from incident_timeline.explain.charts.words import caption, when
from incident_timeline.explain.wording import clean
from incident_timeline.model.instants import clock
from incident_timeline.model.pictures import Forms, Picture, StairBody, TableBody, TimeBody

ALT_LIMIT = 300  # characters: what a screen reader says in one go
DESC_LIMIT = 6000


def picture_of(
    case: Case, name: str, body: TimeBody | StairBody | TableBody, titles: Forms, subtitles: Forms, *,
    kind: str, finding: str, lacking: str, table: str, values: Iterable[str],
) -> Picture:  # fmt: skip
    """The picture of a body with a clock axis.

    Its alternative text is `<kind> of <what>, <from> to <to> UTC: <finding>; <what is missing or unconfirmed>. Table: <where>.`
    """
    tail = f". Table: {table}."
    span = f"{clock(body.start)} to {when(body.end, body.start)} UTC"
    said = "; ".join(filter(None, (finding, lacking)))
    alt = (
        clean(f"{kind} of {caption(case, body.start, body.start)}, {span}: {said}", ALT_LIMIT - len(tail)).rstrip(".")
        + tail
    )
    return Picture(name, titles, subtitles, alt, clean("; ".join(values), DESC_LIMIT), body)
