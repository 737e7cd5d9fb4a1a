"""Reads a chart's SVG back and says what is wrong with it: the checks of a picture without a browser."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from incident_timeline.model.pictures import CATEGORY_FILL
from incident_timeline.report.svg.palette import THEMES, Theme, contrast
from incident_timeline.report.svg.text import packaged_font

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = (
    "svg", "title", "desc", "defs", "pattern", "g", "rect", "line", "path", "circle", "text", "tspan",
)  # fmt: skip
_ADVANCES = packaged_font()


@dataclass(frozen=True)
class TextBox:
    """One line of text as it stands: its box in px and the colours it is written in."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    fills: tuple[str, ...]
    index: int  # in drawing order

    def meets(self, other: "TextBox") -> bool:
        """Whether two boxes overlap, heights shrunk by 16 % on each side for line spacing."""
        shrink, other_shrink = 0.16 * (self.bottom - self.top), 0.16 * (other.bottom - other.top)
        return (
            self.left < other.right - 0.01
            and other.left < self.right - 0.01
            and self.top + shrink < other.bottom - other_shrink
            and other.top + other_shrink < self.bottom - shrink
        )


class Drawn:
    """One parsed picture."""

    def __init__(self, svg: str) -> None:
        self.svg = svg
        self.root = ET.fromstring(svg)
        self.width, self.height = (float(self.root.get(name, "0")) for name in ("width", "height"))
        self.elements = [one for one in self.root.iter() if isinstance(one.tag, str)]
        self.inside_patterns = {id(part) for one in self.root.iter(f"{_SVG}pattern") for part in one.iter()}
        self.texts = list(self._texts())

    def _texts(self) -> Iterator[TextBox]:
        for index, element in enumerate(self.elements):
            if element.tag != f"{_SVG}text":
                continue
            spans = list(element.iter(f"{_SVG}tspan")) or [element]
            width, size, text, fills = 0.0, 0.0, "", []
            for span in spans:
                own = float(span.get("font-size", "0"))
                bold = span.get("font-weight") == "bold"
                width += float(span.get("dx", "0")) + _ADVANCES.width(span.text or "", own, bold=bold)
                size, text = max(size, own), text + (span.text or "")
                fills.append(span.get("fill", ""))
            x, y = float(element.get("x", "0")), float(element.get("y", "0"))
            left = {"start": x, "middle": x - width / 2, "end": x - width}[element.get("text-anchor", "start")]
            box = (left, left + width, y - size * 0.93, y + size * 0.24)
            yield TextBox(text, *box, size, tuple(fills), index)

    def of(self, tag: str) -> list[ET.Element]:
        """All elements of one tag outside patterns."""
        return [one for one in self.elements if one.tag == f"{_SVG}{tag}" and id(one) not in self.inside_patterns]

    def segments(self) -> list[ET.Element]:
        """The rectangles that stand for parts of a ledger."""
        return [one for one in self.of("rect") if one.get("data-micros")]


def wrong_with(svg: str, theme: str, alt: str) -> list[str]:
    """Everything that is wrong with a picture, in words; empty when all checks hold."""
    drawn, colours = Drawn(svg), THEMES[theme]
    return [
        *_wrong_boxes(drawn),
        *_wrong_contrast(drawn, colours),
        *_wrong_colours(drawn, colours),
        *_wrong_segments(drawn, colours),
        *_wrong_in_grey(drawn, colours),
        *_wrong_words(drawn, alt),
    ]


def _wrong_boxes(drawn: Drawn) -> Iterator[str]:
    for i, one in enumerate(drawn.texts):
        if one.size < 12:
            yield f"{one.text!r} is set in {one.size} px"
        if one.left < 0 or one.right > drawn.width or one.top < 0 or one.bottom > drawn.height:
            yield f"{one.text!r} leaves the picture: {one}"
        for other in drawn.texts[i + 1 :]:
            if one.meets(other):
                yield f"{one.text!r} meets {other.text!r} at {one.left:.0f},{one.bottom:.0f}"


