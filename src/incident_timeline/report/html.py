"""Renders report.html: one self-contained page with the record, the charts and RESPONSE; it sends no request anywhere."""

import re
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from incident_timeline.model.findings import Chart, Claim
from incident_timeline.model.scored import Scored
from incident_timeline.report.page_chart import DIV, draw_live
from incident_timeline.report.page_policy import policy
from incident_timeline.report.page_record import MILESTONES, SAFE_REF, PageRecord
from incident_timeline.report.page_series import to_json
from incident_timeline.report.page_signals import draw_signals
from incident_timeline.report.page_words import PageWords
from incident_timeline.report.placing import place_charts

TEMPLATE, STYLE, SCRIPT = "report.html.j2", "report.css", "report.js"


def render_page(
    scored: Scored,
    claims: Sequence[Claim],
    charts: Sequence[Chart],
    numbers: Mapping[str, str],
    roles: Mapping[str, str],  # noqa: ARG001 - claims carry roles already; a team's template may want them
    templates: Mapping[str, str],
    zone: tzinfo | None = None,
) -> str:
    """The whole page as text, the same for the same input; `zone` is named on the axes of the live charts.

    `charts` stand inline as SVG, the deciding series besides as a Plotly chart where scripts run. `templates` holds
    `report.html.j2`, `report.css` and `report.js`. All text from outside is data: Jinja2 escapes it, JSON is escaped for
    scripts, and the page's policy runs nothing but its own scripts.
    """
    figure = draw_live(scored, numbers, zone)
    signals, drawn = draw_signals(scored, numbers, zone)
    library = _plotly() if figure is not None or signals else ""
    scripts = [text for text in (library, templates[SCRIPT]) if text]
    pens = PageWords(claims, numbers)
    record = PageRecord(scored, claims)

    def of(section: str, *forms: str) -> list[Claim]:
        return [c for c in claims if c.section == section and (not forms or c.form in forms)]

    context: dict[str, Any] = {
        "of": of, "html": pens.html, "number": pens.number,
        "prose": lambda section, *forms: Markup(" ").join(pens.html(cell) for c in of(section, *forms) for cell in c.cells),
        "record": record.rows, "entry": record.entry, "sources": record.sources,
        "milestones": MILESTONES, "markable": SAFE_REF.fullmatch(scored.incident.id) is not None,
        "charts": place_charts(charts), "svg": _inline,
        "figure_json": Markup(to_json(figure)) if figure is not None else "", "figure_id": DIV,  # noqa: S704 - escaped by to_json
        "signals": signals, "signals_json": Markup(to_json(drawn)),  # noqa: S704 - escaped by to_json
        "policy": policy(scripts, [templates[STYLE]]),
        "style": Markup(templates[STYLE]), "script": Markup(templates[SCRIPT]),  # noqa: S704 - our own packaged files
        "library": Markup(library),  # noqa: S704 - the plotly package's own file
        "taken_ids": _styled_already(library), "incident": scored.incident,
    }  # fmt: skip
    return _compiled(templates[TEMPLATE]).render(**context).encode("utf-8", "replace").decode() + "\n"


@cache
def _compiled(template: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({TEMPLATE: template}), trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, autoescape=True,
    )  # fmt: skip
    return environment.get_template(TEMPLATE)


def _styled_already(library: str) -> list[str]:
    """Ids under which the library looks for map styles before it adds them; with these present it adds none."""
    return re.findall(r'document\.getElementById\("([0-9a-f]{64})"\)', library)


@cache
def _plotly() -> str:
    """plotly.js, whose text cannot end the script element that holds it."""
    library: str = get_plotlyjs()
    return library.replace("</script", "<\\/script")


def _inline(chart: Chart, theme: str) -> Markup:
    """A chart's SVG as it is: explain drew it, with every outside text escaped."""
    return Markup(chart.svg_light if theme == "light" else chart.svg_dark)  # noqa: S704
