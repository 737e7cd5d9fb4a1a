"""What a source's coverage will say: what could not be had, grouped by its reason, and what is only worth saying."""

from dataclasses import dataclass, field

_NAMED = 3  # parts that are named when several lack for one reason


@dataclass(frozen=True, slots=True)
class Told:
    """Collects while a source is asked; `lacking` makes the coverage a failure, `notes` do not."""

    lacking: dict[str, list[str]] = field(default_factory=dict)  # why -> what could not be had
    notes: list[str] = field(default_factory=list)

    def lacks(self, what: str, why: object) -> None:
        """A part that could not be had; parts with one reason (a budget that is used up) are told together."""
        self.lacking.setdefault(str(why), []).append(what)

    def note(self, text: str) -> None:
        """Something that the reader should know and that takes nothing away."""
        self.notes.append(text)

    def reason(self) -> str:
        """All of it in one line, each once."""
        parts = [f"{_listed(what)}: {why}" if any(what) else why for why, what in self.lacking.items()]
        return "; ".join(dict.fromkeys([*parts, *self.notes]))


def _listed(what: list[str]) -> str:
    names = list(dict.fromkeys(one for one in what if one))
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
