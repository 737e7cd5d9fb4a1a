"""Says which chart stands beside which question: at most three in RESPONSE, the others in the annex and on the page."""

from collections.abc import Mapping, Sequence

from incident_timeline.model.findings import Chart

PLACES = ("impact", "detection", "resolution")  # RESPONSE's, one chart each
_NAMED = {
    "lanes": "impact",
    "sli": "detection",
    "signal": "detection",
    "detection": "detection",
    "ledgers": "resolution",
    "gaps": "resolution",
    "moved": "moved",
    "arrivals": "arrivals",
    "cover": "cover",
}


def place_charts(charts: Sequence[Chart]) -> Mapping[str, tuple[Chart, ...]]:
    """Place -> its charts, each chart once: by the words of its name, else the first place that is still free.

    Those in the order of signals and of people, and charts beyond one a place (`more`), stand outside RESPONSE.
    """
    placed: dict[str, tuple[Chart, ...]] = {}
    left = []
    for chart in charts:
        place = next((_NAMED[part] for part in chart.name.replace("-", "_").split("_") if part in _NAMED), None)
        if place is not None and place not in placed:
            placed[place] = (chart,)
        else:
            left.append(chart)
    for chart in left:
        free = next((place for place in PLACES if place not in placed), "more")
        placed[free] = (*placed.get(free, ()), chart)
    return placed
