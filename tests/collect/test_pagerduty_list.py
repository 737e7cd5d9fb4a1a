"""Facts about listing a history: every incident once, over the six months and the 10,000 rows of PagerDuty's own list."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from incident_timeline.collect.pagerduty_list import list_incidents
from incident_timeline.model.instants import parse_instant, rfc3339
from tests.collect.official import faults

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)


class Account:
    """An account's list of incidents as PagerDuty serves it: by creation, six months and 10,000 rows at the most."""

    def __init__(self, created: list[datetime]) -> None:
        self.rows = [
            {"id": f"P{number:07d}", "incident_number": number, "created_at": rfc3339(at)}
            for number, at in enumerate(sorted(created), start=1)
        ]
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        self.asked.append(request.url)
        params = request.url.params
        since, until = parse_instant(params["since"]), parse_instant(params["until"])
        offset, limit = int(params["offset"]), int(params["limit"])
        if until - since > timedelta(days=183) or offset + limit > 10_000:
            return httpx.Response(400, json={"error": {"message": "Invalid Input Provided", "code": 2001}})
        found = [row for row in self.rows if since <= parse_instant(str(row["created_at"])) <= until]
        page = found[offset : offset + limit]
        body = {
            "incidents": page,
            "more": offset + limit < len(found),
            "total": len(found),
            "offset": offset,
            "limit": limit,
        }
        return httpx.Response(200, json=body)


def listed(account: Account, **more: tuple[str, ...]) -> tuple[list[str], tuple[str, ...]]:
    """The ids that the list gives, and what it lacks."""
    rows, lacking = list_incidents(httpx.MockTransport(account), SINCE, UNTIL, **more)
    return [row["id"] for row in rows], lacking


def test_a_year_of_incidents_comes_whole_and_in_order() -> None:
    """No request spans more than six months, and incidents on the joints stand once."""
    account = Account([SINCE + timedelta(days=day) for day in range(323)])

    assert ([row["id"] for row in account.rows], ()) == listed(account)
    assert [] == [fault for url in account.asked for fault in faults("pagerduty", "GET", str(url.copy_with(host="h")))]


def test_a_burst_beyond_ten_thousand_is_halved_until_it_fits() -> None:
    """12,000 incidents within one hour: all of them, and no page beyond what the list serves."""
    burst = datetime(2026, 6, 3, 12, tzinfo=UTC)
    account = Account([burst + timedelta(seconds=number * 0.3) for number in range(12_000)])
    found, lacking = listed(account)

    assert ([row["id"] for row in account.rows], ()) == (found, lacking)


def test_more_than_the_list_serves_within_one_second_is_said() -> None:
    """Nothing can be halved there; the sentence says how many are lacking."""
    account = Account([datetime(2026, 6, 3, 12, tzinfo=UTC)] * 10_050)
    found, lacking = listed(account)

    assert 10_000 == len(found)
    assert ("10000 of 10050 incidents could be had; PagerDuty serves the first 10,000 only",) == lacking


@pytest.mark.parametrize("services", [(), ("PSVC001", "PSVC002")])
def test_only_the_named_services_are_asked_for(services: tuple[str, ...]) -> None:
    """One `service_ids[]` for each, on every request."""
    account = Account([])
    listed(account, services=services)

    assert {services} == {tuple(url.params.get_list("service_ids[]")) for url in account.asked}