def _wrong_contrast(drawn: Drawn, theme: Theme) -> Iterator[str]:
    for text in drawn.texts:
        x, y = (text.left + text.right) / 2, (text.top + text.bottom) / 2
        ground = theme.paper
        for element in drawn.elements[: text.index]:
            if element.tag != f"{_SVG}rect" or id(element) in drawn.inside_patterns or element.get("fill-opacity"):
                continue
            left, top, width, height = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
            if left <= x <= left + width and top <= y <= top + height:
                ground = element.get("fill", "")
        if ground.startswith("url("):
            yield f"{text.text!r} stands on a pattern"
            continue
        for fill in text.fills:
            if contrast(fill, ground) < 4.5:
                yield f"{text.text!r}: {fill} on {ground} is only {contrast(fill, ground):.2f}"


def _wrong_colours(drawn: Drawn, theme: Theme) -> Iterator[str]:
    known = {value for name in theme.__slots__ if str(value := getattr(theme, name)).startswith("#")}
    yield from (
        f"{one} is not in the palette" for one in set(re.findall(r"#[0-9A-Fa-f]{6}\b", _attributes(drawn))) - known
    )
    for element in drawn.of("rect"):
        stroke = element.get("stroke")
        if stroke and contrast(stroke, theme.paper) < 3:
            yield f"an outline {stroke} stands out only {contrast(stroke, theme.paper):.2f}"


def _attributes(drawn: Drawn) -> str:
    return " ".join(value for one in drawn.elements for value in one.attrib.values() if not value.startswith("url("))


def _wrong_segments(drawn: Drawn, theme: Theme) -> Iterator[str]:
    for element in drawn.segments():
        category = element.get("data-category", "")
        role, fill = CATEGORY_FILL[category], element.get("fill", "")
        patterned = {"no_record": "url(#norec-", "unexplained": "url(#unexp-"}.get(role)
        if not fill.startswith(patterned) if patterned else fill != theme.fill(role):
            yield f"{category} is filled with {fill}"
        if not element.get("stroke"):
            yield f"{category} has no outline"
        if float(element.get("data-seconds", "nan")) != int(element.get("data-micros", "")) / 1e6:
            yield f"{category}: seconds and microseconds differ"


def _wrong_in_grey(drawn: Drawn, theme: Theme) -> Iterator[str]:
    """Neighbours that touch are told apart by lightness alone: their fills differ, or a line of paper parts them."""
    parted = [float(one.get("x1", "0")) for one in drawn.of("line") if one.get("stroke") == theme.paper]
    boxes = [one for one in drawn.of("rect") if one.get("stroke") and not one.get("fill", "").startswith("url(")]
    sides = [(one, *(float(one.get(name, "0")) for name in ("x", "y", "width"))) for one in boxes]
    for one, x, y, width in sides:
        for other, left, top, _ in sides:
            fills = one.get("fill", ""), other.get("fill", "")
            if top != y or abs(x + width - left) > 0.05 or fills[0] == fills[1]:
                continue
            if contrast(*fills) < 1.25 and not any(abs(left - line) < 0.05 for line in parted):
                yield f"in grey {fills[0]} and {fills[1]} run into one another"


def _wrong_words(drawn: Drawn, alt: str) -> Iterator[str]:
    title, desc = drawn.root.find(f"{_SVG}title"), drawn.root.find(f"{_SVG}desc")
    if title is None or title.text != alt:
        yield f"the title is not the alternative text: {title if title is None else title.text!r}"
    if desc is None or not desc.text:
        yield "there is no description"
    ids = [value for one in drawn.elements if (value := one.get("id"))]
    if len(ids) != len(set(ids)):
        yield f"ids repeat: {ids}"
    referred = set(re.findall(r"url\(#([^)]+)\)", drawn.svg)) | set(drawn.root.get("aria-labelledby", "").split())
    if referred - set(ids):
        yield f"no such id: {referred - set(ids)}"
    if "http" in _attributes(drawn) or drawn.svg.count("xmlns") != 1:
        yield "an address besides the namespace"
    unknown = {one.tag for one in drawn.elements} - {f"{_SVG}{name}" for name in _ELEMENTS}
    unknown |= {
        name
        for one in drawn.elements
        for name in one.attrib
        if name.startswith("on") or "href" in name or name == "style"
    }
    if unknown:
        yield f"elements or attributes that no chart needs: {unknown}"
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", drawn.svg):
        yield "control characters"
    if not 60 <= len(alt) <= 300:
        yield f"the alternative text has {len(alt)} characters"
