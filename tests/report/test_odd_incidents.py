"""Facts about the documents of odd incidents: open, over midnight, without series, hostile, crowded; all come out whole."""

import json
import re

import jsonschema
import pytest

from incident_timeline.report.html import render_page
from incident_timeline.report.markdown import RESPONSE_LINES, render_postmortem
from incident_timeline.report.scores import scores_json
from tests.explain.odd_incidents import ODD
from tests.report.example_scored import TEMPLATES, charts, told

_LAYOUT = ("heading", "headline", "ledger", "record", "evidence", "open", "short")


@pytest.mark.parametrize("name", ODD)
def test_the_documents_of_an_odd_incident_come_out_whole(name: str) -> None:
    """Every sentence has evidence, RESPONSE keeps its length, scores.json its form, and a rebuild changes nothing."""
    scored = ODD[name]()
    claims, numbers, roles = told(scored)
    text = render_postmortem(claims, charts(), numbers, None, TEMPLATES)
    response = re.search(r"^## RESPONSE\b.*?(?=^## )", text, re.MULTILINE | re.DOTALL)

    assert [] == [
        c.text for c in claims if c.section.split(".")[0] not in _LAYOUT and not set(c.evidence) & set(numbers)
    ]
    assert response is not None
    assert len(response[0].strip().splitlines()) <= RESPONSE_LINES
    jsonschema.validate(json.loads(scores_json(scored, claims, "0")), json.loads(TEMPLATES["scores.schema.json"]))
    assert text == render_postmortem(claims, charts(), numbers, text, TEMPLATES)
    assert "</html>" in render_page(scored, claims, charts(), numbers, roles, TEMPLATES)[-20:]
