"""What all tests share: in CI a test that needs a server is never skipped."""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no fault of the code: neither a slow example nor slow making of examples (the first texts are drawn from
# tables of all characters, which are built then) may fail a test.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

_REASON = "not installed"  # how every skip for a missing server binary begins or ends


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI (CI=true) the servers are installed, so a live test that is skipped is a failure."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        said = str(report.longrepr)
        if _REASON in said or item.get_closest_marker("live"):
            report.outcome, report.longrepr = "failed", f"skipped in CI, where it must run: {said}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and _REASON in str(report.longrepr):
        report.outcome, report.longrepr = "failed", f"{collector.nodeid} skipped in CI: {report.longrepr}"
    return report
