"""Words as HTML: quotations, code and evidence numbers with a card that says what they stand for."""

import re
from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup, escape

from incident_timeline.model.findings import Claim, Words

Html = Markup
_STOPS = re.compile(r"[.,;:)]*")


class PageWords:
    """Turns cells into HTML; knows what every number stands for, so that each reference carries its card."""

    def __init__(self, claims: Sequence[Claim], numbers: Mapping[str, str]) -> None:
        self._numbers = numbers
        self._cards: dict[str, Html] = {}
        for claim in claims:
            if claim.section.startswith("record.") and claim.cells[0]:
                time, what, source = (self._flat(cell) for cell in claim.cells[1:4])
                card = Markup("<b>{}</b> {} <i>{}</i>").format(time, what, source)
                self._cards.setdefault(self.number(claim.cells[0]), card)
            elif claim.section.startswith("evidence."):
                self._cards.setdefault(self.number(claim.cells[0]), self._flat(claim.cells[1]))

    def number(self, cell: Iterable[Words]) -> str:
        """The number of the first reference of a cell; empty where it has none."""
        return next((self._numbers[w.text] for w in cell if w.style == "ref" and w.text in self._numbers), "")

    def html(self, cell: Iterable[Words]) -> Html:
        """A cell with references as links that carry their card."""
        parts: list[Html] = []
        shown: set[str] = set()
        linked = False  # whether the last part is a reference
        for word in cell:
            if word.style != "ref":
                shown = shown if not word.text.strip() else set()
                stop = _STOPS.match(word.text)[0] if linked and word.style == "plain" else ""  # type: ignore[index]
                if stop:  # a full stop never begins the next line alone
                    parts[-1] = Markup('<span class="keep">{}{}</span>').format(parts[-1], stop)
                parts.append(_styled(Words(word.text[len(stop) :], word.style)))
                linked = False
            elif (number := self._numbers.get(word.text, "")) and number not in shown:
                shown.add(number)
                parts.append(self._link(number))
                linked = True
        return Markup("").join(parts)

    def _link(self, number: str) -> Html:
        card = self._cards.get(number, Markup(""))
        return Markup(
            '<a class="ev" href="#{n}">{n}<span class="card" role="tooltip">{card}</span></a>'
        ).format(n=number, card=card)  # fmt: skip

    @staticmethod
    def _flat(cell: Iterable[Words]) -> Html:
        return Markup("").join(_styled(word) for word in cell if word.style != "ref")


def _styled(word: Words) -> Html:
    if word.style == "said":
        return Markup("<q>{}</q>").format(word.text)
    if word.style == "code":
        return Markup("<code>{}</code>").format(word.text)
    if word.style == "strong":
        return Markup("<b>{}</b>").format(word.text)
    return escape(word.text)
