"""Facts about CONDITIONS: plural, behind a causality guard, each with its strength, no more than the record holds."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from incident_timeline.explain.case import open_case
from incident_timeline.explain.near_changes import NearChange, near_changes
from incident_timeline.explain.watching import rule_shape, watches
from incident_timeline.model.events import event, events_frame
from incident_timeline.model.incident import Change
from incident_timeline.model.milestones import Milestone
from incident_timeline.model.rules import AlertEpisode
from incident_timeline.model.scored import Scored
from tests.explain.example_incident import at
from tests.report.example_scored import bare, example, told, without


def texts(scored: Scored, section: str) -> list[str]:
    """Plain texts of a section."""
    return [c.text for c in told(scored)[0] if c.section == section]


def near(scored: Scored) -> list[NearChange]:
    """The near changes of an incident."""
    _, numbers, roles = told(scored)
    return near_changes(open_case(scored, numbers, roles))


def with_change(scored: Scored, clock: str, kind: str = "change.made", **fields: object) -> Scored:
    """The incident with one change more, as an entry and as a change."""
    row = event(at(clock), "events", kind, f"more/{clock}", "flag new_ranker on for all", evidence="events.csv#/9",
                service="search")  # fmt: skip
    change = Change(row["event_id"], at(clock), at(clock), at(clock), "succeeded", "search", None, None, None, None, None,
                    False, None, "a change, no deployment")  # fmt: skip
    return replace(
        scored,
        events=events_frame([*scored.events.iter_rows(named=True), row]),
        changes=(*scored.changes, replace(change, **fields)),  # type: ignore[arg-type]
    )


def test_what_began_after_users_were_hurt_did_not_contribute() -> None:
    """Before, inside the range of first hurt, after it: the first two are listed, the second with its doubt."""
    scored = with_change(with_change(example(), "13:59:20"), "13:59:41")

    assert [(at("13:54:02"), True), (at("13:59:20"), False)] == [(one.change.at, one.before) for one in near(scored)]
    assert any(
        "inside the range of first hurt, so the order is open" in text for text in texts(scored, "conditions.technical")
    )


def test_what_mended_it_has_another_role() -> None:
    """By what scoring took for the fix and by a person's verdict."""
    scored = example()
    fixed = replace(scored, changes=tuple(replace(c, verdict="fixed") for c in scored.changes))

    assert ["v418"] == [one.change.ref for one in near(scored)]
    assert [] == near(fixed)


def test_every_kind_of_change_counts() -> None:
    """A flag of another service stands beside the deploys, in the order of time."""
    found = texts(with_change(example(), "13:20:00"), "conditions.technical")

    assert found[0].startswith(
        "A change of search: flag new_ranker on for all began at 13:20:00, 39:15 before first hurt, of another service"
    )
    assert found[1].startswith("The deploy of checkout v418 began at 13:54:02, 5:13 before first hurt")


def test_a_rollback_takes_back_a_deploy_and_no_flag_beside_it() -> None:
    """A flag of the same service, turned on between the deploy and its rollback, was not in what the rollback undid."""
    found = near(with_change(example(), "13:58:00", service="checkout"))

    assert [("v418", True), (None, False)] == [(one.change.ref, bool(one.taken_back)) for one in found]
    unknown = replace(example(), changes=tuple(replace(c, service=None) for c in example().changes))
    assert [()] == [one.taken_back for one in near(unknown)]


def test_strength_says_what_else_points_at_a_change() -> None:
    """The rollback that took it back and who named it; otherwise nearness alone; a person's verdict first."""
    scored = with_change(example(), "13:20:00")
    judged = replace(scored, changes=tuple(replace(c, verdict="contributed") for c in scored.changes))

    assert [
        "Strength: near in time only.", "Strength: a rollback took it back; people named it.",
    ] == [text[text.index("Strength") :] for text in texts(scored, "conditions.technical")[:2]]  # fmt: skip
    assert "Strength: a person's verdict: contributed; a rollback" in texts(judged, "conditions.technical")[1]


def test_a_rollback_that_came_before_another_deploy_took_nothing_else_back() -> None:
    """Only the change that ran when the rollback began was taken back."""
    scored = example()
    between = replace(
        scored.changes[0], event_id="other", started_at=at("14:10:00"), requested_at=at("14:10:00"), ref="v419"
    )
    found = near(replace(scored, changes=(*scored.changes, between)))

    assert [()] == [one.taken_back for one in found]


