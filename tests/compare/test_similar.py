"""Facts about like incidents: what counts as a reason, how usual it is, and what is no likeness."""

from datetime import UTC, datetime

import polars as pl
import pytest

from incident_timeline.compare.similar import find_similar, own_finds, shared_by
from incident_timeline.model.compared import Alike, OwnFind
from incident_timeline.model.kin import Shared
from tests.compare.archived import incidents

COMMON = frozenset({"databa", "server"})  # beginnings of words, as model.cues keeps them


def alike(table: pl.DataFrame, incident: str = "INC-1") -> dict[str, Alike]:
    """The like ones of an incident, by name, the most alike first."""
    return {one.incident: one for one in find_similar(table, incident, COMMON)}


def test_the_same_alert_service_and_words_come_first_with_the_reasons_said() -> None:
    """Each with how many archived incidents have it; what differs and what ended it are said too."""
    table = incidents(
        {"alerts": ["CheckoutErrors"], "words": ["index", "customer"], "fix": "rollback of checkout"},
        {
            "alerts": ["CheckoutErrors"],
            "words": ["index", "lock"],
            "fix": "change of checkout",
            "title": "checkout 500",
        },
        {"alerts": ["SearchSlow"], "service": "search", "words": ["replica"], "category": "overload"},
    )
    found = alike(table)

    assert ["INC-2"] == list(found)
    assert ("alerts", "service", "words") == found["INC-2"].kinds
    assert ("alerts: CheckoutErrors (2 of 3 have it)", "service: checkout (2 of 3 have it)", "words: index") == found[
        "INC-2"
    ].shared
    assert ("how it ended: change",) == found["INC-2"].different
    assert ("checkout 500", "change of checkout") == (found["INC-2"].title, found["INC-2"].fix)


def test_alerts_that_are_named_alike_tie_incidents_of_two_services() -> None:
    """What is left of the name beside the service's own; it is not said again where the alert is the same."""
    table = incidents(
        {"alerts": ["GatewayTLS"], "service": "gateway"}, {"alerts": ["WebhooksTLS"], "service": "webhooks"},
        {"alerts": ["GatewayTLS"], "service": "gateway"}, {"alerts": ["disk_full"], "service": "gateway"},
        {"alerts": ["CartSlow"], "service": "cart"}, {"alerts": ["CartSlow"], "service": "cart"},
    )  # fmt: skip
    found = alike(table)

    assert ("alerts named alike: tls (3 of 6 have it)",) == found["INC-2"].shared
    assert ("alerts: GatewayTLS (2 of 6 have it)", "service: gateway (3 of 6 have it)") == found["INC-3"].shared
    assert ["INC-3", "INC-4", "INC-2"] == list(found)


@pytest.mark.parametrize(
    ("theirs", "listed"),
    [
        ({"fix": "rollback of search"}, False),  # unlike incidents end with a rollback too
        ({"words": ["index"]}, False),  # one word alone is chance
        ({"words": ["index", "lock"]}, True),
        ({"words": ["index", "database"]}, False),  # a word of incidents of all kinds counts as a third of one
        ({"words": ["database", "server"], "service": "checkout"}, True),  # by its service
        ({"signals": ["pool_in_use"]}, True),
        ({"changes": ["change of cart"]}, True),
    ],
)
def test_what_is_a_likeness_by_itself(theirs: dict[str, object], listed: bool) -> None:
    """Everything else about the two is different."""
    mine = {"fix": "rollback of checkout", "words": ["index", "lock", "database", "server"], "signals": ["pool_in_use"],
            "changes": ["change of cart"]}  # fmt: skip

    assert listed == bool(alike(incidents(mine, {"service": "search"} | theirs)))


def test_words_are_said_beside_another_likeness_only_where_one_of_them_is_rare() -> None:
    """`database` and `server` are not; `index` is."""
    table = incidents(
        {"words": ["index", "database", "server"]}, {"words": ["database", "server"]}, {"words": ["index", "database"]}
    )
    found = alike(table)

    assert ("service: checkout (3 of 3 have it)",) == found["INC-2"].shared
    assert "words: index, database" == found["INC-3"].shared[1]


def test_what_more_than_half_of_an_archive_has_makes_no_two_alike() -> None:
    """One service in ten incidents: only those that share more are listed, and the share is said."""
    table = incidents(*[{"alerts": [f"A{i // 2}"]} for i in range(10)])
    found = alike(table)

    assert ["INC-2"] == list(found)
    assert "service: checkout (10 of 10 have it)" == found["INC-2"].shared[1]


def test_equally_alike_incidents_stand_with_the_latest_first() -> None:
    """Rather than by their names."""
    assert ["INC-4", "INC-3", "INC-2"] == list(alike(incidents({}, {}, {}, {})))


def test_an_incident_that_is_not_archived_is_no_guess() -> None:
    """The pipeline turns this into a sentence."""
    with pytest.raises(KeyError):
        find_similar(incidents({}), "INC-9", COMMON)


def test_what_a_group_shares_is_what_half_of_it_has() -> None:
    """Most often held first; a rollback is one whatever was rolled back; words that all incidents use are left out."""
    table = incidents(
        {"alerts": ["A"], "fix": "rollback of cart", "words": ["index", "server"]},
        {"alerts": ["A", "B"], "fix": "rollback of search", "words": ["index", "server"], "service": "search"},
        {"alerts": ["B"], "fix": None, "words": []},
        {"alerts": ["Z"]},
    )
    found = shared_by(table, ["INC-1", "INC-2", "INC-3"], COMMON)

    assert (
        Shared("alerts", "A", 2), Shared("alerts", "B", 2), Shared("service", "checkout", 2), Shared("fix", "rollback", 2),
        Shared("words", "index", 2),
    ) == found  # fmt: skip


def test_what_pagerduty_takes_for_like_stands_under_our_name_where_it_is_archived() -> None:
    """Found again by the address; and the reason where its plan gives none."""
    at = datetime(2026, 1, 3, tzinfo=UTC)
    rows = [{"relation": "past", "key": key, "title": "t", "at": at, "why": "score 46.8"} for key in ("Q1", "Q9")]
    table = incidents(
        {"pagerduty_like": rows}, {"url": "https://acme.pagerduty.com/incidents/Q1"}, {"pagerduty_lacks": "402: plan"}
    )

    assert (
        (OwnFind("past", "Q1", "INC-2", "t", at, "score 46.8"), OwnFind("past", "Q9", None, "t", at, "score 46.8")),
        None,
    ) == own_finds(table, "INC-1")
    assert ((), "402: plan") == own_finds(table, "INC-3")


def test_what_an_older_schema_kept_under_the_same_names_is_no_reason() -> None:
    """First words of alerts' sentences, stop words, and why no fix was found; service and signals were what they are."""
    old = {
        "alerts": ["Incident"],
        "words": ["that", "with"],
        "fix": "users were well again and no change stands before that",
    }
    table = incidents(old, old | {"schema_version": 1})
    found = alike(table)

    assert ("service",) == found["INC-2"].kinds
    assert "" == found["INC-2"].fix
