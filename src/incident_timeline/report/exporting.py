"""Turns postmortem.md, with what people wrote, into the form that a place takes: GitHub, GitLab, Confluence, the clipboard."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import cast

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from incident_timeline.report.fences import without_fences

# Characters that a target takes in one go: the body of a GitHub issue or comment, of a GitLab description.
LIMITS = {"github": 65_536, "gitlab": 1_048_576}
_FOLD = re.compile(r"^<details><summary>(?P<title>[^<>]*)</summary>[ \t]*$", re.MULTILINE)
_END = re.compile(r"^</details>[ \t]*$", re.MULTILINE)
_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: no text from outside holds them
_CHART = re.compile(r"charts/([a-z0-9_-]{1,60})\.(?:svg|png)")
_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}"
    "td,th{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top}img{max-width:100%}"
)
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Exported:
    """A document for one target, the charts that must be added by hand, and what a reader should know."""

    text: str
    attach: tuple[str, ...] = ()  # file names, where the target takes no picture inside a text
    too_long: str = ""  # a sentence, where the target would cut it


def export_document(document: str, target: str, pictures: Mapping[str, bytes], title: str) -> Exported:
    """The document for a target; `pictures` are its charts as PNG by their stem, `title` is the page's in the browser.

    Markdown targets keep Markdown; HTML is made of Markdown alone, so that markup which stands in a text is shown and never
    acts, links lead only to http, https and mailto, and pictures are only the incident's own charts.
    """
    plain = _unfenced(document)
    if target in ("github", "gitlab"):
        limit = LIMITS[target]
        over = f"{len(plain):,} characters, and {target} takes {limit:,} in one text; leave the annex out or attach it as a file"
        names = tuple(dict.fromkeys(found[1] for found in _CHART.finditer(plain)))
        return Exported(plain, names, over if len(plain) > limit else "")
    pages = _Pages(pictures, attached=target == "confluence")
    body = pages.render(plain)
    if target == "confluence":
        return Exported(body, tuple(pages.used))
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    return Exported(f"<!doctype html>\n<html lang=\"en\"><head>{head}<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
                    f"<body>\n{body}</body></html>\n", tuple(pages.absent))  # fmt: skip


def _unfenced(document: str) -> str:
    text = without_fences(document).replace(
        "[report.html](report.html)", "report.html"
    )  # no link where there is no file
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _may_lead(url: str) -> bool:
    """Whether a link or a picture may stand: the web, mail, and the incident's own charts."""
    return _LINK.match(url) is not None or _CHART.fullmatch(url) is not None


class _Pages:
    """Renders Markdown to HTML with folded parts and charts as the target takes them."""

    def __init__(self, pictures: Mapping[str, bytes], *, attached: bool) -> None:
        self.pictures, self.attached = pictures, attached
        self.used: list[str] = []
        self.absent: list[str] = []
        options = {"html": False, "xhtmlOut": True, "breaks": True}
        self.markdown = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
        self.markdown.validateLink = _may_lead  # type: ignore[method-assign]
        rules = cast("dict[str, object]", cast("RendererHTML", self.markdown.renderer).rules)
        rules["image"] = self._image

    def render(self, text: str) -> str:
        """HTML of the text, well-formed."""
        text = text.replace(_OPEN, "").replace(_CLOSE, "")
        text = _END.sub(f"\n{_CLOSE}\n", _FOLD.sub(lambda found: f"\n{_OPEN}{found['title']}\n", text))
        html: str = self.markdown.render(text)
        return self._folded(html)

    def _folded(self, html: str) -> str:
        """Marks of folded parts as the target has them; one that nobody closed ends with the text."""
        depth = 0

        def part(found: re.Match[str]) -> str:
            nonlocal depth
            if found[1] is not None:
                depth += 1
                return self._begin(found[1])
            if not depth:
                return ""
            depth -= 1
            return self._end()

        done = re.sub(rf"<p>(?:{_OPEN}(.*?)|{_CLOSE})</p>", part, html)
        return done + self._end() * depth

    def _begin(self, title: str) -> str:
        if not self.attached:
            return f"<p><b>{title}</b></p>"  # document editors drop what is folded
        return f'<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">{title}</ac:parameter><ac:rich-text-body>'

    def _end(self) -> str:
        return "</ac:rich-text-body></ac:structured-macro>" if self.attached else ""

    def _image(self, tokens: Sequence[Token], index: int, *_: object) -> str:
        token = tokens[index]
        alt, source = escape(token.content, quote=True), str(token.attrGet("src") or "")
        found = _CHART.fullmatch(source)
        if found is None:
            return f"[{alt}]"  # no picture of anywhere else is loaded
        name = found[1]
        if self.attached:
            self.used.append(name)
            return f'<ac:image ac:alt="{alt}"><ri:attachment ri:filename="{name}.png" /></ac:image>'
        if name not in self.pictures:
            self.absent.append(name)
            return f"[{alt}]"
        packed = base64.b64encode(self.pictures[name]).decode()
        return f'<img alt="{alt}" src="data:image/png;base64,{packed}" />'
