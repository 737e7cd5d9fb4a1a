"""Writes postmortem.md over what people wrote into it: its form, its templates, and the hypotheses that it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from incident_timeline.config.settings import ReportSettings
from incident_timeline.errors import ConfigError, UsageError, system_words
from incident_timeline.explain.hypotheses import Hypothesis, read_hypotheses
from incident_timeline.model.findings import Chart, Claim
from incident_timeline.report.fences import own_text
from incident_timeline.report.markdown import LONG, SHORT, is_short, render_postmortem

FILE = "postmortem.md"
FORMS = {"long": LONG, "short": SHORT}


@dataclass(frozen=True, slots=True)
class Postmortem:
    """The document as it stands before a build, and how this build is to write it."""

    previous: str | None
    asked: ReportSettings
    templates: Mapping[str, str]  # the packaged ones and the team's, by name

    @property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """The hypotheses that people wrote into it."""
        return read_hypotheses(own_text(self.previous or ""))

    def form(self, *, small: bool) -> str:
        """`short` or `long`: as asked for, else as the document is, else by the size of the incident."""
        if self.asked.form != "auto":
            return self.asked.form
        if self.previous and self.previous.strip():
            return "short" if is_short(self.previous) else "long"
        return "short" if small else "long"

    def render(
        self, claims: Sequence[Claim], charts: Sequence[Chart], numbers: Mapping[str, str], *, small: bool
    ) -> str:
        """The document with this build's findings and every word that people wrote.

        Raises UsageError where the other form is asked for and people wrote into this one.
        """
        form, previous = self.form(small=small), self.previous
        if previous and previous.strip() and is_short(previous) != (form == "short"):
            before = "short" if is_short(previous) else "long"
            untouched = render_postmortem(claims, charts, numbers, None, self.templates, self._template(before))
            if own_text(previous).split() != own_text(untouched).split():
                raise UsageError(
                    f"{FILE} has the {before} form and people wrote into it, so it is not turned into the {form} one; "
                    f"give it another name and build again with --{form}"
                )
            previous = None
        return render_postmortem(claims, charts, numbers, previous, self.templates, self._template(form))

    def _template(self, form: str) -> str:
        team = self.asked.short_template if form == "short" else self.asked.template
        return team or FORMS[form]


def open_postmortem(previous: str | None, asked: ReportSettings, templates: Mapping[str, str]) -> Postmortem:
    """The document and its templates; ConfigError where a template of the team's own cannot be read."""
    own = {}
    for path in (asked.template, asked.short_template):
        if path is not None:
            try:
                own[path] = Path(path).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(
                    f"cannot read the template {path}: {system_words(error)}; correct [report] in timeline.toml"
                ) from None
    return Postmortem(previous, asked, {**templates, **own})
