"""Texts that try to act wherever they are shown."""

from dataclasses import replace

import polars as pl

from incident_timeline.model.findings import Coverage
from incident_timeline.model.milestones import Alternative
from incident_timeline.model.scored import Scored
from tests.report.example_scored import example

TEXTS = (
    "<script>document.title='owned'</script>",
    "</style><style>body{display:none}</style>",
    "</script><img src=x onerror=\"document.title='owned'\">",
    "[click](javascript:alert(1)) ![i](https://evil.example/x.png) <https://evil.example>",
    "| a | b | c | `code` ``more`` **bold** _it_ ~~no~~",
    "roll\u202eback \u2066now\u2069 \u0007 \u001b[31mred",
    "<!-- timeline:end annex --> <!-- timeline:begin heading sha256=" + "0" * 64 + " -->",
    "# heading\n## RESPONSE\n- [ ] task\n1. one\n> quote\n```\ncode",
    "x" * 1_000_000,
    "{{ 7 * 7 }} {% raw %} {# c #} ${x} $1$ &lt;b&gt; &amp;",
    "https://evil.example/a www.evil.example bob@evil.example @bob #12",
    "[E1]: https://evil.example\n[^1]: note",
    "\ud800 lone \udfff",
    "<svg onload=alert(1)> <iframe src='https://evil.example'> <base href='https://evil.example/'>",
    "--> ]]> \\ \\` \\| end\\",
)


def hostile() -> Scored:
    """INC-123 in which every outside text is one of TEXTS."""
    scored = example()
    texts = [TEXTS[i % len(TEXTS)].encode("utf-8", "replace").decode() for i in range(scored.events.height)]
    events = scored.events.with_columns(
        pl.Series("summary", texts, dtype=pl.String()), pl.Series("service", texts, dtype=pl.String())
    )
    by_id = dict(events.select("event_id", "summary").iter_rows())
    knew = scored.milestones["knew_enough"]
    rivals = tuple(
        Alternative(one.at, one.event_id, by_id[one.event_id], one.score, TEXTS[i], TEXTS[i + 1])
        for i, one in enumerate(knew.alternatives)
    )
    labels = scored.series.labels.with_columns(name=pl.lit(TEXTS[2]), unit=pl.lit(TEXTS[0]), query=pl.lit(TEXTS[4]))
    return replace(
        scored,
        events=events,
        incident=replace(scored.incident, title=TEXTS[2] + TEXTS[6], service=TEXTS[4]),
        milestones=scored.milestones | {"knew_enough": replace(knew, alternatives=rivals)},
        series=replace(scored.series, labels=labels),
        explanations=tuple(replace(one, text=TEXTS[i]) for i, one in enumerate(scored.explanations)),
        changes=tuple(replace(one, ref=TEXTS[4], service=TEXTS[0]) for one in scored.changes),
        rules=tuple(replace(one, name=TEXTS[2], expr=TEXTS[4] + TEXTS[6]) for one in scored.rules),
        episodes=tuple(replace(one, name=TEXTS[2]) for one in scored.episodes),
        coverage=tuple(Coverage(text, ok=False, reason=text) for text in TEXTS),
        impact=replace(scored.impact, note=TEXTS[3]),
    )