def test_the_record_says_from_when_a_fact_stood_there() -> None:
    """From the deploy's begin to the first entry that names it, with what else stood near then."""
    alone, beside = (texts(one, "conditions.knowledge")[0] for one in (example(), with_change(example(), "13:20:00")))

    assert alone.startswith(
        "The deploy of checkout v418 stood on record from 13:54:02; the first entry to name it came 35:38 later."
    )
    assert "No other change near first hurt stood on record then." in alone
    assert "1 other change near first hurt stood on record then." in beside


def fired(clock: str) -> AlertEpisode:
    """The example's rule, firing for two minutes."""
    return AlertEpisode(
        "CheckoutErrors", (), at(clock), at(clock), at(clock), at(clock) + timedelta(minutes=2), 15.0, "x"
    )


def test_an_alert_that_fired_before_and_was_not_answered_is_listed() -> None:
    """Neither page nor person within half an hour; with a page it was answered."""
    scored = example()
    earlier = replace(scored, episodes=(fired("13:00:00"), fired("13:10:00"), *scored.episodes))
    answered = with_change(earlier, "13:12:00", event_id="x")
    answered = replace(
        answered, events=answered.events.with_columns(
            pl.when(pl.col("at") == at("13:12:00")).then(pl.lit("page.sent")).otherwise(pl.col("kind")).alias("kind")
        ),
    )  # fmt: skip

    assert "CheckoutErrors had fired 2 times before, first at 13:00:00" in texts(earlier, "conditions.process")[0]
    assert [] == [text for text in texts(answered, "conditions.process") if "had fired" in text]
    assert [] == [text for text in texts(scored, "conditions.process") if "had fired" in text]


def test_a_page_without_a_runbook_is_said() -> None:
    """By the annotations of the rule that paged."""
    scored = example()
    linked = replace(
        scored, rules=tuple(replace(r, annotations=(("runbook_url", "https://x.example"),)) for r in scored.rules)
    )

    assert ["The alert that paged, CheckoutErrors, carries no link to a runbook."] == [
        text.split(" Strength")[0] for text in texts(scored, "conditions.process") if "runbook" in text
    ]
    assert [] == [text for text in texts(linked, "conditions.process") if "runbook" in text]


def test_a_check_that_passed_what_production_failed_needs_the_rollback() -> None:
    """A success that was taken back is listed; one that was not is none."""
    scored = example()
    kept = replace(scored, changes=scored.changes[:1])

    assert any(
        "was reported a success at 13:58:10 and was rolled back later" in t for t in texts(scored, "conditions.process")
    )
    assert [] == [text for text in texts(kept, "conditions.process") if "reported a success" in text]


def test_hand_offs_are_recorded_lengths() -> None:
    """Asked and joined; where nobody joined, the record's absence is said as that."""
    scored = example()
    nobody = replace(scored, events=scored.events.filter(pl.col("kind") != "responder.joined"))

    assert "Others were asked to join, and joined 2:40 later. Strength: recorded." in texts(
        scored, "conditions.process"
    )
    assert any("no joining is on record after it. Strength: absence" in t for t in texts(nobody, "conditions.process"))


def test_signals_no_rule_reads_and_late_rules_are_measured_conditions() -> None:
    """The signal that moved first, and what the rule that fired waited for."""
    found = texts(example(), "conditions.measured")

    assert found[0].startswith(
        "P99 latency left its band at 13:59:15, together with first hurt; it is collected, and no loaded rule reads it"
    )
    assert "before it fired; it took 1:30 under its threshold, 2:00 in its for" in found[1]


def test_users_well_again_without_any_change_is_a_surprise() -> None:
    """Only where scoring found no fix either."""
    scored = without(example(), "fix_started", "fix_landed")
    alone = replace(scored, changes=scored.changes[:1])

    assert texts(alone, "surprise.unexpected")[0].startswith("Users were well again at 14:54:50; no deploy or change")
    assert "well again" not in texts(scored, "surprise.unexpected")[0]
    assert "well again" not in texts(example(), "surprise.unexpected")[0]


def test_who_said_it_first_and_who_acted_on_it() -> None:
    """By role, with the entry at which the fix began."""
    claims, numbers, _ = told(example())
    first = next(c for c in claims if c.section == "surprise.knew")

    assert (
        "Said by responder C at 14:29:40: “v418 filters on customer_ref, there is no index on it”; the fix was begun 5:10 later "
        "by responder A." == first.text
    )
    assert ["E15", "E17"] == [numbers[one] for one in first.evidence]


