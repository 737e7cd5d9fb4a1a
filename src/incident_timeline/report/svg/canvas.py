"""Writes SVG elements: escaped text, rounded numbers, patterns with ids that are unique on a page."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from incident_timeline.model.texts import visible
from incident_timeline.report.svg.palette import FONTS, Theme
from incident_timeline.report.svg.text import Font

NAMESPACE = "http://www.w3.org/2000/svg"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})


def escape(text: str) -> str:
    """Text for XML: markup escaped; what XML 1.0 cannot hold, control and bidi characters removed."""
    return visible(text).translate(_ESCAPES)


def number(value: float) -> str:
    """A coordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


class Canvas:
    """Collects the elements of one picture in drawing order and gives them out as one document."""

    def __init__(self, theme: Theme, font: Font, prefix: str) -> None:
        self.theme = theme
        self.font = font
        self.prefix = prefix
        self._parts: list[str] = []
        self._patterns: dict[str, str] = {}

    def element(self, tag: str, attributes: dict[str, object], hint: str = "") -> None:
        """One element without text; `hint` is shown on hover."""
        inner = f"<title>{escape(hint)}</title></{tag}>" if hint else ""
        self._parts.append(f"<{tag}{_written(attributes)}{'>' if hint else '/>'}{inner}")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 13,
        *,
        bold: bool = False,
        fill: str = "",
        anchor: str = "start",
    ) -> None:
        """One line of text with its baseline at y."""
        attributes: dict[str, object] = {"x": x, "y": y, "font-size": size}
        if bold:
            attributes["font-weight"] = "bold"
        if anchor != "start":
            attributes["text-anchor"] = anchor
        attributes["fill"] = fill or self.theme.ink
        self._parts.append(f"<text{_written(attributes)}>{escape(text)}</text>")

    def run(self, x: float, y: float, pieces: list[tuple[str, float, bool, str]]) -> None:
        """Pieces of (text, size, bold, fill) in one line, each where the one before ends in whatever font is at hand."""
        spans = "".join(
            f"<tspan{_written({'dx': 9 if i else '', 'font-size': size, 'font-weight': 'bold' if bold else '', 'fill': fill})}>"
            f"{escape(text)}</tspan>"
            for i, (text, size, bold, fill) in enumerate(pieces)
        )
        self._parts.append(f"<text{_written({'x': x, 'y': y})}>{spans}</text>")

    def halo(self, left: float, baseline: float, width: float, size: float, fill: str = "") -> None:
        """A ground in the paper's colour for a text that would stand on lines or a pattern."""
        self.rect(left - 2, baseline - size * 0.86, width + 4, size * 1.1, fill or self.theme.paper)

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1, dash: str = "") -> None:
        """A straight line."""
        ends: dict[str, object] = {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": stroke, "stroke-width": width}
        self.element("line", ends | ({"stroke-dasharray": dash} if dash else {}))

    def rect(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """A plain ground without an outline."""
        self.element("rect", {"x": x, "y": y, "width": width, "height": height, "fill": fill})

    def box(
        self, x: float, y: float, width: float, height: float, fill: str, *,
        dash: str = "", hint: str = "", data: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        """A bar of a fill role with its outline in the strong hue, so that pale ones stand out too."""
        sides: dict[str, object] = {"x": x, "y": y, "width": width, "height": height, "fill": self.paint(fill)}
        edge = {"stroke": self.theme.outline(fill), "stroke-width": 1.2, "stroke-dasharray": dash}
        self.element("rect", sides | edge | dict(data or {}), hint)

    def path(self, d: str, **attributes: object) -> None:
        """A path; attribute names with `_` for `-`."""
        self.element("path", {"d": d} | {key.replace("_", "-"): value for key, value in attributes.items()})

    @contextmanager
    def group(self, classes: str) -> Iterator[None]:
        """A group that the page can show and hide by its class."""
        self._parts.append(f'<g class="{escape(classes)}">')
        yield
        self._parts.append("</g>")

    def paint(self, fill: str) -> str:
        """The paint of a fill role: its colour, or a reference to its pattern."""
        if fill == "hollow":
            return self.theme.paper
        if fill not in ("no_record", "unexplained", "proposed"):
            return self.theme.fill(fill)
        key = {"no_record": "norec", "unexplained": "unexp", "proposed": "open"}[fill]
        if key not in self._patterns:
            self._patterns[key] = self._pattern(key)
        return f"url(#{key}-{self.prefix})"

    def _pattern(self, key: str) -> str:
        theme = self.theme
        if key == "open":
            return (
                f'<pattern id="open-{self.prefix}" patternUnits="userSpaceOnUse" width="6" height="6">'
                f'<rect width="6" height="6" fill="{theme.paper}"/>'
                f'<circle cx="3" cy="3" r="0.9" fill="{theme.phase_line}"/></pattern>'
            )
        crossed = f'<path d="M0 0.75H7" stroke="{theme.hatch_line}" stroke-width="1.3"/>' if key == "unexp" else ""
        return (
            f'<pattern id="{key}-{self.prefix}" patternUnits="userSpaceOnUse" width="7" height="7" '
            f'patternTransform="rotate(45)"><rect width="7" height="7" fill="{theme.hatch_ground}"/>'
            f'<path d="M0.75 0V7" stroke="{theme.hatch_line}" stroke-width="1.5"/>{crossed}</pattern>'
        )

    def document(self, width: float, height: float, title: str, desc: str) -> str:
        """The whole SVG document; `title` is the alternative text, `desc` the longer list of values."""
        size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
        names = f"t-{self.prefix} d-{self.prefix}"
        defs = (
            f"<defs>{''.join(self._patterns[key] for key in sorted(self._patterns))}</defs>" if self._patterns else ""
        )
        head = (
            f'<svg xmlns="{NAMESPACE}" {size} role="img" aria-labelledby="{names}" font-family="{FONTS}">\n'
            f'<title id="t-{self.prefix}">{escape(title)}</title>\n<desc id="d-{self.prefix}">{escape(desc)}</desc>\n'
        )
        ground = f'<rect x="0" y="0" width="{number(width)}" height="{number(height)}" fill="{self.theme.paper}"/>'
        return "\n".join([head + defs + ground, *self._parts, "</svg>"]) + "\n"


def _written(attributes: dict[str, object]) -> str:
    return "".join(
        f' {key}="{number(value) if isinstance(value, int | float) else escape(str(value))}"'
        for key, value in attributes.items()
        if value != ""
    )
