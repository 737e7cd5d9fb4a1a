"""Renders a comparison of incidents as one self-contained page to send around: pictures, and the tables behind them."""

from collections.abc import Mapping

import jinja2
from markupsafe import Markup

from incident_timeline.model.compared import Comparison
from incident_timeline.model.instants import duration
from incident_timeline.report.across import confirmed_words, gap_words, group_words, interval_words, step_words
from incident_timeline.report.page_policy import policy
from incident_timeline.report.svg.across import draw_across, is_crowded

TEMPLATE, STYLE = "across.html.j2", "report.css"


def render_across(comparison: Comparison, templates: Mapping[str, str]) -> str:
    """The page as text, without any script; the same comparison gives the same bytes.

    `templates` holds `across.html.j2` and `report.css`. Jinja2 escapes all text from outside.
    """
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({TEMPLATE: templates[TEMPLATE]}), trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, autoescape=True,
    )  # fmt: skip
    gaps = [gap for gap in dict.fromkeys(g.gap for g in comparison.groups) if _has_dots(comparison, gap)]
    none = [gap_words(gap) for gap in dict.fromkeys(g.gap for g in comparison.groups) if gap not in gaps]
    crowded = any(is_crowded(comparison, gap) for gap in gaps)
    pictures = [
        (gap, *(Markup(draw_across(comparison, gap, theme=theme)) for theme in ("light", "dark")))  # noqa: S704 - ours, escaped
        for gap in gaps
    ]
    return environment.get_template(TEMPLATE).render(
        comparison=comparison, gaps=gaps, none=none, crowded=crowded, pictures=pictures, style=Markup(templates[STYLE]),  # noqa: S704 - our own packaged file
        policy=policy([], [templates[STYLE]]), duration=duration, confirmed=confirmed_words(comparison),
        gap_words=gap_words, group_words=group_words,
        step_words=step_words, interval_words=interval_words,
    ) + "\n"  # fmt: skip


def _has_dots(comparison: Comparison, gap: str) -> bool:
    return any(group.dots or group.apart for group in comparison.groups if group.gap == gap)
