"""What all tests share: in CI a test that needs a server is never skipped."""

import os

import pytest


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In CI the servers are installed, so a skip for a missing one is a failure."""
    if os.environ.get("CI") == "true" and report.skipped and "not installed" in str(report.longrepr):
        report.outcome = "failed"
