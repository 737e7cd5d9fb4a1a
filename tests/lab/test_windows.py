"""Facts about the recorded windows: what was planned, and what the tool makes of what was recorded."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from incident_timeline.model.milestones import Milestone
from incident_timeline.model.onset import NoOnset, Onset
from incident_timeline.model.scored import Impact
from incident_timeline.score.impact import measure_impact
from tests.bench.windows_bench import Answered, answers
from tests.lab.windows.faults import KINDS, SPREAD, Fault
from tests.lab.windows.plan import DRAWINGS, draw, read
from tests.lab.windows.record import SCRAPE_S
from tests.lab.windows.recorded import FOLDERS, Recorded, recorded


@pytest.fixture(scope="module", params=FOLDERS, ids=[folder.name for folder in FOLDERS])
def answered(request: pytest.FixtureRequest) -> list[Answered]:
    """Every window of a recording answered once."""
    return answers(request.param)


def quiet(found: list[Answered]) -> list[Answered]:
    """The windows in which nothing was wrong."""
    return [one for one in found if one.window.slot.fault is None]


def test_the_plan_is_what_its_seed_gives() -> None:
    """Nothing was changed by hand."""
    assert all(draw(name) == read(name) for name in DRAWINGS)


def test_there_are_faults_of_six_kinds_a_spreading_one_and_quiet_windows() -> None:
    """Seven of each kind, six that spread, 42 quiet ones; 18 shops."""
    kinds = Counter(slot.fault.kind if slot.fault else "quiet" for slot in read("windows").slots)

    assert dict.fromkeys(KINDS, 7) | {SPREAD: 6, "quiet": 42} == kinds
    assert 18 == len({slot.shop for slot in read("windows").slots})


def test_a_fault_meets_the_requests_that_it_is_planned_for() -> None:
    """At half of its rise half of a ramp; every other half period of a flapping one; one pod; each service in its turn."""
    ramp = Fault("ramp", "errors", 100, 200, {"checkout": 0}, 0.5, rise=40)
    flapping = Fault("flapping", "errors", 100, 200, {"checkout": 0}, 0.5, period=20, duty=0.5)
    pod = Fault("one_pod", "errors", 100, 200, {"checkout": 0}, 0.5, pod="checkout-2")
    spread = Fault(SPREAD, "errors", 100, 200, {"checkout": 0, "payments": 50}, 0.5)

    assert [0, 0.5, 1, 0] == [ramp.strength("checkout", "checkout-1", "pay", at) for at in (99, 120, 150, 200)]
    assert [1, 0, 1] == [flapping.strength("checkout", "checkout-1", "pay", at) for at in (105, 115, 125)]
    assert [0, 1] == [pod.strength("checkout", name, "pay", 150) for name in ("checkout-1", "checkout-2")]
    assert [0, 1] == [spread.strength("payments", "payments-1", "pay", at) for at in (149, 150)]


def test_every_window_has_its_samples() -> None:
    """At least fifty scrapes of checkout's traffic in each."""
    for one in recorded(FOLDERS[0]):
        traffic = one.series("checkout").samples.filter(
            one.series("checkout").samples["series_id"].str.ends_with("traffic")
        )
        assert traffic.height >= 50, one.slot.case


def test_in_quiet_windows_at_most_one_in_ten_names_any_signal(answered: list[Answered]) -> None:
    """Of all shipped queries that have data."""
    still = quiet(answered)

    assert sum(bool(one.moved) for one in still) <= 0.1 * len(still)


def test_in_quiet_windows_there_is_seldom_an_onset() -> None:
    """At most one in ten of the first recording; in the second, on a busier machine, three of twelve shops really got slower."""
    still = quiet(answers(FOLDERS[0]))

    assert sum(isinstance(one.onset, Onset) for one in still) <= 0.1 * len(still)


def test_no_onset_is_far_before_its_fault() -> None:
    """A minute early would be false: at most one in twenty of both recordings."""
    found = [
        (a.window, a.onset, fault)
        for folder in FOLDERS
        for a in answers(folder)
        if (fault := a.window.slot.fault) and isinstance(a.onset, Onset)
    ]
    early = [window.slot.case for window, onset, fault in found if window.since(onset.at, fault.begins) < -60]

    assert len(early) <= 0.05 * len(found), early


def test_it_stopped_spreading_within_two_scrapes(answered: list[Answered]) -> None:
    """Where a fault spreads over three services: always where requests fail, in nine of ten windows of all."""
    spread = [
        (fault.flavour, a.window.since(a.contained.at, fault.begins + max(fault.reaches.values())))
        for a in answered
        if (fault := a.window.slot.fault) and fault.kind == SPREAD
        and not isinstance(a.onset, NoOnset) and a.contained is not None and a.contained.at is not None
    ]  # fmt: skip
    within = [abs(off) <= 2 * SCRAPE_S for _, off in spread]

    assert len(spread) >= 6
    assert all(close for (flavour, _), close in zip(spread, within, strict=True) if flavour == "errors"), spread
    assert sum(within) >= 0.9 * len(within), spread


def uncounted(window: Recorded, impact: Impact) -> list[tuple[str, str]]:
    """The client's counts that impact's ranges do not hold: all requests, and failed ones where the fault makes them fail."""
    assert window.slot.fault is not None
    asked = {"total": impact.total} | ({"failed": impact.bad} if window.slot.fault.flavour == "errors" else {})
    return [
        (window.slot.case, name)
        for name, amount in asked.items()
        if not (amount.low or 0.0) <= window.counted(name) <= (amount.high or 0.0)
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_requests_between_the_true_ends_are_what_the_client_counted(folder: Path) -> None:
    """In every window with a fault."""
    wrong = []
    for window in recorded(folder):
        if (fault := window.slot.fault) is not None:
            begins, ends = (datetime.fromtimestamp(window.begun + at, UTC) for at in (fault.begins, fault.ends))
            started = Milestone("started", begins, begins, begins, "stated", "marked")
            mitigated = Milestone("mitigated", ends, ends, ends, "stated", "marked")
            wrong += uncounted(window, measure_impact(window.series("checkout"), started, mitigated))

    assert [] == wrong


def test_between_the_ends_that_were_found_the_clients_counts_are_in_range(answered: list[Answered]) -> None:
    """With what is not known of started and mitigated in the range."""
    faults = [one for one in answered if one.window.slot.fault]
    known = [
        (one.window, one.impact) for one in faults if one.impact is not None and one.impact.total.value is not None
    ]

    assert len(known) >= 0.625 * len(faults)
    assert [] == [fault for window, impact in known for fault in uncounted(window, impact)]
