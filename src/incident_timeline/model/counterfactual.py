"""Rules that would have shown an incident sooner: candidates for the room, each with its price in pages on other days."""

from dataclasses import dataclass
from datetime import datetime

FORMS = {
    "threshold": "a loaded rule with another threshold",
    "for": "a loaded rule with a shorter for",
    "signal": "a rule on a signal that left its band",
    "burn_rate": "a multi-window burn-rate rule",
}
NO_HISTORY = "missing: no history"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One rule, when it would have fired, and when it would have fired in the days before."""

    rule: str  # its alert name
    form: str  # one of FORMS
    expr: str
    for_s: float
    interval_s: float  # of evaluation, over the window; over the days before it is 60 s
    labels: tuple[tuple[str, str], ...]  # that the rule adds, such as severity
    alert_labels: tuple[tuple[str, str], ...]  # that its expression's series carries
    change: str  # against what is loaded, in words
    source: str  # where the form of the rule comes from
    fires_at: datetime
    held_until: datetime  # the last evaluation of the stretch in which it would have fired
    saved_s: float  # before the rule that fired did; before the first page or report where none did
    before: tuple[datetime, ...]  # when it would have fired before this incident; each may have been right
    perhaps: tuple[
        datetime, ...
    ]  # since when it held then, looked at too seldom (60 s) to tell whether for as long as `for`
    history_days: float | None  # how many days before the window were held; None: NO_HISTORY
    evidence: tuple[str, ...]  # `series:<id>`, `rule:<name>`
    replaces: str = ""  # the loaded rule that it is a variation of

    @property
    def worth(self) -> float:
        """Minutes saved for each page that it may have sent, this incident's own included."""
        return self.saved_s / 60 / (1 + len(self.before) + len(self.perhaps))

    @property
    def times_before(self) -> str:
        """How often it would have fired before: `3`, or `3 to 4`."""
        least, most = len(self.before), len(self.before) + len(self.perhaps)
        return f"{least}" if least == most else f"{least} to {most}"


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """All candidates, the most minutes a page first; `reason` says why there is none."""

    candidates: tuple[Candidate, ...] = ()
    reason: str = ""
    not_variable: tuple[str, ...] = ()  # rules that fired or watch the service and have no comparison to move
