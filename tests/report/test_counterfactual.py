"""Facts about how counterfactual detection is printed and written."""

from datetime import UTC, datetime, timedelta

import polars as pl
import yaml

from incident_timeline.model.counterfactual import Candidate, Counterfactual
from incident_timeline.model.series import LABELS_SCHEMA, SAMPLES_SCHEMA, SeriesSet
from incident_timeline.report.counterfactual import counterfactual_json, counterfactual_text
from incident_timeline.report.rule_file import rule_file, rule_tests

T0 = datetime(2026, 11, 17, 14, tzinfo=UTC)
BEFORE = tuple(T0 - timedelta(days=day, hours=3) for day in (5, 1))
ONE = Candidate(
    rule="CheckoutPoolHigh", form="signal", expr="(sum(pool)) > 0.5", for_s=10.0, interval_s=5.0,
    labels=(("severity", "page"),), alert_labels=(("zone", "a"),), change="pool > 0.5 for 10 s", source="the query pool",
    fires_at=T0 + timedelta(seconds=25), held_until=T0 + timedelta(seconds=60), saved_s=240.0, before=BEFORE,
    perhaps=(T0 - timedelta(days=2),),
    history_days=6.5, evidence=("series:s1",),
)  # fmt: skip


def raw() -> SeriesSet:
    """The pool, scraped every 5 s at odd moments, one scrape missed, read by two selectors."""
    rows = [
        dict.fromkeys(LABELS_SCHEMA)
        | {"series_id": key, "role": "selector", "labels": '{"__name__": "pool", "zone": "a"}'}
        for key in ("r1", "r2")
    ]
    points = [(s, 0.9 if s >= 10 else 0.1) for s in range(-40, 60, 5) if s != 0]
    samples = [
        {"series_id": key, "at": T0 + timedelta(seconds=s + 0.4), "value": v} for key in ("r1", "r2") for s, v in points
    ]
    return SeriesSet(pl.DataFrame(rows, schema=LABELS_SCHEMA), pl.DataFrame(samples, schema=SAMPLES_SCHEMA))


def test_the_table_lists_each_moment_at_which_a_rule_would_have_fired_before() -> None:
    """So that a person can judge whether it was right then."""
    text = counterfactual_text(Counterfactual((ONE,), not_variable=("Both",)))

    assert "2 to 3 in 6.5 days" in text
    assert "would have fired before: 2026-11-12 11:00:00, 2026-11-16 11:00:00" in text
    assert "may have fired, having held since: 2026-11-15 14:00:00" in text
    assert "1.0" in text.splitlines()[1]  # 4 minutes over four pages
    assert "Not variable, since they compare nothing at their top: Both." in text


def test_no_candidate_has_its_reason() -> None:
    """An empty table would look like a fault."""
    assert (
        "No candidate: a rule fired before users were hurt."
        == counterfactual_text(Counterfactual(reason="a rule fired before users were hurt")).strip()
    )


def test_scores_hold_every_moment_and_say_where_there_is_no_history() -> None:
    """`history_days` is null then, and the words are those of the design."""
    (row,) = counterfactual_json(Counterfactual((ONE,)))["candidates"]

    assert ["2026-11-12T11:00:00Z", "2026-11-16T11:00:00Z"] == row["fired_before"]
    assert ["2026-11-15T14:00:00Z"] == row["may_have_fired_before"]
    assert "6.5 days before the window, looked at every 60 s, which does not see what held for less" == row["history"]


def test_a_rule_file_holds_the_rule_and_calls_it_a_candidate() -> None:
    """Interval, `for`, labels and a fixed summary; the comment says what it would have cost."""
    text = rule_file(ONE, "INC-9")

    assert text.startswith("# A candidate of `timeline detect INC-9`, not a decision: pool > 0.5 for 10 s")
    assert "and 2 to 3 times in the days before (6.5 days)" in text
    rule = {
        "alert": "CheckoutPoolHigh", "expr": "(sum(pool)) > 0.5", "for": "10s", "labels": {"severity": "page"},
        "annotations": {"summary": "pool > 0.5 for 10 s"},
    }  # fmt: skip
    assert {"groups": [{"name": "timeline-candidate", "interval": "5s", "rules": [rule]}]} == yaml.safe_load(text)


def test_a_test_holds_the_incident_s_own_samples_each_at_the_next_second() -> None:
    """One series once, gaps as gaps; silent before users were hurt, firing before the loaded rule did."""
    text = rule_tests(ONE, raw(), "new.yml", "INC-9", reach=timedelta(0), end=T0 + timedelta(seconds=265))
    (test,) = yaml.safe_load(text)["tests"]

    assert [{"series": 'pool{zone="a"}', "values": SAMPLES}] == test["input_series"]
    silent, fires = test["alert_rule_test"]
    assert ("5s", []) == (silent["eval_time"], silent["exp_alerts"])
    assert "45s" == fires["eval_time"]  # half-way to the end of the stretch in which it held, from 13:59:55 on
    assert {"zone": "a", "severity": "page"} == fires["exp_alerts"][0]["exp_labels"]


SAMPLES = "_ 0.1 _x9 0.1" + 6 * " _x4 0.9" + " _x4"  # scraped at -4.6 s, 5.4 s and so on; that of 0.4 s was missed