def test_a_green_deploy_is_a_belief_to_ask_about() -> None:
    """As a question, for the change that something else points at."""
    found = texts(with_change(example(), "13:50:00"), "surprise.belief")

    assert found[0] == (
        "The deploy of checkout v418 was reported a success at 13:58:10, 1:05 before first hurt. Was a deploy that ended well "
        "taken for a service that is well?"
    )
    assert 1 == sum("Was a deploy" in text for text in found)


def test_values_outside_the_days_held_are_named_against_them() -> None:
    """With a day of history and more; a value that was seen before is no surprise."""
    scored = example()
    label = scored.series.labels.row(0, named=True) | {"series_id": "past", "role": "history"}
    points = [(at("13:49:00") - timedelta(hours=h), 0.3 + (h % 5) / 50) for h in range(1, 73)]

    def with_past(top: float) -> Scored:
        past = pl.DataFrame(
            [("past", when, value) for when, value in [*points, (points[0][0] - timedelta(minutes=5), top)]],
            schema=scored.series.samples.schema, orient="row",
        )  # fmt: skip
        labels = pl.concat([scored.series.labels, pl.DataFrame([label], schema=scored.series.labels.schema)])
        return replace(
            scored, series=replace(scored.series, labels=labels, samples=pl.concat([scored.series.samples, past]))
        )

    assert (
        "it went to 4.2 s, in the 3.0 days held before never over 0.40 s."
        in texts(with_past(0.4), "surprise.unexpected")[0]
    )
    assert "days held" not in texts(with_past(9.0), "surprise.unexpected")[0]


@pytest.mark.parametrize(("over", "expected"), [(0, True), (1, True), (3, False)])
def test_an_alert_that_never_fired_before_is_a_surprise(over: int, expected: bool) -> None:
    """By the days of its own left side: over the threshold for less than its `for` is not firing."""
    scored = example()
    label = scored.series.labels.filter(pl.col("role") == "rule").row(0, named=True) | {
        "series_id": "past",
        "role": "rule_history",
    }
    start = at("13:49:00") - timedelta(days=3)
    points = [("past", start + timedelta(minutes=m), 0.03 if 100 <= m < 100 + over else 0.001) for m in range(3 * 1440)]
    labels = pl.concat([scored.series.labels, pl.DataFrame([label], schema=scored.series.labels.schema)])
    past = pl.DataFrame(points, schema=scored.series.samples.schema, orient="row")
    series = replace(scored.series, labels=labels, samples=pl.concat([scored.series.samples, past]))

    found = [
        t for t in texts(replace(scored, series=series), "surprise.unexpected") if "would not have fired once" in t
    ]

    assert expected == bool(found)
    assert [] == [t for t in texts(scored, "surprise.unexpected") if "would not have fired" in t]


def test_nothing_on_record_gives_no_candidates() -> None:
    """An incident of which nothing is known has empty questions, and no error."""
    claims, _, _ = told(bare())

    assert [] == [c.text for c in claims if c.section.split(".")[0] in ("surprise", "conditions")]


@pytest.mark.parametrize(
    ("expr", "about"),
    [
        ('sum(rate(x{service="orders"}[1m])) > 1', False), ('up{job=~"check.*|orders"} == 0', True), ("up == 0", True),
        ('x{job=~"orders|payments"} > 1', False), ('x{service!="checkout"} > 1', True), ('x{job=~"["} > 1', True),
    ],
)  # fmt: skip
def test_a_rule_may_be_about_a_service_unless_it_names_another(expr: str, about: bool) -> None:
    """Equality and patterns count; a pattern that cannot be read excludes nothing."""
    rule = replace(example().rules[0], expr=expr)

    assert about == watches(rule, "checkout")


def test_rules_of_one_shape_differ_in_the_service_alone() -> None:
    """What SYSTEMIC compares."""
    rule = example().rules[0]
    one, two, other = (
        replace(rule, expr=f'rate(x{{service="{name}"}}[{r}]) > 1')
        for name, r in (("a", "1m"), ("b", "1m"), ("a", "5m"))
    )

    assert (True, False) == (rule_shape(one) == rule_shape(two), rule_shape(one) == rule_shape(other))


def test_a_milestone_without_range_is_its_own_edge() -> None:
    """First hurt as a person marked it, without a range."""
    scored = example()
    started = Milestone("started", at("13:54:02"), at("13:54:02"), at("13:54:02"), "stated", "marked", "", ())

    assert [False] == [one.before for one in near(replace(scored, milestones=scored.milestones | {"started": started}))]
